"""A folder of submissions: whose each entry is, as Canvas, Moodle, Gradescope or GitHub name them.

Canvas: NAME[_LATE]_USER_FILE_ORIGINAL, one file each. Moodle: NAME_NUMBER_assignsubmission_file_,
a folder or, with the file's name behind, a file. Gradescope: submission_NUMBER folders beside
submission_metadata.yml. GitHub Classroom: ASSIGNMENT-LOGIN folders in ASSIGNMENT-submissions, or
clones. Any other entry is one submission, and its name is the row's.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from kata.teacher.names import BEHIND, kind_of
from kata.teacher.roster import Roster
from kata.teacher.tables import Usage

CANVAS = re.compile(
    r"(?P<who>.+?)(?P<late>_LATE)?_(?P<id>\d{2,})_(?P<at>\d{2,})_(?P<file>.+)", re.S
)
MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.S)
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # Canvas's mark for a file that was handed in before
METADATA = "submission_metadata.yml"
# what is somebody's work, even where it cannot be read
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class Entry:
    """What one student handed in.

    name: of the row. parts: paths, each with the name that it was handed in under. login: as
    tables know the student. others: names by which a roster may know them. late: as the export has
    it. notes: what a person should know of it.
    """

    name: str
    parts: tuple[tuple[Path, str], ...]
    login: str = ""
    others: tuple[str, ...] = ()
    late: bool = False
    notes: tuple[str, ...] = ()
    fallback: str = field(default="", compare=False)

    @classmethod
    def at(cls, path: Path) -> "Entry":
        """Return the entry that a path is by itself."""
        login = path.name
        for end in (*ARCHIVES, ".tar.gz"):
            if login.lower().endswith(end) and not path.is_dir():
                login = login[: -len(end)]
        login = login if path.is_dir() else BEHIND.sub("", login)
        return cls(path.name, ((path, path.name),), login or path.name, (path.name, login))


def entries(folder: Path, roster: Roster | None = None) -> tuple[list[Entry], list[Path]]:
    """Return the submissions in a folder, by name, and what else lies there.

    Raises OSError, Usage.
    """
    folder = _export_in(folder)
    paths: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        moodle_s = MOODLE.fullmatch(path.name) or CANVAS.fullmatch(path.name)
        handed_in = path.is_symlink() or path.is_dir() or moodle_s is not None
        handed_in = handed_in or kind_of(path.name) != "" or path.suffix.lower() in ARCHIVES
        (paths if handed_in else others).append(path)
    if (folder / METADATA).is_file():
        found = [*_of_gradescope(paths, folder / METADATA)]
        others = [path for path in others if path.name != METADATA]
    elif prefix := _classroom_s(folder, paths):
        found = [_of_classroom(path, prefix) for path in paths]
    else:
        found = [*_of_an_lms(paths)]
    return sorted(_named(found, roster or Roster()), key=lambda entry: entry.name), others


def _export_in(folder: Path) -> Path:
    """Return the export's folder, where the folder given holds that and nothing else."""
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink():
        below = inside[0]
        there = [path for path in below.iterdir() if not path.name.startswith((".", "__"))]
        whole = there and all(MOODLE.fullmatch(p.name) or _is_canvas_s(p) for p in there)
        if whole or (below / METADATA).is_file() or _classroom_s(below, there, below.name):
            return below
    return folder


def _is_canvas_s(path: Path) -> bool:
    return CANVAS.fullmatch(path.name) is not None and path.is_file()


def _of_an_lms(paths: Iterable[Path]) -> Iterator[Entry]:
    """Yield the entries of Canvas's and Moodle's exports, and of folders with any names."""
    groups: dict[tuple[str, str], list[tuple[str, Path, re.Match[str]]]] = {}
    for path in paths:
        found = MOODLE.fullmatch(path.name)
        if found is None and not path.is_dir() and not path.is_symlink():
            found = CANVAS.fullmatch(path.name)
        if found is None:
            yield Entry.at(path)
        else:
            order = found["at"] if found.re is CANVAS else ""
            group = groups.setdefault((found["who"], found["id"]), [])
            group.append((order.zfill(20), path, found))
    people = Counter(who for who, _ in groups)
    for (who, number), group in groups.items():
        parts: dict[str, Path] = {}
        notes, late = [], False
        for _, path, found in sorted(group, key=lambda item: (item[0], item[1].name)):
            name = found["file"] or path.name
            name = AGAIN.sub("", name) if found.re is CANVAS else name
            if name in parts:
                notes.append(f"{parts[name].name} is not graded: {path.name} came later")
            parts[name] = path
            late = late or bool(found.re is CANVAS and found["late"])
        known = (
            *([who] if people[who] == 1 else []),
            number,
            f"{who}_{number}",
            *(path.name for path in parts.values()),
        )
        taken = tuple((path, name) for name, path in parts.items())
        name = who if people[who] == 1 else f"{who}_{number}"
        yield Entry(name, taken, name, known, late, tuple(notes), f"{who}_{number}")


def _of_gradescope(paths: list[Path], metadata: Path) -> Iterator[Entry]:
    """Yield an entry for each submitter; those of a group have the same files. Raises Usage."""
    import yaml

    try:
        told = yaml.safe_load(metadata.read_text("utf-8"))
        who = {str(name): [*_submitters(of)] for name, of in told.items()}
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError) as error:
        why = str(error).splitlines()[0]
        raise Usage(f"{metadata}: is not what Gradescope writes ({why})") from None
    for path in paths:
        entry = Entry.at(path)
        if not who.get(path.name):
            yield entry
        for person in who.get(path.name, ()):
            mail = person.get("email", "")
            login = mail.partition("@")[0] or person.get("sid", "") or person.get("name", "")
            known = (person.get("sid", ""), mail, login, person.get("name", ""), path.name)
            yield replace(
                entry,
                name=login or path.name,
                login=login or entry.login,
                others=tuple(filter(None, known)),
                fallback=f"{login} ({path.name})",
            )


def _submitters(of: Any) -> Iterator[dict[str, str]]:
    """Yield the name, sid and email of each submitter, without the colons of Ruby's symbols."""
    plain = {str(key).lstrip(":"): value for key, value in of.items()}
    for person in plain.get("submitters") or ():
        yield {str(key).lstrip(":"): str(value or "") for key, value in person.items()}


def _classroom_s(folder: Path, paths: list[Path], given: str = "") -> str:
    """Return what GitHub Classroom has put before each login; "" where this is none of its own."""
    names = [path.name for path in paths if path.is_dir() and not path.is_symlink()]
    assignment = (given or folder.resolve().name).removesuffix("-submissions")
    is_named_so = assignment != (given or folder.resolve().name)
    if names and is_named_so and all(name.startswith(f"{assignment}-") for name in names):
        return f"{assignment}-"
    if len(names) < 2 or len(names) != len(paths):
        return ""
    first, last = min(names), max(names)
    same = sum(takewhile(bool, (a == b for a, b in zip(first, last, strict=False))))
    prefix = first[:same].rpartition("-")
    clones = all((path / ".git").exists() for path in paths)
    return f"{prefix[0]}-" if clones and prefix[0] else ""


def _of_classroom(path: Path, prefix: str) -> Entry:
    login = path.name.removeprefix(prefix)
    entry = Entry.at(path)
    if login in ("", path.name):
        return entry
    known = (login, path.name)
    return replace(entry, name=login, login=login, others=known, fallback=path.name)


def _named(found: Iterable[Entry], roster: Roster) -> Iterator[Entry]:
    """Yield the entries under their logins, as far as no two have the same."""
    named = []
    for entry in found:
        login = roster.login_of((entry.name, *entry.others))
        path = entry.fallback or entry.parts[0][0].name
        named.append(replace(entry, name=login, login=login, fallback=path) if login else entry)
    times = Counter(entry.name for entry in named)
    used = {name for name, count in times.items() if count == 1}
    for entry in named:
        name, number = entry.name, 1
        if times[name] > 1:
            name = entry.fallback or entry.parts[0][0].name
            while name in used:
                number += 1
                name = f"{entry.fallback} ({number})"
            used.add(name)
        yield replace(entry, name=name)


def twice(found: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the logins that more than one entry has, with the entries' names."""
    by_login: dict[str, list[str]] = {}
    for entry in found:
        by_login.setdefault(entry.login, []).append(entry.name)
    return {login: names for login, names in by_login.items() if len(names) > 1}
