"""`kata init DIR`: a folder to work in, copied from the installed course; and what renews it.

The learner's part is copied: stubs, notebooks, tests, lessons. What tells what is right (solutions,
mistakes, variants) stays in the package. What was laid out is remembered by its hash, so that an
update tells what the learner has changed from what is merely old.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from kata.course import Course, chapters, course, use
from kata.course.places import folder_in, installed
from kata.grade import write_json
from kata.learner import source
from kata.learner.place import Place, Problem
from kata.refusal import shown

Files = dict[str, bytes]  # by their path in the folder, with slashes


def lay_out(folder: Path) -> None:
    """Lay the installed course out in a folder. Raises Problem, and then leaves it as it was."""
    packages = installed()
    if len(packages) != 1:
        raise Problem(f"one course must be installed, not {', '.join(packages) or 'none'}")
    whole = use(folder_in(packages[0]))
    laid = _made(whole, packages[0])
    stubs = {f"exercises/{c}.py": source.fresh_stub(c).encode() for c in chapters()}
    for path in sorted({*laid, *stubs}):
        if (folder / path).exists():
            there = shown(folder / path)
            raise Problem(f"{there} is there already; name a new folder, or kata update in it")
    try:
        for path, content in {**laid, **stubs}.items():
            _write(folder / path, content)
        _remember(Place(folder / "exercises"), laid)
    except OSError as error:
        raise Problem(f"{folder}: cannot be laid out ({error.strerror})") from None


def renew() -> tuple[list[str], list[str]]:
    """Bring what a newer package has into a copy, but for the stubs in .py files.

    Return the files renewed or added, and those left alone since the learner has changed them. Of a
    changed test or lesson a backup is kept; it is renewed, since it says what is asked. Raises
    Problem where a file cannot be written; the next time goes on from there.
    """
    try:
        return _renewed()
    except OSError as error:
        where = shown(Path(error.filename or course().root))
        raise Problem(f"{where}: cannot be written ({error.strerror})") from None


def _renewed() -> tuple[list[str], list[str]]:
    root, keeper = course().root, Place(course().exercises)
    laid = _laid(keeper)
    now = _made(Course.at(folder_in(course().copy_of)), course().copy_of)
    renewed, left = [], []
    for path, content in now.items():
        there = root / path
        own = there.read_bytes() if there.is_file() else None
        if own == content or (laid.get(path) == _hash(content) and not _is_lost(path, own)):
            continue  # nothing is newer; what the learner did to it stays
        if own is not None and _hash(own) != laid.get(path):
            if not path.startswith(("tests/", "lessons/")):
                left.append(path)
                continue
            keeper.back_up(there)
        _write(there, content)
        renewed.append(path)
    _remember(keeper, {p: content for p, content in now.items() if p not in left}, laid)
    return renewed, left


def _is_lost(path: str, own: bytes | None) -> bool:
    """Return whether a file is to come back; a notebook may have been removed for its .py file."""
    return own is None and not path.endswith(".ipynb")


def _made(whole: Course, package: str) -> Files:
    """Return what a copy of a course has beside the stubs."""
    copied = dict(_copied(whole))
    words = {"name": whole.name, "package": package}
    for name in (".gitignore", "README.md", "conftest.py", "pyproject.toml"):
        template = files("kata.learner").joinpath("laid", f"{name}.txt").read_text("utf-8")
        copied[name] = template.format_map(words).encode()
    return copied


def _copied(whole: Course) -> Iterator[tuple[str, bytes]]:
    for chapter in chapters():
        for folder, path in (
            ("exercises", whole.exercises / f"{chapter}.ipynb"),
            ("tests", whole.tests_of(chapter)),
            ("lessons", whole.lessons / f"{chapter}.md"),
        ):
            if path.is_file():
                yield f"{folder}/{path.name}", path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _memory(place: Place) -> Path:
    return place.keep / "laid.json"


def _laid(place: Place) -> dict[str, str]:
    """Return the hashes of what was laid out; none where that is not known any more."""
    with suppress(OSError, ValueError):
        found = json.loads(_memory(place).read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _remember(place: Place, laid: Files, before: dict[str, str] | None = None) -> None:
    place.keep.mkdir(exist_ok=True)
    write_json(_memory(place), {**(before or {}), **{p: _hash(c) for p, c in laid.items()}})
