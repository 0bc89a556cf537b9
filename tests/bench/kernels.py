"""The kernels flops and triad beside likwid-bench.

Both sides alternate in one run, so that what disturbs one disturbs the other; a figure is the ratio
of the medians.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from commands import CUAL, run

REPETITIONS = 9
MEMORY_KIB = 256 * 1024
JOB = """
seed: 1
workloads:
  it: {{{work}, task: 2 ms, tasks: 100, cores: {cores}, threads: {cores}, ranks: 1, depth: 1}}
"""


@dataclass
class Comparison:
    """One line of the table; rates are in 10^9 per second."""

    what: str
    work: str  # the kernel and its options, as a job says it
    cores: str  # 1 or all
    amount: str  # variable of the run file: how much of it one task does
    unit: str
    asked: float  # least ratio ours / peer
    tests: list[str]  # of likwid-bench; the best one counts
    size: int  # working set of each thread in kB, as likwid-bench counts
    ours: list[float] = field(default_factory=list)
    peer: dict[str, list[float]] = field(default_factory=dict)

    def row(self, peer_there: bool) -> list[str]:
        ours = statistics.median(self.ours)
        cells = [self.what, f"{ours:.1f} {self.unit}"]
        if not peer_there:
            return cells + ["–", "–", f"≥ {self.asked}"]
        test = max(self.peer, key=lambda name: statistics.median(self.peer[name]))
        peer = statistics.median(self.peer[test])
        reached = "reached" if ours >= self.asked * peer else "missed"
        return cells + [f"{peer:.1f} {self.unit} ({test})", f"{ours / peer:.3f}",
                        f"≥ {self.asked} {reached}"]


def peer_tests() -> tuple[list[str], list[str]]:
    """Names of likwid-bench's tests for this processor: peak flops, and stream triads."""
    flags = set(re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.M)[1].split())
    avx2 = ["stream_mem_avx_fma", "stream_avx_fma", "stream"]
    if "avx512f" in flags:
        return ["peakflops_avx512_fma"], ["stream_mem_avx512", "stream_avx512_fma"] + avx2
    if {"avx2", "fma"} <= flags:
        return ["peakflops_avx_fma"], avx2
    return ["peakflops_sse"], ["stream_mem_sse", "stream_sse", "stream"]


def comparisons() -> list[Comparison]:
    """The lines of the table."""
    flops, triad = peer_tests()
    memory = f"compute: triad, memory: {MEMORY_KIB} KiB"
    size = MEMORY_KIB * 1024 // 1000
    return [
        Comparison("flops, 1 core", "compute: flops", "1", "flops", "GFLOP/s", 0.95, flops, 16),
        Comparison("triad, 1 core", memory, "1", "bytes", "GB/s", 0.97, triad, size),
        Comparison("triad, all cores", memory, "all", "bytes", "GB/s", 0.97, triad, size),
    ]


def measure_ours(line: Comparison, folder: Path) -> tuple[int, float]:
    """Runs the program on one line's job. Cores that it used, and the rate in 10^9 per second."""
    job, file = folder / "job.yaml", folder / "run.h5"
    job.write_text(JOB.format(work=line.work, cores=line.cores))
    run([str(CUAL), "run", str(job), "-o", str(file), "--force", "--rounds", "5"])
    with h5py.File(file) as h5:
        # one workload at one point: (round,) in s, without the warm-up
        time_s = h5["time"][0, 0, 0, 0, 0][h5["round"][:] > 0]
        work = float(h5["tasks"][0]) * float(h5[line.amount][0])
        time_s = statistics.median(value for value in time_s if value == value)
        return int(h5["cores"][0]), work / time_s / 1e9


def measure_peer(test: str, size: int, threads: int, unit: str) -> float:
    """Rate of one test of likwid-bench, in 10^9 per second."""
    text = run(["likwid-bench", "-t", test, "-W", f"N:{size * threads}kB:{threads}"])
    label = "MFlops/s" if unit == "GFLOP/s" else "MByte/s"
    return float(re.search(rf"^{label}:\s+(\S+)", text, re.M)[1]) / 1e3


def rows() -> list[list[str]]:
    """One row of the table per comparison."""
    peer_there = shutil.which("likwid-bench") is not None
    lines = comparisons()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(REPETITIONS):
            for line in lines:
                cores, rate = measure_ours(line, Path(folder))
                line.ours.append(rate)
                for test in line.tests if peer_there else []:
                    rate = measure_peer(test, line.size, cores, line.unit)
                    line.peer.setdefault(test, []).append(rate)
                if line.peer:  # the best of the first turn stays
                    line.tests = [max(line.peer, key=lambda name: line.peer[name][0])]
    if not peer_there:
        print("skipped: likwid-bench is not installed (Debian package likwid)")
    return [line.row(peer_there) for line in lines]
