"""Very many threads: they run where the machine lets them, and are refused where it does not."""

import os

from end_to_end import samples
from end_to_end.groups import group_of
from end_to_end.program import SLOWER, Skipped, folder, run, write

TIMELESS = True

THREADS = 10_000
JOB = f"""
cores: 1
ranks: 1
threads: [1, {THREADS}]
depth: 1
rounds: {{rounds}}
workloads:
  many: {{{{wait: timer, latency: 100 ms, tasks: {{tasks}}, threads: {{threads}}}}}}
  few: {{{{wait: timer, latency: 1 ms, tasks: 20, threads: 1}}}}
"""
CELL = ("many", 1, THREADS, 1, 1)
FEW = ("few", 1, 1, 1, 1)


def need_threads() -> None:
    """Skips the test where a process cannot have thousands of threads."""
    if "TSAN_OPTIONS" in os.environ:
        raise Skipped("ThreadSanitizer knows 8 128 threads at most, and needs memory for each")


def test_ten_thousand_threads():
    """ten thousand threads in one rank carry out ten thousand waits"""
    need_threads()
    with folder() as private:
        job = write(private / "job.yaml", JOB.format(rounds=2, tasks=THREADS, threads=THREADS))
        plan = run("plan", job)
        if "cannot be started" in plan.out + plan.err:
            raise Skipped(f"the machine does not let a process have {THREADS} threads")
        output = private / "run.h5"
        result = run("run", job, "-o", output)  # checks the checksum of every cell
        assert result.status == 0, result.err
        times = samples.read(output)[CELL]
        assert len(times) == 2 and all(t >= 0.1 for t in times), times
        assert all(abs(d - 1) < 1e-6 for d in samples.read(output, "depth_achieved")[CELL])
        switches = samples.read(output, "switches_voluntary")[CELL]
        assert all(s >= THREADS for s in switches), switches  # each slept


def refused(before: tuple, reason: str) -> None:
    """Without room for the threads the plan says why, and the other cells are measured."""
    with folder() as private:
        job = write(private / "job.yaml", JOB.format(rounds=1, tasks=10, threads=f"[1, {THREADS}]"))
        plan = run("plan", job, before=before)
        lines = [line for line in plan.out.splitlines() if line.startswith("infeasible")]
        assert plan.status == 0 and len(lines) == 1, plan.out + plan.err
        assert f"1×{THREADS}×1@1" in lines[0] and reason in lines[0], lines[0]
        output = private / "run.h5"
        result = run("run", job, "-o", output, before=before)
        assert result.status == 0, result.err
        assert set(samples.read(output)) == {FEW, ("many", 1, 1, 1, 1)}


def test_address_space_too_small():
    """without the address space for their stacks ten thousand threads are infeasible"""
    if SLOWER > 1:
        raise Skipped("a sanitizer maps more addresses than that")
    refused(("prlimit", f"--as={16 << 30}"), "MiB of addresses")


def test_group_too_small():
    """where the cgroup allows fewer, ten thousand threads are infeasible and nothing crashes"""
    with group_of("pids", "pids.max=3000") as (before, _):
        refused(before, "the cgroup allows 3000 processes and threads")


TEAMS = """
cores: 1
ranks: [1, 2]
threads: [1, 1400, 2500]
depth: 1
rounds: 2
workloads:
  one: {wait: timer, latency: 1 ms, tasks: 2500, ranks: 1, threads: 2500}
  two: {wait: timer, latency: 1 ms, tasks: 2800, ranks: 2, threads: 1400}
  few: {wait: timer, latency: 1 ms, tasks: 20, ranks: 1, threads: 1}
"""


def test_large_team_ends_with_its_cell():
    """threads of a large team neither crowd nor burden the cells that follow, of any rank"""
    need_threads()
    with folder() as private, group_of("pids", "pids.max=3000") as (before, _):
        output = private / "run.h5"
        result = run("run", write(private / "job.yaml", TEAMS), "-o", output, before=before)
        assert result.status == 0, result.err
        memory = samples.read(output, "memory")
        assert set(memory) == {("one", 1, 2500, 1, 1), ("two", 2, 1400, 1, 1), FEW}
        assert SLOWER > 1 or max(memory[FEW]) < 0.5 * min(memory["one", 1, 2500, 1, 1]), memory
