"""Lay a course with the lowest and with the newest versions that pyproject.toml allows, and use it.

It asks the package index and takes minutes, so it is a script, no test:

    python tests/everywhere/versions.py [lowest] [newest]

torch and torchvision stay at the running environment's versions: an older torch is another 200 MB.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from installed import built, solve

from kata.course import course

KEPT = ("torch", "torchvision")
RIGHT = "return torch.allclose(a, b, rtol=1e-3, atol=1e-5)"
WRONG = "return torch.allclose(a, b)"


def requirements(which: str) -> list[str]:
    """Return what to ask pip for: each dependency at its lower bound, or any that is allowed."""
    project = tomllib.loads((course().root / "pyproject.toml").read_text("utf-8"))["project"]
    kept = [f"{name}=={importlib.metadata.version(name)}" for name in KEPT]
    others = [text for text in project["dependencies"] if re.split(">=", text)[0] not in KEPT]
    return kept + [text.replace(">=", "==") if which == "lowest" else text for text in others]


def run(*command: str | Path, cwd: Path | None = None) -> tuple[int, str]:
    """Run a command without our settings; return its status and all that it wrote."""
    hidden = ("KATA_", "PYTEST", "PYTHON", "VIRTUAL")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**clean, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def installed(folder: Path, wheel: Path, which: str) -> Path:
    """Make an environment with the wheel, print its versions, and return its folder of programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    status, said = run(programs / "python", "-m", "pip", "install", wheel, *requirements(which))
    if status:
        raise SystemExit(f"{which}: pip could not install it\n{said[-2000:]}")
    _, said = run(programs / "python", "-m", "pip", "list", "--format=freeze")
    names = {re.split("==", text)[0].lower() for text in requirements("lowest")}
    print(f"{which}:", *(line for line in said.split() if line.split("==")[0].lower() in names))
    return programs


def used(programs: Path, folder: Path) -> bool:
    """Do what a learner does in a new course; print a line for each; return True if all is right.

    Each command has the status and the text that it should end with.
    """
    kata, pytest = programs / "kata", programs / "pytest"
    mine = folder / "my kata"
    # a copy, for pytest would import kata from the clone in which the folder lies
    solutions = shutil.copytree(course().solutions, folder / "solutions")
    steps = [
        ((kata, "init", mine), "", 0, "laid out"),
        ((pytest, "-q"), "", 1, "todo"),
        ((kata, "check", "near"), WRONG, 1, "looks like"),
        ((kata, "check", "near"), RIGHT, 0, "near passes all"),
        ((kata, "lesson", "relu"), "", 0, "relu"),
        ((kata, "list"), "", 0, "1 of "),
        ((pytest, "-q", "--submission", solutions), "", 0, "has passed"),
    ]
    chapter = mine / "exercises" / "ch01_checks.py"
    failed = 0
    for command, answer, expected, text in steps:
        if answer:
            run(kata, "reset", "near", "--yes", cwd=mine)
            solve(chapter, answer)
        status, said = run(*command, cwd=mine if mine.is_dir() else folder)
        words = " ".join(getattr(word, "name", word) for word in command)
        last = said.strip().rpartition("\n")[2]
        if status == expected and text in said:
            print(f"  ok   {words}: {last}")
        else:
            failed += 1
            print(f"  FAIL {words}: status {status}, not {expected}\n{said[-3000:]}")
    return not failed


def main() -> int:
    """Use the course with each of the asked for versions; return 1 where something failed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _, wheel = built(folder)
        right = True
        for which in sys.argv[1:] or ["lowest", "newest"]:
            (folder / which).mkdir()
            programs = installed(folder / which / "environment", wheel, which)
            right &= used(programs, folder / which)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
