"""A terminal for the tests: the real command on a pseudo-terminal, and the screen a person sees."""

import json
import os
import sys
import time

import pexpect
import pyte

from kata.course import chapters, course, exercises
from kata.learner import source
from kata.learner.place import Place

LIMIT = 2  # of a test, in seconds: each endless loop here uses it up
WATCH = ("watch", "--time-limit", f"{LIMIT}")
# seconds: the longest limit here is 9 s of processor time, and a busy machine may give a process a
# twentieth of a core; an assertion never waits so long where things work
PATIENCE = 300


class Terminal:
    """`kata ARGS`, or another module's, started in a window of so many rows and columns."""

    def __init__(self, *args, module="kata", rows=40, columns=80, **env):
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        ours = {k: v for k, v in os.environ.items() if k not in ("LINES", "COLUMNS")}
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", module, *args],
            env={**ours, "TERM": "xterm-256color", **env},
            cwd=course().root,
            dimensions=(rows, columns),
            encoding="utf-8",
        )
        self.child.delaybeforesend = None

    @property
    def text(self):
        """What is on the screen, without the spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    @property
    def flat(self):
        """The same as one line: a sentence is found wherever it was broken."""
        return " ".join(self.text.split())

    def wait_for(self, *texts, gone=()):
        """Until all texts are on the screen, and these are not."""
        end = time.monotonic() + PATIENCE
        while True:
            self._read()
            if all(t in self.flat for t in texts) and not any(t in self.flat for t in gone):
                return self
            assert time.monotonic() < end, f"waited for {texts}, saw:\n{self.text}"
            assert self.child.isalive(), f"ended while waiting for {texts}, saw:\n{self.text}"

    def press(self, keys):
        self.child.send(keys)
        return self

    def resize(self, rows, columns):
        self.child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)
        return self

    def end(self):
        """Wait until the command ends; its exit status."""
        end = time.monotonic() + PATIENCE
        while self.child.isalive() and time.monotonic() < end:
            self._read()
        self._read()
        assert not self.child.isalive(), f"does not end:\n{self.text}"
        return 128 + self.child.signalstatus if self.child.signalstatus else self.child.exitstatus

    def _read(self):
        try:
            self._stream.feed(self.child.read_nonblocking(1 << 16, timeout=0.05))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            time.sleep(0.05)


def save_as_vim_does(path, text):
    """The old file goes aside, the new one is written under its name."""
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_text(text, "utf-8")
    backup.unlink()


def save_by_renaming(path, text):
    """A new file, renamed over the old one."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, "utf-8")
    new.replace(path)


def save_as_vs_code_does(path, text):
    """The file is emptied, then filled; a moment passes between."""
    with path.open("w", encoding="utf-8") as file:
        file.flush()
        time.sleep(0.02)
        file.write(text)


SAVES = {
    "vim": save_as_vim_does,
    "rename": save_by_renaming,
    "VS Code": save_as_vs_code_does,
    "plainly": lambda path, text: path.write_text(text, "utf-8"),
}


def make_place(folder):
    (folder / "exercises").mkdir(parents=True)
    for chapter in chapters():
        path = folder / "exercises" / f"{chapter}.py"
        path.write_text(source.fresh_stub(chapter), "utf-8")
    return Place(folder / "exercises")


def save(place, name, body, how="plainly"):
    """Write an exercise's body, and save its file as some editor does."""
    path, stub = place.file_of(name), source.fresh_stub_of(name)
    text = source.with_stub(path.read_text("utf-8"), name)
    body = body.replace("\n", "\n    ")
    SAVES[how](path, text.replace(stub, stub.replace("raise NotImplementedError", body)))
    return path


def make_notebook(place, name):
    """Lay the notebook of an exercise's chapter beside its .py file, as the course has it."""
    chapter = exercises()[name].chapter
    path = place.exercises / f"{chapter}.ipynb"
    path.write_bytes((course().exercises / path.name).read_bytes())
    return path


def save_in_notebook(path, name, body):
    """Write an exercise's body into its cell, and save the notebook as Jupyter does."""
    content = json.loads(path.read_text("utf-8"))
    cell = next(
        cell for cell in content["cells"] if cell["id"] == f"exercise-{name}".replace("_", "-")
    )
    head = source.fresh_stub_of(name).replace("raise NotImplementedError", body)
    cell["source"] = head.splitlines(keepends=True)
    save_by_renaming(path, json.dumps(content, indent=1))


def start(place, *args, rows=40, **env):
    clean = {"KATA_EXERCISES": str(place.exercises), "EDITOR": "", "VISUAL": "", **env}
    return Terminal(*(args or WATCH), rows=rows, **clean)
