"""What simulated studies take from real runs: residuals and the times of cells, as two tables.

usage: tests/simulated/studies/residuals.py RUN.h5... [-o FOLDER]

Writes residuals.csv and cells.csv into FOLDER (this one). A residual is the log of the time of a valid
sample over the median of its cell, made larger by sqrt(n / (n - 1)) for the n rounds that the median is
of; residuals stand in the order of time, run after run. The time of a cell is the median of its medians.
The runs are of one job on one machine.
"""

import argparse
import csv
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import h5py
import numpy

HERE = pathlib.Path(__file__).resolve().parent
AXES = ("cores", "ranks", "threads", "depth")


class Run(NamedTuple):
    """The cells of a run, by workload and axes; times and starts by round as well."""

    workloads: list[str]
    axes: dict[str, list[int]]
    time_s: numpy.ndarray  # NaN where there is no valid sample
    start_s: numpy.ndarray


class Sample(NamedTuple):
    """A residual with where it comes from."""

    start_s: float
    workload: str
    cores: int
    log: float


def read(path: pathlib.Path) -> Run:
    """The valid samples of a run file."""
    with h5py.File(path) as file:
        time_s, flags = file["time"][...], file["flags"][...]
        return Run(list(file["workload"].asstr()[...]), {axis: file[axis][...].tolist() for axis in AXES},
                   numpy.where(flags == 0, time_s, numpy.nan), file["start"][...])


def cells(run: Run) -> Iterator[tuple[tuple[int, ...], numpy.ndarray]]:
    """The cells that have two valid samples and more: the index, and the times of all rounds."""
    for index in numpy.ndindex(run.time_s.shape[:-1]):
        if numpy.count_nonzero(~numpy.isnan(run.time_s[index])) > 1:
            yield index, run.time_s[index]


def residuals(run: Run) -> list[Sample]:
    """In the order of time."""
    found = []
    for index, times in cells(run):
        valid = ~numpy.isnan(times)
        n = numpy.count_nonzero(valid)
        logs = numpy.log(times[valid] / numpy.median(times[valid])) * numpy.sqrt(n / (n - 1))
        found += [Sample(float(start), run.workloads[index[0]], run.axes["cores"][index[1]], float(log))
                  for start, log in zip(run.start_s[index][valid], logs)]
    return sorted(found)


def medians(runs: list[Run]) -> dict[tuple[str, ...], float]:
    """By workload and point, the time in s."""
    times: dict[tuple[str, ...], list[float]] = {}
    for run in runs:
        for index, found in cells(run):
            point = [str(run.axes[axis][i]) for axis, i in zip(AXES, index[1:])]
            times.setdefault((run.workloads[index[0]], *point), []).append(float(numpy.nanmedian(found)))
    return {cell: float(numpy.median(found)) for cell, found in times.items()}


def write(runs: list[Run], folder: pathlib.Path) -> None:
    """Both tables."""
    with (folder / "residuals.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["run", "workload", "cores", "start", "log"])
        for number, run in enumerate(runs, 1):
            table.writerows([number, one.workload, one.cores, f"{one.start_s:.2f}", f"{one.log:.4f}"]
                            for one in residuals(run))
    with (folder / "cells.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["workload", *AXES, "time"])
        table.writerows([*cell, f"{time_s:.4g}"] for cell, time_s in medians(runs).items())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("runs", nargs="+", type=pathlib.Path, metavar="RUN.h5")
    options.add_argument("-o", dest="folder", type=pathlib.Path, default=HERE, metavar="FOLDER")
    asked = options.parse_args()
    write([read(path) for path in asked.runs], asked.folder)


if __name__ == "__main__":
    main()
