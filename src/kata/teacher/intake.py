"""What was handed in: the files of an entry, and which of them answer which chapter.

An entry is a folder, a .zip, a .py or an .ipynb file, or several of these that one student handed
in. Taken are chapter files and the other modules beside them, never conftest.py, wherever in it
they lie. Nothing of it is run or unpacked here. What leads out of the submission (a link, `..` in
an archive) or is far too large makes it refused, with the reason; so does whatever else an entry
may be, since no entry may end the class. Where nothing is recognised, that is the outcome.
"""

import io
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from kata.course import chapters
from kata.teacher import archives, names
from kata.teacher.archives import MOST_MEMBERS, Read, Refused, Unusable
from kata.teacher.chosen import Chosen, choose
from kata.teacher.exports import Entry
from kata.teacher.fence.frames import cut
from kata.teacher.rows import Job

LARGEST_IN_ALL = 128 << 20  # half of what one message to a worker may hold
MOST_FILES = 100
DEEPEST = 6  # folders in folders
LONGEST_REASON = 1000
LONGEST_NAME = 255  # bytes, of any file system
SAFE = re.compile(r"[A-Za-z_][\w-]*\.(py|ipynb)", re.ASCII)
MODULE = re.compile(r"[A-Za-z_]\w*\.py", re.ASCII)
NOT_THEIRS = {"conftest.py"}
MADE = ("pyvenv.cfg", "METADATA")  # what lies beside these is no one's homework


def job_of(entry: Entry) -> Job:
    """Return the job that an entry is; one that says why it is not run, where it is not.

    Never raises.
    """
    outcome = "refused"
    try:
        with ExitStack() as stack:
            job = _taken(entry, stack)
        return job
    except (Refused, Unusable) as why:
        reason = str(why)
    except _Unrecognised as what:
        outcome, reason = "unrecognised", str(what)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    except Exception as error:  # whatever an archive makes of zipfile, or a name of the system
        reason = f"cannot be read: {type(error).__name__}: {error}"
    return Job(entry.name, outcome=outcome, detail=cut(reason, LONGEST_REASON), notes=entry.notes)


class _Unrecognised(Exception):
    """Nothing of a submission is known to answer anything, and what it holds."""


def _taken(entry: Entry, stack: ExitStack) -> Job:
    """Return the job that an entry is. Raises Refused, and whatever reading it may."""
    if len(entry.parts) == 1:
        path, name = entry.parts[0]
        if names.kind_of(name) and not path.is_dir():
            return _of_one_file(entry, path, name)
    files: dict[str, Read] = {}
    for path, name in entry.parts:
        if path.is_symlink():
            raise Refused(f"{path.name} is a link; hand in the folder or the file itself")
        inside = f"{name}/" if len(entry.parts) > 1 else ""
        if path.is_dir():
            files |= {f"{inside}{where}": read for where, read in _in_folder(path)}
        elif name.lower().endswith(".zip"):
            archive = stack.enter_context(archives.opened(_opened(path)))
            files |= {f"{inside}{where}": read for where, read in archives.members(archive)}
        else:
            files[name] = partial(_read, path, path.parent)
    if not any(map(names.kind_of, files)):
        files |= _of_archives_in(files, stack)
    return _of_files(entry, files)


def _of_one_file(entry: Entry, path: Path, name: str) -> Job:
    """Return the job of a file that was handed in alone: it may answer any chapter."""
    if path.is_symlink():
        raise Refused(f"{path.name} is a link; hand in the folder or the file itself")
    kind = names.kind_of(name)
    file = name if SAFE.fullmatch(name) else f"submission{kind}"
    try:
        content = _read(path, path.parent)
    except Unusable as unusable:
        raise Refused(f"{path.name}: {unusable}") from None
    return Job(entry.name, {file: content}, file=file, notes=entry.notes)


def _of_files(entry: Entry, files: Mapping[str, Read]) -> Job:
    """Return the job made of the files, by path, of a folder or an archive."""
    chosen = choose(files)
    notes = [*entry.notes, *chosen.notes]
    if not chosen.files:
        return _without_chapters(entry, files, chosen)
    taken = chosen.files | {name: read for name, read in chosen.others.items() if _is_module(name)}
    if len(taken) > MOST_FILES:
        raise Refused(f"holds more than {MOST_FILES} files")
    contents: dict[str, bytes] = {}
    problems, room = dict(chosen.problems), LARGEST_IN_ALL
    for file, read in taken.items():
        try:
            content = read()
            if len(content) > room:
                raise Unusable(f"all files together are larger than {LARGEST_IN_ALL >> 20} MB")
            contents[file] = content
            room -= len(content)
        except Unusable as unusable:
            if chapter := names.chapter_of(file):
                problems[chapter] = cut(f"{file}: {unusable}", LONGEST_REASON)
    return Job(entry.name, contents, problems=problems, notes=notes)


def _without_chapters(entry: Entry, files: Mapping[str, Read], chosen: Chosen) -> Job:
    """Return the job of what holds no chapter's file. Raises Unrecognised, Unusable."""
    if chosen.problems:
        raise _Unrecognised("; ".join(chosen.problems.values()))
    if not files:
        return Job(entry.name, notes=[*entry.notes, "holds no files"])
    code = [p for p in files if names.kind_of(p) and p.rpartition("/")[2] not in NOT_THEIRS]
    if len(code) == 1:
        name = code[0].rpartition("/")[2]
        file = name if SAFE.fullmatch(name) else f"submission{names.kind_of(name)}"
        note = f"{code[0]} is no chapter's name; the file was taken for all chapters"
        return Job(entry.name, {file: files[code[0]]()}, file=file, notes=[*entry.notes, note])
    held = ", ".join(sorted(code or files)[:5]) + (", ..." if len(code or files) > 5 else "")
    raise _Unrecognised(
        f"no file is named after a chapter (it holds {held}): "
        f"name the files {chapters()[0]}.py and so on, and hand in a folder or a .zip of them"
    )


def _is_module(name: str) -> bool:
    """Return whether it can be imported from beside a chapter."""
    named = MODULE.fullmatch(name) is not None and len(name) <= LONGEST_NAME
    return named and name not in NOT_THEIRS


def _of_archives_in(files: Mapping[str, Read], stack: ExitStack) -> dict[str, Read]:
    """Return what lies in the archives among files that hold no code themselves."""
    found: dict[str, Read] = {}
    for path, read in files.items():
        if path.lower().endswith(".zip"):
            archive = stack.enter_context(archives.opened(io.BytesIO(read())))
            found |= {f"{path}/{where}": inner for where, inner in archives.members(archive)}
        if len(found) > MOST_MEMBERS:
            raise Refused(f"holds more than {MOST_MEMBERS} files")
    return found


def _in_folder(path: Path) -> Iterator[tuple[str, Read]]:
    """Yield a folder's files by path, from the top; links are followed as long as they stay in it.

    Raises Refused where none ends.
    """
    level, count = [path], 0
    for _ in range(DEEPEST):
        deeper: list[Path] = []
        for folder in level:
            with os.scandir(folder) as scanned:
                found = sorted(_no_more(scanned), key=lambda entry: entry.name)
            if folder != path and any(entry.name in MADE for entry in found):
                continue
            for entry in found:
                if entry.name.startswith((".", "__")):
                    continue
                if entry.is_dir(follow_symlinks=False) and not names.kind_of(entry.name):
                    deeper.append(Path(entry.path))
                    continue
                count += 1
                if count > MOST_MEMBERS:
                    raise Refused(f"holds more than {MOST_MEMBERS} files")
                where = Path(entry.path)
                yield where.relative_to(path).as_posix(), partial(_read, where, path)
        level = deeper


def _no_more(found: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    """Yield what is found in a folder. Raises Refused where it is more than a submission can be."""
    for number, entry in enumerate(found):
        if number == MOST_MEMBERS:
            raise Refused(f"a folder of it holds more than {MOST_MEMBERS} entries")
        yield entry


def _read(path: Path, inside: Path) -> bytes:
    """Return a file's content. Raises Refused, Unusable."""
    most = archives.most_of(path.name)
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
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unusable("is not a file")
    return io.FileIO(handle)
