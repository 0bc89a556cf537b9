"""Ranks that a cell does not use sleep."""

import pathlib
import signal
import subprocess
import time

from end_to_end.program import (CUAL, Skipped, environment, needs_full_speed, patience,
                                ranks_of, write)
from end_to_end.quiet import within_tries

RANKS = 8
WINDOW_S = 3.0
MOST = 0.005  # of a core

# A cell of 5 s on one rank, and one on eight so that eight are launched.
JOB = """
ranks: [1, 8]
rounds: 1
seed: 1
workloads:
  all: {wait: timer, latency: 1 ms, tasks: 16, ranks: 8}
  alone: {wait: timer, latency: 10 ms, tasks: 500, ranks: 1}
"""


def cpu_seconds(process: pathlib.Path) -> float:
    """CPU time of all threads of a process so far, to the nanosecond."""
    return sum(int(task.read_text().split()[0]) * 1e-9 for task in process.glob("task/*/schedstat"))


def await_ranks(job: pathlib.Path) -> dict[int, pathlib.Path]:
    """The ranks, as soon as all are there."""
    deadline = time.monotonic() + patience(20)
    while time.monotonic() < deadline:
        ranks = ranks_of(job)
        if len(ranks) == RANKS:
            return ranks
        time.sleep(0.1)
    raise AssertionError("the ranks do not start")


def attempt(private: pathlib.Path) -> None:
    """Watches the ranks while rank 0 alone is at work."""
    job, output = write(private / "job.yaml", JOB), private / "out.h5"
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True,
                          env=environment(TMPDIR=str(private))) as program:
        try:
            ranks = await_ranks(job)
            time.sleep(1.5)
            before, start = {r: cpu_seconds(p) for r, p in ranks.items()}, time.monotonic()
            time.sleep(WINDOW_S)
            window_s = time.monotonic() - start
            used = {r: (cpu_seconds(p) - before[r]) / window_s for r, p in ranks.items()}
            program.send_signal(signal.SIGINT)
            err = program.communicate(timeout=patience(60))[1]
            assert program.returncode == 3, err
        finally:
            program.kill()
    shown = ", ".join(f"{100 * used[r]:.2f} %" for r in sorted(used))
    if max(used[r] for r in range(1, RANKS)) > 10 * MOST:  # no matter what others do
        raise RuntimeError(f"ranks 0 to 7 use {shown} of a core")
    assert all(used[r] <= MOST for r in range(1, RANKS)), f"ranks 0 to 7 use {shown} of a core"


def test_parked_ranks_sleep():
    """with eight ranks launched and one at work, each of the other seven uses ≤ 0.5 % of a core"""
    needs_full_speed()
    if not pathlib.Path("/proc/self/schedstat").exists():
        raise Skipped("this kernel does not tell CPU time to the nanosecond")
    within_tries(attempt)
