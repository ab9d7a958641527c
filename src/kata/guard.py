"""What pytest loads of this package wherever it runs: beside another project, it does nothing.

Only where one starts in a folder with `[tool.kata]` in its pyproject.toml (or below one) does it

- add our options before pytest reads its command line: conftest.py, which wires the rest, is loaded
  after that;
- write `--submission PATH` as `--submission=PATH`. pytest chooses the project whose settings it
  uses before any plugin can tell it which options take a value, so it would take PATH for a folder
  of tests, and the settings beside PATH for ours. By now it has chosen: it has to start over.
"""

import os
import shlex
import sys
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

OURS = {"--submission", "--recorded", "--grade-json", "--time-limit", "--draw-seed", "--device"}
NBVAL = {"--nbval", "--nbval-lax"}


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add our options in a kata; first start over where a value is an argument of its own."""
    config = pluginmanager.get_plugin("pytestconfig")
    if config is None or not is_in_a_kata(Path(config.invocation_params.dir)):
        return
    given = [str(arg) for arg in config.invocation_params.args]
    args = plain(given)
    addopts = os.environ.get("PYTEST_ADDOPTS", "")
    plain_addopts = plain(shlex.split(addopts))
    if args != given or plain_addopts != shlex.split(addopts):
        _forget_the_path_of_other_settings(config)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("PYTEST_ADDOPTS", shlex.join(plain_addopts))
            sys.exit(pytest.main(args, config.invocation_params.plugins))
    _refuse_settings_below(config)  # by now they are not those beside a submission
    pluginmanager.import_plugin("kata.session.options")


def is_in_a_kata(folder: Path) -> bool:
    """Return whether the nearest pyproject.toml, in the folder or above it, has `[tool.kata]`."""
    try:
        settings = (parent / "pyproject.toml" for parent in (folder, *folder.parents))
        nearest = next(path for path in settings if path.is_file())
        return "kata" in tomllib.loads(nearest.read_text("utf-8")).get("tool", {})
    except (StopIteration, OSError, ValueError, AttributeError, TypeError):
        return False  # a broken file of another project is not ours to tell of


def plain(args: Iterable[str]) -> list[str]:
    """Return the same arguments, which pytest can read before it knows our options.

    pyproject.toml bars nbval, which takes half a second to import; who asks for it gets it.
    """
    found = list(_joined(_read(args)))
    if NBVAL & {*found} and "-pnbval.plugin" not in found:
        # barred by its short name, so that pytest does not load it twice where nothing bars it
        return ["-pno:nbval", "-pnbval.plugin", *found]
    return found


def _read(args: Iterable[str]) -> Iterator[str]:
    """Yield the arguments, and those in the files that are given as @FILE."""
    for arg in args:
        lines = None
        if arg.startswith("@"):
            with suppress(OSError, ValueError):  # pytest will say it
                lines = Path(arg[1:]).read_text().splitlines()
        if lines is None:
            yield arg
        else:
            yield from _read(lines)


def _joined(args: Iterable[str]) -> Iterator[str]:
    """Yield the arguments, each of our options in one with its value.

    Pytest tells where that lacks.
    """
    rest = list(args)
    while rest:
        arg = rest.pop(0)
        if arg == "--":
            yield from (arg, *rest)
            return
        has_value = arg in OURS and rest and not rest[0].startswith("-")
        yield f"{arg}={rest.pop(0)}" if has_value else arg


def _refuse_settings_below(config: pytest.Config) -> None:
    """Say so where pytest takes other settings in the kata, and would find no tests with them."""
    used, named = config.inipath, config.known_args_namespace.inifilename
    if used is None or named or (used.parent / "pyproject.toml").is_file():
        return
    if is_in_a_kata(used.parent):
        raise pytest.UsageError(
            f"{used}: pytest would use these settings, not the course's; remove the file"
        )


def _forget_the_path_of_other_settings(config: pytest.Config) -> None:
    """Take back the one thing that pytest has done with the settings that are not ours."""
    for folder in config.getini("pythonpath"):
        with suppress(ValueError):
            sys.path.remove(str(folder))
