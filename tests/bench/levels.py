"""Working sets from 16 KiB to eight times the last cache on one core: no point may be faster than serial
because its data is nearer, and the limit names the level that holds them. Triad beside likwid-bench of the
same size.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from pathlib import Path

import h5py
import numpy

from commands import CUAL, run
from kernels import measure_peer, peer_tests

SMALLEST_KIB = 16
LARGEST_LLC = 8
ROUNDS = 10
ASKED = 1.05  # most that more workers on one core may gain
JOB = """
seed: 1
cores: 1
ranks: [1, 2]
threads: [1, 2]
depth: 1
workloads:
  triad: {{compute: triad, memory: [{sizes}], task: 1 ms, tasks: 32}}
  chase: {{compute: chase, memory: [{sizes}], task: 1 ms, tasks: 32}}
"""
UNITS = {"KiB": 1, "MiB": 1024, "GiB": 1024 * 1024}


def last_cache_kib(folder: Path) -> float:
    """The size of one last cache, as the program sees it."""
    job = folder / "cache.yaml"
    job.write_text("workloads: {it: {compute: triad, memory: 1 LLC, tasks: 1}}\n", encoding="utf-8")
    size, unit = re.search(r"^footprint +it +([0-9.]+) (\w+)", run([str(CUAL), "plan", str(job)]),
                           re.MULTILINE).groups()
    return float(size) * UNITS[unit]


def sizes_kib(folder: Path) -> list[int]:
    """From the smallest to the largest, each twice the one before."""
    largest = LARGEST_LLC * last_cache_kib(folder)
    sizes = [SMALLEST_KIB]
    while 2 * sizes[-1] <= largest:
        sizes.append(2 * sizes[-1])
    return sizes


def median(values: numpy.ndarray) -> float:
    """Over the rounds that are valid; NaN without one."""
    return float(numpy.median(values[~numpy.isnan(values)])) if not numpy.isnan(values).all() else math.nan


def row(name: str, serial: str, ratios: numpy.ndarray, limit: str, peer: list[str]) -> list[str]:
    """A row of the table; `ratios` of the other points over serial, [ranks][threads]."""
    if numpy.isnan(ratios).all():
        return [name, "–", "–", "–", "skipped: others used the core all the time"]
    ranks, threads = numpy.unravel_index(numpy.nanargmax(ratios), ratios.shape)
    best = float(ratios[ranks, threads])
    reached = "reached" if best <= ASKED else "missed"
    return [f"{name}, {limit}: {ranks + 1}×{threads + 1}×1@1 is {best:.3f} times as fast as serial", serial,
            *peer, f"≤ {ASKED} {reached}"]


def peer_rate(kib: int, rate: float) -> list[str]:
    """What likwid-bench reaches with as much, and our rate over that."""
    if shutil.which("likwid-bench") is None:
        return ["–", "–"]
    rates = {test: measure_peer(test, kib * 1024 // 1000, 1, "GB/s") for test in peer_tests()[1]}
    best = max(rates, key=rates.__getitem__)
    return [f"{rates[best]:.1f} GB/s ({best})", f"{rate / rates[best]:.3f}"]


def rows() -> list[list[str]]:
    """A row for each kernel and size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = sizes_kib(folder)
        job, output = folder / "job.yaml", folder / "run.h5"
        job.write_text(JOB.format(sizes=", ".join(f"{kib} KiB" for kib in sizes)), encoding="utf-8")
        run([str(CUAL), "run", str(job), "-o", str(output), "--force", "--rounds", str(ROUNDS)])
        with h5py.File(output) as file:
            workloads = file["workload"].asstr()[:]
            valid = (file["flags"][...] == 0) & (file["round"][...] > 0)
            time_s = numpy.where(valid, file["time"][...], numpy.nan)[:, 0, :, :, 0, :]
            traffic = file["tasks"][...] * file["bytes"][...]
            limits = dict(zip(file["verdict/workload"].asstr()[:], file["verdict/limit"].asstr()[:],
                              strict=True))
    found = []
    for w, workload in enumerate(workloads):
        ratios = numpy.array([[median(time_s[w, 0, 0] / time_s[w, ranks, threads]) for threads in range(2)]
                              for ranks in range(2)])
        serial_s = median(time_s[w, 0, 0])
        kib = sizes[w % len(sizes)]
        if workload.startswith("triad"):
            rate = traffic[w] / serial_s / 1e9
            found.append(row(workload, f"{rate:.1f} GB/s", ratios, limits[workload], peer_rate(kib, rate)))
        else:
            load_ns = serial_s / (traffic[w] / 64) * 1e9
            found.append(row(workload, f"{load_ns:.1f} ns a load", ratios, limits[workload], ["–", "–"]))
    return found
