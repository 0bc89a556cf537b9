"""Samples and cells for other programs: what `cual export FILE.h5… --format NAME` writes."""

import argparse
import csv
import functools
import itertools
import json
import math
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TextIO

import numpy
import xarray

from . import fields, metrics, models, output, statistics, terminal
from .load import NotTogether, Unreadable, answers, files_of, load
from .pictures import cells
from .text import escape, escaped, printable
from .variables import AXES, POINT_AXES

METRICS = ("time", "cpu")  # of Extra-P, in s
# A spreadsheet carries out a cell that begins with one of these signs, or with a form of one as a Japanese
# keyboard and small, raised or lowered type have it; and a cell may begin behind whatever is no part of a word.
SIGN = re.compile(r"(?<![\w=+@-])[=+@\-\u2212\uff1d\uff0b\uff20\uff0d\ufe66\ufe62\ufe6b\ufe63\u207a-\u207c\u208a-\u208c]")
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")  # is none, whatever it begins with
OF_THE_CORES = "C"  # in a series: as many as there are cores


# -- a row per sample --

def _flag_words(flags: xarray.DataArray) -> dict[int, str]:
    """The meaning of every combination of flags that occurs: words with spaces between."""
    masks = numpy.atleast_1d(flags.attrs.get("flag_masks", []))
    masks = masks if masks.dtype.kind in "iu" else masks[:0]
    meanings = str(flags.attrs.get("flag_meanings", "")).split()
    words = {}
    for value in map(int, numpy.unique(flags.values)):
        known = [word for mask, word in zip(masks, meanings, strict=False) if value & int(mask)]
        rest = value & ~sum(map(int, masks[: len(meanings)]))
        words[value] = " ".join(known + ([f"unknown_{rest}"] if rest else []))
    return words


def _variables(run: xarray.Dataset) -> list[str]:
    """Sample variables but flags, which stand in words, too, and the file, which stands by name."""
    return [str(name) for name, variable in run.data_vars.items()
            if variable.dims == AXES and name not in ("flags", "source")]


def _task_columns(run: xarray.Dataset) -> list[str]:
    """The variables that say what a task of each workload is."""
    return [str(name) for name, column in run.coords.items()
            if column.dims == ("workload",) and name != "workload"]


OF_CELL = ("point", "model", "speed_up", "speed_up_low", "speed_up_high")
OF_RUN = ("run", "host", "date")


def columns(run: xarray.Dataset) -> list[str]:
    """The names of a row's fields, which neither SQL nor pandas wants in quotes: those of the run file
    but for `fields.RENAMED`; times in s, memory in byte."""
    return fields.names([*AXES, *OF_CELL, "valid", "flag_words", "flags", *_variables(run), *OF_RUN, "file",
                         *_task_columns(run)])


def _plain(value: Any) -> Any:
    """A value of an array in Python's own type; None for NaN."""
    value = value.item() if isinstance(value, numpy.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _of_runs(run: xarray.Dataset) -> list[list[str]]:
    """By file: the id of its run, the host, when it was started, and its name."""
    told = []
    for i, name in enumerate(run["file"].values.tolist()):
        machine, provenance = (json.loads(run[key].values[i]) for key in ("machine", "provenance"))
        told.append([run["id"].values[i], str(machine.get("host", "")), str(provenance.get("started", "")), name])
    return told


def _of_cells(run: xarray.Dataset) -> dict[tuple, list[float | None]]:
    """By place in the run: the speed-up over serial of a cell, with its interval."""
    found = cells.of(run)
    return {tuple(place): [_plain(part[row]) for part in found.speed_up[:3]]
            for row, place in enumerate(found.index.tolist())}


def rows(run: xarray.Dataset) -> Iterator[list[Any]]:
    """A row per sample, valid or excluded, in the order of `columns`; None where a number is
    missing. `run` is loaded with its flagged samples."""
    tasks, speed_ups, runs = _task_columns(run), _of_cells(run), _of_runs(run)
    axes = [run[axis].values.tolist() for axis in POINT_AXES]
    words = _flag_words(run["flags"]) if "flags" in run else {0: ""}
    for w, name in enumerate(run["workload"].values.tolist()):
        of_workload = [_plain(run[key].values[w]) for key in tasks]
        times = run["time"].values[w]
        values = {key: run[key].values[w] for key in _variables(run)}
        flags = run["flags"].values[w] if "flags" in run else numpy.zeros(times.shape, "u4")
        source = run["source"].values[w]
        for cell in map(tuple, numpy.argwhere(~numpy.isnan(times).all(axis=-1)).tolist()):
            cores, *point = (axis[i] for axis, i in zip(axes, cell, strict=True))
            of_cell = [models.point(*point, cores), models.name(*point, cores),
                       *speed_ups.get((w, *cell), [None] * 3)]
            taken = (~numpy.isnan(times[cell])).nonzero()[0]
            numbers = zip(*(values[key][cell][taken].tolist() for key in values), strict=True)
            for r, flag, f, sample in zip(taken.tolist(), flags[cell][taken].tolist(),
                                          source[cell][taken].tolist(), numbers, strict=True):
                yield [name, cores, *point, r + 1, *of_cell, int(flag == 0), words[flag], flag,
                       *(None if x != x else x for x in sample), *runs[f], *of_workload]


@functools.lru_cache(maxsize=4096)
def inert_text(text: str) -> str:
    """A text of which no spreadsheet makes a formula, whatever parts and quotes its cells: signs that could
    begin one are escaped, too (OWASP, CSV Injection)."""
    shown = escaped(text)
    return shown if NUMBER.fullmatch(shown) else SIGN.sub(lambda sign: escape(ord(sign[0])), shown)


def _inert(value: Any) -> Any:
    """A value for a cell; numbers are what they are."""
    return inert_text(value) if isinstance(value, str) else value


def write_csv(run: xarray.Dataset, out: TextIO) -> None:
    """RFC 4180: a header, then a row per sample; empty where a number is missing."""
    writer = csv.writer(out)
    writer.writerow(map(_inert, columns(run)))
    writer.writerows(map(_inert, row) for row in rows(run))


def write_jsonl(run: xarray.Dataset, out: TextIO) -> None:
    """An object per line and sample; null where a number is missing."""
    names = columns(run)
    for row in rows(run):
        out.write(json.dumps(dict(zip(names, row, strict=True))) + "\n")


# -- Extra-P --

class Series(NamedTuple):
    """Cells of a workload that are one line of a scaling study: ranks and threads are numbers, or
    OF_THE_CORES."""

    workload: str
    ranks: int | str
    threads: int | str
    depth: int

    def point(self, cores: int) -> tuple[int, int, int]:
        """Ranks, threads and depth on so many cores."""
        ranks, threads = (cores if n == OF_THE_CORES else int(n)
                          for n in (self.ranks, self.threads))
        return ranks, threads, self.depth

    def cell(self, cores: int) -> tuple[str, int, int, int, int]:
        """The cell on so many cores, as statistics.valid names it."""
        return self.workload, cores, *self.point(cores)


def _series_through(cell: tuple[str, int, int, int, int]) -> list[Series]:
    """The series that a cell can be the last of: what equals the cores may follow them."""
    name, cores, ranks, threads, depth = cell
    follow_r = [OF_THE_CORES] * (ranks == cores) + [ranks]
    follow_t = [OF_THE_CORES] * (threads == cores) + [threads]
    return [Series(name, r, t, depth) for r, t in itertools.product(follow_r, follow_t)
            if (r, t) != (OF_THE_CORES, OF_THE_CORES)]


def _region(series: Series, cores: int) -> str:
    """How Extra-P calls a series: workload->model->R×T×D, in plain ASCII without line ends."""
    name = " ".join(series.workload.split()).replace("->", "-")
    name = printable(name).encode("ascii", "backslashreplace").decode("ascii") or "unnamed"
    model = models.name(*series.point(cores))
    return f"{name}->{model}->{series.ranks}x{series.threads}x{series.depth}"


Valid = dict[str, dict[tuple, numpy.ndarray]]  # by metric and cell


def _complete(valid: Valid, cores: Sequence[int]) -> list[Series]:
    """The series that have valid samples of every metric on all numbers of cores, each once."""
    found: dict[tuple, Series] = {}
    for last in (cell for cell in valid["time"] if cell[1] == cores[-1]):
        for series in _series_through(last):
            cells = tuple(series.cell(c) for c in cores)
            if all(cell in of_metric for of_metric in valid.values() for cell in cells):
                found.setdefault(cells, series)
    return list(found.values())


def _decimal(value: float) -> str:
    """A number without an exponent, to the last bit: the format knows no other."""
    return numpy.format_float_positional(value, trim="-")


def write_extrap(run: xarray.Dataset, out: TextIO) -> None:
    """The text format of Extra-P (github.com/extra-p/extrap, docs/file-formats.md): the cores are
    the parameter, a series is a region, the valid rounds are the repetitions."""
    valid = {metric: dict(statistics.valid(run[metric])) for metric in METRICS if metric in run}
    cores = sorted({cell[1] for cell in valid["time"]})
    series = _complete(valid, cores) if cores else []
    if not series:
        raise NotTogether("no series was measured on all numbers of cores, so there is nothing "
                          "for Extra-P")
    left_out = set(valid["time"]) - {one.cell(c) for one in series for c in cores}
    if left_out:
        terminal.note(f"{len(left_out)} of {len(valid['time'])} cells are left out: Extra-P takes "
                      "only what was measured on all numbers of cores")
    regions = [_region(one, cores[-1]) for one in series]
    if len(set(regions)) < len(regions):  # names that differ in what was replaced
        regions = [f"{i}: {region}" for i, region in enumerate(regions, 1)]
    out.write(f"PARAMETER cores\nPOINTS {' '.join(map(str, cores))}\n")
    for metric, of_metric in valid.items():
        out.write(f"METRIC {metric}\n")
        for one, region in zip(series, regions, strict=True):
            out.write(f"REGION {region}\n")
            for c in cores:
                out.write("DATA " + " ".join(map(_decimal, of_metric[one.cell(c)])) + "\n")


# -- the command --

FORMATS = {"csv": write_csv, "jsonl": write_jsonl, "extrap": write_extrap, "bencher": metrics.write_bencher,
           "openmetrics": metrics.write_openmetrics}
OF_SAMPLES = ("csv", "jsonl")  # also of those that are excluded


def options_parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = terminal.parser(
        "export", "Samples and cells for other programs. csv and jsonl: a row per "
        "sample with everything that is known of it; valid is 0 where a flag excludes it; names are those of "
        "the run file, but for the few that SQL or pandas would want in quotes, and so are units (s, byte); in "
        "csv a sign that a spreadsheet would take for the beginning of a formula is written \\x3d. extrap: the "
        "text format of Extra-P, time and CPU time over cores. bencher: Bencher Metric Format, the time of each "
        "cell in ns. openmetrics: the text format of OpenMetrics, times and speed-ups of each cell.")
    parser.add_argument("files", nargs="+", metavar="FILE.h5", help="run files, taken together")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    parser.add_argument("-o", dest="output", type=pathlib.Path, metavar="FILE",
                        help="default: standard output")
    parser.add_argument("--force", action="store_true", help="replace FILE when it exists")
    parser.add_argument("--across", action="store_true",
                        help="merge runs of different machines, too")
    return parser


def _export(options: argparse.Namespace) -> None:
    """Writes what was asked for; what a reader should know goes to standard error."""
    files = files_of(options.files)
    run = load(files, flagged=options.format in OF_SAMPLES, across=options.across)
    for answer in answers(files):
        if answer.not_believed is not None:
            terminal.note(f"{printable(answer.file)} is not credible: "
                          f"{printable(answer.not_believed)}")
    for note in run.attrs["notes"].splitlines():
        terminal.note(note)
    with output.written(options.output) as out:
        FORMATS[options.format](run, out)


def main(argv: Sequence[str]) -> int:
    """0, or 2: usage, files that do not belong together; 4: unreadable. Raises what
    terminal.status_of knows where something cannot be written."""
    options = options_parser().parse_intermixed_args(argv)
    try:
        output.refuse_existing(options.output, options.force)
        _export(options)
    except terminal.Refused as refused:
        return terminal.fail(refused.status, refused)
    except (Unreadable, NotTogether) as error:
        return terminal.fail(
            error.status if isinstance(error, Unreadable) else terminal.USAGE, error)
    return 0
