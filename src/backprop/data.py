"""MNIST's training digits, from the first of four places that has them.

KATA_DATA, torchvision's folder, a download into that folder, and the 5,000 digits that come with
the kata. torch, torchvision and numpy take seconds to import, so only the functions import them.
"""

import math
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from backprop.torchvision_cpu import TorchvisionError, import_torchvision

if TYPE_CHECKING:
    from torch import Tensor

# the name of a file, its magic number (0x08: bytes, then the number of axes), one item's shape
TRAINING = (
    ("train-images-idx3-ubyte", 0x0803, (28, 28)),
    ("train-labels-idx1-ubyte", 0x0801, ()),
)
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")  # torchvision insists on them
FILES = (*(name for name, _, _ in TRAINING), *TEST)
EMBEDDED = Path(__file__).with_name("digits") / "digits.npz"
PATIENCE = 2.0  # seconds to wait for an answer from the network


class DataError(Exception):
    """Digits were found and cannot be used; the message is one line: the file, what, what to do."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Labelled pictures of digits: images uint8 [N, 28, 28], labels int64 [N] of 0 to 9.

    source: "KATA_DATA", "torchvision", "download" or "embedded".
    note: one line for a person, which says where these come from and how to get others.
    """

    images: "Tensor"
    labels: "Tensor"
    source: str
    note: str

    @property
    def n_valid(self) -> int:
        """Return how many of the last rows validate: 10,000 of all of MNIST, else a fifth."""
        n = len(self.labels)
        return 10_000 if n == 60_000 else max(1, n // 5)


def load_mnist() -> Digits:
    """Load MNIST's training digits, 60,000 where they can be had and 5,000 elsewhere.

    An empty KATA_DATA counts as none. Raises DataError where KATA_DATA does not hold MNIST, and
    where the files of torchvision's folder are damaged; TorchvisionError where it takes torchvision
    to read them and that cannot be imported.
    """
    given = os.environ.get("KATA_DATA")
    if given:
        root = Path(os.path.expanduser(given))
        images, labels = _read(root, "give KATA_DATA a folder with all of MNIST/raw, or unset it")
        rest = "unset it for torchvision's folder, a download or the 5,000 that come with the kata"
        return _digits(images, labels, "KATA_DATA", f"from KATA_DATA={given}; {rest}")

    root = default_root()
    source, where = "torchvision", f"from torchvision's folder {root}"
    if not _is_complete(root):
        try:
            _download(root)
        except (OSError, HTTPException, RuntimeError, TorchvisionError) as error:
            return embedded_digits(f"no download: {_one_line(error)}")
        source, where = "download", f"downloaded to {root}"
    images, labels = _read(root, "delete it, and it will be downloaded again")
    return _digits(images, labels, source, f"{where}; KATA_DATA=FOLDER takes another folder's")


def embedded_digits(reason: str = "asked for") -> Digits:
    """Load the 5,000 digits that come with the kata, in an order that is always the same."""
    import numpy as np
    import torch

    with np.load(EMBEDDED) as file:
        images, labels = (torch.from_numpy(file[name]) for name in ("images", "labels"))
    more = "for all 60,000 set KATA_DATA to a folder with MNIST/raw, or go online once"
    return _digits(images, labels.long(), "embedded", f"that come with the kata ({reason}); {more}")


def default_root() -> Path:
    """Return the folder that torchvision keeps for data sets: $TORCH_HOME/datasets/vision.

    Its MNIST(root) has no default; this is where torchvision's own code would have one. TORCH_HOME
    is torch's: by default $XDG_CACHE_HOME/torch, and that by default ~/.cache/torch. (The ./data of
    PyTorch's tutorials depends on where one stands, so it is not looked at; KATA_DATA=data is it.)
    """
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return Path(os.path.expanduser(home), "datasets", "vision")


def _digits(images: "Tensor", labels: "Tensor", source: str, where: str) -> Digits:
    return Digits(images, labels, source, f"data: {len(labels):,} digits of MNIST {where}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _raw(root: Path) -> Path:
    return root / "MNIST" / "raw"


def _is_complete(root: Path) -> bool:
    return all(os.path.isfile(_raw(root) / name) for name in FILES)


def _read(root: Path, remedy: str) -> "tuple[Tensor, Tensor]":
    """Return the training images and labels below root, checked first: torchvision says little of
    why.
    """
    for name in FILES:
        if not os.path.isfile(_raw(root) / name):
            packed = f"{name}.gz"
            if os.path.isfile(_raw(root) / packed):
                remedy = f"{packed} is there: unpack it, and the other three (gunzip -k *.gz)"
            raise DataError(f"{_raw(root) / name}: no such file; {remedy}")
    counts = []
    for name, magic, item in TRAINING:
        path = _raw(root) / name
        try:
            counts.append(_count(path, magic, item))
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}; {remedy}") from None
        except ValueError as error:
            raise DataError(f"{path}: {error}; {remedy}") from None
    labels_path = _raw(root) / TRAINING[1][0]
    if counts[0] != counts[1]:
        raise DataError(f"{labels_path}: {counts[1]} labels for {counts[0]} images; {remedy}")

    torchvision = import_torchvision()
    try:
        mnist = torchvision.datasets.MNIST(root, train=True)
    except Exception as error:  # it may find files of its own, and prefers MNIST/processed
        why = _one_line(error)
        raise DataError(f"{root}: torchvision cannot read it: {why}; {remedy}") from None
    if mnist.targets.max() > 9:
        raise DataError(f"{labels_path}: holds a label {mnist.targets.max()} above 9; {remedy}")
    return mnist.data, mnist.targets


def _count(path: Path, magic: int, item: tuple[int, ...]) -> int:
    """Return how many items an idx file holds.

    Raises ValueError, with what is wrong with the file.
    """
    axes = 1 + len(item)
    header = struct.Struct(f">{1 + axes}I")
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(header.size)
    if len(start) < header.size:
        raise ValueError(f"truncated: only {size} bytes")
    found, *shape = header.unpack(start)
    if found != magic:
        raise ValueError(f"not a file of this kind: magic number {found}, not {magic}")
    if tuple(shape[1:]) != item:
        raise ValueError(f"holds items of shape {shape[1:]}, not {list(item)}")
    if shape[0] < 2:
        raise ValueError(f"too few to train and to validate: {shape[0]}")
    promised = header.size + math.prod(shape)
    if size != promised:
        kind = "truncated" if size < promised else "too long"
        raise ValueError(f"{kind}: {size:,} bytes, and its header promises {promised:,}")
    return int(shape[0])


def _download(root: Path) -> None:
    """Let torchvision download MNIST, with its progress bar, to root: all of it or nothing.

    Raises OSError, HTTPException or RuntimeError, with the reason, where it cannot be had.
    """
    mnist = import_torchvision().datasets.MNIST
    smallest = TRAINING[1][0]
    if not any(_answers(f"{mirror}{smallest}.gz") for mirror in mnist.mirrors):
        raise OSError("no mirror of MNIST answers")
    _raw(root).mkdir(parents=True, exist_ok=True)
    print(f"downloading MNIST (12 MB) to {root}", file=sys.stderr)
    with TemporaryDirectory(dir=root) as fresh, _network_timeout():
        mnist(fresh, download=True)
        for name in FILES:
            os.replace(_raw(Path(fresh)) / name, _raw(root) / name)


def _answers(url: str) -> bool:
    """Return whether the network brings an answer from url before our patience is over.

    In a thread, as looking up a host's name has no timeout of its own.
    """
    answers: list[Any] = []

    def ask() -> None:
        # whatever goes wrong is a no
        with (
            suppress(Exception),
            urlopen(Request(url, method="HEAD"), timeout=PATIENCE) as answer,
        ):
            answers.append(answer.status)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return bool(answers)


@contextmanager
def _network_timeout() -> Iterator[None]:
    """torchvision waits forever on a connection that falls silent; give it five times PATIENCE."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(5 * PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
