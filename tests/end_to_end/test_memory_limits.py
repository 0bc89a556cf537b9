"""Memory is planned against what there is: nothing is killed, and what has no room is named."""

import pathlib

from end_to_end import samples
from end_to_end.groups import group_of
from end_to_end.program import SLOWER, Skipped, folder, run, write

TIMELESS = True

CHASE = """
ranks: [1, 2]
rounds: 1
workloads:
  w: {compute: chase, memory: 128 MiB, work: 1000, tasks: 4}
"""
# Each for itself has room where all that they leave behind has none.
MANY = """
cores: 1
ranks: [1, 2]
rounds: 2
workloads:
  a: {compute: triad, memory: 96 MiB, work: 1000, tasks: 40}
  b: {compute: chase, memory: 110 MiB, work: 1000, tasks: 4}
  c: {wait: message, size: 12 MiB, tasks: 4, ranks: 1}
"""


def killed(group: pathlib.Path) -> int:
    """Processes of a cgroup that the kernel has killed for their memory."""
    events = [group / name for name in ("memory.oom_control", "memory.events")]
    lines = next(file for file in events if file.exists()).read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("oom_kill ")))


def refused_by(before: tuple, limit: str) -> None:
    """One process of `CHASE` has room, two have not: plan names the point, and run leaves it out."""
    with folder() as private:
        job, output = write(private / "job.yaml", CHASE), private / "out.h5"
        plan = run("plan", job, before=before)
        said = [line for line in plan.out.splitlines() if line.startswith("infeasible ")]
        assert plan.status == 0 and len(said) == 1, plan
        assert said[0].startswith("infeasible  w  2×1×1@1: takes 3"), said
        assert "256 MiB of it for `memory`: " in said[0] and limit in said[0], said
        result = run("run", job, "-o", output, before=before, TMPDIR=str(private))
        assert result.status == 0, result
        assert "1 cell is infeasible (w at 2×1×1@1: takes " in result.err, result.err
        assert set(samples.read(output)) == {("w", 1, 1, 1, 1)}


def test_group():
    """in a cgroup of 384 MiB a point that takes nearly as much is infeasible, and nothing is killed"""
    limit = 384 << 20
    with group_of("memory", f"memory.limit_in_bytes={limit}", f"memory.max={limit}") as (before, group):
        refused_by(before, "the cgroup allows 384 MiB of memory")
        assert killed(group) == 0


def test_limits_of_a_process():
    """so it is where a process may have too few addresses (ulimit -v) or data (ulimit -d)"""
    if SLOWER > 1:
        raise Skipped("a sanitizer maps more addresses than that")
    with folder() as private:
        job = write(private / "job.yaml", CHASE)
        for option, limit in (("--as", "MiB of addresses"), ("--data", "MiB of data")):
            result = run("run", job, "-o", private / "out.h5", before=("prlimit", f"{option}={200 << 20}"))
            assert result.status == 2 and limit in result.err, result
            assert "job.yaml:5:3: w: none of its points is feasible: 1×1×1@1: takes " in result.err, result
            assert not (private / "out.h5").exists()


def test_what_is_left_behind():
    """workloads that have room one after the other, and not what all of them leave behind, are measured"""
    limit = 512 << 20
    with folder() as private, group_of("memory", f"memory.limit_in_bytes={limit}",
                                       f"memory.max={limit}") as (before, group):
        job, output = write(private / "job.yaml", MANY), private / "out.h5"
        result = run("run", job, "-o", output, before=before, TMPDIR=str(private))
        assert result.status == 0, result
        assert {point[:2] for point in samples.read(output)} >= {("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1)}
        assert killed(group) == 0
