"""Memory of a sample: that of the workload in all ranks of its cell, and nothing else."""

import pathlib

import h5py
import numpy

from end_to_end.program import SLOWER, Skipped, folder, run, write

MIB = 1 << 20

WAITING = """
cores: 1
ranks: [1, 2]
threads: [1, 2]
depth: [1, 4]
budget: 2 s
workloads:
  w: {wait: timer, latency: 1 ms, tasks: 8}
"""

# A list of some MiB beside work that takes no memory to speak of.
TASKS, ITEMS = 64, 16000  # tasks, and items in each
LIST_MIB = TASKS * ITEMS * 8 / MIB
APPENDING = f"""
cores: 1
ranks: [1, 2, 3]
threads: [1, 2]
rounds: 2
workloads:
  wait: {{wait: timer, latency: 1 ms, tasks: 8}}
  list: {{compute: append, work: {ITEMS}, tasks: {TASKS}, guard: [atomic, sharded], through: [memory, rma]}}
"""


def needs_malloc() -> None:
    """Skips a test of memory where a sanitizer allocates in place of the system's library."""
    if SLOWER > 1:
        raise Skipped("a sanitizer allocates memory its own way")


def memory_of(output: pathlib.Path) -> numpy.ndarray:
    """The median memory in MiB on one core: workload × ranks × threads × depth."""
    with h5py.File(output) as file:
        memory = file["memory"][...]
        assert (file["status"][...] == 1).all(), "a cell was not measured"
    return numpy.nanmedian(memory, axis=-1)[:, 0] / MIB


def test_memory_without_the_store() -> None:
    """the store of the samples counts in no sample: processes repeat memory with room for 100 000
    rounds as they do with room for 100"""
    needs_malloc()
    found = []
    with folder() as private:
        job = write(private / "job.yaml", WAITING)
        for rounds in (100, 100000):
            output = private / f"{rounds}.h5"
            result = run("run", job, "-o", output, "--rounds", rounds, TMPDIR=str(private))
            assert result.status == 0, result.err
            found.append(memory_of(output)[0])
    few, many = found
    assert (numpy.abs(many - few) < 1).all(), (few, many)
    for memory in found:  # what claim 9 asks
        serial, process = memory[0, 0, 0], memory[1, 0, 0] - memory[0, 0, 0]
        assert memory[1, 0, 0] > 1.2 * serial, memory
        assert memory[0, 1, 0] - serial < 0.2 * process, memory
        assert memory[0, 0, 1] - serial < 0.2 * process, memory


def test_memory_of_ranks() -> None:
    """each rank counts as much as another, whoever leads the run"""
    needs_malloc()
    with folder() as private:
        output = private / "out.h5"
        job = write(private / "job.yaml", WAITING.replace("[1, 2]", "[1, 2, 3, 4]", 1))
        result = run("run", job, "-o", output, "--rounds", 20000, TMPDIR=str(private))
        assert result.status == 0, result.err
        by_ranks = memory_of(output)[0, :, 0, 0]
    assert numpy.abs(numpy.diff(by_ranks) / by_ranks[0] - 1).max() < 0.1, by_ranks


def test_memory_of_a_shared_list() -> None:
    """a list that processes share counts once, whatever they reach it through, and so does what each
    worker keeps for itself"""
    needs_malloc()
    with folder() as private:
        output = private / "out.h5"
        result = run("run", write(private / "job.yaml", APPENDING), "-o", output, TMPDIR=str(private))
        assert result.status == 0, result.err
        memory = memory_of(output)[..., 0]
        with h5py.File(output) as file:
            names = [name.decode() for name in file["workload"][...]]
            workers = numpy.outer(file["ranks"][...], file["threads"][...])
    assert names[0] == "wait" and len(names) == 5, names
    for name, beyond in zip(names[1:], memory[1:] - memory[0]):
        shards = workers if "sharded" in name else 0 * workers
        least = LIST_MIB * (1 + (shards > 0))
        most = least + LIST_MIB / TASKS * shards + 0.2  # a worker has room for a task that others may get
        assert (beyond > least - 0.1).all(), f"{name}: {beyond}"
        assert (beyond < most).all(), f"{name}: {beyond}"
