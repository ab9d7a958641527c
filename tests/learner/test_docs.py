"""The commands that the documentation names: they exist, with these options, and name real files.

test_readme.py runs README's. Most of the others take minutes, a cluster or a class.
"""

import re
import subprocess
import sys

import pytest
import typer

from kata.cli import app
from kata.course import course, function_at

ROOT = course().root
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
INLINE = re.compile(r"`((?:kata|pytest|tox) [^`]+)`")
FENCED = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4,}(\S.*)$", re.MULTILINE)


def commands_of(line):
    """The commands of kata, pytest and tox in a line for a shell, each as its words."""
    for part in re.split(r" && |; ", line.partition(" #")[0]):
        words = part.split()
        if words and words[0].rpartition("/")[2] in ("kata", "pytest", "tox"):
            yield (words[0].rpartition("/")[2], *words[1:])


def written(pattern):
    """The commands on all the pages, by the page's name."""
    for page in PAGES:
        for found in pattern.findall(page.read_text("utf-8")):
            for line in found.splitlines() if pattern is FENCED else [" ".join(found.split())]:
                yield from ((page.name, command) for command in commands_of(line))


TO_PASTE = list(dict.fromkeys([*written(INDENTED), *written(FENCED)]))
ALL = list(dict.fromkeys([*TO_PASTE, *written(INLINE)]))


def of_tool(name, commands=ALL):
    return [
        pytest.param(command[1:], id=f"{page}: {' '.join(command)}")
        for page, command in commands
        if command[0] == name
    ]


def resolved(words):
    """The command of kata that the words lead to, and what is left of them."""
    if words and words[0] in course().commands:
        own = typer.Typer()
        own.command(words[0])(function_at(course().commands[words[0]]))
        return typer.main.get_command(own), words[1:]
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.fixture(scope="module")
def pytest_s_help():
    asked = [sys.executable, "-m", "pytest", "--nbval", "--help"]  # without it, nbval is barred
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout


def test_commands_of_every_tool_are_found():
    assert len(of_tool("kata")) > 30 and len(of_tool("pytest")) > 10 and len(of_tool("tox")) > 3


@pytest.mark.parametrize("words", of_tool("kata"))
def test_a_command_of_kata_exists_with_its_options(words):
    command, rest = resolved(words)

    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known


@pytest.mark.parametrize("words", of_tool("kata", TO_PASTE))
def test_a_command_of_kata_to_be_pasted_has_all_that_it_needs(words):
    command, rest = resolved(words)

    assert command.make_context("kata", list(rest)).args == []  # or it raises


@pytest.mark.parametrize("words", of_tool("pytest"))
def test_a_command_of_pytest_has_options_that_pytest_knows_and_files_that_are_there(
    words, pytest_s_help
):
    for word in words:
        if word.startswith("-"):
            assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", pytest_s_help), word
        elif "/" in word:
            assert list(ROOT.glob(word)), word


@pytest.mark.parametrize("words", of_tool("tox"))
def test_an_environment_of_tox_exists(words):
    environments = re.findall(r"^\[testenv:(\w+)\]", (ROOT / "tox.ini").read_text("utf-8"), re.M)

    asked = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "-e"]
    assert {*asked} <= {*environments}
