"""What is known of a run file's variables, and how those of several files become one.

A variable is told by its axes, which the file gives; so a new one of these kinds needs nothing here:
  a value for each sample    the rounds of all files stand one after the other
  along the workloads        what the first file says that has the workload
  a status for each cell     the best that any file says: `STATUS_RANK`
  workload and cores         the first number that a file has
What stands where there is no sample follows from the type: `nothing`.

The table below is of what describes a task: src/runfile/runfile_variables.c writes it. A column that
is not in it is a value that tells the members of a family apart.
"""

import math
from typing import NamedTuple

import numpy
import numpy.typing

AXES = ("workload", "cores", "ranks", "threads", "depth", "round")
POINT_AXES = AXES[1:5]
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the times of a sample's ranks
EMPTY, DONE, INFEASIBLE, FAILED = range(4)  # what status says of a cell
STATUS_RANK = numpy.array([0, 3, 1, 2], dtype="u1")  # empty < infeasible < failed < done
NEEDED = {"time": "f", "cpu": "f", "flags": "u"}  # sample variables that nothing goes without: kinds
RESERVED = {"check", "source", "file", "id", "provenance", "machine", "cores_worth", "status"}  # of the dataset


class Column(NamedTuple):
    """A variable along the workloads."""

    text: bool  # else a number that is not negative, or NaN
    specified: bool  # tells workloads apart; else calibration decides it


COLUMNS = {
    "compute": Column(text=True, specified=True),
    "wait": Column(text=True, specified=True),
    "tasks": Column(text=False, specified=True),
    "waits": Column(text=False, specified=True),
    "wait_time": Column(text=False, specified=True),
    "lock": Column(text=False, specified=True),
    "weak": Column(text=False, specified=True),
    "storage": Column(text=True, specified=False),
    "compute_time": Column(text=False, specified=False),
    "bytes": Column(text=False, specified=False),
    "flops": Column(text=False, specified=False),
    "work": Column(text=False, specified=False),
    "checksum": Column(text=False, specified=False),
}


def nothing(type_: numpy.typing.DTypeLike) -> tuple[str, float]:
    """The type in memory of a sample variable of a type, and what stands where there is no sample."""
    return {"f": ("f8", math.nan), "i": ("i4", -1), "u": ("u4", 0)}[numpy.dtype(type_).kind]


def rank_time(quantile: int) -> str:
    """The variable of a quantile of the times of a sample's ranks, by its number."""
    return f"rank_time_{quantile}"
