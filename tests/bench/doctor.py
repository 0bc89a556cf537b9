"""What doctor says the cores are worth, beside a run that measures nothing else."""

import re
import statistics
import tempfile
import time
from pathlib import Path

import h5py
import numpy

from commands import CUAL, run

TURNS = 7
JOB = """
cores: [1, all]
threads: [1, all]
rounds: 20
oversubscribe: false
workloads:
  flops: {compute: flops, task: 6 ms, tasks: 4, scaling: weak}
  primes: {compute: primes, task: 6 ms, tasks: 4, scaling: weak}
  triad: {compute: triad, memory: 4 LLC, task: 6 ms, tasks: 4, scaling: weak}
  chase: {compute: chase, memory: 2 LLC, task: 6 ms, tasks: 4, scaling: weak}
"""
ASKED_DIFFERENCE = 0.05
ASKED_TIME_S = 10


def measure_doctor() -> tuple[float, dict[str, float]]:
    """Seconds that doctor takes, and the worths it tells by kernel."""
    start = time.monotonic()
    text = run([str(CUAL), "doctor"])
    took_s = time.monotonic() - start
    return took_s, {kernel: float(worth) for kernel, worth in
                    re.findall(r"worth for (\w+) +\d+ cores are worth (\S+?):?\s", text)}


def measure_run(folder: Path) -> dict[str, float]:
    """The same by kernel: the median over rounds of one core's time by that of all."""
    (folder / "job.yaml").write_text(JOB, encoding="utf-8")
    output = folder / "out.h5"
    run([str(CUAL), "run", str(folder / "job.yaml"), "-o", str(output), "--force"])
    with h5py.File(output) as file:
        time_s = numpy.where(file["flags"][...] == 0, file["time"][...], numpy.nan)
        cores = int(file["cores"][-1])
        ratios = time_s[:, 0, 0, 0, 0] / time_s[:, -1, 0, -1, 0]
        return {name.decode(): cores * float(numpy.nanmedian(ratios[w]))
                for w, name in enumerate(file["workload"][...])}


def rows() -> list[list[str]]:
    """A row for each kernel, by turns, and one for the time that doctor takes."""
    told: dict[str, list[float]] = {}
    measured: dict[str, list[float]] = {}
    took_s = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(TURNS):
            seconds, worths = measure_doctor()
            took_s.append(seconds)
            for kernel, worth in worths.items():
                told.setdefault(kernel, []).append(worth)
            for kernel, worth in measure_run(Path(folder)).items():
                measured.setdefault(kernel, []).append(worth)
    table = []
    for kernel in measured:
        if kernel not in told:
            table.append([f"cores' worth of {kernel}: doctor", "not told", "–", "–", "–"])
            continue
        ours, theirs = statistics.median(told[kernel]), statistics.median(measured[kernel])
        # by turn: what the host gives of its memory changes from minute to minute
        ratio = statistics.median(a / b for a, b in zip(told[kernel], measured[kernel]))
        table.append([f"cores' worth of {kernel}: doctor, a run", f"{ours:.2f}", f"{theirs:.2f}",
                      f"{ratio:.3f}",
                      f"1 ± {ASKED_DIFFERENCE}"
                      f"{'' if abs(ratio - 1) <= ASKED_DIFFERENCE else ': missed'}"])
    table.append(["doctor, in all", f"{statistics.median(took_s):.1f} s", "–", "–",
                  f"≤ {ASKED_TIME_S} s"
                  f"{'' if statistics.median(took_s) <= ASKED_TIME_S else ': missed'}"])
    return table
