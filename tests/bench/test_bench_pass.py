"""The full pass at the notes' size, every way beside the others.

    pytest tests/bench/test_bench_pass.py --benchmark-json=pass.json

Times are reported and not judged. Memory is a count, the same everywhere, and so its goals are
checked.
"""

import os

import gpu
import measure
import pytest
import torch
from ways import NH, M, N, arguments, compiled, fast, ways

from backprop import race
from backprop.race import GRADIENTS, forget, must_exist

ROUNDS = 5
OUTER_N = 5_000  # rows for the outer product, whose products take 7.8 GB for all of them
OUTER_BYTES = 4 * N * M * NH
NAMES = list(ways())


@pytest.fixture(autouse=True)
def two_threads():
    with race.threads(measure.THREADS):
        yield


@pytest.fixture(scope="module")
def batch():
    return arguments(N)


@pytest.fixture(scope="module")
def small():
    return arguments(OUTER_N)


def free_memory():
    """Bytes of memory that nothing uses; 0 where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def report(benchmark, run, args, keep=False):
    """Time steps of a training loop; tell the memory beside."""
    n, nh = len(args[0]), args[2].shape[1]
    benchmark.extra_info |= {
        "n": n,
        "nh": nh,
        "threads": torch.get_num_threads(),
        "held": measure.held(run, args),
        "must exist": must_exist(args),
    }
    benchmark.pedantic(race.step(run, args, keep), rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group=f"pass, n = {N:,}")
@pytest.mark.parametrize("name", [name for name in NAMES if name != "outer product"])
def test_pass(benchmark, batch, name):
    report(benchmark, ways()[name].run, batch, keep=name == "fast")


@pytest.mark.benchmark(group=f"pass, n = {N:,}")
def test_fast_pass_into_fresh_memory(benchmark, batch):
    report(benchmark, fast(keep=False), batch)


@pytest.mark.benchmark(group=f"pass, n = {N:,}")
def test_compiled_pass(benchmark, batch):
    try:
        run = compiled()
    except Exception as error:  # no C++ compiler, or one that torch cannot use
        pytest.skip(f"torch.compile does not build here: {type(error).__name__}")
    benchmark.pedantic(race.step(run, batch), rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group=f"pass, n = {OUTER_N:,}, with the notes' outer product")
@pytest.mark.parametrize("name", NAMES)
def test_pass_beside_the_outer_product(benchmark, small, name):
    report(benchmark, ways()[name].run, small, keep=name == "fast")


@pytest.mark.benchmark(group="goals")
def test_goals_of_the_pass(benchmark, batch, small, capsys):
    """The ratios that are aimed at, each from one run in turn."""
    run = {name: ways()[name].run for name in NAMES}
    calls = {
        "square product": measure.square_product(),
        "autograd": race.step(run["autograd"], batch),
        "fast": race.step(run["fast"], batch, keep=True),
    }
    times = race.in_turn(calls, 2 * ROUNDS)
    rows = batch if free_memory() > 1.5 * OUTER_BYTES else small
    beside = race.in_turn(
        {
            "outer": race.step(run["outer product"], rows),
            "fast": race.step(run["fast"], rows, keep=True),
        },
        1 if rows is batch else ROUNDS,
    )
    least = measure.bound(times["square product"].least, N, M, NH)
    memory = {n: measure.held_at(run[n], arguments, N) for n in ("outer product", "fast")}
    goals = {
        "time, of autograd's (goal <= 0.75)": times["fast"].median / times["autograd"].median,
        "rate, of a square product's (goal >= 0.8)": least / times["fast"].least,
        "memory, of what must exist (goal <= 1.1)": memory["fast"] / must_exist(batch),
        f"times faster than the outer product on {len(rows[0]):,} rows (goal >= 30)": beside[
            "outer"
        ].median
        / beside["fast"].median,
        "times leaner than the outer product (goal >= 20)": memory["outer product"]
        / memory["fast"],
    }
    benchmark.extra_info |= goals
    benchmark.pedantic(calls["fast"], rounds=1)
    with capsys.disabled():
        print()
        for goal, value in goals.items():
            print(f"  {value:6.2f}  {goal}")

    assert memory["fast"] <= 1.1 * must_exist(batch)
    assert memory["outer product"] >= 20 * memory["fast"]


@pytest.mark.parametrize("name", NAMES)
def test_every_way_gives_the_same_gradients(name):
    """Tolerance: n roundings of float64 in sums of either sign, about eps sqrt(n)."""
    args = arguments(3_001, 5, 7, dtype=torch.float64)
    expected = ways()["autograd"].run(*args), *(args[i].grad for i in GRADIENTS)
    forget(args)

    found = ways()[name].run(*args), *(args[i].grad for i in GRADIENTS)

    for got, wanted in zip(found, expected, strict=True):
        assert (got - wanted).norm() <= 2.3e-16 * 3_001**0.5 * 10 * wanted.norm()


@pytest.mark.parametrize("name", NAMES)
def test_the_count_of_bytes_is_a_straight_line_in_n(name):
    run = ways()[name].run

    assert measure.held_at(run, lambda n: arguments(n, 3, 5), 20_000) == measure.held(
        run, arguments(20_000, 3, 5)
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_count_of_bytes_is_what_theory_says(name):
    """Within a tenth: theory leaves out what does not grow with n, and the n outputs."""
    way = ways()[name]
    args = arguments(10_000, 100)

    assert measure.held(way.run, args) == pytest.approx(4 * way.numbers(10_000, M, 100), rel=0.1)


cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@cuda
@pytest.mark.benchmark(group=f"pass on CUDA, n = {N:,}")
def test_passes_on_cuda(benchmark, capsys):
    args = arguments(N, device="cuda")
    benchmark.pedantic(race.step(ways()["fast"].run, args, keep=True), rounds=1)
    least = gpu.bandwidth_bound(args[0])
    with capsys.disabled():
        print(f"\n  {torch.cuda.get_device_name()}: a copy of inp takes {least * 1e3:.3f} ms")
        for on in (False, True):
            with gpu.tf32(on):
                for name in NAMES:
                    args = arguments(N, device="cuda")
                    step = race.step(ways()[name].run, args, keep=name == "fast")
                    _tell(benchmark, f"{name}, TF32 {'on' if on else 'off'}", step, least)
                whole = fast(rows=N)
                args = arguments(N, device="cuda")
                step = race.step(whole, args, keep=True)
                step()
                _tell(benchmark, f"all rows at once, TF32 {'on' if on else 'off'}", step, least)
                graph = gpu.graph_of(step)
                _tell(benchmark, f"the same as a graph, TF32 {'on' if on else 'off'}", graph, least)


def _tell(benchmark, name, step, least):
    seconds = gpu.seconds_of(step)
    benchmark.extra_info[name] = seconds
    print(f"  {seconds * 1e3:8.3f} ms  {least / seconds:5.2f} of the bandwidth's bound  {name}")
