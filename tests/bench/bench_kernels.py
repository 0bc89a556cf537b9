#!/usr/bin/python3
"""Compares the kernels flops and triad with likwid-bench on this machine.

Both sides alternate in one run, so that what disturbs one disturbs the other; a figure is the ratio
of the medians. Prints one table; exit status 0 when everything could be measured, whatever came out.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import h5py

CUAL = Path(os.environ.get("BUILD", "build")) / "cual"
REPETITIONS = 5
MEMORY_KIB = 256 * 1024
JOB = f"""
seed: 1
workloads:
  flops: {{compute: flops, task: 2 ms, tasks: 100, cores: 1, threads: 1, ranks: 1, depth: 1}}
  triad_one: {{compute: triad, memory: {MEMORY_KIB} KiB, task: 2 ms, tasks: 100,
              cores: 1, threads: 1, ranks: 1, depth: 1}}
  triad_all: {{compute: triad, memory: {MEMORY_KIB} KiB, task: 2 ms, tasks: 100,
              cores: all, threads: all, ranks: 1, depth: 1}}
"""


@dataclass
class Comparison:
    """One line of the table; rates are per second, in units of 10^9."""

    what: str
    workload: str
    amount: str  # variable of the run file: what one task does of it
    unit: str
    asked: float  # least ratio ours / peer
    tests: list[str]  # of likwid-bench; the best one counts
    size: str  # working set, as likwid-bench wants it
    threads: int = 1
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


def comparisons(cores: int) -> list[Comparison]:
    """The lines of the table on a machine where `all` is so many cores."""
    flops, triad = peer_tests()
    size = f"{MEMORY_KIB * 1024 // 1000}kB"
    lines = [Comparison("flops, 1 core", "flops", "flops", "GFLOP/s", 0.95, flops, "16kB"),
             Comparison("triad, 1 core", "triad_one", "bytes", "GB/s", 0.97, triad, size)]
    if cores > 1:
        lines.append(Comparison(f"triad, {cores} cores", "triad_all", "bytes", "GB/s", 0.97, triad,
                                size, cores))
    return lines


def run(command: list[str]) -> str:
    """Output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout


def measure_ours(folder: Path) -> tuple[int, dict[tuple[str, str], float]]:
    """Runs the job. Number of cores, and by workload and variable the rate in 10^9 per second."""
    job, file = folder / "job.yaml", folder / "run.h5"
    job.write_text(JOB)
    run([str(CUAL), "run", str(job), "-o", str(file), "--force", "--rounds", "3"])
    rates = {}
    with h5py.File(file) as h5:
        names = h5["workload"].asstr()[:]
        for index, name in enumerate(names):
            # (cores, ranks, threads, depth, round) of the workload in s, the warm-up left out
            time_s = h5["time"][index][..., h5["round"][:] > 0].ravel()
            time_s = [value for value in time_s if value == value]
            for amount in ("flops", "bytes"):
                work = float(h5["tasks"][index]) * float(h5[amount][index])
                rates[name, amount] = work / statistics.median(time_s) / 1e9
        return int(h5["cores"][:].max()), rates


def measure_peer(test: str, size: str, threads: int, unit: str) -> float:
    """Rate of one test of likwid-bench, in 10^9 per second."""
    text = run(["likwid-bench", "-t", test, "-W", f"N:{size}:{threads}"])
    label = "MFlops/s" if unit == "GFLOP/s" else "MByte/s"
    return float(re.search(rf"^{label}:\s+(\S+)", text, re.M)[1]) / 1e3


def print_table(rows: list[list[str]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main() -> int:
    peer_there = shutil.which("likwid-bench") is not None
    lines: list[Comparison] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(REPETITIONS):
            cores, rates = measure_ours(Path(folder))
            lines = lines or comparisons(cores)
            for line in lines:
                line.ours.append(rates[line.workload, line.amount])
                for test in line.tests if peer_there else []:
                    rate = measure_peer(test, line.size, line.threads, line.unit)
                    line.peer.setdefault(test, []).append(rate)
    print_table([["what", "ours", "peer", "ratio", "asked"]]
                + [line.row(peer_there) for line in lines])
    if not peer_there:
        print("skipped: likwid-bench is not installed (Debian package likwid)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
