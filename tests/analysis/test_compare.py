"""Comparing two runs: what is slower is found, and what is equal is not called slower."""

import contextlib
import io
import itertools
import os
import pathlib
from collections.abc import Callable

import numpy

from analysis import compare
from end_to_end.program import folder
from tests.analysis import made

WORKLOADS = [{"name": "cpu", "compute": "primes", "compute_time": 2e-4, "work": 5000},
             {"name": "wait", "wait": "timer", "wait_time": 1e-3}]
CUBE = {"workloads": WORKLOADS, "cores": (1, 2), "ranks": (1, 2), "threads": (1, 2),
        "depth": (1, 16), "rounds": 12}


def called(*arguments: str | pathlib.Path) -> tuple[int, str, str]:
    """Exit status, output and messages of `cual compare`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = compare.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def slower(factor: float) -> Callable:
    """Times of which those of `wait` with threads take so many times as long."""
    def time_of(workload: dict, cores: int, ranks: int, threads: int, depth: int) -> float:
        slow = workload["name"] == "wait" and (ranks, threads, depth) == (1, 2, 1)
        return made.time_of(workload, cores, ranks, threads, depth) * (factor if slow else 1)
    return time_of


def test_rank_sum():
    """the rank-sum test and Moses' interval are exact: as counted in full"""
    for n, m in ((1, 1), (2, 5), (4, 4), (5, 3)):
        sums = [sum(places) - n * (n - 1) // 2
                for places in itertools.combinations(range(n + m), n)]
        counted = [sum(s <= u for s in sums) / len(sums) for u in range(n * m + 1)]
        assert numpy.allclose(compare._rank_sum_tail(n, m), counted, rtol=1e-12)
    exact, normal = compare._rank_sum_tail(100, 100)[4000], compare._rank_sum_tail(101, 100)[4043]
    assert abs(exact / normal - 1) < 0.03, (exact, normal)
    assert compare._least_rank(12, 12, 0.05) == 38  # the tables' critical value 37, and one
    assert compare._least_rank(3, 3, 0.05) == 0
    rng, inside = numpy.random.default_rng(4), 0
    for _ in range(500):
        a, b = rng.lognormal(0, 0.1, 9), rng.lognormal(0.2, 0.1, 11)
        ratio, low, high = compare.ratio_interval(a, b, 0.1)
        assert low <= ratio <= high
        inside += low <= numpy.exp(0.2) <= high
        limit = 1.15
        assert (low > limit) == (compare.above_probability(a, b, limit) <= 0.05)
    assert 440 <= inside <= 480, f"{inside} of 500 intervals at 90 % hold the truth"
    assert compare.holm([0.04, 0.01, 0.02]) == [True, True, True]
    assert compare.holm([0.03, 0.01, 0.04]) == [False, True, False]


def test_equal_runs():
    """of 200 comparisons of equal cells, not more than 5 % of the runs call any slower"""
    rng, wrong, runs = numpy.random.default_rng(5), 0, 100
    for _ in range(runs):
        a, b = rng.lognormal(0, 0.05, (2, 200, 12))
        wrong += any(compare.holm([compare.above_probability(x, y, 1) for x, y in
                                   zip(a, b, strict=True)], 0.025))
    assert wrong <= 5, f"{wrong} of {runs} runs"


def test_slower():
    """what is slower is named first and gives exit status 1; the same is the same"""
    with folder() as private:
        a = made.run_file(private / "a.h5", **CUBE, noise=0.003)
        b = made.run_file(private / "b.h5", **CUBE, noise=0.003, seed=1, time=slower(1.1))
        c = made.run_file(private / "c.h5", **CUBE, noise=0.003, seed=2)
        status, out, err = called(a, b)
        lines = out.splitlines()
        assert status == 1 and not err, err
        cells = [line.split() for line in lines[1:3]]
        assert {tuple(words[:2]) for words in cells} == {("wait", "1×2×1@1"), ("wait", "1×2×1@2")}
        assert all(words[-1] == "slower" and 1.08 < float(words[-3]) < 1.12 for words in cells), out
        assert lines[-1].startswith("2 of 28 cells slower by more than 2 %, 0 faster, 26 the same")
        assert called(a, c)[0] == 0 and called(b, a)[0] == 0
        assert "2 faster" in called(b, a)[1]
        assert called(a, b, "--tolerance", "15 %")[0] == 0
        assert called(a, b, "--tolerance", "0.02")[0] == 2
        few = made.run_file(private / "few.h5", **(CUBE | {"rounds": 2}), seed=3, time=slower(1.1))
        status, out, _ = called(a, few)
        assert status == 0 and "28 cannot be told (28 for want of samples" in out, out
        assert "28 cells need" not in out and "need 7 in each run" in out, out


def test_width():
    """the table is no wider than the terminal, whatever workloads are called"""
    with folder() as private:
        names = ["x" * 3000, "line\nend\x1b[31m", "ü" * 90, *"abc"]
        workloads = [WORKLOADS[1] | {"name": name} for name in names]
        a, b = (made.run_file(private / f"{seed}.h5", **(CUBE | {"workloads": workloads}),
                              seed=seed) for seed in (0, 1))
        before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = "80"
        try:
            _, out, _ = called(a, b, "--all")
        finally:
            os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
        assert "\x1b" not in out and "line\\x0aend" in out
        assert all(len(line) <= 80 for line in out.splitlines()[:-1]), out
        assert len(called(a, b)[1].splitlines()) < compare.ROWS_MOST + 6


def test_not_comparable():
    """other work, other machines and other calibrated work are named; --across compares anyway"""
    with folder() as private:
        a = made.run_file(private / "a.h5", **CUBE)
        other_tasks = [WORKLOADS[0], WORKLOADS[1] | {"tasks": 65}]
        b = made.run_file(private / "b.h5", **(CUBE | {"workloads": other_tasks}), seed=1)
        status, out, err = called(a, b)
        assert status == 0 and "wait is not the same work: tasks 64 and 65" in err, err
        assert "wait" not in out and "of 14 cells" in out, out
        other_work = [WORKLOADS[0] | {"work": 5200}, WORKLOADS[1]]
        b = made.run_file(private / "b.h5", **(CUBE | {"workloads": other_work}), seed=1)
        status, _, err = called(a, b)
        assert status == 2 and "5000 and 5200" in err and "--across" in err, err
        assert called(a, b, "--across")[0] == 0
        b = made.run_file(private / "b.h5", **CUBE, seed=1, machine={"summary": "2 cores of Other"})
        status, _, err = called(a, b)
        assert status == 2 and "different machines" in err and "Other" in err, err
        status, out, err = called(a, b, "--across")
        assert status == 0 and "of 28 cells" in out and "different machines" in err
        b = made.run_file(private / "b.h5", **CUBE, seed=1, not_believed="too fast")
        assert called(a, b)[0] == 2 and "too fast" in called(a, b)[2]
        b = made.run_file(private / "b.h5", **CUBE, seed=1, keep=False)
        assert called(a, b)[0] == 2 and "no cell in common" in called(a, b)[2]
        assert called(a, private / "none.h5")[0] == 2
        b.write_bytes(a.read_bytes()[:5000])
        status, out, err = called(a, b)
        assert status == 4 and out == "" and "b.h5" in err and err.count("\n") == 1, err
