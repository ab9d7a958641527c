"""By what a row was graded: the engine, the course, and the libraries behind the verdicts."""

import hashlib
import sys
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

import kata
from kata.course import course

LIBRARIES = ("torch", "numpy", "scipy", "pytest", "hypothesis")


@cache
def version_here() -> str:
    """Return what is another wherever a verdict or its words may be."""
    found = hashlib.sha256(f"{kata.__version__} {sys.version}".encode())
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found.update(f"{name} {metadata.version(name)}".encode())
    ours = Path(kata.__file__).parent
    given = course()
    for folder in (ours, given.solutions, given.tests, given.mistakes):
        for path in sorted(folder.rglob("*.py")):
            found.update(str(path.relative_to(folder)).encode())
            found.update(path.read_bytes())
    return found.hexdigest()
