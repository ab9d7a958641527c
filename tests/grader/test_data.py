"""The digits come from the first place that has them; what is damaged is said in one line."""

import gzip
import hashlib
import re
import socket
import struct
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from backprop import data
from backprop.data import DataError, load_mnist
from backprop.torchvision_cpu import TorchvisionError, import_torchvision

IMAGES, LABELS = (name for name, _, _ in data.TRAINING)


def images_file(n=10, side=28, magic=0x0803):
    pixels = bytes(i % 251 for i in range(n * side * side))
    return struct.pack(">IIII", magic, n, side, side) + pixels


def labels_file(n=10, magic=0x0801):
    return struct.pack(">II", magic, n) + bytes(i % 10 for i in range(n))


def write_mnist(root, n=10, **files):
    """A small MNIST below root; files: other contents for some, None for none."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    contents = (
        dict.fromkeys(data.FILES, b"") | {IMAGES: images_file(n), LABELS: labels_file(n)} | files
    )
    for name, content in contents.items():
        if content is not None:
            (raw / name).write_bytes(content)
    return raw


def write_mirror(folder, monkeypatch, n=10):
    """The folder of a mirror of a small MNIST; torchvision is told its checksums."""
    raw = write_mnist(folder, n)
    resources = []
    for name in data.FILES:
        packed = gzip.compress((raw / name).read_bytes())
        (raw / f"{name}.gz").write_bytes(packed)
        resources.append((f"{name}.gz", hashlib.md5(packed).hexdigest()))
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "resources", resources)
    return raw


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes no log."""

    def log_message(self, *args):
        pass


@contextmanager
def serving(handler, monkeypatch):
    """Make a server on this machine the only mirror there is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    only(server.server_port, monkeypatch)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """The folder of a mirror that works."""
    raw = write_mirror(tmp_path / "mirror", monkeypatch)
    with serving(partial(Quiet, directory=raw), monkeypatch):
        yield raw


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """No data anywhere and no network; returns the folder in which torchvision would look."""
    monkeypatch.delenv("KATA_DATA", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "mirrors", [])
    return tmp_path / "torch" / "datasets" / "vision"


def only(port, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    mirrors = [f"http://127.0.0.1:{port}/"]
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "mirrors", mirrors)


def test_kata_data_comes_first(tmp_path, home, monkeypatch):
    write_mnist(tmp_path / "mine", n=7)
    write_mnist(home, n=8)
    monkeypatch.setenv("KATA_DATA", str(tmp_path / "mine"))

    digits = load_mnist()

    assert digits.source == "KATA_DATA"
    assert digits.note.startswith(f"data: 7 digits of MNIST from KATA_DATA={tmp_path / 'mine'}; ")
    assert "\n" not in digits.note


def test_digits_are_bytes_of_28_by_28_with_a_label_each(tmp_path, monkeypatch):
    write_mnist(tmp_path, n=7)
    monkeypatch.setenv("KATA_DATA", str(tmp_path))

    digits = load_mnist()

    assert digits.images.dtype == torch.uint8
    assert digits.images.shape == (7, 28, 28)
    assert digits.images.flatten().tolist() == [i % 251 for i in range(7 * 784)]
    assert digits.labels.dtype == torch.int64
    assert digits.labels.tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_a_tilde_in_kata_data_is_the_home_folder(tmp_path, monkeypatch):
    write_mnist(tmp_path / "mine", n=7)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("KATA_DATA", "~/mine")

    assert len(load_mnist().labels) == 7


def test_torchvision_s_folder_comes_second_and_an_empty_kata_data_is_none(home, monkeypatch):
    write_mnist(home, n=8)
    monkeypatch.setenv("KATA_DATA", "")

    digits = load_mnist()

    assert digits.source == "torchvision"
    assert digits.note.startswith(f"data: 8 digits of MNIST from torchvision's folder {home}; ")
    assert "KATA_DATA" in digits.note
    assert "\n" not in digits.note


@pytest.mark.parametrize("variable", ["TORCH_HOME", "XDG_CACHE_HOME", "HOME"])
def test_torchvision_s_folder_lies_in_torch_s_home(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))

    assert data.default_root() == Path(torch.hub.get_dir()).parent / "datasets" / "vision"
    assert tmp_path in data.default_root().parents


def test_a_download_comes_third_and_is_found_the_next_time(home, mirror, capfd):
    digits, again = load_mnist(), load_mnist()

    assert (digits.source, again.source) == ("download", "torchvision")
    assert digits.note.startswith(f"data: 10 digits of MNIST downloaded to {home}; ")
    assert digits.labels.equal(again.labels)
    assert re.search(r"\b100(\.0)?%", capfd.readouterr().err), "it shows progress"
    assert sorted(p.name for p in (home / "MNIST" / "raw").iterdir()) == sorted(data.FILES)


def test_a_download_completes_a_folder_that_lacks_a_file(home, mirror):
    write_mnist(home, n=8, **{LABELS: None})

    assert len(load_mnist().labels) == 10


def test_a_download_that_is_damaged_leaves_nothing_behind(home, mirror):
    (mirror / f"{IMAGES}.gz").write_bytes(b"a page of the hotel's network")

    digits = load_mnist()

    assert digits.source == "embedded"
    assert "no download: Error downloading" in digits.note
    assert "\n" not in digits.note
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_does_not_stop_us(tmp_path, mirror):
    (tmp_path / "torch").write_text("a file where a folder should be")

    digits = load_mnist()

    assert digits.source == "embedded"


def test_a_network_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(data, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        only(silent.getsockname()[1], monkeypatch)

        digits = load_mnist()

    assert digits.source == "embedded"
    assert "no mirror of MNIST answers" in digits.note


def test_a_mirror_that_falls_silent_in_a_download_is_given_up(home, monkeypatch):
    monkeypatch.setattr(data, "PATIENCE", 0.2)
    given_up = threading.Event()

    class Silent(Quiet):
        """Says yes, and then nothing more."""

        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def do_GET(self):
            given_up.wait(60)
            self.close_connection = True

    with serving(Silent, monkeypatch):
        digits = load_mnist()
        given_up.set()

    assert digits.source == "embedded"
    assert "timed out" in digits.note
    assert socket.getdefaulttimeout() is None


def test_the_embedded_digits_come_last():
    digits = load_mnist()

    assert digits.source == "embedded"
    assert digits.note.startswith("data: 5,000 digits of MNIST that come with the kata (no")
    assert "KATA_DATA" in digits.note
    assert "\n" not in digits.note


def test_the_embedded_digits_serve_where_torchvision_cannot_be_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)

    digits = load_mnist()

    assert digits.source == "embedded"
    assert "torchvision (" in digits.note


@pytest.mark.parametrize(("n", "n_valid"), [(60_000, 10_000), (5_000, 1_000), (7, 1), (2, 1)])
def test_10_000_of_all_digits_validate_and_else_a_fifth(n, n_valid):
    labels = torch.zeros(n, dtype=torch.int64)

    assert data.Digits(labels, labels, "", "").n_valid == n_valid


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        pytest.param(IMAGES, None, "no such file", id="missing"),
        pytest.param(data.TEST[0], None, "no such file", id="a test file missing"),
        pytest.param(IMAGES, b"", "truncated: only 0 bytes", id="empty"),
        pytest.param(IMAGES, images_file()[:-1], "truncated: 7,855 bytes", id="truncated"),
        pytest.param(LABELS, labels_file()[:-3], "truncated: 15 bytes", id="truncated labels"),
        pytest.param(LABELS, labels_file() + b"\0", "too long: 19 bytes", id="too long"),
        pytest.param(IMAGES, labels_file(), "magic number 2049, not 2051", id="mixed up"),
        pytest.param(LABELS, gzip.compress(labels_file()), "magic number", id="compressed"),
        pytest.param(IMAGES, images_file(side=8), "[8, 8], not [28, 28]", id="other pictures"),
        pytest.param(LABELS, labels_file(9), "9 labels for 10 images", id="a label short"),
        pytest.param(LABELS, labels_file()[:-1] + b"\xff", "label 255 above 9", id="not a digit"),
        pytest.param(IMAGES, images_file(1), "too few to train and to validate: 1", id="one"),
    ],
)
def test_a_damaged_file_in_kata_data_is_named_in_one_line(
    tmp_path, home, monkeypatch, name, content, what
):
    raw = write_mnist(tmp_path / "mine", **{name: content})
    write_mnist(home)
    monkeypatch.setenv("KATA_DATA", str(tmp_path / "mine"))

    with pytest.raises(DataError) as caught:
        load_mnist()

    message = str(caught.value)
    assert message.startswith(f"{raw / name}: ")
    assert what in message
    assert message.endswith("; give KATA_DATA a folder with all of MNIST/raw, or unset it")
    assert "\n" not in message


def test_a_kata_data_that_does_not_exist_is_an_error_even_where_others_have_digits(
    tmp_path, home, monkeypatch
):
    write_mnist(home)
    monkeypatch.setenv("KATA_DATA", str(tmp_path / "nowhere"))

    with pytest.raises(DataError, match=r"nowhere.*no such file; give KATA_DATA"):
        load_mnist()


def test_a_damaged_file_in_torchvision_s_folder_is_an_error_that_says_delete_it(home):
    raw = write_mnist(home, **{IMAGES: images_file()[:-1]})

    with pytest.raises(DataError) as caught:
        load_mnist()

    assert str(caught.value).startswith(f"{raw / IMAGES}: truncated")
    assert str(caught.value).endswith("; delete it, and it will be downloaded again")


def test_what_torchvision_itself_cannot_read_is_one_line(tmp_path, monkeypatch):
    """torchvision prefers a processed/ folder, as its old versions wrote it."""
    write_mnist(tmp_path)
    processed = tmp_path / "MNIST" / "processed"
    processed.mkdir()
    for name in ("training.pt", "test.pt"):
        (processed / name).write_bytes(b"not a tensor")
    monkeypatch.setenv("KATA_DATA", str(tmp_path))

    with pytest.raises(DataError) as caught:
        load_mnist()

    assert str(caught.value).startswith(f"{tmp_path}: torchvision cannot read it: ")
    assert "\n" not in str(caught.value)


def test_kata_data_without_a_torchvision_is_an_error_in_one_line(tmp_path, monkeypatch):
    write_mnist(tmp_path)
    monkeypatch.setenv("KATA_DATA", str(tmp_path))
    monkeypatch.setitem(sys.modules, "torchvision", None)

    with pytest.raises(TorchvisionError) as caught:
        load_mnist()

    assert "pip install" in str(caught.value)
    assert "\n" not in str(caught.value)
