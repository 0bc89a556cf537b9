"""Wrong surroundings: each is said, and none yields a wrong verdict that is not marked."""

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

import h5py
import numpy

from end_to_end import samples
from end_to_end.program import Result, Skipped, folder, mpirun, run, write
from end_to_end.test_started_every_way import core_count

JOB = """
cores: [1, all]
ranks: [1, {ranks}]
threads: [1, all]
rounds: 8
workloads:
  flops: {{compute: flops, task: 200 us, tasks: 128}}
  primes: {{compute: primes, task: 200 us, tasks: 128}}
  wait: {{wait: timer, latency: 1 ms, tasks: 32, depth: [1, 16]}}
"""
CROWDED, STOPPED = 16, 64
CGROUP = pathlib.Path("/sys/fs/cgroup")
COMPUTING = ("flops", "primes")


def check_verdicts(output: pathlib.Path) -> list[str]:
    """Every verdict says nothing, or says what excludes its samples, or is possible. Returns
    the reasons."""
    with h5py.File(output) as file:
        rows = file["verdict"]
        reasons = rows["reason"].asstr()[...].tolist()
        for i, reason in enumerate(reasons):
            workload, cores = rows["workload"].asstr()[i], int(rows["cores"][i])
            concurrency = numpy.prod([rows[f"choice_{axis}"][i]
                                      for axis in ("ranks", "threads", "depth")])
            # waits in flight together share what a serial wait ends late
            most = 1.05 * cores if workload in COMPUTING else 1.3 * min(32, concurrency)
            speed_up = rows["choice_speed_up_low"][i]
            assert concurrency == 0 or "are excluded" in reason or not speed_up > most, \
                f"{workload} on {cores}: {speed_up} times as fast, unmarked: {reason}"
    return reasons


def measure(private: pathlib.Path, before: tuple = (), ranks: int = 2,
            **environment: str) -> tuple[Result, dict[samples.Point, numpy.ndarray]]:
    """Runs the job; its verdicts must stand. What it said, and the flags of its samples."""
    job, output = write(private / "job.yaml", JOB.format(ranks=ranks)), private / "out.h5"
    result = run("run", job, "-o", output, before=before, TMPDIR=str(private), **environment)
    assert result.status == 0, result.err
    check_verdicts(output)
    flags = {point: values.astype(int) for point, values in samples.read(output, "flags").items()}
    kept_out = sum(int((values != 0).sum()) for values in flags.values())
    said = f" · {kept_out} of {sum(map(len, flags.values()))} samples excluded{':' if kept_out else ''}"
    assert said in result.out, f"{said}\n{result.out}"
    return result, flags


@contextlib.contextmanager
def competitor(cpu: int) -> Iterator[None]:
    """A process that computes on one CPU all the time."""
    process = subprocess.Popen(["taskset", "-c", str(cpu), "sh", "-c", "while :; do :; done"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def quota_of_half_a_cpu() -> Iterator[pathlib.Path]:
    """A cgroup of version 1 or 2 whose processes have half a CPU together; gone afterwards."""
    for parent, settings in ((CGROUP / "cpu", {"cpu.cfs_period_us": "100000",
                                               "cpu.cfs_quota_us": "50000"}),
                             (CGROUP, {"cpu.max": "50000 100000"})):
        group = parent / f"cual-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for name, value in settings.items():
                (group / name).write_text(value)
        except OSError:
            group.rmdir()
            continue
        try:
            yield group
        finally:
            group.rmdir()
        return
    raise Skipped("no cgroup of the controller cpu can be made here")


def check_crowded(cpu: int) -> None:
    """Samples that use a CPU with a competitor on it are flagged, and the verdict says so."""
    if core_count() < 2:
        raise Skipped("one core")
    with folder() as private, competitor(cpu):
        result, flags = measure(private)
        reasons = check_verdicts(private / "out.h5")
    both = numpy.concatenate([values for point, values in flags.items()
                              if point[4] > 1 and point[0] in COMPUTING])
    flagged = ((both & CROWDED) != 0).mean()
    assert flagged >= 0.9, f"{100 * flagged:.0f} % of the samples beside a competitor are flagged"
    assert "crowded" in result.out, result.out
    assert any("other processes computed on these cores" in reason for reason in reasons), reasons


def test_one_core_of_the_mask():
    """one core is left by taskset: more are infeasible, which is said"""
    if core_count() < 2:
        raise Skipped("one core")
    with folder() as private:
        two = JOB.format(ranks=2).replace("cores: [1, all]", "cores: [1, 2]")
        job = write(private / "job.yaml", two)
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private),
                     before=("taskset", "-c", str(min(os.sched_getaffinity(0)))))
        assert result.status == 0, result
        assert "cells are infeasible (" in result.err, result.err
        assert {point[4] for point in samples.read(private / "out.h5")} == {1}
        check_verdicts(private / "out.h5")


def test_quota():
    """a quota of half a CPU is said; the cores are cut, and what it stopped is excluded"""
    with folder() as private, quota_of_half_a_cpu() as group:
        inside = ("sh", "-c", f"echo $$ > {group}/cgroup.procs && exec \"$@\"", "sh")
        result, flags = measure(private, before=inside)
        times = samples.read(private / "out.h5")
        throttled = samples.read(private / "out.h5", "throttled")
    assert "note: a quota grants 0.5 CPUs" in result.err, result.err
    assert {point[4] for point in flags} == {1}, f"cores axis {sorted(flags)}"
    stopped = 0
    for point, values in flags.items():
        much = throttled[point] > 0.02 * times[point]
        assert ((values[much] & STOPPED) != 0).all(), f"{point}: {values} {throttled[point]}"
        stopped += int(much.sum())
    if stopped == 0 and numpy.mean([values & CROWDED != 0 for values in flags.values()]) > 0.5:
        raise Skipped("others left less than the quota")
    assert stopped > 0 and "throttled" in result.out, result


def test_competitor_on_core_1():
    """a competitor on the last core: samples on it are flagged, and the verdicts say why"""
    check_crowded(max(os.sched_getaffinity(0)))


def test_competitor_on_core_0():
    """a competitor on the first core: samples on it are flagged, and the verdicts say why"""
    check_crowded(min(os.sched_getaffinity(0)))


def test_many_ranks():
    """four ranks for each core: no verdict is wrong"""
    with folder() as private:
        measure(private, ranks=4 * core_count())


def test_mpirun_binds():
    """mpirun --bind-to core: no verdict is wrong"""
    if core_count() < 2:
        raise Skipped("one core")
    with folder() as private:
        measure(private, before=mpirun(2, "--bind-to", "core"))


def test_openmp_is_set_against_us():
    """OMP_PROC_BIND and OMP_NUM_THREADS set against us: no verdict is wrong"""
    with folder() as private:
        measure(private, OMP_PROC_BIND="close", OMP_NUM_THREADS="1")
