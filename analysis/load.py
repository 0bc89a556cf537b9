"""Run files → one xarray.Dataset, and the answers that stand in them.

The module can be called as its function `load` is: `from cual import load` gives the module, and both
`load("a.h5")` and `load.load("a.h5")` open a file."""

import json
import math
import os
import pathlib
import re
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy
import xarray

from .reading import RunFile, Unreadable, read
from .text import printable
from .variables import (AXES, COLUMNS, POINT_AXES, QUANTILES, RESERVED, STATUS_RANK, nothing,
                        rank_time)

__all__ = ["Answer", "NotTogether", "Unreadable", "answers", "load", "specification"]

# What tells workloads apart beside their options; calibration decides the rest of the columns.
SPECIFIED = tuple(name for name, column in COLUMNS.items() if column.specified)
NOT_OPTIONS = {*POINT_AXES, "task", "work", "calibrated"}
CALIBRATED = COLUMNS.keys() - set(SPECIFIED)
CALIBRATED_MOST = 0.02  # how far calibrated work may be apart

Source = str | os.PathLike | RunFile
Sources = Source | Sequence[Source]


class NotTogether(ValueError):
    """Files that do not belong into one dataset; says which, and what differs."""


class Answer(NamedTuple):
    """What a run file says itself; nothing is computed again."""

    file: str
    summary: str  # what machine it was
    verdicts: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    advice: list[dict[str, Any]]  # the answer at a glance, a row a line; empty where there is none
    measured: str  # what was measured, in a line; empty likewise
    machine: dict[str, Any]
    provenance: dict[str, Any]
    not_believed: str | None  # why none of it is credible
    tie_ratio: float  # up to so many times the fastest's time, a point is as good as it
    rounds: int  # in which anything was measured
    complete: bool  # it has a verdict


def files_of(sources: Sources, *, ranks: bool = False) -> list[RunFile]:
    """The files of one path or several, with `ranks` the samples of their ranks as well; what was
    read already is not read again. Raises Unreadable."""
    one = isinstance(sources, Source)
    return [source if isinstance(source, RunFile) else read(source, ranks=ranks)
            for source in ([sources] if one else sources)]


def _names(files: Sequence[RunFile]) -> list[str]:
    """The files' names, with as much of the folder as tells them apart."""
    depth = 1
    while True:
        names = [str(pathlib.Path(*file.path.parts[-depth:])) for file in files]
        if len(set(names)) == len(names):
            return names
        if all(depth >= len(file.path.parts) for file in files):
            return [f"{name} ({i})" for i, name in enumerate(names, 1)]
        depth += 1


def answers(sources: Sources) -> list[Answer]:
    """What each file says: verdicts, claims and machine, in the order given. Raises Unreadable."""
    files = files_of(sources)
    return [Answer(file=name, summary=str(file.machine.get("summary", "")),
                   verdicts=file.verdicts, claims=file.claims, advice=file.advice,
                   measured=file.measured, machine=file.machine,
                   provenance=file.provenance, not_believed=file.not_believed,
                   tie_ratio=file.tie_ratio,
                   rounds=file.rounds, complete=file.ended)
            for name, file in zip(_names(files), files, strict=True)]


# -- what a workload is --

def _job_options(file: RunFile) -> dict[str, dict[str, str]]:
    """Keys of each workload of the effective job, in its order, as they stand there."""
    found: dict[str, dict[str, str]] = {}
    options: dict[str, str] = {}
    for line in str(file.provenance.get("job_effective", "")).splitlines():
        workload = re.fullmatch(r'  "((?:[^"\\]|\\.)*)":', line)
        option = re.fullmatch(r"    ([a-z_]+): (.*)", line)
        if workload:
            options = found.setdefault(re.sub(r"\\(.)", r"\1", workload[1]), {})
        elif option:
            options[option[1]] = option[2]
    return found


def specification(file: RunFile) -> dict[str, dict[str, Any]]:
    """What a task of each workload is, key → value, without what calibration decides and without
    the points it is measured at."""
    jobs = _job_options(file)
    found = {}
    for w, name in enumerate(file.workloads):
        columns = {key: column[w] for key, column in file.columns.items()}
        options = jobs.get(name) or {key: value for key, value in columns.items()
                                     if key not in CALIBRATED and value == value and value != ""}
        found[name] = {key: value for key, value in options.items() if key not in NOT_OPTIONS}
        found[name] |= {key: columns[key] for key in SPECIFIED if key in columns}
    return found


def _same(a: Any, b: Any) -> bool:
    """Equal, NaN being equal to NaN; numbers that were computed may differ in their last bits."""
    if isinstance(a, int | float) and isinstance(b, int | float):
        return (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9)
    return a == b


def differences(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """Keys of two specifications whose values differ, with the values; a key that only one has, as
    files of other versions do, is no difference."""
    return [f"{key} {printable(str(a[key]), 40)} and {printable(str(b[key]), 40)}"
            for key in a if key in b and not _same(a[key], b[key])]


def calibrated(file: RunFile, name: str, key: str) -> float:
    """A number of a workload that calibration decides; NaN where it does not stand in the file."""
    column = file.columns.get(key)
    value = None if column is None else column[file.workloads.index(name)]
    return float(value) if isinstance(value, int | float) else math.nan


def shape_of(machine: dict[str, Any]) -> str:
    """What has to be equal of machines that are compared: cores and processor."""
    summary = str(machine.get("summary", ""))
    found = re.match(r"\d+ cores? of .*?(?=, [\d.]+ GiB)", summary)
    return found[0] if found else summary.split(";")[0]


# -- what belongs together --

def _pairs_by_workload(files: Sequence[RunFile]) -> Iterator[tuple[str, RunFile, RunFile]]:
    """Each workload of a file with the first other file that has it, too."""
    first: dict[str, RunFile] = {}
    for file in files:
        for name in file.workloads:
            if first.setdefault(name, file) is not file:
                yield name, first[name], file


def _check_files(files: Sequence[RunFile], names: Sequence[str], across: bool) -> None:
    """Refuses files that never belong together, whatever their workloads are."""
    first, first_name = files[0], printable(names[0])
    seen: dict[str, str] = {}
    for file, name in zip(files, map(printable, names), strict=True):
        key = file.attributes.get("id") or str(file.path.resolve())
        if key in seen:
            raise NotTogether(f"{seen[key]} and {name} are the same run")
        seen[key] = name
        if file.not_believed is not None:
            raise NotTogether(f"{name} is not credible, so nothing is added to it: "
                              f"{printable(file.not_believed)}")
        if not across and shape_of(file.machine) != shape_of(first.machine):
            raise NotTogether(f"{first_name} and {name} are of different machines: "
                              f"{printable(shape_of(first.machine))!r} and "
                              f"{printable(shape_of(file.machine))!r}; --across merges them")


def apart(a: float, b: float) -> float:
    """How far two numbers are apart, relative to the greater; 0 where one is not known."""
    return abs(a - b) / max(abs(a), abs(b)) if a == a and b == b and a != b else 0.0


def _check_calibrated(name: str, a: RunFile, b: RunFile, said: str, across: bool) -> list[str]:
    """Refuses other calibrated work; what is not far apart gives a note."""
    notes = []
    for key, unit in (("work", ""), ("compute_time", " s")):
        of_a, of_b = calibrated(a, name, key), calibrated(b, name, key)
        distance = apart(of_a, of_b)
        if distance > CALIBRATED_MOST and not (across and key == "compute_time"):
            help_ = "give `work:` in the job" if key == "work" else "--across merges them"
            raise NotTogether(f"{said}: {key} of a task was calibrated to {of_a:.6g}{unit} and "
                              f"{of_b:.6g}{unit}, {100 * distance:.1f} % apart; {help_}")
        if distance > 0:
            notes.append(f"{said}: {key} of a task is {of_a:.6g}{unit} and {of_b:.6g}{unit}, "
                         f"{100 * distance:.2g} % apart; times are kept as they were measured")
    return notes


def _check_workloads(files: Sequence[RunFile], names: Sequence[str], across: bool) -> list[str]:
    """Refuses workloads of one name that are not the same work. Returns notes."""
    notes: list[str] = []
    specifications = {id(file): specification(file) for file in files}
    shown = {id(file): printable(name) for file, name in zip(files, names, strict=True)}
    for name, a, b in _pairs_by_workload(files):
        said = f"{printable(name)} in {shown[id(a)]} and {shown[id(b)]}"
        differing = differences(specifications[id(a)][name], specifications[id(b)][name])
        if differing:
            raise NotTogether(f"{said} is not the same work: {'; '.join(differing)}")
        notes += _check_calibrated(name, a, b, said, across)
        if calibrated(a, name, "work") == calibrated(b, name, "work"):
            sums = [file.columns.get("checksum", {}) for file in (a, b)]
            if all(sums) and len({column[file.workloads.index(name)]
                                  for column, file in zip(sums, (a, b), strict=True)}) > 1:
                raise NotTogether(f"{said} is not the same work: its checksum differs")
    return notes


# -- where everything goes --

class _Frame(NamedTuple):
    """The axes of the merged dataset."""

    workloads: list[str]
    axes: dict[str, list[int]]

    @property
    def points(self) -> tuple[int, ...]:
        """Lengths of the axes cores, ranks, threads and depth."""
        return tuple(len(self.axes[name]) for name in POINT_AXES)


def _frame(files: Sequence[RunFile]) -> _Frame:
    """The union of the files' axes; workloads in the order of the job, or as they come."""
    there = {name for file in files for name in file.workloads}
    ordered = [name for file in files for name in (*_job_options(file), *file.workloads)]
    axes = {axis: sorted({value for file in files for value in file.axes[axis]})
            for axis in POINT_AXES}
    return _Frame([name for name in dict.fromkeys(ordered) if name in there], axes)


class _Block(NamedTuple):
    """Cells of one workload in one file, and where their rounds go."""

    file: int
    workload: int  # in the file
    into: int  # workload of the frame
    cells: numpy.ndarray  # numbers of the cells that were measured, in the file's points
    targets: numpy.ndarray  # … and in the frame's
    rounds: int  # so many from the first
    offset: int  # of the first of them


def _target_cells(file: RunFile, frame: _Frame) -> numpy.ndarray:
    """The number in the frame's points of each of the file's points."""
    places = [[frame.axes[axis].index(value) for value in file.axes[axis]] for axis in POINT_AXES]
    return numpy.ravel_multi_index(numpy.ix_(*places), frame.points).ravel()


def _blocks(files: Sequence[RunFile], frame: _Frame) -> list[_Block]:
    """Rounds of a cell that several files have stand one after the other; those of one file and
    workload stay side by side, so that what was measured in one round stays in one round."""
    free = numpy.zeros((len(frame.workloads), math.prod(frame.points)), dtype=int)
    blocks = []
    for f, file in enumerate(files):
        targets = _target_cells(file, frame)
        for w, name in enumerate(file.workloads):
            measured = ~numpy.isnan(file.samples["time"][w]).reshape(targets.size, -1)
            cells = measured.any(axis=1).nonzero()[0]
            if cells.size == 0:
                continue
            rounds = int(measured.any(axis=0).nonzero()[0][-1]) + 1
            into = frame.workloads.index(name)
            offset = int(free[into, targets[cells]].max())
            free[into, targets[cells]] = offset + rounds
            blocks.append(_Block(f, w, into, cells, targets[cells], rounds, offset))
    return blocks


def _put_together(files: Sequence[RunFile], name: str, blocks: Sequence[_Block],
                  shape: tuple[int, ...]) -> numpy.ndarray:
    """A sample variable of all files in the merged shape."""
    dtype, fill = nothing(numpy.result_type(*(file.samples[name] for file in files
                                              if name in file.samples)))
    merged = numpy.full(shape, fill, dtype)
    cells = merged.reshape(shape[0], -1, shape[-1])
    for block in blocks:
        if name in files[block.file].samples:
            values = files[block.file].samples[name][block.workload]
            values = values.reshape(-1, values.shape[-1])[block.cells, : block.rounds]
            cells[block.into, block.targets, block.offset : block.offset + block.rounds] = values
    return merged


def _source(blocks: Sequence[_Block], files: Sequence[RunFile],
            shape: tuple[int, ...]) -> numpy.ndarray:
    """The number of the file that each sample is from; −1 where there is none."""
    source = numpy.full(shape, -1, "i2")
    cells = source.reshape(shape[0], -1, shape[-1])
    for block in blocks:
        times = files[block.file].samples["time"][block.workload]
        times = times.reshape(-1, times.shape[-1])[block.cells, : block.rounds]
        part = cells[block.into, :, block.offset : block.offset + block.rounds]
        part[block.targets] = numpy.where(numpy.isnan(times), part[block.targets], block.file)
    return source


def _merged_status(files: Sequence[RunFile], frame: _Frame) -> numpy.ndarray:
    """What became of each cell: the best that any file says of it."""
    status = numpy.zeros((len(frame.workloads), math.prod(frame.points)), "u1")
    for file in files:
        done = ~numpy.isnan(file.samples["time"]).all(axis=-1)
        stated = done.astype("u1") if file.status is None else file.status & 3
        targets = _target_cells(file, frame)
        for w, name in enumerate(file.workloads):
            row = status[frame.workloads.index(name)]
            new, old = stated[w].ravel(), row[targets]
            row[targets] = numpy.where(STATUS_RANK[new] > STATUS_RANK[old], new, old)
    return status.reshape(len(frame.workloads), *frame.points)


def _merged_column(files: Sequence[RunFile], frame: _Frame, key: str) -> numpy.ndarray:
    """A column along the workloads; the first file that has a workload says what it is."""
    found: dict[str, Any] = {}
    for file in files:
        for name, value in zip(file.workloads, file.columns.get(key, ()), strict=False):
            found.setdefault(name, value)
    values = [found.get(name) for name in frame.workloads]
    if any(isinstance(value, str) for value in values):
        return numpy.array([value if isinstance(value, str) else "" for value in values], object)
    if all(isinstance(value, int) and 0 <= value < 2**64 for value in values):
        return numpy.array(values, "u8")
    return numpy.array([math.nan if value is None else value for value in values], float)


def _merged_worth(files: Sequence[RunFile], frame: _Frame) -> numpy.ndarray:
    """The cores' worth by workload and cores; NaN where no file tells."""
    worth = numpy.full((len(frame.workloads), len(frame.axes["cores"])), math.nan)
    for file in files:
        for name, row in zip(file.workloads, file.cores_worth or (), strict=False):
            into = worth[frame.workloads.index(name)]
            places = [frame.axes["cores"].index(value) for value in file.axes["cores"]]
            into[places] = numpy.where(numpy.isnan(into[places]), row, into[places])
    return worth


# -- the dataset --

def _mask_flagged(samples: dict[str, numpy.ndarray]) -> None:
    """Takes out the samples that are excluded."""
    if "flags" in samples:
        flagged = samples["flags"] != 0
        if flagged.any():
            for values in samples.values():
                if values.dtype.kind == "f":
                    values[flagged] = math.nan


def _attributes(description: dict[str, Any] | None) -> dict[str, Any]:
    """Attributes of a variable as xarray holds them: lists are arrays."""
    types = {"flag_masks": "u4", "flag_values": "u1"}
    found = {}
    for key, value in (description or {}).items():
        if isinstance(value, list):
            whole = all(isinstance(one, int) and 0 <= one < 2**32 for one in value)
            found[key] = numpy.array(value, types.get(key, "i8") if whole else None)
        elif value is not None:
            found[key] = value
    return found


def _described(files: Sequence[RunFile], name: str) -> dict[str, Any]:
    """The attributes of a variable in the first file that has it."""
    return _attributes(next((file.descriptions[name] for file in files
                             if name in file.descriptions), None))


def _title(files: Sequence[RunFile]) -> str:
    """The titles of all files, each once."""
    titles = dict.fromkeys(file.attributes.get("title", "") for file in files)
    return "; ".join(title for title in titles if title)


def _samples(files: Sequence[RunFile], frame: _Frame) -> dict[str, numpy.ndarray]:
    """All sample variables and `source`; those of a single file are not copied."""
    blocks = _blocks(files, frame)
    rounds = max((block.offset + block.rounds for block in blocks), default=1)
    shape = (len(frame.workloads), *frame.points, rounds)
    names = list(dict.fromkeys(name for file in files for name in file.samples))
    if len(files) == 1 and frame.workloads == files[0].workloads:
        merged = dict(files[0].samples)
        source = numpy.where(numpy.isnan(merged["time"]), numpy.int16(-1), numpy.int16(0))
        return merged | {"source": source}
    merged = {name: _put_together(files, name, blocks, shape) for name in names}
    return merged | {"source": _source(blocks, files, shape)}


def _coordinates(files: Sequence[RunFile], frame: _Frame, names: Sequence[str],
                 rounds: int) -> dict[str, tuple]:
    """Axes and what a task of each workload is."""
    axes = {"workload": numpy.array(frame.workloads, object),
            **{axis: numpy.array(values, "i8") for axis, values in frame.axes.items()},
            "round": numpy.arange(1, rounds + 1)}
    columns = dict.fromkeys(key for file in files for key in file.columns)
    return {
        **{axis: (axis, values, _described(files, axis)) for axis, values in axes.items()},
        "file": ("file", numpy.array(names, object)),
        **{key: ("workload", _merged_column(files, frame, key), _described(files, key))
           for key in columns if key not in RESERVED}}


def dataset(files: Sequence[RunFile], names: Sequence[str], flagged: bool) -> xarray.Dataset:
    """The dataset of files that belong together, in their order; without its attributes."""
    frame = _frame(files)
    samples = _samples(files, frame)
    if not flagged:
        _mask_flagged(samples)
    quantiles = [samples.pop(rank_time(q)) for q in range(len(QUANTILES)) if rank_time(q) in samples]
    variables = {name: (AXES, values, _described(files, name)) for name, values in samples.items()}
    if quantiles:
        variables["rank_time"] = ((*AXES, "quantile"), numpy.stack(quantiles, axis=-1),
                                  _described(files, "rank_time"))
    variables["source"][2].update({"long_name": "number of the file along `file`", "units": "1"})
    variables["status"] = (AXES[:5], _merged_status(files, frame), _described(files, "status"))
    if any(file.cores_worth for file in files):
        variables["cores_worth"] = (AXES[:2], _merged_worth(files, frame), {"units": "1"})
    for key in ("provenance", "machine"):
        texts = [json.dumps(getattr(file, key), ensure_ascii=False) for file in files]
        variables[key] = ("file", numpy.array(texts, object))
    variables["id"] = ("file", numpy.array([file.attributes.get("id", "") for file in files], object))
    coordinates = _coordinates(files, frame, names, samples["time"].shape[-1])
    if quantiles:
        coordinates["quantile"] = ("quantile", numpy.array(QUANTILES), {"units": "1"})
    run = xarray.Dataset(variables, {key: value for key, value in coordinates.items()
                                     if key not in variables})
    return run.reset_coords("checksum") if "checksum" in run.coords else run


def left_out(file: RunFile, name: str) -> list[str]:
    """What was left out of a file, a line for each kind."""
    kinds = ((file.damaged, "samples are damaged and left out"),
             (file.left_out, "impossible numbers are left out"))
    return [f"{name}: {count} {what}" for count, what in kinds if count]


def load(sources: Sources, *, flagged: bool = False, across: bool = False,
         ranks: bool = False) -> xarray.Dataset:
    """One or many run files as one dataset.

    Samples have the dimensions workload, cores, ranks, threads, depth and round (times in s,
    memory in byte); floats are NaN where there is no sample and, unless `flagged`, where a flag
    excludes it. Cells that several files have stand one after the other along `round`; `source`
    says by its number along `file` which file a sample is from. `across` takes runs of other
    machines together. `ranks` adds `rank_time`, the quantiles (dimension quantile) of the times in s
    of a sample's ranks, and which of them were `slowest` and `fastest` (−1: no sample). Raises
    Unreadable for a file that cannot be read, NotTogether for files that
    do not belong together. The attribute `notes` says what a reader should know."""
    files = files_of(sources, ranks=ranks)
    if not files:
        raise NotTogether("no file was given")
    names = _names(files)
    order = sorted(range(len(files)), key=lambda i: (
        str(files[i].provenance.get("started", "")), files[i].attributes.get("id", ""), names[i]))
    files, names = [files[i] for i in order], [names[i] for i in order]
    notes: list[str] = []
    if len(files) > 1:
        _check_files(files, names, across)
        notes = _check_workloads(files, names, across)
    for file, name in zip(files, names, strict=True):
        notes += left_out(file, name)
    run = dataset(files, names, flagged)
    run.attrs = {"Conventions": "CF-1.10", "title": _title(files),
                 "source": files[0].attributes["source"], "notes": "\n".join(notes)}
    return run


class _Callable(types.ModuleType):
    """A module that can be called."""

    __call__ = staticmethod(load)


sys.modules[__name__].__class__ = _Callable
