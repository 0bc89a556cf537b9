"""What simulated studies take out of run files."""

import csv
import math
import pathlib

import numpy

from end_to_end.program import folder
from simulated.studies import residuals
from tests.analysis import made

WORKLOADS = [{"name": "mixed[wait_fraction=0.5]"}, {"name": "wait"}]
ROUNDS = 9


def rows(path: pathlib.Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_residuals():
    """residuals are those of valid samples, in the order of time, with a median of 0 in each cell; what is
    excluded and what stands alone leaves none"""
    with folder() as private:
        flags = numpy.zeros((2, 2, 1, 2, 1, ROUNDS), int)
        flags[0, 0, 0, 0, 0, :3] = 16
        flags[1, 0, 0, 0, 0, 1:] = 1
        runs = [residuals.read(made.run_file(private / f"{seed}.h5", workloads=WORKLOADS, rounds=ROUNDS,
                                             flags=flags, noise=0.05, seed=seed)) for seed in (1, 2)]
        residuals.write(runs, private)
        found = rows(private / "residuals.csv")
    # 3 cells of each workload are feasible, of these one lacks 3 rounds and one has a single one
    assert len(found) == 2 * (6 * ROUNDS - 3 - ROUNDS), len(found)
    assert {row["workload"] for row in found} == {workload["name"] for workload in WORKLOADS}
    for number in ("1", "2"):
        starts = [float(row["start"]) for row in found if row["run"] == number]
        assert starts == sorted(starts) and starts, number
    logs = [float(row["log"]) for row in found]
    assert abs(numpy.median(logs)) < 0.01 and 0.04 < numpy.std(logs) < 0.06, numpy.std(logs)


def test_residuals_times_of_cells():
    """the time of a cell is the median over runs of its medians, and cells without samples have none"""
    times = numpy.full((2, 2, 1, 2, 1, ROUNDS), math.nan)
    times[0, 0, 0, 1, 0], times[1, 1, 0, 1, 0] = 0.25, 3
    with folder() as private:
        runs = [residuals.read(made.run_file(private / f"{i}.h5", workloads=WORKLOADS, rounds=ROUNDS,
                                             time=times * factor, seed=i))
                for i, factor in enumerate((1, 2, 10))]
        residuals.write(runs, private)
        found = [list(row.values()) for row in rows(private / "cells.csv")]
    assert found == [["mixed[wait_fraction=0.5]", "1", "1", "2", "1", "0.5"],
                     ["wait", "2", "1", "2", "1", "6"]], found
