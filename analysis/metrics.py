"""Times of cells for programs that watch benchmarks: Bencher Metric Format and OpenMetrics."""

import collections
import json
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, TextIO

import numpy
import xarray

from .load import NotTogether
from .pictures import cells as measured
from .text import escaped, printable

NAME_MOST = 900  # characters; Bencher takes 1024
NS = 1e9  # in a second


def _cells(run: xarray.Dataset) -> measured.Cells:
    """The cells of a run. Raises NotTogether where there is none."""
    cells = measured.of(run)
    if not len(cells):
        raise NotTogether("no cell has a valid sample, so there is nothing to export")
    return cells


# -- Bencher --

def _benchmarks(cells: measured.Cells) -> list[str]:
    """What each cell is called, workload and point; each name once."""
    names = [f"{printable(cells.names[w])[:NAME_MOST]} {cells.point(row)}"
             for row, w in enumerate(cells.workload.tolist())]
    often = collections.Counter(names)
    return [name if often[name] == 1 else f"{row}: {name}" for row, name in enumerate(names, 1)]


def write_bencher(run: xarray.Dataset, out: TextIO) -> None:
    """Bencher Metric Format (bencher.dev/docs/reference/bencher-metric-format): by cell, its time in ns,
    which Bencher calls `latency`: the median with its 95 % interval, where there is one. Raises NotTogether
    where nothing is valid."""
    cells = _cells(run)
    ends = dict(zip(("value", "lower_value", "upper_value"), cells.seconds[:3], strict=True))
    found = {name: {"latency": {end: float(values[row]) * NS for end, values in ends.items()
                                if math.isfinite(values[row])}}
             for row, name in enumerate(_benchmarks(cells))}
    json.dump(found, out, indent=1, allow_nan=False)
    out.write("\n")


# -- OpenMetrics --

class Family(NamedTuple):
    """Numbers of one kind, a number a cell."""

    name: str  # ends with the unit, where there is one
    unit: str
    help: str
    values: Callable[[measured.Cells], numpy.ndarray]  # (cells,)


FAMILIES = (
    Family("cual_time_seconds", "seconds", "Time of all tasks of the cell, median.",
           lambda cells: cells.seconds.median),
    Family("cual_time_low_seconds", "seconds", "Low end of the 95 % interval of the time.",
           lambda cells: cells.seconds.low),
    Family("cual_time_high_seconds", "seconds", "High end of the 95 % interval of the time.",
           lambda cells: cells.seconds.high),
    Family("cual_valid_samples", "", "Samples of the cell that no flag excludes.", lambda cells: cells.seconds.n),
    Family("cual_speed_up_ratio", "ratio", "Times as fast as serial.", lambda cells: cells.speed_up.median),
    Family("cual_speed_up_low_ratio", "ratio", "Low end of the 95 % interval of the speed-up.",
           lambda cells: cells.speed_up.low),
    Family("cual_speed_up_high_ratio", "ratio", "High end of the 95 % interval of the speed-up.",
           lambda cells: cells.speed_up.high),
)


def _labels(**labels: object) -> str:
    """Labels of a number, their texts escaped as the format asks for."""
    def quoted(value: object) -> str:
        text = escaped(str(value)).replace("\\", r"\\").replace('"', r"\"")
        return f'"{text}"'
    return "{" + ",".join(f"{name}={quoted(value)}" for name, value in labels.items()) + "}"


def _heading(name: str, kind: str, unit: str, help_: str) -> str:
    """The lines that say what a family is."""
    of_unit = f"# UNIT {name} {unit}\n" if unit else ""
    return f"# TYPE {name} {kind}\n{of_unit}# HELP {name} {help_}\n"


def _runs(run: xarray.Dataset) -> Iterator[str]:
    """A line for each run file: where and when it was measured."""
    yield _heading("cual_run", "info", "", "A run whose cells are in here.")
    for i, name in enumerate(run["file"].values.tolist()):
        machine, provenance = (json.loads(run[key].values[i]) for key in ("machine", "provenance"))
        yield "cual_run_info" + _labels(run=run["id"].values[i], file=name, host=machine.get("host", ""),
                                        date=provenance.get("started", "")) + " 1\n"


def write_openmetrics(run: xarray.Dataset, out: TextIO) -> None:
    """The text format of OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec): a gauge for each
    family of numbers, a line for each cell. What is not known has no line. Raises NotTogether where nothing
    is valid."""
    cells = _cells(run)
    runs = " ".join(run["id"].values.tolist())
    labels = [_labels(workload=cells.names[w], point=cells.point(row), model=cells.model[row],
                      cores=cells.cores[row], ranks=cells.ranks[row], threads=cells.threads[row],
                      depth=cells.depth[row], run=runs) for row, w in enumerate(cells.workload.tolist())]
    out.writelines(_runs(run))
    for family in FAMILIES:
        out.write(_heading(family.name, "gauge", family.unit, family.help))
        out.writelines(f"{family.name}{labels[row]} {float(value)!r}\n"
                       for row, value in enumerate(family.values(cells)) if math.isfinite(value))
    out.write("# EOF\n")
