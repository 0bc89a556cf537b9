"""The same work at every point: checksums for all kernels and engines, and wrong ones are caught."""

import h5py

from end_to_end.program import FAULTS, SLOWER, Result, folder, run, write

TIMELESS = True

# Of ranks, of threads and in flight; beside a sanitizer half as many, each of which is slow.
NUMBERS = "[1, 2, 4, 8]" if SLOWER == 1 else "[1, 2, 4]"

# Fixed `work`: no calibration by time decides how long this takes.
EVERY_PART = f"""
cores: [1, all]
ranks: {NUMBERS}
threads: {NUMBERS}
depth: {NUMBERS}
rounds: 1
workloads:
  none: {{compute: none, tasks: 500}}
  flops: {{compute: flops, work: 100, tasks: 100}}
  primes: {{compute: primes, work: 20, tasks: 100}}
  triad: {{compute: triad, memory: 256 KiB, work: 3, tasks: 100}}
  chase: {{compute: chase, memory: 64 KiB, work: 50, tasks: 100}}
  append: {{compute: append, work: 3, tasks: 100, through: [memory, rma]}}
  timer: {{wait: timer, latency: 20 us, tasks: 150}}
  file: {{wait: file, block: 512 B, file: 64 KiB, tasks: 150}}
  message: {{wait: message, tasks: 40}}
  mixed: {{compute: primes, work: 20, wait: timer, latency: 10 us, waits: 3, tasks: 50, lock: true}}
  reading: {{compute: flops, work: 100, wait: file, file: 64 KiB, waits: 2, tasks: 70, scaling: weak}}
"""


# only where the kernel or a container allows it
URING = "  uring: {wait: uring, block: 512 B, file: 64 KiB, tasks: 150}\n"


def test_same_checksum_at_every_point():
    """every kernel and engine reaches its checksum at every point with R, T, D up to 8 (4 beside a sanitizer)"""
    with folder() as private:
        parts = EVERY_PART + ("" if "unavailable" in run("list").out else URING)
        job, output = write(private / "job.yaml", parts), private / "out.h5"
        result = run("run", job, "-o", output, TMPDIR=str(private))
        assert result.status == 0, result.err
        with h5py.File(output) as file:
            status, time = file["status"][...], file["time"][...]
            feasible = [[r * t >= c for t in file["threads"]] for c in file["cores"]
                        for r in file["ranks"]]
            shape = (len(file["cores"]), len(file["ranks"]), len(file["threads"]))
    assert not (status == 3).any(), "a cell failed"
    measured = status == 1
    for w in range(status.shape[0]):
        for depth in range(status.shape[4]):
            found = measured[w, ..., depth].reshape(-1, shape[2]).tolist()
            assert found == feasible, f"workload {w}, depth {depth}: {found}"
    assert (time[measured] > 0).all(), "a cell that was done has no time"


def run_faulty(workload: str, **axes: str) -> Result:
    """One workload of the faulty program over axes such as ranks="[1, 2]"."""
    with folder() as private:
        text = "".join(f"{axis}: {values}\n" for axis, values in axes.items())
        job = write(private / "job.yaml", f"{text}rounds: 1\nworkloads:\n  {workload}\n")
        return run("run", job, "-o", private / "out.h5", program=FAULTS, TMPDIR=str(private))


def must_fail(workload: str, wrong: str, right: dict[str, str], **axes: str) -> None:
    """The workload is right over the axes `right`, and wrong first at the point `wrong`."""
    result = run_faulty(workload, **right)
    assert result.status == 0, f"wrong already at {right}: {result.err}"
    result = run_faulty(workload, **axes)
    name = workload.partition(":")[0]
    assert result.status == 1, f"status {result.status} at {axes}: {result.err}"
    assert f"{name} at {wrong}@1" in result.err, result.err
    assert "checksum" in result.err, result.err


def test_fault_with_ranks():
    """a kernel that loses what other processes hold fails the run at R > 1 and only there"""
    must_fail("loses-ranks: {compute: loses_task, tasks: 240}", "2×1×1",
              {"threads": "[1, 2, 8]", "depth": "[1, 2, 8]"}, ranks="[1, 2]")


def test_fault_with_threads():
    """a kernel whose threads race fails the run at T > 1 and only there"""
    must_fail("races: {compute: races, tasks: 64}", "1×2×1",
              {"ranks": "[1, 2]", "depth": "[1, 2, 8]"}, threads="[1, 2]")


def test_fault_with_depth():
    """a kernel that mistakes what is in flight fails the run at D > 1 and only there"""
    must_fail("drops: {compute: drops, wait: timer, latency: 100 us, tasks: 64}", "1×1×2",
              {"ranks": "[1, 2]", "threads": "[1, 2, 8]"}, depth="[1, 2]")


def test_fault_in_engine():
    """an engine that takes one operation for another fails the run at D > 1 and only there"""
    must_fail("mixes-up: {wait: mixes_up, tasks: 64}", "1×1×2",
              {"ranks": "[1, 2]", "threads": "[1, 2, 8]"}, depth="[1, 2]")


def test_fault_leaves_with_all_ranks():
    """a wrong result ends all ranks with one message and no noise of MPI"""
    for _ in range(4):  # a message that races with mpirun's end of the ranks gets lost now and then
        result = run_faulty("loses-ranks: {compute: loses_task, tasks: 240}", ranks="[8]")
        assert result.status == 1, result.err
        said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
        assert len(said) == 1, result.err
        for noise in ("mpirun", "PMIX", "exited", "abort"):
            assert noise not in result.err, result.err
