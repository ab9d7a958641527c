"""Where a course lies: around the working folder, in the folder that is named, or in a package.

A wheel carries its course's folders inside the course's package, in `course/`. Learners work in a
copy of it, which `kata init` lays out; a clone is a course of its own.
"""

import os
import tomllib
from importlib import metadata, util
from pathlib import Path
from typing import Any

SETTINGS = "pyproject.toml"
VARIABLE = "KATA_COURSE"  # names the course's folder, for whoever stands elsewhere
INSIDE = "course"  # the course's folder in its package


class NoCourse(Exception):
    """There is no course at hand, or its settings cannot be used; the message is one line."""


def settings_in(folder: Path) -> dict[str, Any] | None:
    """Return a folder's [tool.kata]; None where it has none. Raises NoCourse."""
    path = folder / SETTINGS
    try:
        tools = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # a UnicodeDecodeError and toml's are ValueErrors
        raise NoCourse(f"{path}: cannot be read ({error})") from None
    found = tools.get("kata")
    return found if isinstance(found, dict) else None


def root_above(folder: Path) -> Path | None:
    """Return the nearest folder, from this one upwards, that is a course; None without one."""
    for place in (folder, *folder.parents):
        try:
            if settings_in(place) is not None:
                return place
        except NoCourse:
            continue  # another project's file, which is no business of ours
    return None


def lies_elsewhere(root: Path) -> bool:
    """Return whether a course is not that of the working folder, and no course is named."""
    return not os.environ.get(VARIABLE) and root_above(Path.cwd().resolve()) != root.resolve()


def root_of_the_course() -> Path:
    """Return the folder of the course at hand. Raises NoCourse."""
    if given := os.environ.get(VARIABLE):
        return Path(given).expanduser().resolve()
    try:
        here = Path.cwd().resolve()
    except FileNotFoundError:
        raise NoCourse("the folder you are in was removed: cd to the one of your course") from None
    if found := root_above(here):
        return found
    packages = installed()
    if len(packages) != 1:
        raise NoCourse(no_course())
    return folder_in(packages[0])


def no_course() -> str:
    """Return what to do outside a course, in one line."""
    return (
        "no course here: kata init DIR lays one out (then cd DIR); "
        f"or go to the folder of one, or name it in {VARIABLE}"
    )


def installed() -> list[str]:
    """Return the installed packages that say they are a course's."""
    return sorted({entry.value for entry in metadata.entry_points(group="kata.courses")})


def folder_in(package: str) -> Path:
    """Return the course's folder in its package; of a clone, the clone. Raises NoCourse."""
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise NoCourse(f"the package {package}, which has the course, is not installed here")
    folder = Path(spec.origin).resolve().parent
    found = folder / INSIDE if settings_in(folder / INSIDE) is not None else root_above(folder)
    if found is None:
        raise NoCourse(f"the package {package} has no course: install it from its wheel")
    return found


def is_in_a_package(root: Path) -> bool:
    """Return whether a course's folder is the one in its package."""
    return root.name == INSIDE and (root.parent / "__init__.py").is_file()
