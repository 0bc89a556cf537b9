"""Every number of a run: the rows of the report's table, one per cell."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy
import xarray

from . import models
from .export import inert_text
from .pictures import cells as measured
from .pictures import words
from .text import printable
from .variables import FAILED, INFEASIBLE

ROWS_MOST = 20_000  # a page with more is nothing that a browser sorts


class Column(NamedTuple):
    """A column: its title, what its fields are called as CSV, whether it holds numbers, and what they are."""

    title: str
    fields: str  # with spaces between; times in s, memory in byte
    number: bool
    help: str


COLUMNS = (
    Column("workload", "workload", False, ""),
    Column("point", "point", False, "R×T×D@C: ranks × threads × depth in flight @ cores"),
    Column("model", "model", False, ""),
    Column("cores", "cores", True, "cores that all share"),
    Column("time", "time", True, "of all tasks, median"),
    Column("95 % interval", "time_low time_high", True, "of the time"),
    Column("valid", "valid samples", True, "valid samples, of those measured"),
    Column("speed-up", "speed_up speed_up_low speed_up_high", True,
           "over serial 1×1×1@1, per task, without what a round did to all points; ±: half of the 95 % interval"),
    Column("CPU", "cpu", True, "CPU time of all ranks, median"),
    Column("gave way", "switches_voluntary", True, "voluntary context switches, median"),
    Column("was stopped", "switches_involuntary", True, "involuntary context switches, median"),
    Column("memory", "memory", True, "memory of all ranks (proportional set size), median"),
    Column("in flight", "depth_achieved", True, "operations in flight per thread, as achieved, median"),
    Column("flags", "flags", False, "what is wrong with samples, and how many of them"),
)

# Variables told by their median, and how they are written.
MEDIANS = (("cpu", words.seconds), ("switches_voluntary", words.count),
           ("switches_involuntary", words.count), ("memory", words.size),
           ("depth_achieved", words.count))


class Entry(NamedTuple):
    """An entry of a row."""

    text: str  # as it is shown
    value: str | None  # of a number: what it is sorted by, empty where it is missing
    fields: str | None = None  # as CSV, with spaces between; None: the number, or the text


MISSING = Entry("–", "")


class Table(NamedTuple):
    """Rows of entries, one per column, and what is not among them, in words."""

    rows: list[list[Entry]]
    note: str


def _tried(run: xarray.Dataset) -> numpy.ndarray:
    """Where a cell was measured or given up (cells, 5)."""
    found = numpy.isfinite(run["time"].values).any(axis=-1)
    if "status" in run:
        found |= run["status"].values == FAILED
    return numpy.argwhere(found)


def count(run: xarray.Dataset) -> int:
    """How many cells were measured or given up."""
    return len(_tried(run))


def number(value: float, text: str, parts: Sequence[float] = ()) -> Entry:
    """Shown as text, sorted by the number itself, as CSV its parts; what is missing is a dash."""
    fields = " ".join(f"{part:.6g}" if numpy.isfinite(part) else "" for part in parts) if parts else None
    return Entry(text, repr(float(value)), fields) if numpy.isfinite(value) else MISSING


def words_of(text: str) -> Entry:
    """A text, and what stands for it as CSV where a spreadsheet would carry it out."""
    inert = inert_text(text)
    return Entry(text, None, inert if inert != text else None)


def _flags(run: xarray.Dataset, at: tuple[numpy.ndarray, ...]) -> list[str]:
    """What is wrong with the samples of each cell: "crowded 3, stolen 1"."""
    flags = run["flags"].values[at]
    names = str(run["flags"].attrs.get("flag_meanings", "")).split()
    masks = numpy.atleast_1d(run["flags"].attrs.get("flag_masks", ()))
    told = [""] * len(flags)
    for name, mask in zip(names, masks):
        of_cell = numpy.count_nonzero(flags & numpy.uint32(mask), axis=-1)
        for row in numpy.flatnonzero(of_cell):
            told[row] += f"{', ' if told[row] else ''}{printable(name)} {of_cell[row]}"
    return told


def _head(point: Sequence[int], workload: str) -> list[Entry]:
    """Whose row it is; `point` is cores, ranks, threads, depth."""
    cores, *rest = point
    return [words_of(workload), words_of(models.point(*rest, cores)),
            words_of(models.name(*rest, cores)), Entry(str(cores), str(cores))]


def _unmeasured(flags: str, samples: int) -> list[Entry]:
    """What is told of a cell without a valid sample."""
    return [MISSING, MISSING, Entry(f"0 of {samples}", "0", f"0 {samples}"), *[MISSING] * 6,
            words_of(flags or "failed")]


def _measured(cells: measured.Cells, medians: Sequence[tuple], row: int, flags: str,
              samples: int) -> list[Entry]:
    """What is told of a cell that has some; `medians` are variables, by row, with their words."""
    time = [float(column[row]) for column in cells.seconds]
    speed_up = [float(column[row]) for column in cells.speed_up]
    return [
        number(time[0], words.seconds(time[0])),
        number(time[2] - time[1], f"{words.seconds(time[1])} … {words.seconds(time[2])}",
               time[1:3]),
        Entry(f"{time[3]:.0f} of {samples}", f"{time[3]:.0f}", f"{time[3]:.0f} {samples}"),
        number(speed_up[0], words.interval(*speed_up[:3]), speed_up[:3]),
        *(number(values[row], told(float(values[row]))) for values, told in medians),
        words_of(flags)]


def of(run: xarray.Dataset) -> Table:
    """The table of a run as load.load gives it with flagged=True, in the order of its axes."""
    cells, where = measured.of(run), _tried(run)
    rest = len(where) - ROWS_MOST
    where = where[:ROWS_MOST]
    at = tuple(where.T)
    samples = numpy.count_nonzero(numpy.isfinite(run["time"].values[at]), axis=-1)
    medians = [(cells.interval(name, numpy.arange(len(cells))).median, told)
               for name, told in MEDIANS]
    row_of = {tuple(index): row for row, index in enumerate(cells.index.tolist())}
    names = [printable(name) for name in cells.names]
    points = numpy.stack([run[axis].values[where[:, i]] for i, axis in
                          enumerate(("cores", "ranks", "threads", "depth"), 1)], axis=-1)
    rows = []
    for index, point, flags, count_ in zip(where.tolist(), points.tolist(), _flags(run, at),
                                           samples.tolist()):
        row = row_of.get(tuple(index))
        told = (_unmeasured(flags, count_) if row is None
                else _measured(cells, medians, row, flags, count_))
        rows.append(_head(point, names[index[0]]) + told)
    return Table(rows, _note(run, rest))


def _note(run: xarray.Dataset, rest: int) -> str:
    """What is not in the table."""
    notes = []
    if not count(run):
        notes.append("Nothing was measured.")
    if rest > 0:
        notes.append(f"{rest} more cells are in the file; cual export writes all of them.")
    if "status" in run:
        infeasible = numpy.count_nonzero(run["status"].values == INFEASIBLE)
        if infeasible:
            notes.append(f"{infeasible} combinations of these axes are not measured because this "
                         "machine or the job does not allow them; cual plan says why.")
    return " ".join(notes)
