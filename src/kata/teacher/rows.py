"""What there is to grade, as it travels to a worker, the limits, and the row that comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kata.course import exercises
from kata.grade import ExerciseGrade, Grade

LONGEST_TEST = 20.0  # seconds, as for a learner


@dataclass(frozen=True)
class Limits:
    """seconds: for a whole submission. memory: MB, for each process of the learner's code."""

    seconds: float = 300.0
    memory: int = 2048

    def of_one_test(self, left: float) -> float:
        """Return seconds for one test when so many are left: half of them at most."""
        return max(0.05, min(LONGEST_TEST, self.seconds / 6, left / 2))


@dataclass(frozen=True)
class Job:
    """One submission: its name, and the text of its files.

    file: where one file was handed in, its name. problems: by chapter, what is wrong with a file
    that was not copied. outcome, detail: where it is not to be run at all, what became of it.
    notes: what a person should know of how it was taken.
    only: the chapters to grade, or none for all. draw_seed: not 0 for other sizes and numbers than
    those that anyone can look up.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    file: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    outcome: str = ""
    detail: str = ""
    notes: Sequence[str] = ()
    only: Sequence[str] = ()
    draw_seed: int = 0

    def asks_for(self, exercise: str) -> bool:
        """Return whether this exercise is to be graded."""
        return not self.only or exercises()[exercise].chapter in self.only

    def message(self) -> tuple[dict[str, Any], list[bytes]]:
        """It as JSON and blobs."""
        plain = {name: value for name, value in vars(self).items() if name != "files"}
        return {**plain, "files": list(self.files)}, list(self.files.values())

    @classmethod
    def of_message(cls, plain: dict[str, Any], blobs: Sequence[memoryview]) -> "Job":
        """Return the job that `message` made this of."""
        files = {name: bytes(blob) for name, blob in zip(plain["files"], blobs, strict=True)}
        return cls(**{**plain, "files": files})

    def write_to(self, folder: Path) -> None:
        """Write its files into a folder, for reading."""
        for name, content in self.files.items():
            path = folder / Path(name).name
            path.write_bytes(content)
            path.chmod(0o444)
        folder.chmod(0o755)


@dataclass(frozen=True)
class Marks:
    """What a grade is worth by a teacher's policy.

    points: what is left once `lost` went for being late. of: by exercise, the points got and those
    there were to get.
    """

    points: float
    max_points: float
    lost: float
    of: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Row:
    """What became of one submission.

    outcome: graded, timeout, crashed, refused or unrecognised; detail: why it is not graded.
    seconds: how long it took. look: lines that point out what a person should see. notes: how it
    was taken. code: by exercise that has not passed, its answer. login: whose it is. late: as the
    export has it. marks: by the policy, if there is one.
    """

    name: str
    outcome: str
    detail: str
    grade: Grade
    seconds: float = 0.0
    look: Sequence[str] = ()
    notes: Sequence[str] = ()
    code: Mapping[str, str] = field(default_factory=dict)
    login: str = ""
    late: bool = False
    marks: Marks | None = None

    @classmethod
    def stopped(cls, job: Job, outcome: str, detail: str) -> "Row":
        """Return the row of a submission of which nothing was run to its end."""
        names = filter(job.asks_for, exercises())
        grades = [ExerciseGrade.stopped(name, detail) for name in names]
        return cls(job.name, outcome, detail, Grade(job.name, grades))

    def as_json(self) -> dict[str, Any]:
        kept = {name: value for name, value in vars(self).items() if name != "marks"}
        return {**kept, "grade": self.grade.as_json()}

    def add_to(self, entry: dict[str, Any]) -> None:
        """Add to a submission's JSON what is beside its grade; nothing to an ordinary one."""
        if self.login != self.name:
            entry["login"] = self.login
        if self.notes:
            entry["notes"] = list(self.notes)
        if self.late:
            entry["late"] = True
        if self.marks is not None:
            entry |= {"points": self.marks.points, "max_points": self.marks.max_points}
            entry["points_lost"] = self.marks.lost
            for exercise in entry["exercises"]:
                points, most = self.marks.of[exercise["name"]]
                exercise |= {"points": points, "max_points": most}

    @classmethod
    def of_json(cls, row: dict[str, Any]) -> "Row":
        """Read what as_json wrote. Raises KeyError, TypeError."""
        return cls(**{**row, "grade": Grade.of_json(row["grade"])})
