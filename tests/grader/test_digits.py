"""The digits that come with the kata are what their script takes of MNIST, 500 of each class."""

import torch
from real_mnist import all_of_mnist

from backprop import data
from backprop.data import embedded_digits
from backprop.digits import make


def test_the_embedded_digits_are_5000_and_every_class_trains_and_validates():
    embedded = embedded_digits()

    assert embedded.images.shape == (5000, 28, 28)
    assert embedded.images.dtype == torch.uint8
    assert embedded.labels.dtype == torch.int64
    assert embedded.labels.bincount().tolist() == [500] * 10
    assert embedded.labels[: -embedded.n_valid].unique().tolist() == list(range(10))
    assert embedded.labels[-embedded.n_valid :].unique().tolist() == list(range(10))


def test_the_embedded_digits_are_what_their_script_takes_of_mnist():
    mnist, embedded = all_of_mnist(), embedded_digits()

    images, labels = make.chosen(mnist.images, mnist.labels)

    assert embedded.images.equal(images)
    assert embedded.labels.equal(labels.long())


def test_what_the_script_writes_is_read_and_takes_less_than_a_megabyte(tmp_path, monkeypatch):
    embedded = embedded_digits()
    monkeypatch.setattr(data, "EMBEDDED", tmp_path / "digits.npz")

    make.write(embedded.images, embedded.labels.byte(), data.EMBEDDED)

    assert embedded_digits().images.equal(embedded.images)
    assert embedded_digits().labels.equal(embedded.labels)
    assert data.EMBEDDED.stat().st_size < 1_000_000


def test_the_script_wants_all_of_mnist(monkeypatch, capsys):
    monkeypatch.setattr(make, "load_mnist", embedded_digits)

    assert make.main() == 1
    assert capsys.readouterr().err.startswith(
        "backprop.digits.make: needs all 60,000 digits; data: 5"
    )
