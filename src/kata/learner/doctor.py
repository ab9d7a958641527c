"""`kata doctor`: what is there, what is missing, and the command that puts it right."""

import importlib.metadata
import json
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kata.course import chapters, course, function_at
from kata.learner import state
from kata.learner.editing import SET_EDITOR, words_of
from kata.learner.place import Place
from kata.refusal import shown
from kata.session import cuda, devices

OLDEST = (3, 11)


@dataclass(frozen=True)
class Finding:
    """state: "ok", "note" (the kata works without it) or "missing". remedy: what to type."""

    what: str
    state: str
    found: str
    remedy: str = ""


def doctor(place: Place, as_json: bool) -> int:
    """Show the findings; 1 where something that is needed is missing."""
    findings = list(examine(place))
    status = 1 if any(f.state == "missing" for f in findings) else 0
    if as_json:
        print(json.dumps({"findings": [asdict(f) for f in findings]}, indent=1))
        return status
    console = Console()
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    styles = {"ok": "green", "note": "yellow", "missing": "bold red"}
    for finding in findings:
        says = Text(finding.found)
        if finding.remedy:
            says.append(f"\n{finding.remedy}", style="cyan")
        table.add_row(Text(finding.state, style=styles[finding.state]), finding.what, says)
    console.print(table)
    missing = sum(f.state == "missing" for f in findings)
    console.print("\nall that is needed is here" if not missing else f"\nmissing: {missing}")
    return status


def examine(place: Place) -> Iterator[Finding]:
    """Yield everything, in the order in which it is needed."""
    yield _python()
    for name in ("torch", "torchvision", "numpy", "scipy", "pytest", "hypothesis", "jaxtyping"):
        yield _package(name)
    yield _package("watchfiles", "kata watch needs it")
    yield from _guarded("devices", _devices)
    for where in course().doctor:
        yield from _guarded(where, partial(_of_the_course, where))
    yield _files(place)
    yield _keep(place)
    yield _editor()


def installing() -> str:
    """Return what installs the course and all that it needs, as a shell here takes it."""
    if course().copy_of:
        owner = importlib.metadata.packages_distributions()[course().copy_of][0]
        return _typed([sys.executable, "-m", "pip", "install", "--upgrade", owner])
    folder = str(course().root)
    words = [sys.executable, "-m", "pip", "install", "-c", f"{folder}/constraints.txt"]
    return _typed([*words, "-e", folder])


def _typed(words: list[str]) -> str:
    """Return a command with quotes where its shell (Windows: PowerShell) needs them."""
    if sys.platform == "win32":
        quoted = [f'"{word}"' if set(" '&()[];") & {*word} else word for word in words]
        return f"& {' '.join(quoted)}"
    return shlex.join(words)


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < OLDEST:
        return Finding(
            "Python", "missing", found, "install Python 3.11 or later, then set up again"
        )
    return Finding("Python", "ok", found)


def _package(name: str, why: str = "") -> Finding:
    try:
        return Finding(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", why or "not installed", installing())


def _guarded(what: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    """Yield the findings; whatever a broken installation raises is one as well."""
    try:
        yield look()
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        yield Finding(what, "missing", text, installing())


def _devices() -> Finding:
    """Return the devices on which `pytest --device NAME` can grade here."""
    import torch

    there = [name for name in devices.KNOWN if not devices.trouble_with(name)]
    if "cuda" in there:
        there[there.index("cuda")] = f"cuda ({torch.cuda.get_device_name(0)})"
    found = f"{', '.join(there)}; no exercise needs more than cpu"
    if left_out := cuda.left_out():
        return Finding("devices", "note", f"{found}\n{left_out}")
    return Finding("devices", "ok", found)


def _of_the_course(where: str) -> Finding:
    found: Finding = function_at(where)()
    return found


def _files(place: Place) -> Finding:
    lacks = [c for c in chapters() if not place.chapter_file(c).is_file()]
    if lacks:
        found = f"{shown(place.exercises)} lacks {', '.join(lacks)}"
        return Finding("exercises", "note", found, "kata update")
    return Finding("exercises", "ok", f"{len(chapters())} chapters in {shown(place.exercises)}")


def _keep(place: Place) -> Finding:
    state.read(place)  # a corrupt one is set aside, with a notice
    with suppress(OSError):
        place.keep.mkdir(exist_ok=True)
    if os.access(place.keep, os.W_OK):
        return Finding("state", "ok", shown(place.keep))
    return Finding("state", "note", f"{place.keep} cannot be written: progress is not kept")


def _editor() -> Finding:
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not given:
        return Finding("editor", "note", "none set, for o in kata watch", SET_EDITOR)
    if shutil.which(words_of(given)[0]) is None:
        return Finding("editor", "note", f"{given}: no such program", SET_EDITOR)
    return Finding("editor", "ok", given)
