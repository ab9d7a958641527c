"""What was handed in: each entry of a folder is one submission, and of each only named files.

A submission is a sub-folder, a .zip, a .py or an .ipynb file. Taken are chapter files and the other
modules beside them, never conftest.py; where there are none on top, those of `exercises/`, or of
the only sub-folder. Nothing of it is run or unpacked here. What leads out of the submission (a
link, `..` in an archive) or is far too large makes it refused, with the reason; so does whatever
else an entry may be, since no entry may end the class.
"""

import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from kata.course import chapters
from kata.teacher.fence.frames import cut
from kata.teacher.rows import Job

LARGEST = 1 << 20  # bytes of a .py file
LARGEST_NOTEBOOK = 20 << 20  # pictures lie in it
LARGEST_IN_ALL = 128 << 20  # half of what one message to a worker may hold
MOST_FILES = 100
MOST_MEMBERS, MOST_UNPACKED = 5000, 200 << 20  # of an archive; so many files of a folder, too
# bytes that an archive's list of members may have: 5000 with names of 800 letters
LONGEST_LIST = 4 << 20
AT_ONCE = 1 << 16  # bytes unpacked in one step
# zipfile unpacks these in steps; of the others it makes gigabytes at once from a few bytes
IN_STEPS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LONGEST_NAME = 255  # bytes, of any file system
LONGEST_REASON = 1000
MODULE = re.compile(r"[A-Za-z_]\w*\.py", re.ASCII)
SAFE = re.compile(r"[A-Za-z_][\w-]*\.(py|ipynb)", re.ASCII)
KINDS = (".py", ".ipynb")
# each where there is such a thing: do not wait for a pipe's writer; Windows: leave line ends alone
AS_IT_IS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
NOT_THEIRS = {"conftest.py"}

Read = Callable[[], bytes]


class Refused(Exception):
    """The submission is not to be graded, and why."""


class Unusable(Exception):
    """One file cannot be read, and why."""


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the submissions in a folder, by name, and what else lies there. Raises OSError."""
    found: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        handed_in = path.is_symlink() or path.is_dir() or path.suffix in (*KINDS, ".zip")
        (found if handed_in else others).append(path)
    return found, others


def job_of(path: Path) -> Job:
    """Return the job that an entry is; one that says why it is refused, where it is.

    Never raises.
    """
    try:
        return _taken(path)
    except (Refused, Unusable) as why:
        reason = str(why)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except Exception as error:  # whatever an archive makes of zipfile, or a name of the system
        reason = f"cannot be read: {type(error).__name__}: {error}"
    return Job(path.name, outcome="refused", detail=cut(reason, LONGEST_REASON))


def _taken(path: Path) -> Job:
    """Return the job that an entry is. Raises Refused, and whatever reading it may."""
    if path.is_symlink():
        raise Refused(f"{path.name} is a link; hand in the folder or the file itself")
    if path.is_dir():
        return _of_folder(path)
    return _of_zip(path) if path.suffix == ".zip" else _of_file(path)


def _of_file(path: Path) -> Job:
    name = path.name if SAFE.fullmatch(path.name) else f"submission{path.suffix}"
    try:
        content = _read(path, path.parent)
    except Unusable as unusable:
        raise Refused(f"{path.name}: {unusable}") from None
    return Job(path.name, {name: content}, file=name)


def _of_folder(path: Path) -> Job:
    """Return a folder's job; links are followed as long as they stay in it."""
    files: dict[str, Read] = {name: partial(_read, path / name, path) for name in _named(path)}
    if not any(map(_chapter, files)):
        for folder in _folders_in(path):
            names = _named(folder)
            files |= {f"{folder.name}/{n}": partial(_read, folder / n, path) for n in names}
            if len(files) > MOST_MEMBERS:
                raise Refused(f"holds more than {MOST_MEMBERS} files")
    return _of_files(path.name, files)


def _named(folder: Path) -> list[str]:
    """Return the names in a folder that may be a submission's files.

    Raises Refused where none ends.
    """
    with os.scandir(folder) as found:
        names = [entry.name for entry in _no_more(found) if entry.name.endswith(KINDS)]
    return sorted(names)


def _folders_in(path: Path) -> list[Path]:
    with os.scandir(path) as found:
        names = [
            entry.name
            for entry in _no_more(found)
            if entry.is_dir(follow_symlinks=False)
            and not entry.name.startswith((".", "__"))
            and not entry.name.endswith(KINDS)
        ]
    return [path / name for name in sorted(names)]


def _no_more(found: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    """Yield what is found in a folder. Raises Refused where it is more than a submission can be."""
    for number, entry in enumerate(found):
        if number == MOST_MEMBERS:
            raise Refused(f"a folder of it holds more than {MOST_MEMBERS} entries")
        yield entry


def _read(path: Path, inside: Path) -> bytes:
    """Return a file's content. Raises Refused, Unusable."""
    most = LARGEST if path.suffix == ".py" else LARGEST_NOTEBOOK
    try:
        place = path.resolve()
        if not place.is_relative_to(inside.resolve()):
            raise Refused(f"{path.name} is a link that leads out of the submission")
        with io.BufferedReader(_opened(place)) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None
    except RuntimeError:  # of Path.resolve, before Python 3.13
        raise Unusable("is a link to itself") from None
    if len(content) > most:
        raise Unusable(f"is larger than {most >> 20} MB")
    return content


def _opened(path: Path) -> io.FileIO:
    """Open a file, and nothing that would make us wait. Raises OSError, Unusable."""
    handle = os.open(path, os.O_RDONLY | AS_IT_IS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unusable("is not a file")
    return io.FileIO(handle)


class _Sparing(io.BufferedReader):
    """An archive of which no more is read at once than an honest one asks for."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = LONGEST_LIST
        elif size > LONGEST_LIST:
            raise Refused("the archive's list of members is too long")
        return super().read(size)


def _of_zip(path: Path) -> Job:
    """Return an archive's job.

    Raises Refused where any member is out of place, or all are too large.
    """
    try:
        with _Sparing(_opened(path)) as file, zipfile.ZipFile(file) as archive:
            return _of_files(path.name, dict(_members(archive)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise Refused(f"is no archive that can be read: {error}") from None


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Read]]:
    """Yield the files of an archive that may be a submission's, by path. Raises Refused."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused(f"the archive holds more than {MOST_MEMBERS} files")
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Refused(f"the archive would unpack to more than {MOST_UNPACKED >> 20} MB")
    for member in members:
        inside = _checked(member)
        if inside.suffix in KINDS and not member.is_dir():
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
    most = LARGEST if member.filename.endswith(".py") else LARGEST_NOTEBOOK
    if member.compress_type not in IN_STEPS:
        raise Unusable("cannot be unpacked: make the archive anew, packed the usual way (deflate)")
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


def _of_files(name: str, files: Mapping[str, Read]) -> Job:
    """Return the job made of the files, by path, of a folder or an archive."""
    prefix = _where(files)
    there = {
        path.removeprefix(prefix): read
        for path, read in files.items()
        if path.startswith(prefix) and "/" not in path.removeprefix(prefix)
    }
    taken = {n: read for n, read in there.items() if _chapter(n) or _is_module(n)}
    if len(taken) > MOST_FILES:
        raise Refused(f"holds more than {MOST_FILES} files")
    contents: dict[str, bytes] = {}
    problems, room = {}, LARGEST_IN_ALL
    for file, read in taken.items():
        try:
            content = read()
            if len(content) > room:
                raise Unusable(f"all files together are larger than {LARGEST_IN_ALL >> 20} MB")
            contents[file] = content
            room -= len(content)
        except Unusable as unusable:
            if chapter := _chapter(file):
                problems[chapter] = cut(f"{file}: {unusable}", LONGEST_REASON)
    return Job(name, contents, problems=problems)


def _where(paths: Iterable[str]) -> str:
    """Return the folder of a submission in which its chapters lie: how their paths begin."""
    folders = {path.rpartition("/")[0] for path in paths if _chapter(path.rpartition("/")[2])}
    if not folders or "" in folders:
        return ""
    for folder in sorted(folders, key=lambda folder: (folder.count("/"), folder)):
        if folder.rpartition("/")[2] == "exercises":
            return f"{folder}/"
    return f"{folders.pop()}/" if len(folders) == 1 else ""


def _chapter(name: str) -> str:
    """Return the chapter that a file of this name answers, or ""."""
    stem, dot, kind = name.rpartition(".")
    return stem if f"{dot}{kind}" in KINDS and stem in chapters() else ""


def _is_module(name: str) -> bool:
    """Return whether it can be imported from beside a chapter."""
    named = MODULE.fullmatch(name) is not None and len(name) <= LONGEST_NAME
    return named and name not in NOT_THEIRS
