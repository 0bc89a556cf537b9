"""The kernel append: a list that threads and processes share keeps every item that is guarded."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import h5py
import numpy

from end_to_end.program import (CUAL, FAULTS, Skipped, environment_in, folder, mpi, needs_open_mpi,
                                patience, ranks_of, run, write)

TIMELESS = True

AXES = """
cores: [1, all]
ranks: [1, 2, 4]
threads: [1, 2, 4]
depth: [1, 8]
rounds: 1
"""

EVERY_GUARD = AXES + """
workloads:
  a: {compute: append, work: 40, tasks: 150, guard: [none, atomic, lock, sharded],
      through: [memory, rma]}
  w: {compute: append, work: 40, tasks: 150, guard: [none, sharded], wait: timer,
      latency: 10 us, waits: 2}
  weak: {compute: append, work: 40, tasks: 50, guard: sharded, scaling: weak, lock: true}
  other: {compute: primes, work: 20, tasks: 50}
"""


def shared_memory() -> set[str]:
    """What a window of Open MPI would leave behind."""
    return {name for name in os.listdir("/dev/shm") if name.startswith("osc_sm")}


def test_append_guards():
    """guarded lists lose nothing at any point, unguarded ones only where threads or ranks race"""
    job = EVERY_GUARD
    if mpi() == "MPICH":  # whose one-sided calls take milliseconds where ranks share a core
        job = job.replace("[memory, rma]", "memory")
    with folder() as private:
        output = private / "out.h5"
        result = run("run", write(private / "job.yaml", job), "-o", output,
                     TMPDIR=str(private))
        assert result.status == 0, result.err
        with h5py.File(output) as file:
            names = [name.decode() for name in file["workload"][...]]
            lost, time = file["lost"][...], file["time"][...]
            workers = numpy.multiply.outer(file["ranks"][...], file["threads"][...])
            status = file["status"][...]
    assert not (status == 3).any(), "a cell failed"
    measured = ~numpy.isnan(time)
    alone = numpy.broadcast_to((workers == 1)[None, :, :, None, None], lost.shape[1:])
    for w, name in enumerate(names):
        assert measured[w].any(), f"{name} was not measured"
        found = lost[w][measured[w]]
        if name == "other":
            assert numpy.isnan(found).all(), f"{name} has no list: {found}"
            continue
        items = 150 * 40
        assert ((found >= 0) & (found < items)).all(), f"{name}: {found}"
        if "guard=none" not in name:
            assert (found == 0).all(), f"{name}: lost {found.max()}"
        assert (lost[w][measured[w] & alone] == 0).all(), f"{name}: async lost items"


def test_append_wrong_list():
    """a list that lost an item in spite of its guard ends the run with status 1"""
    for axes, through in (("", "memory"), ("threads: [4]\n", "memory"), ("ranks: [2]\n", "memory"),
                          ("ranks: [2]\n", "rma"), ("ranks: [2]\nthreads: [2]\n", "memory"),
                          ("ranks: [2]\nthreads: [2]\n", "rma")):
        with folder() as private:
            job = write(private / "job.yaml", axes + "rounds: 1\nworkloads:\n  forgets: {compute: "
                        f"forgets, work: 10, tasks: 40, guard: [atomic, lock], through: {through}}}\n")
            result = run("run", job, "-o", private / "out.h5", program=FAULTS, TMPDIR=str(private))
        assert result.status == 1, f"{axes} {through}: status {result.status}: {result.err}"
        assert "what the tasks left behind is wrong" in result.err, result.err


def test_append_races_in_memory():
    """processes that share memory lose items without a guard, as threads do"""
    with folder() as private:
        output = private / "out.h5"
        job = write(private / "job.yaml", "cores: all\nranks: [1, 4]\nthreads: [1, 4]\nrounds: 8\n"
                    "workloads:\n  a: {compute: append, work: 40, tasks: 5 k, guard: none, "
                    "through: [memory, rma]}\n")
        result = run("run", job, "-o", output, TMPDIR=str(private))
        assert result.status == 0, result.err
        with h5py.File(output) as file:
            lost, ranks = file["lost"][...], list(file["ranks"][...])
    most = numpy.nanmax(lost, axis=(1, 3, 4, 5))
    assert (most[:, ranks.index(4)] > 0).all(), most


def test_append_says_the_way():
    """the verdict says through what its choice and serial reach the list"""
    with folder() as private:
        output = private / "out.h5"
        job = write(private / "job.yaml", "cores: 1\nranks: [1, 2]\nrounds: 8\nworkloads:\n  a: "
                    "{compute: append, work: 100, tasks: 2 k, through: [memory, rma]}\n")
        result = run("run", job, "-o", output, TMPDIR=str(private))
        assert result.status == 0, result.err
        with h5py.File(output) as file:
            reasons = {workload.decode(): reason.decode() for workload, reason in
                       zip(file["verdict/workload"][...], file["verdict/reason"][...])}
    memory, rma = reasons["a[through=memory]"], reasons["a[through=rma]"]
    if "No verdict" not in memory:  # others computed on the core all the while
        assert "through shared memory" in memory and "MPI" not in memory, memory
    if "No verdict" not in rma:
        assert "through one-sided calls of MPI" in rma and "through shared memory" in rma, rma


def test_append_without_a_rank():
    """where one rank cannot begin, none waits for it to share the list"""
    with folder() as private:
        job = write(private / "job.yaml", "ranks: [1, 3]\nrounds: 1\nworkloads:\n  lacks: {compute: "
                    "append, work: 10, tasks: 40, wait: stays_out}\n")
        result = run("run", job, "-o", private / "out.h5", program=FAULTS, TMPDIR=str(private))
    assert result.status == 4, f"status {result.status}: {result.err}"
    assert "lacks at 3×1×1" in result.err and "open files" in result.err, result.err


def test_append_calibrated():
    """a task given as a time has its work found, and the run ends well"""
    with folder() as private:
        output = private / "out.h5"
        job = write(private / "job.yaml", "cores: [1, all]\nthreads: [1, all]\nranks: [1, 2]\n"
                    "rounds: 1\nworkloads:\n  a: {compute: append, task: 200 us, tasks: 20, "
                    "guard: [none, atomic, lock, sharded]}\n")
        result = run("run", job, "-o", output, TMPDIR=str(private))
        assert result.status == 0, result.err
        with h5py.File(output) as file:
            compute_s = file["compute_time"][...]
    assert (numpy.abs(compute_s / 200e-6 - 1) < 0.1).all(), compute_s


def test_append_to_a_rank_that_has_ended():
    """one-sided calls come to their end also when the rank that has the list has nothing to do any more"""
    with folder() as private:
        job = write(private / "job.yaml", "cores: all\nranks: [2, 3]\nrounds: 1\nworkloads:\n"
                    "  a: {compute: append, work: 5, tasks: 7, through: rma, guard: [atomic, lock]}\n")
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private))
        assert result.status == 0, result.err


def test_append_too_large():
    """a list beyond the memory is refused before anything is measured, with workload, point and key"""
    with folder() as private:
        job = write(private / "job.yaml", "cores: 1\nranks: [1, 2]\nrounds: 1\nworkloads:\n"
                    "  large: {compute: append, work: 1 M, tasks: 10 M}\n"
                    "  small: {compute: append, work: 10, tasks: 10}\n")
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private))
        assert result.status == 2, f"status {result.status}: {result.err}"
        assert re.search(r": large: none of its points is feasible: 1×1×1@1: takes .* of memory, .* of it for "
                         r"`tasks`: ", result.err), result.err
        assert not (private / "out.h5").exists()


def test_append_no_shared_memory():
    """ranks whose list does not fit into the machine's shared memory leave together"""
    needs_open_mpi("other place for what ranks share beside windows")
    mount = 'mount -t tmpfs -o size=3m none /dev/shm && exec "$@"'
    words = ("unshare", "--mount", "sh", "-c", mount, "sh")
    if os.geteuid() != 0 or not shutil.which("unshare"):
        raise Skipped("no mount namespace can be made here")
    if run("true", program=pathlib.Path("/usr/bin/env"), before=words).status != 0:
        raise Skipped("no mount namespace can be made here")
    with folder() as private:
        job = write(private / "job.yaml", "cores: 1\nranks: [1, 4]\nrounds: 1\nworkloads:\n"
                    "  large: {compute: append, work: 1 k, tasks: 1 k}\n"
                    "  small: {compute: append, work: 10, tasks: 10}\n")
        result = run("run", job, "-o", private / "out.h5", program=CUAL, before=words, timeout=100,
                     TMPDIR=str(private), OMPI_MCA_btl_vader_backing_directory=str(private))
        assert result.status == 5, f"status {result.status}: {result.err}"
        assert "large at 4×1×1@1" in result.err and "memory" in result.err, result.err
        with h5py.File(private / "out.h5") as file:
            assert (file["status"][1] == 1).sum() == 2, "the small one was not measured"


def windows_mapped(rank: pathlib.Path) -> int:
    """How many parts of windows a rank has mapped."""
    return (rank / "maps").read_text(errors="replace").count("/osc_sm")


def test_append_leaves_nothing():
    """windows are given back after their cell, and nothing stays when a run is ended"""
    before = shared_memory()
    with folder() as private:
        job = write(private / "job.yaml", "cores: 1\nranks: [2, 3]\nrounds: 30000\nbudget: 60 s\n"
                    "workloads:\n  a: {compute: append, work: 10, tasks: 40}\n")
        with subprocess.Popen([CUAL, "run", job, "-o", private / "out.h5"], cwd=private,
                              env=environment_in(private), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as now:
            time.sleep(12)  # many cells
            mapped = [windows_mapped(rank) for rank in ranks_of(job).values()]
            now.send_signal(signal.SIGTERM)
            err = now.communicate(timeout=patience(60))[1].decode(errors="replace")
        assert now.returncode == 3, f"status {now.returncode}: {err}"
        with h5py.File(private / "out.h5") as file:
            cells = int((~numpy.isnan(file["time"][...])).sum())
    assert cells > 20, f"only {cells} cells in the time"
    assert len(mapped) == 3 and max(mapped) <= 6, f"{mapped} windows mapped after {cells} cells"
    assert shared_memory() <= before, shared_memory() - before
