"""Many more ranks than cores: what a study of 1, 2, 4 … ranks takes of time, CPU and memory."""

import dataclasses
import pathlib
import re
import statistics
import subprocess
import time

from end_to_end import samples
from end_to_end.program import (COMPILERS, CUAL, SLOWER, Skipped, environment, environment_in,
                                first_in_path, mpi, mpirun, ranks_of, write)

LOOK_S = 1.5
LOOKS = 5  # in a row that tell what parked ranks use

# Cells of all numbers of ranks, and one of 12 s in which rank 0 is alone, visited twice.
JOB = """
cores: 1
ranks: [{ranks}]
rounds: 1
workloads:
  all: {{wait: timer, latency: 1 ms, tasks: {most}}}
  alone: {{wait: timer, latency: 10 ms, tasks: 1200, ranks: 1}}
"""
EMPTY = """
#include <mpi.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    int given;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SINGLE, &given);
    MPI_Barrier(MPI_COMM_WORLD);
    sleep(100000);
    return 0;
}
"""


@dataclasses.dataclass
class Crowd:
    """What came out."""

    status: int
    cells: dict[int, float]  # R → s of its sample
    run_s: float
    rank_start: str  # from its launch until a rank was ready, the median
    parked: float  # cores that all ranks but 0 use together while it works alone
    memory_bytes: float  # PSS of a parked rank, the median, beyond that of an empty MPI program …
    private_bytes: float  # … and of that what it shares with no one


def cpu_s(process: pathlib.Path) -> float:
    """CPU time of all threads of a process so far, to the nanosecond."""
    return sum(int(task.read_text().split()[0]) * 1e-9 for task in process.glob("task/*/schedstat"))


def memory(processes: list[pathlib.Path]) -> tuple[float, float]:
    """Proportional and private bytes of a process, the median of several."""
    found = []
    for process in processes:
        kib = dict(re.findall(r"^(\w+): +(\d+) kB", (process / "smaps_rollup").read_text(), re.M))
        found.append((int(kib["Pss"]), int(kib["Private_Clean"]) + int(kib["Private_Dirty"])))
    pss, private = zip(*found, strict=True)
    return 1024 * statistics.median(pss), 1024 * statistics.median(private)


def _await(ranks: int, find, program: subprocess.Popen, seconds: float) -> dict[int, pathlib.Path]:
    """The processes of all ranks, as soon as they are there."""
    end = time.monotonic() + seconds * SLOWER
    while time.monotonic() < end and program.poll() is None:
        found = find()
        if len(found) == ranks:
            return found
        time.sleep(1)
    raise AssertionError(f"{ranks} ranks do not start")


def _empty(private: pathlib.Path, ranks: int) -> tuple[float, float]:
    """Memory of a rank of an MPI program that does nothing."""
    source, program = private / "empty.c", private / "cual-empty"
    source.write_text(EMPTY, encoding="ascii")
    subprocess.run([first_in_path(COMPILERS[mpi()]), "-O2", "-o", program, source], check=True)
    with subprocess.Popen([*mpirun(ranks, "--bind-to", "none"), program], env=environment_in(private),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as launched:
        try:
            found = _await(ranks, lambda: ranks_of(program), launched, 600)
            end, before = time.monotonic() + 600 * SLOWER, 0.0
            while time.monotonic() < end:  # asleep: all have passed the barrier
                now = sum(cpu_s(process) for process in found.values())
                if now - before < 0.01 * LOOK_S * max(1, ranks / 32):
                    break
                before = now
                time.sleep(LOOK_S)
            return memory(list(found.values()))
        finally:
            launched.terminate()
            launched.wait()


def _watch(program: subprocess.Popen, others: list[pathlib.Path]) -> tuple[float, tuple]:
    """Looks on until the run has ended. The least that the ranks used over some looks in a row, in
    cores, and their memory when they last used about as little."""
    looks: list[tuple[float, float]] = []
    least, kept = float("inf"), (float("nan"), float("nan"))
    while program.poll() is None:
        try:
            looks.append((time.monotonic(), sum(cpu_s(process) for process in others)))
            if len(looks) > LOOKS:
                (start, used), (end, now) = looks[-1 - LOOKS], looks[-1]
                share = (now - used) / (end - start)
                if share < 1.5 * least:
                    kept = memory(others)
                    looks.clear()
                least = min(least, share)
        except OSError:
            break  # they are on their way out
        time.sleep(LOOK_S)
    return least, kept


def measure(private: pathlib.Path, most: int, seconds: float) -> Crowd:
    """Carries the study of up to `most` ranks out, within so many seconds."""
    if not pathlib.Path("/proc/self/schedstat").exists():
        raise Skipped("this kernel does not tell CPU time to the nanosecond")
    ranks = [2**i for i in range(most.bit_length()) if 2**i <= most]
    job = write(private / "crowd.yaml", JOB.format(ranks=", ".join(map(str, ranks)), most=most))
    output, start = private / "out.h5", time.monotonic()
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True,
                          env=environment(TMPDIR=str(private))) as program:
        try:
            found = _await(most, lambda: ranks_of(job), program, seconds)
            parked, (pss, own) = _watch(program, [found[r] for r in found if r > 0])
            err = program.communicate(timeout=seconds * SLOWER)[1]
        finally:
            program.kill()
    run_s = time.monotonic() - start
    if program.returncode != 0:
        raise AssertionError(f"status {program.returncode}: {err}")
    cells = {point[1]: float(times[0]) for point, times in samples.read(output).items()
             if point[0] == "all"}
    empty_pss, empty_own = _empty(private, most)
    return Crowd(program.returncode, cells, run_s, samples.fact(output, "machine", "rank_start"),
                 parked, pss - empty_pss, own - empty_own)
