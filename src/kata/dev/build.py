"""Make the stubs of exercises/ from the solutions: the same text, without the bodies.

An author edits solutions/*.py (and lessons/ for the notebooks' story) only; `python -m kata.dev.build`
writes the stubs and the notebooks again, and a test proves them fresh.
"""

from pathlib import Path

from kata.answers.text import stub_of
from kata.course import chapters, course


def stale() -> list[Path]:
    """The stubs and notebooks that are not what their solution and lesson make of them."""
    return [
        path
        for path, text in fresh().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def fresh() -> dict[Path, str]:
    """Every stub's path and text, and every notebook's."""
    from kata.dev import notebooks  # imports nbformat, which authors alone need

    stubs = {
        course().exercises / f"{chapter}.py": stub_of(
            (course().solution_of(chapter)).read_text("utf-8")
        )
        for chapter in chapters()
    }
    return stubs | notebooks.fresh()


def main() -> None:
    """Write the stubs and the notebooks that are stale."""
    for path in stale():
        path.write_text(fresh()[path], "utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
