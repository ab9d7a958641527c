"""Namespaces alone, without Landlock and seccomp, let a submission reach nothing of the outside."""

import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from grading_all import grade_all, lay_out, left_running
from hostile import mse
from probes import LISTENS, PROBES

from kata.teacher.fence import cage, spaces

DIES_LATER = mse(
    """
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1234)
    os._exit(0)
return (output[:, 0] - targ).square().mean()
""",
    "passed",
)
CASES = {**PROBES, "leaves_a_process": DIES_LATER}


def closed() -> bool:
    """Return whether this system lets us have all of them."""
    return sys.platform.startswith("linux") and spaces.works(spaces.CLOSED, cage.readable)


pytestmark = pytest.mark.skipif(
    not closed(), reason="this system allows no namespaces of processes and files"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Grade the probes; the run, the folder that they could have reached, and what was heard."""
    folder, target = tmp_path_factory.mktemp("handed-in"), tmp_path_factory.mktemp("target")
    lay_out(CASES, folder, target)
    out = tmp_path_factory.mktemp("out") / "grades.json"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(LISTENS)
        listener.setblocking(False)
        found = grade_all(
            folder,
            out,
            *("--jobs", "2", "--only", "ch05", "--timeout", "36"),
            KATA_CAGE_WITHOUT="landlock,seccomp",
            KATA_TEST_MARK=str(target),
        )
        try:
            heard = listener.recv(100)
        except BlockingIOError:
            heard = b""
    return found, target, heard


def test_only_namespaces_were_there(run):
    assert "namespaces (processes, files)" in run[0].output.partition("not on this system")[0]
    assert "not on this system: Landlock, seccomp" in run[0].output


@pytest.mark.parametrize("name", CASES)
def test_nothing_of_the_outside_is_reached(run, name):
    said = {e["name"]: e["message"] for e in run[0].rows[name]["exercises"]}

    assert run[0].statuses(name)["mse"] == "passed", said["mse"]


def test_nothing_outside_was_touched(run):
    assert [path.name for path in run[1].iterdir()] == ["precious"]
    assert run[2] == b""


def test_no_process_is_left(run):
    assert left_running(str(run[1])) == []


def test_a_system_that_hides_no_processes_still_has_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv(cage.WITHOUT, "processes")
    found = cage.Cage.here()

    assert found.namespaces == spaces.NETWORK
    assert "not on this system: namespaces (processes, files)" in found.in_words()


def test_where_namespaces_cannot_be_had_the_others_hold(monkeypatch):
    monkeypatch.setattr(spaces, "_call", lambda name, *args: (_ for _ in ()).throw(OSError(name)))

    assert cage.Cage.here().namespaces == 0


@pytest.mark.parametrize("whom", ["who waits for it", "process 1"])
def test_all_processes_of_a_nursery_end_with_it(whom):
    """They hold a pipe, which is closed when the last of them has ended."""
    ends, held = os.pipe()
    waits = os.fork()
    if waits == 0:
        os.close(ends)
        spaces.enter(spaces.CLOSED, cage.readable())
        if os.fork() == 0:
            os.setsid()
        os.write(held, b"x")
        time.sleep(1234)
        os._exit(0)
    os.close(held)
    assert os.read(ends, 1) + os.read(ends, 1) == b"xx"
    inside = Path(f"/proc/{waits}/task/{waits}/children").read_text().split()
    os.kill(waits if whom == "who waits for it" else int(inside[0]), signal.SIGKILL)
    os.waitpid(waits, 0)
    ended, _, _ = select.select([ends], [], [], 10)
    if not ended:
        os.kill(int(inside[0]), signal.SIGKILL)

    assert ended
    assert os.read(ends, 1) == b""
    os.close(ends)


def test_packages_beside_a_secret_are_places_of_their_own_by_every_name(tmp_path):
    site, secret = tmp_path / "lib" / "site-packages", tmp_path / "lib" / "site-packages" / "kata"
    for folder in (secret, site / "torch", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
    (site / "linked").symlink_to(tmp_path / "elsewhere")
    (site / "back").symlink_to(tmp_path / "lib")
    (tmp_path / "lib64").symlink_to(tmp_path / "lib")

    for name in ("lib", "lib64"):
        place = tmp_path / name / "site-packages"
        assert {*cage._without({secret}, place)} == {place / "torch", place / "linked"}
