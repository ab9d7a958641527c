"""All answers of one submission, each in a process of its own; what was replied is kept."""

import re
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from kata.answers.call import Answer
from kata.course import chapters, course, exercises
from kata.refusal import Broken, Refused, Todo, TookTooLong
from kata.teacher.fence.lines import Nurse, Student, as_text, found_in
from kata.teacher.fence.remote import RemoteAnswer, not_passed
from kata.teacher.memo import Question
from kata.teacher.rows import Job, Limits

# bytes that an exercise's answer may reply in all; the most that a solution needs is 40 MB
MOST_REPLIED = 256 << 20
CHAPTER = re.compile(rb"ch\d\d_\w+")


class Transcript:
    """What was asked of an exercise's answer, and replied; it can be read again from the start.

    clean: whether it would be the same in another run: no process ended, no time was over.
    """

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.replies: list[bytes] = []
        self.replied = 0  # bytes
        self.at = 0
        self.clean = True


class RemoteAnswers:
    """All answers of one submission, in a process for each exercise, one after the other.

    The tests of one exercise are to be run before those of the next: `begin` says which it is. So
    what one answer does to its process changes no other exercise, and none can tell another what
    it has seen.
    """

    def __init__(
        self,
        nurse: Nurse,
        folder: Path,
        job: Job,
        limits: Limits,
        told: Callable[[int], None],
    ) -> None:
        """folder: holds the job's files. told: of the id of each process that is started."""
        self._nurse = nurse
        self._folder = folder
        self._job = job
        self._problems = dict(job.problems)
        self._limits = limits
        self._told = told
        self._start = {"folder": str(folder), "memory": limits.memory, "seconds": limits.seconds}
        self._students: dict[bool, Student] = {}  # of the exercise; alone, and among solutions
        self._found: RemoteAnswer | None = None
        self._among: RemoteAnswer | None = None
        self._states: dict[bool, Tensor | None] = {}
        self.name = ""
        self.transcript = Transcript()
        self.differs = False  # whether the tests asked something else than was replied to

    def begin(self, name: str) -> RemoteAnswer:
        """Turn to an exercise. Raises NotPassed where it has no answer; TookTooLong."""
        self.name = name
        self.transcript, self.differs = Transcript(), False
        self._found = self._among = None
        for student in self._students.values():
            student.end()
        self._students.clear()
        chapter = self._chapter
        if chapter in self._problems:
            raise Broken(self._problems[chapter])
        if not self._has(chapter):
            raise Todo(f"there is no {chapter}.py yet")
        try:
            reply = found_in(self._student(among=False).ask())
        except TookTooLong as late:
            text = f"{chapter}: still running after {late} s while it is imported"
            self._problems[chapter] = f"{text}{late.at}"
            raise
        if "stopped" in reply:
            raise not_passed(reply["stopped"])
        unfit = as_text(reply["unfit"]), reply["sure"]
        self._found = RemoteAnswer(name, self, others=reply["others"], unfit=unfit)
        self._states.clear()
        return self._found

    def again(self, keep: bool) -> None:
        """Let the tests ask from the start. keep: what was replied so far is replied again."""
        self.differs = False
        if not keep:
            for student in self._students.values():
                student.end()
            self.transcript = Transcript()
        self.transcript.at = 0
        self._states.clear()

    def answer(self, name: str) -> Answer:
        """Return the answer to the exercise that was begun."""
        assert name == self.name and self._found is not None
        return self._found

    def among_solutions(self) -> RemoteAnswer:
        """Return the answer to the exercise, among solutions: one, which is diagnosed once."""
        assert self._found is not None
        if self._among is None:
            self._among = RemoteAnswer(self.name, self, among=True, unfit=self._found.unfit)
        return self._among

    def ask(self, among: bool, message: bytes) -> bytes:
        """Return the reply to a question, from the transcript as far as it goes.

        Raises as Student.ask; Refused where the replies come to too much.
        """
        told = self.transcript
        if told.questions[told.at : told.at + 1] not in ([], [(among, message)]):
            # the memo was wrong about what would be asked: see Check
            self.again(keep=False)
            told = self.transcript
            self.differs, told.clean = True, False
        if told.at == len(told.questions):
            try:
                reply = self._student(among).ask(message)
                told.replied += len(reply)
                if told.replied > MOST_REPLIED:
                    raise Refused(f"it gives back more than {MOST_REPLIED >> 20} MB in all calls")
            except BaseException:
                told.clean = False
                raise
            told.questions.append((among, message))
            told.replies.append(reply)
        told.at += 1
        return told.replies[told.at - 1]

    @property
    def root(self) -> str:
        """Where the memo's tree for what was begun starts: all that its questions depend on."""
        others = self._found is not None and self._found.among_solutions is not None
        how = "among others" if others else "alone"
        unfit = self._found.unfit if self._found is not None else None
        return f"{self.name} {how}, draw seed {self._job.draw_seed}, {self._limits} {unfit}"

    def state(self, among: bool) -> Tensor | None:
        """Return the state of torch's generator in a process, where it is known."""
        return self._states.get(among)

    def know(self, among: bool, state: Tensor | None) -> None:
        """Remember the state of torch's generator in a process."""
        self._states[among] = state

    @property
    def _chapter(self) -> str:
        return exercises()[self.name].chapter

    def _student(self, among: bool) -> Student:
        """Return the one that is to be asked. The other, if there is one, rests meanwhile."""
        if among not in self._students:
            begin = {"file": self._job.file, "solutions": self._solutions_for(self._chapter)}
            self._students[among] = Student(
                self._nurse, self._start, begin, self.name, among, self._told
            )
        for which, student in self._students.items():
            student.rest(which != among)
        return self._students[among]

    def _has(self, chapter: str) -> bool:
        if self._job.file:
            stem = Path(self._job.file).stem
            return stem == chapter or stem not in chapters()
        return any(f"{chapter}{kind}" in self._job.files for kind in (".py", ".ipynb"))

    def _solutions_for(self, chapter: str) -> dict[str, str]:
        """Return the solutions of earlier chapters that a file of the submission speaks of."""
        texts = list(self._job.files.values())
        found: dict[str, str] = {}
        while texts:
            for match in CHAPTER.finditer(texts.pop()):  # one by one: a file may hold millions
                named = match[0].decode()
                if named in chapters() and named < chapter and named not in found:
                    found[named] = (course().solutions / f"{named}.py").read_text("utf-8")
                    texts.append(found[named].encode())
        return found
