"""A place to work in, saves as editors make them, and the watch started there."""

import json
import time

from kata.course import chapters, course, exercises
from kata.dev.terminal import Terminal
from kata.learner import source
from kata.learner.place import Place

LIMIT = 2  # of a test, in seconds: each endless loop here uses it up
WATCH = ("watch", "--time-limit", f"{LIMIT}")


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
