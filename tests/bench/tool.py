"""What the program itself costs, and the waits whose answer is known."""

import ctypes
import os
import pathlib
import subprocess
import tempfile
import time

import h5py
import numpy

from commands import CUAL, ROOT, run

NONE = """
depth: [1, 64]
rounds: 15
workloads:
  none: {compute: none, wait: none, tasks: 1 M}
"""
TIMER = """
depth: [1, 64]
threads: [1, 16]
rounds: 7
workloads:
  timer: {wait: timer, latency: 1 ms, tasks: 256}
"""
PARKED = """
ranks: [1, 8]
rounds: 1
workloads:
  first: {wait: timer, latency: 1 ms, tasks: 8, ranks: 8}
  alone: {compute: flops, task: 1 ms, tasks: 10 k, ranks: 1}
"""
LARGE = """
cores: 1
ranks: 1
threads: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
depth: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
rounds: 50
budget: 1 ms
workloads:
  none: {compute: none, wait: none, tasks: [%s]}
""" % ", ".join(str(n) for n in range(1, 101))


ONE_CORE = """
ranks: [1, 2, 16]
threads: [1, 2, 16]
depth: [1, 2, 16]
rounds: 25
workloads:
  flops: {compute: flops, task: 50 us, tasks: 256}
  primes: {compute: primes, task: 50 us, tasks: 256}
"""


def row(what: str, value: float, unit: str, asked: str, reached: bool) -> list[str]:
    """A row of the table without a peer."""
    return [what, f"{value:.3g} {unit}", "–", "–",
            f"{asked} {'reached' if reached else 'missed'}"]


def measured(job: str, folder: pathlib.Path) -> h5py.File:
    """Runs a job and opens its run file."""
    (folder / "job.yaml").write_text(job)
    run([str(CUAL), "run", str(folder / "job.yaml"), "-o", str(folder / "run.h5"), "--force"])
    return h5py.File(folder / "run.h5")


def cost_rows(folder: pathlib.Path) -> list[list[str]]:
    """Nanoseconds per task with nothing to do."""
    with measured(NONE, folder) as file:
        time_ns = numpy.nanmedian(file["time"][0, 0, 0, 0], axis=-1) / 1e6 * 1e9
    return [row("none×none, 1×1×1, per task", time_ns[0], "ns", "≤ 20", time_ns[0] <= 20),
            row("none×none, 1×1×64, per task", time_ns[1], "ns", "≤ 40", time_ns[1] <= 40)]


def sleep_s() -> float:
    """256 sleeps of 1 ms by this interpreter, with a timer slack of 1 ns as the program has it."""
    ctypes.CDLL(None).prctl(29, ctypes.c_ulong(1), 0, 0, 0)  # PR_SET_TIMERSLACK
    start = time.monotonic()
    for _ in range(256):
        time.sleep(0.001)
    return time.monotonic() - start


def timer_rows(folder: pathlib.Path) -> list[list[str]]:
    """256 waits of 1 ms, serial ones beside plain sleeps."""
    sleeps_s = numpy.median([sleep_s() for _ in range(5)])
    with measured(TIMER, folder) as file:
        time_s = file["time"][0, 0, 0]  # threads, depth, round
    serial_s = numpy.nanmedian(time_s[0, 0])
    asynchronous = numpy.nanmedian(time_s[0, 0] / time_s[0, 1])
    threads = numpy.nanmedian(time_s[0, 0] / time_s[1, 0])
    reached = "reached" if 0.256 <= serial_s <= 0.285 else "missed"
    return [["timer, serial", f"{serial_s:.3f} s", f"{sleeps_s:.3f} s (sleeps of 1 ms)",
             f"{serial_s / sleeps_s:.3f}", f"0.256–0.285 {reached}"],
            row("timer, 1×1×64@1 over serial", asynchronous, "×", "≥ 58", asynchronous >= 58),
            row("timer, 1×16×1@1 over serial", threads, "×", "≥ 14", threads >= 14)]


def one_core_rows(folder: pathlib.Path) -> list[list[str]]:
    """The greatest speed-up over serial of any of 27 points on one core, by kernel."""
    found = []
    with measured(ONE_CORE, folder) as file:
        for name, time_s in zip(file["workload"].asstr()[:], file["time"][:, 0]):
            over = numpy.nanmedian(time_s[0, 0, 0] / time_s, axis=-1).max()
            found.append(row(f"{name} on 1 core, best of 27 points", over, "×", "≤ 1.05",
                             over <= 1.05))
    return found


def parked_rows(folder: pathlib.Path) -> list[list[str]]:
    """CPU time of seven ranks that have nothing to do, while one works."""
    (folder / "job.yaml").write_text(PARKED)
    program = subprocess.Popen(
        [str(CUAL), "run", str(folder / "job.yaml"), "-o", str(folder / "run.h5"), "--force"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(4)  # start, calibration and the cells of eight ranks
        before = rank_times(program.pid)
        time.sleep(5)
        after = rank_times(program.pid)
    finally:
        program.terminate()
        program.wait()
    used = sorted((after[pid] - before[pid]) / 5 for pid in after if pid in before)
    if len(used) != 8 or used[-1] < 0.2:
        raise RuntimeError(f"parked ranks: expected one rank at work among eight, found {used}")
    worst = 100 * used[-2]
    return [row("parked rank, the busiest of seven", worst, "% of a core", "≤ 0.5", worst <= 0.5)]


def rank_times(starter: int) -> dict[int, float]:
    """CPU seconds of every rank below the process that started them."""
    parent, times = {}, {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            if (entry / "exe").readlink().name == "cual":
                times[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            parent[int(entry.name)] = int(fields[1])
        except OSError:
            continue
    return {pid: used for pid, used in times.items() if parent.get(parent.get(pid)) == starter}


def quick_rows(folder: pathlib.Path) -> list[list[str]]:
    """The quick job: how long it takes, and how much of that is not samples."""
    start = time.monotonic()
    run([str(CUAL), "run", str(ROOT / "jobs/quick.yaml"), "-o", str(folder / "run.h5"), "--force"])
    took_s = time.monotonic() - start
    with h5py.File(folder / "run.h5") as file:
        time_s, start_s = file["time"][:], file["start"][:]
    span_s = numpy.nanmax(start_s + time_s) - numpy.nanmin(start_s)
    outside = 100 * (1 - numpy.nansum(time_s) / span_s)
    return [row("quick job", took_s, "s", "≤ 90", took_s <= 90),
            row("quick job, outside samples", outside, "%", "≤ 10", outside <= 10)]


def large_rows(folder: pathlib.Path) -> list[list[str]]:
    """10 000 cells × 50 rounds."""
    (folder / "job.yaml").write_text(LARGE)
    start = time.monotonic()
    run([str(CUAL), "plan", str(folder / "job.yaml")])
    plan_s = time.monotonic() - start
    return [row("plan of 10 000 cells × 50 rounds", plan_s, "s", "< 2", plan_s < 2)]


def rows() -> list[list[str]]:
    """All rows."""
    found = []
    for part in (cost_rows, timer_rows, one_core_rows, parked_rows, large_rows, quick_rows):
        with tempfile.TemporaryDirectory() as folder:
            found += part(pathlib.Path(folder))
    return found
