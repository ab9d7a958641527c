"""Which of a submission's files answer its chapters, where several might, or none is named so."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kata.answers.encoding import decoded
from kata.answers.text import Chapter
from kata.course import course
from kata.teacher import names
from kata.teacher.archives import Read, Refused, Unusable


@dataclass
class Chosen:
    """Chapter files by their right names; others beside them; what to say; problems by chapter."""

    files: dict[str, Read] = field(default_factory=dict)
    others: dict[str, Read] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def choose(files: Mapping[str, Read]) -> Chosen:
    """Return which of the files, by path, are to be graded.

    Of several for one chapter these come first: one that is more than the stub, one that is named
    to the letter, the one nearest the top. Where that leaves two, and they differ, nobody knows.
    """
    chosen, folders = Chosen(), set[str]()
    candidates: dict[tuple[str, str], list[str]] = {}
    for path in _of_the_learner(files):
        name = path.rpartition("/")[2]
        if chapter := names.chapter_of(name):
            candidates.setdefault((chapter, names.kind_of(name)), []).append(path)
    for (chapter, kind), paths in sorted(candidates.items()):
        right, best = f"{chapter}{kind}", _best(paths, files, chapter)
        if len(best) > 1:
            which = " or ".join(best[:3])
            chosen.problems[chapter] = f"{chapter}: {which}? They differ; name one of them {right}"
            continue
        chosen.files[right] = files[best[0]]
        folders.add(best[0].rpartition("/")[0])
        if best[0].rpartition("/")[2] != right:
            chosen.notes.append(f"{best[0]} was graded as {right}")
        elif paths[0] != best[0] and "/" not in paths[0]:
            chosen.notes.append(f"{best[0]} was graded, as {paths[0]} is only the stub")
    for path, read in files.items():
        folder, _, name = path.rpartition("/")
        if folder in folders and names.kind_of(name):
            chosen.others.setdefault(name, read)
    for name in chosen.files:
        chosen.others.pop(name, None)
    return chosen


def _of_the_learner(files: Mapping[str, Read]) -> list[str]:
    """Return the paths, those nearest the top first; of a whole repository, only the learner's."""
    course_s = {course().solutions, course().mistakes, course().variants, course().tests}
    names_of_ours = {path.name for path in course_s}
    theirs = course().exercises.name
    roots = {path.split(f"{theirs}/")[0] for path in files if f"/{theirs}/" in f"/{path}"}
    paths = [
        path
        for path in files
        if not any(
            path.startswith(root) and path.removeprefix(root).split("/")[0] in names_of_ours
            for root in roots
        )
    ]
    return sorted(paths, key=lambda path: (path.count("/"), f"{theirs}/" not in path, path))


def _best(paths: list[str], files: Mapping[str, Read], chapter: str) -> list[str]:
    """Return the paths among which the first is to be graded; one, where that is certain."""
    if len(paths) == 1:
        return paths
    contents: dict[str, bytes] = {}
    for path in paths:
        try:
            contents[path] = files[path]()
        except (Unusable, Refused):
            continue  # it is told where it is the only one
    if not contents:
        return paths[:1]
    written = [path for path in contents if _is_written(contents[path], path, chapter)]
    found = written or [*contents]
    found = [path for path in found if names.is_exact(path.rpartition("/")[2])] or found
    depth = min(path.count("/") for path in found)
    found = [path for path in found if path.count("/") == depth]
    first = f"/{course().exercises.name}/"
    found = [path for path in found if first in f"/{path}"] or found
    return found[:1] if len({contents[path] for path in found}) == 1 or not written else found


def _is_written(content: bytes, path: str, chapter: str) -> bool:
    """Return whether a file is more than the chapter's stub."""
    kind = names.kind_of(path)
    try:
        if content == (course().exercises / f"{chapter}{kind}").read_bytes():
            return False
    except OSError:
        pass  # the course has no such notebook
    if kind != ".py":
        return True
    try:
        answers = Chapter(decoded(content), chapter)
    except SyntaxError:
        return True
    return any(not answers.is_stub(name) for name in answers.names or {""} if content.strip())
