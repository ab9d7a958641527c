"""A clean environment with the wheel in it; torch and the rest are those of the running one."""

import os
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

from kata.course import course


def built(folder):
    """Build the source distribution, and from that alone the wheel; return both paths."""
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*build, "-t", "sdist"], cwd=course().root, check=True, capture_output=True)
    (source,) = folder.glob("*.tar.gz")
    subprocess.run(["tar", "-xf", source.name], cwd=folder, check=True)
    inside = folder / source.name.removesuffix(".tar.gz")
    subprocess.run([*build, "-t", "wheel"], cwd=inside, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return source, wheel


class Installed:
    """An environment with the wheel, and a folder outside every course to stand in."""

    def __init__(self, folder, wheel):
        self.outside = folder / "outside"
        self.outside.mkdir(parents=True)
        self._home = folder / "environment"
        venv.create(self._home, with_pip=False)
        self.packages = next((self._home / "lib").glob("python*")) / "site-packages"
        (self.packages / "all.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
        self.install(wheel)

    def install(self, wheel):
        """Put a wheel's files where pip would put them: there is nothing else in ours."""
        with zipfile.ZipFile(wheel) as file:
            file.extractall(self.packages)

    def run(self, *command, cwd=None, **environment):
        """Run a module (or `-c` and code) with its Python; the status, and all that it wrote."""
        with self._started(command, cwd, environment) as process:
            said, _ = process.communicate(timeout=600)
        return process.returncode, said

    def watch_until(self, text, cwd):
        """Run `kata watch` into a pipe until it has written a text; return all that it wrote."""
        said = ""
        with self._started(["kata", "watch"], cwd, {}) as process:
            for line in process.stdout:
                said += line
                if text in line:
                    break
            process.send_signal(signal.SIGINT)
            said += process.stdout.read()
        return process.returncode, said

    def _started(self, command, cwd, environment):
        hidden = ("KATA_", "PYTEST", "PYTHON", "VIRTUAL")
        clean = {name: text for name, text in os.environ.items() if not name.startswith(hidden)}
        how = [] if command[0] == "-c" else ["-m"]
        return subprocess.Popen(
            [str(self._home / "bin" / "python"), *how, *command],
            cwd=cwd or self.outside,
            env={**clean, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def solve(path: Path, body: str) -> None:
    """Fill the first stub of a chapter file in."""
    text = path.read_text("utf-8")
    path.write_text(text.replace("raise NotImplementedError", body, 1), "utf-8")
