"""Every source is Python of every version that this machine has and the project promises."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kata.course import course

FOLDERS = ("src", "solutions", "exercises", "mistakes", "variants", "tests", "conftest.py")
COMPILE = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "assertion is always true")  # a recorded mistake of chapter 16
for path in sys.stdin.read().splitlines():
    compile(Path(path).read_text("utf-8"), path, "exec", dont_inherit=True)
print(sys.version_info[:2])
"""


def pythons():
    """The Pythons found here, 3.11 or later, by their versions."""
    found = {sys.version_info[1]: sys.executable}
    for minor in range(11, 30):
        installed = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))
        for path in filter(None, [*installed, shutil.which(f"python3.{minor}")]):
            found.setdefault(minor, str(path))
    return found


@pytest.mark.parametrize("minor", pythons())
def test_every_source_compiles(minor):
    paths = [
        str(path)
        for folder in FOLDERS
        for path in [*(course().root / folder).rglob("*.py"), course().root / folder]
        if path.is_file()
    ]
    done = subprocess.run(
        [pythons()[minor], "-c", COMPILE],
        input="\n".join(paths),
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert len(paths) > 100
    assert (done.stdout, done.stderr) == (f"(3, {minor})\n", "")
