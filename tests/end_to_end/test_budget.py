"""The budget binds: what does not fit is refused before it starts, and a run ends with its budget."""

import pathlib
import re
import time

from end_to_end import samples
from end_to_end.program import FAULTS, ONE_RANK, ROOT, SLOWER, Result, folder, needs_full_speed, run, write

OVER_S, LAUNCH_S = 1.0, 3.0  # how long a run may take beyond its budget; what starts and ends it
# Waits that take three times as long as they say, in flight twenty times, which cannot be known before.
SLOW = """
rounds: 3
workloads:
  true: {wait: told_wait, latency: 50 ms, tasks: 8}
  dear: {wait: told_wait, latency: 50 ms, dear: blocking, tasks: [8, 9, 10, 11]}
"""
HANGS = "depth: 2\nworkloads:\n  w: {wait: told_wait, latency: 10 ms, dear: in_flight, tasks: 200}\n"
WORK = "workloads:\n  w: {compute: primes, work: 1000000000, tasks: 10}\n"
HOUR = "workloads:\n  w: {wait: timer, latency: 1 h, tasks: 1000000000}\n"
TASKS = "threads: [1, all]\ncores: [1, all]\nworkloads:\n  w: {compute: flops, task: 1 h, tasks: 1}\n"


def timed(private: pathlib.Path, *arguments, program: pathlib.Path = FAULTS) -> tuple[Result, float]:
    """A run, and how many s it took."""
    start = time.monotonic()
    result = run("run", *arguments, program=program, TMPDIR=str(private), **ONE_RANK)
    return result, time.monotonic() - start


def test_refused_first():
    """a budget without room for one round is refused at once by plan and run, with what takes how long
    and what to do, and nothing is written"""
    with folder() as private:
        for text, words in ((HOUR, ("years each", "w at 1×1×1@1", "no budget is that long")),
                            (TASKS, ("1.00 h of it for w at ", "choose --budget "))):
            job = write(private / "job.yaml", text)
            for command in ("plan", "run"):
                result = run(command, job, "--budget", "1s", cwd=private, timeout=20)
                said = result.err.splitlines()
                assert result.status == 2 and len(said) == 1, result
                assert said[0].startswith(f"cual: {job}: budget: 1.00 s is too short: "), said
                assert all(word in said[0] for word in words), said
                assert ("time: at least " in result.out) == (command == "plan"), result.out
        assert [path.name for path in private.iterdir()] == ["job.yaml"]


def test_refused_after_calibration():
    """what calibration shows to be too long is refused then: nothing is written, and a file that is
    there stays"""
    with folder() as private:
        job = write(private / "job.yaml", WORK)
        output = write(private / "out.h5", "somebody's work")
        result, took_s = timed(private, job, "-o", output, "--force", "--budget", "20s")
        assert result.status == 2 and "job.yaml: budget: 20.0 s is too short" in result.err, result
        assert took_s < 15 * SLOWER, took_s
        assert output.read_text() == "somebody's work"
        assert sorted(path.name for path in private.iterdir()) == ["job.yaml", "out.h5"]


def test_cut():
    """a round that takes longer than can be known is cut at the budget, what was measured is kept, and
    a resumed run measures the rest"""
    needs_full_speed()
    with folder() as private:
        job, output = write(private / "job.yaml", SLOW), private / "out.h5"
        result, took_s = timed(private, job, "-o", output, "--budget", "10s")
        assert result.status == 0, result
        assert took_s < 10 + OVER_S + LAUNCH_S, took_s
        assert float(re.search(r"cells in ([0-9.]+) s", result.err)[1]) < 10 + OVER_S, result.err
        said = re.search(r"the budget of 10.0 s has cut (\d) cells off the first round, so that cells "
                         r"without a sample are: .*dear\[tasks=\d+\] 1 of 1.*--budget (\S+)s at least", result.err)
        assert said and float(said[2]) > 10, result.err
        before = samples.read(output)
        assert len(before) == 5 - int(said[1]), before
        again, _ = timed(private, job, "-o", output, "--resume", "--force", "--budget", "60s",
                         "--rounds", "1")
        assert again.status == 0, again
        after = samples.read(output)
        assert len(after) == 5 and all(len(times) == 1 for times in after.values()), after
        assert all((after[cell] == times).all() for cell, times in before.items()), (before, after)


def test_one_cell_too_long():
    """a cell that takes longer than can be known does not outlast the budget either"""
    needs_full_speed()
    with folder() as private:
        job, output = write(private / "job.yaml", HANGS), private / "out.h5"
        result, took_s = timed(private, job, "-o", output, "--budget", "8s")
        assert result.status == 3 and "it was over before a cell was measured" in result.err, result
        assert took_s < 8 + OVER_S + LAUNCH_S, took_s


def test_long_rounds_are_said():
    """a job of long rounds without a budget says so before it starts"""
    with folder() as private:
        job = write(private / "job.yaml", "workloads:\n  w: {wait: timer, latency: 40 s, tasks: 2}\n")
        result = run("run", job, "-o", private / "out.h5", before=("timeout", "-s", "INT", "8"),
                     TMPDIR=str(private), **ONE_RANK)
        assert "note: a round takes at least 1.33 min, and the job has no budget.\n" in result.err, result


def test_shipped_jobs_fit():
    """the budgets of the jobs in the tree have room for what can be known of them"""
    for job in ("quick", "question", "scaling", "io", "service", "solver", "smt"):
        result = run("plan", ROOT / f"jobs/{job}.yaml")
        assert result.status == 0, (job, result.err)
