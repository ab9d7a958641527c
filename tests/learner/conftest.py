"""A learner's place of their own: a copy of the stubs, and .kata beside it."""

import pytest
from typer.testing import CliRunner

from kata.cli import app
from kata.learner import source
from kata.learner.place import Place


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Stubs fresh from the solutions, whatever the state of exercises/."""
    folder = tmp_path / "exercises"
    folder.mkdir()
    for chapter in source.chapters():
        (folder / f"{chapter}.py").write_text(source.fresh_stub(chapter), "utf-8")
    monkeypatch.setenv("KATA_EXERCISES", str(folder))
    for name in ("NO_COLOR", "FORCE_COLOR", "EDITOR", "VISUAL", "KATA_NO_FORK"):
        monkeypatch.delenv(name, raising=False)
    return Place(folder)


@pytest.fixture
def kata(place):
    """Run `kata ...` in this process; for what needs no grade."""

    def run(*args, **kwargs):
        return CliRunner().invoke(app, list(args), **kwargs)

    return run


@pytest.fixture
def write(place):
    """Write the body of one function into the learner's file."""

    def write_body(name, body):
        path = place.file_of(name)
        text = source.with_stub(path.read_text("utf-8"), name)
        stub = source.fresh_stub_of(name)
        lines = "\n    ".join(body.split("\n"))
        solved = stub.replace("    raise NotImplementedError\n", f"    {lines}\n")
        assert stub in text and solved != stub
        path.write_text(text.replace(stub, solved), "utf-8")
        return path

    return write_body
