"""Which chapter a file answers, whatever a browser, a file manager or an LMS made of its name."""

import re

from kata.course import chapter_number, chapters

KINDS = (".py", ".ipynb")
# what a browser, a mail program or a hidden ending adds behind the true ending
BEHIND = re.compile(r"(?i)(\.py|\.ipynb)(\.txt|\.json|\.download)?$")
CHAPTER = re.compile(r"(?<![a-z])(?:chapter|ch|kapitel)_*0*(\d{1,3})(?!\d)")
# what may stand beside "ch03" in a name without being another name
NOISE = re.compile(r"(?:copy|copyof|of|final|kopie|von|new|neu|v?\d{1,3})*")


def kind_of(name: str) -> str:
    """Return ".py" or ".ipynb" where a file's name says that it is one; else ""."""
    found = BEHIND.search(name)
    return found[1].lower() if found else ""


def is_exact(name: str) -> bool:
    """Return whether a name is a chapter's, to the letter."""
    stem, dot, kind = name.rpartition(".")
    return f"{dot}{kind}" in KINDS and stem in chapters()


def chapter_of(name: str) -> str:
    """Return the chapter that a file of this name is meant to answer, or ""."""
    if is_exact(name):
        return name.rpartition(".")[0]
    found = BEHIND.search(name)
    if not found:
        return ""
    stem = re.sub(r"[^a-z0-9]+", "_", name[: found.start()].lower())
    numbers = {int(number) for number in CHAPTER.findall(stem)}
    if len(numbers) != 1 or "test" in stem.split("_"):
        return ""
    number = numbers.pop()
    chapter = next((c for c in chapters() if chapter_number(c) == number), "")
    rest = CHAPTER.sub("", stem, count=1).replace("_", "")
    title = chapter[5:].lower().replace("_", "")
    return chapter if chapter and (title in rest or NOISE.fullmatch(rest)) else ""
