"""However it is started, the program uses the cores it was given and is bound as it planned."""

import os
import re
import subprocess
import time

from end_to_end import samples
from end_to_end.findings import doctor
from end_to_end.program import (BUILD, Result, Skipped, environment, folder, launcher, mpi, mpirun,
                                needs_open_mpi, processes_of, run, write)

JOB = """
cores: [1, all]
ranks: [1, {ranks}]
threads: [1, 4]
rounds: 3
workloads:
  primes: {{compute: primes, task: 1 ms, tasks: 16}}
  wait: {{wait: timer, latency: 100 us, tasks: 16, depth: [1, 4]}}
"""
MISBOUND = 1


def core_count() -> int:
    """Cores that this process may use: hardware threads of one core count once."""
    def siblings(cpu: int) -> str:
        with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list",
                  encoding="ascii") as file:
            return file.read()
    return len({siblings(cpu) for cpu in os.sched_getaffinity(0)})


def check(cores: int, ranks: int = 2, before: tuple = (), **environment: str) -> Result:
    """Runs the job started by `before`; every sample must be bound as planned, on axes that end at
    `cores` and `ranks`."""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB.format(ranks=ranks)), private / "out.h5"
        result = run("run", job, "-o", output, before=before, TMPDIR=str(private), **environment)
        assert result.status == 0, result.err
        flags = samples.read(output, "flags")
    assert {point[4] for point in flags} == {1, cores}, f"cores axis {sorted(flags)}"
    assert {point[1] for point in flags} == {1, ranks}, f"ranks axis {sorted(flags)}"
    for point, values in flags.items():
        assert len(values) == 3, f"{point}: {len(values)} rounds"
        assert not (values.astype(int) & MISBOUND).any(), f"{point} is misbound: {values}"
    assert all(re.match(r"note: |warm-up|round |\d+ (rounds )?of ", line)
               for line in result.err.splitlines()), result.err
    return result


def test_plainly():
    """started plainly it measures on every core and notes nothing but what doctor warns of"""
    result = check(core_count())
    warnings = [text for mark, text in doctor().values() if mark == "!"]
    for note in re.findall(r"^note: (.*)", result.err, re.MULTILINE):
        # A note puts "; " between the value and the advice of a finding, which are two sentences.
        same = [f"{note[:at.start()]}. {note[at.end():]}" for at in re.finditer("; ", note)]
        assert any(text in warnings for text in same), (note, warnings)


def test_mpirun_unbound():
    """under mpirun --bind-to none it measures on every core"""
    check(core_count(), before=mpirun(2, "--bind-to", "none"))


def test_mpirun_bound():
    """under mpirun --bind-to core the ranks' cores together are used, and that is said"""
    needs_open_mpi("launcher that says that it binds")
    if core_count() < 2:
        raise Skipped("one core")
    result = check(2, before=mpirun(2, "--bind-to", "core"))
    said = [line for line in result.err.splitlines() if "mpirun has bound the ranks" in line]
    assert len(said) == 1 and " 2 of " in said[0], result.err


def test_mpirun_bound_to_one_core():
    """one rank that mpirun has bound to a core: the plan is for one core"""
    needs_open_mpi("launcher that says that it binds")
    result = check(1, ranks=1, before=mpirun(1, "--bind-to", "core"))
    assert "note: mpirun has bound the ranks; together they may use 1 of" in result.err, result.err


def test_taskset():
    """under taskset the plan is for the core that is left"""
    first = min(os.sched_getaffinity(0))
    result = check(1, before=("taskset", "-c", str(first)))
    assert result.out.startswith("1 core of "), result.out


def test_openmp_bound():
    """variables that bind or count OpenMP's threads are set aside, which is said once"""
    result = check(core_count(), OMP_PROC_BIND="true", OMP_NUM_THREADS="1", OMP_DYNAMIC="true")
    said = [line for line in result.err.splitlines() if line.startswith("note: set aside")]
    assert len(said) == 1, result.err
    for variable in ("OMP_PROC_BIND=true", "OMP_NUM_THREADS=1", "OMP_DYNAMIC=true"):
        assert variable in said[0], said[0]


def test_openmp_places():
    """OMP_PLACES is a limit on the cores like any other, or set aside: never a misbound sample"""
    places = ",".join(f"{{{cpu}}}" for cpu in sorted(os.sched_getaffinity(0)))
    result = check(core_count(), OMP_PROC_BIND="close", OMP_PLACES=places)
    assert "OMP_PLACES=" in result.err, result.err
    first = min(os.sched_getaffinity(0))
    with folder() as private:
        job, output = write(private / "job.yaml", JOB.format(ranks=2)), private / "out.h5"
        result = run("run", job, "-o", output, TMPDIR=str(private), OMP_PROC_BIND="true",
                     OMP_PLACES=f"{{{first}}}")
        assert result.status == 0, result.err
        flags = samples.read(output, "flags")
    assert {point[4] for point in flags} <= {1, core_count()}, sorted(flags)
    assert not any((values.astype(int) & MISBOUND).any() for values in flags.values()), flags


def test_more_ranks_than_cores():
    """eight ranks on fewer cores are all bound as planned"""
    check(core_count(), ranks=8)
    check(core_count(), ranks=8, before=mpirun(8, "--bind-to", "none"))


def test_ranks_not_launched():
    """cells that need more ranks than were launched are infeasible, which is said"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB.format(ranks=8)), private / "out.h5"
        result = run("run", job, "-o", output, before=mpirun(2, "--bind-to", "none"),
                     TMPDIR=str(private))
        assert result.status == 0, result.err
        assert {point[1] for point in samples.read(output)} == {1}
        assert re.search(r"^note: \d+ cells are infeasible .*needs 8 ranks, 2 are launched", result.err,
                         re.MULTILINE), result.err


def test_only_ranks_not_launched():
    """a workload that only has cells with more ranks than were launched is refused where it stands"""
    with folder() as private:
        job = write(private / "job.yaml", "ranks: [8]\nworkloads:\n"
                                          "  wait: {wait: timer, latency: 1 ms, tasks: 16}\n")
        result = run("run", job, "-o", private / "out.h5", before=mpirun(2), TMPDIR=str(private))
        assert result.status == 2, result
        first = result.err.splitlines()[0]
        assert first.startswith(f"cual: {job}:3:3: wait: "), result.err
        assert "needs 8 ranks, 2 are launched" in first, first
        assert sorted(os.listdir(private)) == ["job.yaml"], os.listdir(private)


def test_without_mpirun():
    """without mpirun the message says what to install"""
    with folder() as private:
        job = write(private / "job.yaml", JOB.format(ranks=2))
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private), PATH=str(private))
        assert result.status == 5, result
        wanted = {"Open MPI": "mpirun was not found; install Open MPI (Debian: openmpi-bin)",
                  "MPICH": "mpiexec was not found; install MPICH (Debian: mpich)"}[mpi()]
        assert result.err.startswith(f"cual: {wanted}"), result.err
        assert sorted(os.listdir(private)) == ["job.yaml"], os.listdir(private)


def test_mpirun_that_stays():
    """an mpirun that stays when all of its ranks have ended is ended, and the run's status told"""
    with folder() as private:
        job = write(private / "job.yaml", JOB.format(ranks=2))
        stays = write(private / launcher().name, f'#!/bin/sh\n{launcher()} "$@"\nsleep 600\n')
        stays.chmod(0o755)
        begun = time.monotonic()
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private),
                     PATH=f"{private}:{os.environ['PATH']}")
        assert result.status == 0 and "wait" in result.out, result
        assert time.monotonic() - begun < 60
        assert not processes_of(private), processes_of(private)


def test_mpirun_that_prints():
    """an mpirun that still prints to a slow reader when its ranks have gone is left alone: nothing is lost"""
    most = 400000
    with folder() as private:
        job = write(private / "job.yaml", JOB.format(ranks=2))
        prints = write(private / launcher().name, f'#!/bin/sh\n{launcher()} "$@"\n'
                                           f"head -c {most} /dev/zero | tr '\\0' x\n")
        prints.chmod(0o755)
        with subprocess.Popen([BUILD / "cual", "run", job, "-o", private / "out.h5"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=environment(TMPDIR=str(private),
                                              PATH=f"{private}:{os.environ['PATH']}")) as program:
            read = program.stdout.read(1)
            for _ in range(2):
                time.sleep(4.5)
                read += program.stdout.read(65536)
            read += program.stdout.read()
        assert program.returncode == 0 and read.count(b"x" * 1000) >= most // 1000, len(read)
