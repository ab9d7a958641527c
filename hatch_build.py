"""Put the course's folders into its package when a wheel is built; kata.course.places finds them.

An editable installation has them where they are.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSIDE = "backprop/course"
PATTERNS = (
    "conftest.py",
    "pyproject.toml",
    "exercises/ch*.ipynb",
    "exercises/ch*.py",
    "lessons/ch*.md",
    "mistakes/ch*.py",
    "mistakes/*.toml",
    "solutions/ch*.py",  # the solved notebooks show the same, and weigh more than all else
    "tests/test_ch*.py",
    "variants/ch*.py",
)


class CustomBuildHook(BuildHookInterface[Any]):
    """Names what goes where."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files that the patterns find."""
        if version == "editable":
            return
        root = Path(self.root)
        for pattern in PATTERNS:
            for path in sorted(root.glob(pattern)):
                inside = path.relative_to(root).as_posix()
                build_data["force_include"][str(path)] = f"{INSIDE}/{inside}"
