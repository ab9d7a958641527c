"""The same rows from a Dask cluster: a real scheduler and two workers, one of which is killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
from grading_all import grade_all, hand_in

from kata.course import course
from kata.teacher.fence.cage import die_with_parent

pytest.importorskip("distributed")
LOSS = (course().solutions / "ch05_loss.py").read_text("utf-8")


@pytest.fixture
def cluster(tmp_path):
    """The scheduler's address, and the workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, processes = f"tcp://127.0.0.1:{port}", []

    def start(*args):
        log = (tmp_path / f"{len(processes)}.log").open("wb")
        with log:
            command = [sys.executable, "-m", "distributed.cli.dask_" + args[0], *args[1:]]
            process = subprocess.Popen(
                command,
                cwd=tmp_path,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()),  # even if pytest is killed
            )
        processes.append(process)
        return process

    start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    workers = [
        start("worker", address, "--no-dashboard", "--no-nanny", "--nthreads", "1")
        for _ in range(2)
    ]
    yield address, workers
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_cluster_gives_the_same_rows_though_a_worker_dies(cluster, tmp_path):
    from distributed import Client

    address, workers = cluster
    with Client(address, timeout=120) as client:
        client.wait_for_workers(2, timeout=120)
    folder = tmp_path / "class"
    for number in range(12):
        hand_in(folder, f"right{number:02}", ch05_loss=f"{LOSS}\n# {number}\n")
    hand_in(folder, "wrong", ch05_loss="def mse(output, targ):\n    return (output - targ).sum()\n")
    hand_in(folder, "exits", ch05_loss="import os\nos._exit(0)\n")
    hand_in(folder, "empty")
    (folder / "out").symlink_to(course().root)
    out = tmp_path / "o.json"

    def kill_one():
        rows = tmp_path / "o.json.rows"
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            if rows.exists() and len(rows.read_bytes().splitlines()) >= 4:
                break
            time.sleep(0.05)
        workers[0].kill()

    killer = threading.Thread(target=kill_one)
    killer.start()
    run = grade_all(folder, out, "--scheduler", address, "--jobs", "2", "--only", "ch05")
    killer.join()

    assert run.status == 0, run.output
    assert "Landlock" in run.output or "protections" in run.output
    statuses = {name: run.statuses(name)["mse"] for name in run.rows}
    assert statuses.pop("wrong") == "failed"
    assert statuses.pop("exits") == "error"
    assert statuses.pop("empty") == "todo"
    assert statuses.pop("out") == "error"
    assert run.rows["out"]["outcome"] == "refused"
    assert set(statuses.values()) == {"passed"}
    assert len(statuses) == 12


def test_no_scheduler_is_one_line(tmp_path):
    hand_in(tmp_path / "class", "a")
    run = grade_all(tmp_path / "class", tmp_path / "o.json", "--scheduler", "tcp://127.0.0.1:1")

    assert run.status == 2
    assert "no Dask scheduler at tcp://127.0.0.1:1" in run.output
