"""What a learner is told of one exercise: its entry of the grade, and what the code printed."""

from dataclasses import dataclass, field
from typing import Any

from kata.answers.printable import brief
from kata.course import exercises


@dataclass
class Verdict:
    """One exercise's entry of the grade (the contract's JSON), and what the code printed.

    whole: whether every test was run; picture: what `Grader.picture` found, instead of a grade.
    """

    entry: dict[str, Any]
    printed: str = ""
    whole: bool = True
    picture: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.entry["name"])

    @property
    def status(self) -> str:
        return str(self.entry["status"])

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def message(self) -> str:
        """What is wrong, fit for a terminal; the entry has it as it came."""
        return brief(str(self.entry["message"]))

    @property
    def tests(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.entry["tests"]
        return found

    @classmethod
    def stopped(cls, name: str, message: str) -> "Verdict":
        """A verdict for an answer that ended, or had to be ended, without one of its own."""
        chapter = exercises()[name].chapter
        entry = {"name": name, "chapter": chapter, "status": "error", "score": 0, "max_score": 1}
        text = f"{name}: {message}" if not message.startswith(f"{name}: ") else message
        return cls({**entry, "message": text, "mistake": None, "tests": []})
