"""What lies in an archive, read without unpacking it to disk, and never more than is bearable."""

import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import cast

from kata.teacher.names import kind_of

LARGEST = 1 << 20  # bytes of a .py file
LARGEST_NOTEBOOK = 20 << 20  # pictures lie in it
MOST_MEMBERS, MOST_UNPACKED = 5000, 200 << 20  # of an archive; so many files of a folder, too
# bytes that an archive's list of members may have: 5000 with names of 800 letters
LONGEST_LIST = 4 << 20
AT_ONCE = 1 << 16  # bytes unpacked in one step
# zipfile unpacks these in steps; of the others it makes gigabytes at once from a few bytes
IN_STEPS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Read = Callable[[], bytes]


class Refused(Exception):
    """The submission is not to be graded, and why."""


class Unusable(Exception):
    """One file cannot be read, and why."""


class _Sparing(io.BufferedReader):
    """An archive of which no more is read at once than an honest one asks for."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = LONGEST_LIST
        elif size > LONGEST_LIST:
            raise Refused("the archive's list of members is too long")
        return super().read(size)


def most_of(name: str) -> int:
    """Return how many bytes a file of this name may have."""
    return LARGEST if kind_of(name) == ".py" else LARGEST_NOTEBOOK


def opened(file: io.RawIOBase | io.BytesIO) -> zipfile.ZipFile:
    """Return an archive for reading. Raises Refused."""
    try:
        raw = cast(io.RawIOBase, file)  # a BytesIO is as good, and of another class
        return zipfile.ZipFile(_Sparing(raw))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Refused(f"is no archive that can be read: {error}") from None


def members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Read]]:
    """Yield the files of an archive by path. Raises Refused where one is out of place."""
    found = archive.infolist()
    if len(found) > MOST_MEMBERS:
        raise Refused(f"the archive holds more than {MOST_MEMBERS} files")
    if sum(member.file_size for member in found) > MOST_UNPACKED:
        raise Refused(f"the archive would unpack to more than {MOST_UNPACKED >> 20} MB")
    for member in found:
        inside = _checked(member)
        hidden = any(
            part.startswith((".", "__")) for part in inside.parts
        )  # a Mac's ._ch05_loss.py
        if inside.name and not hidden and not member.is_dir():
            yield str(inside), partial(_unpack, archive, member)


def _checked(member: zipfile.ZipInfo) -> PurePosixPath:
    """Return a member's path. Raises Refused where it leads out of the archive."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    drive = len(path.parts) > 0 and path.parts[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or drive:
        raise Refused(f"the archive holds {member.filename!r}, which leads out of it")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Refused(f"the archive holds {member.filename!r}, which is a link")
    if member.flag_bits & 1:
        raise Refused("the archive asks for a password")
    return path


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's content, whatever size it says it has. Raises Unusable."""
    most = most_of(member.filename)
    if member.compress_type not in IN_STEPS:
        raise Unusable("cannot be unpacked: make the archive again, packed the usual way (deflate)")
    content = bytearray()
    try:
        with archive.open(member) as file:
            while len(content) <= most and (part := file.read(AT_ONCE)):
                content += part
    except Exception as error:  # each way of packing has errors of its own
        raise Unusable(f"cannot be unpacked ({type(error).__name__}: {error})") from None
    if len(content) > most:
        raise Unusable(f"is larger than {most >> 20} MB")
    return bytes(content)
