"""A folder of chapter files, or one such file: where the answer to each exercise is to be found."""

import ast
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Protocol

from kata.answers.call import Answer
from kata.answers.cells import broken_cells
from kata.answers.files import chapter_file, misnamed, text_of
from kata.answers.load import load_answers, solutions_around
from kata.answers.near import defined_in, misspelled
from kata.answers.words import kind
from kata.course import chapters, course, definitions, exercises, exercises_of
from kata.refusal import Broken, NotPassed, Todo, TookTooLong


class Answers(Protocol):
    """Where the tests get the answers from: a folder, a notebook's names, another process."""

    def answer(self, name: str) -> Answer:
        """Return the answer to one exercise. Raises Todo or Broken where there is none."""


class Submission:
    """What is graded.

    `path` is a folder (each chapter in chNN_name.py, or in a notebook: chapter_file says when)
    or one file, .py or .ipynb. One that is not named after a chapter may answer any exercise.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: dict[str, Path | None] = {}
        self._loaded: dict[str, tuple[ModuleType, dict[str, Broken]] | Broken] = {}
        self._answers: dict[str, Answer] = {}

    def file_of(self, chapter: str) -> Path | None:
        """Return the file that answers a chapter; None where the submission has none."""
        if self.path.is_dir():
            if chapter not in self._files:  # reading a notebook takes 10 ms
                self._files[chapter] = chapter_file(self.path, chapter)
            return self._files[chapter]
        if self.path.stem in chapters():
            return self.path if self.path.stem == chapter else None
        return self.path if self._names & set(exercises_of(chapter)) else None

    def answer(self, name: str) -> Answer:
        """Return the answer to one exercise, the same object at each call.

        Raises Todo where its chapter is missing, Broken where the file cannot be used.
        """
        if name not in self._answers:
            self._answers[name] = self._find(name)
        return self._answers[name]

    def _find(self, name: str) -> Answer:
        chapter = exercises()[name].chapter
        path = self.file_of(chapter)
        if self.path.is_dir() and (rename := misnamed(self.path, chapter)):
            raise Todo(rename)
        if path is None:
            raise Todo(f"there is no {chapter}.py yet")
        module, broken = self._module(path, chapter)
        if name in broken:
            raise Broken(broken[name].message)
        if not callable(getattr(module, name, None)):
            raise self._missing(name, path, module, broken)
        others = [n for n in exercises_of(chapter) if n != name and hasattr(module, n)]

        @cache
        def among_solutions() -> Answer:
            return among(name, path, chapter, solution_without(name), others)

        return Answer(name, getattr(module, name), path, among_solutions if others else None)

    def _missing(
        self, name: str, path: Path, module: ModuleType, broken: dict[str, Broken]
    ) -> NotPassed:
        """Say why a file has no answer to an exercise."""
        if self.path.is_file() and self.path.stem not in chapters():
            return Todo(f"{name} is not in {path.name} yet")
        if broken and path.suffix == ".py":
            return Broken(broken[""].message)
        like = misspelled(name, defined_in(vars(module)))
        if like:
            return Broken(f"{path.name}: you define {like}; the exercise is called {name}")
        if hasattr(module, name):
            what = kind(getattr(module, name))
            return Broken(f"{path.name}: {name} is {what}, which cannot be called")
        text = f"defines no function {name}; put its stub back"
        return Broken(f"{path.name}: {text}{_broken_in(path)}")

    def _module(self, path: Path, chapter: str) -> tuple[ModuleType, dict[str, Broken]]:
        """Return the module of a file, and what of it is broken."""
        if chapter not in self._loaded:
            try:
                self._loaded[chapter] = load_answers(path, chapter)
            except Broken as broken:
                self._loaded[chapter] = broken
            except TookTooLong as late:
                text = f"{path.name}: still running after {late} s while it is imported"
                self._loaded[chapter] = Broken(text)
                raise
        loaded = self._loaded[chapter]
        if isinstance(loaded, Broken):
            raise Broken(loaded.message)
        return loaded

    @cached_property
    def _names(self) -> set[str]:
        """Return the names that a single file defines; all of them where it cannot be read."""
        try:
            tree = ast.parse(text_of(self.path))
        except (SyntaxError, ValueError, Broken):
            return set(exercises())
        assigned = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        return {node.name for node in definitions(tree)} | assigned


def among(name: str, path: Path, chapter: str, text: str, others: Iterable[str]) -> Answer:
    """Return the answer, loaded again, with the solutions in the places of these others of its
    chapter.

    text: of solution_without. Where a solution uses `name`, it gets the answer: two wrong answers
    that lean on each other do not pass.
    """
    module, _ = load_answers(path, chapter)
    answer = getattr(module, name)
    given = solutions_around(name, answer, chapter, text)
    vars(module).update({other: given[other] for other in others if hasattr(module, other)})
    return Answer(name, answer, path)


@cache
def solution_without(name: str) -> str:
    """Return the source of an exercise's chapter, solved but for this exercise."""
    path = course().solutions / f"{exercises()[name].chapter}.py"
    tree = ast.parse(path.read_text("utf-8"))
    tree.body = [node for node in tree.body if getattr(node, "name", "") != name]
    return ast.unparse(tree)


def _broken_in(path: Path) -> str:
    """Return what else a person must know of a notebook that lacks a function."""
    broken = broken_cells(path) if path.suffix == ".ipynb" else []
    return "".join(f"\n  {line}" for line in broken)
