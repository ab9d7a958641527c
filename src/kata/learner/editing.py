"""Changes to the learner's files. Each keeps a dated backup of the file before it touches it."""

import os
import secrets
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from kata.answers.encoding import read_python, write_python
from kata.answers.files import written
from kata.course import chapters, course, exercises
from kata.learner import in_notebook, laying, practice, source, state
from kata.learner.place import Place, Problem
from kata.refusal import shown

AT_LINE = {"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "pico", "joe"}
COLON = {"code", "codium", "cursor", "hx", "subl", "zed"}  # take file:line
SET_EDITOR = '$env:EDITOR = "notepad"' if sys.platform == "win32" else "export EDITOR=nano"
NO_WAIT = {"--wait", "-w"}


def reset(place: Place, name: str) -> Path:
    """Put the stub of one exercise back; return where the learner's text is kept."""
    path = source.answered_in(place, exercises()[name].chapter)
    backup = place.back_up(path)
    if path.suffix == ".ipynb" and backup is not None:
        in_notebook.put_stub(path, name)
    elif backup is None:
        write_python(path, source.fresh_stub(exercises()[name].chapter))
        backup = path
    else:
        write_python(path, source.with_stub(_text(path), name))
    _forget(place, [name])
    return backup


def reset_all(place: Place) -> list[Path]:
    """Make every chapter's file its stub; return where the learner's texts are kept."""
    backups = []
    for chapter in chapters():
        path, notebook = place.files_of(chapter)
        fresh = source.fresh_stub(chapter)
        if notebook.is_file() and (answered := written(notebook, chapter) - {""}):
            kept = place.back_up(notebook)
            backups += [kept] if kept else []
            for name in answered:
                in_notebook.put_stub(notebook, name)
        if path.is_file() and _is_same(path, fresh):
            continue
        kept = place.back_up(path)
        path.write_text(fresh, "utf-8", newline="\n")
        backups += [kept] if kept else []
    _forget(place, list(exercises()))
    return backups


@dataclass
class Update:
    """What an update did: stubs added and renewed, chapters that came, files it could not read.

    files: of a copy of an installed course, those brought in. kept: those that the learner has
    changed, which are newer in the package.
    """

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    chapters: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def update(place: Place) -> Update:
    """Bring what is new upstream into the learner's files; no answer is touched."""
    done = Update()
    for chapter in chapters():
        path = place.chapter_file(chapter)
        if not path.exists():
            write_python(path, source.fresh_stub(chapter))
            done.chapters.append(chapter)
            continue
        try:
            text, added, renewed = source.with_new_stubs(read_python(path), chapter)
        except SyntaxError as error:
            done.skipped.append(f"{shown(path)}:{error.lineno}: {error.msg}")
            continue
        if added or renewed:
            place.back_up(path)
            write_python(path, text)
            done.added += added
            done.renewed += renewed
    if course().copy_of:
        done.files, done.kept = laying.renew()
    return done


def blank(place: Place, name: str | None) -> tuple[str, Path]:
    """Blank a solved exercise for practice. name: None where nothing is due.

    Raises Problem then, and where the exercise has not passed yet.
    """
    now = state.read(place)
    if name is None:
        raise Problem(_nothing_due(now))
    if not now.of(name).solved:
        raise Problem(f"{name}: has not passed yet; solve it first, then practise it")
    backup = reset(place, name)
    with state.changing(place) as kept:
        practice.started(kept.of(name), seed=1 + secrets.randbelow(10**6))
        kept.current = name
    return name, backup


def editor_command(path: Path, line: int) -> list[str] | None:
    """Return the command that opens a file at a line, by VISUAL or EDITOR.

    None where neither is set.
    """
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not given:
        return None
    program, *options = words_of(given)
    kind = Path(program).stem.lower()
    if kind in COLON:
        goto = ["--goto"] if kind in ("code", "codium", "cursor") else []
        # an editor with a window of its own: the watch goes on beside it
        return [program, *(o for o in options if o not in NO_WAIT), *goto, f"{path}:{line}"]
    at_line = [f"+{line}"] if kind in AT_LINE else []
    return [program, *options, *at_line, str(path)]


def words_of(command: str) -> list[str]:
    r"""Return the words of EDITOR: a program's path may have spaces, and on Windows backslashes."""
    if shutil.which(command):
        return [command]
    try:
        words = shlex.split(command, posix=sys.platform != "win32")
    except ValueError:  # a quote that does not end
        words = [command]
    return [word.strip('"') for word in words] if sys.platform == "win32" else words


def _is_same(path: Path, text: str) -> bool:
    """Return whether a file has a text, whatever ends its lines."""
    try:
        return read_python(path) == text
    except SyntaxError:
        return False


def _text(path: Path) -> str:
    try:
        return read_python(path)
    except SyntaxError as error:
        raise Problem(f"{shown(path)}: {error.msg}; `kata reset --all` starts it over") from None


def _forget(place: Place, names: list[str]) -> None:
    """The grades of these; that they were solved, and when they are due, stays known."""
    with state.changing(place) as kept:
        for name in names:
            progress = kept.of(name)
            progress.status, progress.fingerprint, progress.hints = "", "", 0


def _nothing_due(now: state.State) -> str:
    coming = sorted((p.due, name) for name, p in now.progress.items() if p.due)
    if not coming:
        return "nothing is due: an exercise comes back for practice once it has passed"
    day, name = coming[0]
    return f"nothing is due; {name} comes first, on {day} (or practise it now: kata again {name})"
