"""The measured cells of a run as a table: a row per cell, its medians and intervals."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence

import numpy
import xarray
from matplotlib.axes import Axes

from .. import contest, models, statistics
from ..load import Answer
from . import words
from .frame import Spot

AXES = ("workload", "cores", "ranks", "threads", "depth")
# No measurement is outside of these, in any unit; what a damaged file says beyond is left out.
SMALLEST, LARGEST = 1e-12, 1e15
EQUAL = 0.02  # a tie, as in the verdicts
LEAST = 6  # samples below which there is no 95 % interval of a median


@dataclasses.dataclass(frozen=True)
class Cells:
    """A row per cell with at least one valid sample, in the order of the run's dimensions."""

    run: xarray.Dataset
    index: numpy.ndarray  # (cells, 5): where the cell stands on the run's five axes
    names: list[str]  # of the workloads, by number, as they are in the file
    workload: numpy.ndarray  # (cells,): number of the workload
    cores: numpy.ndarray  # (cells,)
    ranks: numpy.ndarray  # (cells,)
    threads: numpy.ndarray  # (cells,)
    depth: numpy.ndarray  # (cells,)
    concurrency: numpy.ndarray  # (cells,): R·T·D, as a float: it may be larger than any integer
    model: numpy.ndarray  # (cells,): its name
    tasks: numpy.ndarray  # (cells,): tasks that a sample carries out
    valid: numpy.ndarray  # (cells, rounds): whether the sample is valid
    time: numpy.ndarray  # (cells, rounds): s, of all tasks; NaN where it is excluded
    seconds: statistics.Interval  # (cells,): s, of all tasks
    serial: numpy.ndarray  # (workloads,): row of 1×1×1@1, -1 where it was not measured
    speed_up: statistics.Interval  # (cells,): over serial, per task, as the verdicts compare
    contests: dict[tuple[int, int], contest.Contest]  # by workload and cores; see `entries`

    def __len__(self) -> int:
        return len(self.workload)

    def throughput(self) -> statistics.Interval:
        """Tasks per second (cells,)."""
        tasks = self.tasks
        return statistics.Interval(tasks / self.seconds.median, tasks / self.seconds.high,
                                   tasks / self.seconds.low, self.seconds.n)

    def interval(self, variable: str, rows: numpy.ndarray) -> statistics.Interval:
        """Of another variable of the valid samples (rows,), in its own unit."""
        return statistics.interval(self.values(variable, rows))

    def values(self, variable: str, rows: numpy.ndarray) -> numpy.ndarray:
        """A variable's valid samples (rows, rounds); NaN elsewhere."""
        if variable not in self.run:
            return numpy.full((len(rows), self.valid.shape[1]), numpy.nan)
        values = numpy.asarray(self.run[variable].values)[tuple(self.index[rows].T)]
        sound = self.valid[rows] & (values >= 0) & (values < LARGEST)
        return numpy.where(sound, numpy.where(values < SMALLEST, 0, values), numpy.nan)

    def point(self, row: int) -> str:
        """R×T×D@C."""
        return models.point(self.ranks[row], self.threads[row], self.depth[row], self.cores[row])

    def told(self, row: int, values: Sequence[str], rounds: int) -> str:
        """What is said of a cell: whose it is, a value with the ends of its interval, and from how many rounds."""
        median, low, high = values
        plural = "" if rounds == 1 else "s"
        ends = f"95 % interval {low} to {high}" if "?" not in (low, high) else "no interval"
        return (f"{words.clean(self.names[self.workload[row]])}: {self.model[row]} {self.point(row)}\n"
                f"{median}\n{ends}, from {rounds} round{plural}")

    def spots(self, axes: Axes, rows: numpy.ndarray, at: tuple[numpy.ndarray, numpy.ndarray],
              values: statistics.Interval, written: tuple[Callable[[float], str], str]) -> list[Spot]:
        """What the marks of rows say that stand at x and y (rows,): values (rows,), written by a function and
        with a unit after the first. Of those that lie on each other the greatest is on top."""
        text, unit = written
        spots = []
        for i in numpy.argsort(values.median, kind="stable"):
            told = [text(float(part[i])) for part in values[:3]]
            place = (float(at[0][i]), float(at[1][i]))
            spots.append(Spot(axes, place, place, self.told(rows[i], [f"{told[0]} {unit}", *told[1:]],
                                                            int(values.n[i]))))
        return spots

    def of_workload(self, workload: int, cores: int | None = None) -> numpy.ndarray:
        """Rows of a workload, at one number of cores if one is given."""
        found = self.workload == workload
        return numpy.flatnonzero(found if cores is None else found & (self.cores == cores))

    def entries(self, rows: numpy.ndarray) -> tuple[contest.Contest, numpy.ndarray]:
        """The contest in which rows of a workload on the same cores stand, and their entries."""
        w, cores = int(self.workload[rows[0]]), int(self.cores[rows[0]])
        return self.contests[w, cores], numpy.searchsorted(self.of_workload(w, cores), rows)


def of(run: xarray.Dataset) -> Cells:
    """The cells that were measured, of a dataset as load.load gives it."""
    time = numpy.asarray(run["time"].values)
    valid = plausible(time) & (flags_of(run) == 0)
    index = numpy.argwhere(valid.any(axis=-1))
    at = tuple(index.T)
    workload = index[:, 0]
    cores, ranks, threads, depth = (numpy.asarray(run[axis].values)[index[:, i]].astype(int)
                                    for i, axis in enumerate(AXES[1:], 1))
    valid = valid[at]
    time = numpy.where(valid, time[at], numpy.nan)
    tasks = _tasks(run, workload, cores)
    alone = (cores == 1) & (ranks == 1) & (threads == 1) & (depth == 1)
    serial = numpy.full(run.sizes["workload"], -1)
    serial[workload[alone]] = numpy.flatnonzero(alone)
    speed_up, contests = _compared(time / tasks[:, None], workload, cores, serial)
    return Cells(run=run, index=index, names=[str(name) for name in run["workload"].values],
                 workload=workload, cores=cores, ranks=ranks, threads=threads, depth=depth,
                 concurrency=ranks.astype(float) * threads * depth,
                 model=_models(ranks, threads, depth), tasks=tasks, valid=valid,
                 time=time, seconds=statistics.interval(time),
                 serial=serial, speed_up=speed_up, contests=contests)


def plausible(values: numpy.ndarray) -> numpy.ndarray:
    """Which values can be measurements > 0; NaN and infinities cannot."""
    return (values > SMALLEST) & (values < LARGEST)


def flags_of(run: xarray.Dataset) -> numpy.ndarray:
    """The flags of all samples; none where the file has none."""
    if "flags" not in run:
        return numpy.zeros(run["time"].shape, numpy.uint32)
    return numpy.asarray(run["flags"].values)


def _tasks(run: xarray.Dataset, workload: numpy.ndarray, cores: numpy.ndarray) -> numpy.ndarray:
    """Tasks per sample (cells,): under weak scaling times the cores. 1 where it is not said."""
    tasks = numpy.asarray(run["tasks"].values, float) if "tasks" in run.coords else None
    if tasks is None:
        return numpy.ones(len(workload))
    tasks = numpy.where((tasks >= 1) & (tasks < LARGEST), tasks, 1)[workload]
    weak = numpy.asarray(run["weak"].values)[workload] == 1 if "weak" in run.coords else False
    return numpy.where(weak, tasks * cores, tasks)


def _models(ranks: numpy.ndarray, threads: numpy.ndarray, depth: numpy.ndarray) -> numpy.ndarray:
    """The names of the points' models (cells,)."""
    kinds = (ranks > 1) * 4 + (threads > 1) * 2 + (depth > 1)
    names = [models.name(1 + (kind >> 2), 1 + (kind >> 1 & 1), 1 + (kind & 1), 1)
             for kind in range(8)]
    return numpy.array(names, dtype=object)[kinds]


def _compared(per_task: numpy.ndarray, workload: numpy.ndarray, cores: numpy.ndarray,
              serial: numpy.ndarray) -> tuple[statistics.Interval, dict]:
    """The speed-ups over serial (cells,), NaN where there is none, and the contests that they come
    from, by workload and cores."""
    speed_up = statistics.Interval(*(numpy.full(len(workload), numpy.nan) for _ in range(3)),
                                   numpy.zeros(len(workload), int))
    contests = {}
    for rows in _by_row(workload, cores):
        w, c = int(workload[rows[0]]), int(cores[rows[0]])
        base = serial[w]
        is_guest = base >= 0 and base not in rows
        contests[w, c] = contest.of(
            per_task[rows], guest=per_task[base] if is_guest else None,
            serial=int(numpy.searchsorted(rows, base)) if base in rows else None)
        for whole, part in zip(speed_up, contests[w, c].speed_up(), strict=True):
            whole[rows] = part
    return speed_up, contests


def _by_row(workload: numpy.ndarray, cores: numpy.ndarray) -> list[numpy.ndarray]:
    """The cells of each row, a workload on so many cores, ascending."""
    if not len(workload):
        return []
    order = numpy.lexsort((cores, workload))
    ends = (numpy.diff(workload[order]) != 0) | (numpy.diff(cores[order]) != 0)
    return numpy.split(order, numpy.flatnonzero(ends) + 1)


# -- what to draw, and what is said with it --

def choose(worth: dict[int, float], names: list[str], most: int) -> tuple[list[int], list[int]]:
    """Of workloads by number, each with how much it is worth to be drawn: at most so many, the most
    telling first but one of each family before a second of any, and those left out."""
    ranked = sorted(worth, key=lambda w: (-worth[w], w))
    firsts = set({words.family(names[w]): w for w in reversed(ranked)}.values())
    ranked.sort(key=lambda w: w not in firsts)
    return ranked[:most], sorted(ranked[most:])


def verdicts(answers: Iterable[Answer]) -> dict[tuple[str, int], dict]:
    """The rows of /verdict by workload and cores; the first file's where several have one."""
    rows = {}
    for answer in answers:
        for row in answer.verdicts:
            rows.setdefault((str(row.get("workload")), row.get("cores")), row)
    return rows


def number(row: dict, name: str) -> float:
    """A number > 0 of a row of /verdict; infinite where there is none: it then is no bound."""
    value = row.get(name)
    sound = isinstance(value, (int, float)) and SMALLEST < value < LARGEST
    return float(value) if sound else math.inf


def baseline(cells: Cells, workloads: Iterable[int]) -> str:
    """The absolute times that ratios rest on, as a sentence."""
    parts = []
    for w in dict.fromkeys(workloads):
        row = cells.serial[w]
        if row >= 0:
            took, tasks = cells.seconds.median[row], cells.tasks[row]
            parts.append(f"{words.workload(cells.names[w])} {words.seconds(took)} "
                         f"({words.seconds(took / tasks)} a task)")
    if not parts:
        return "Serial (1×1×1@1) was not measured."
    return f"Serial (1×1×1@1) takes: {words.listed(parts, 8, '; ')}."


def certainty(cells: Cells, rows: numpy.ndarray, least: int = LEAST) -> str:
    """How many rounds stand behind the rows, as a sentence; `least` are needed for an interval."""
    rounds = cells.seconds.n[rows]
    few = "" if rounds.min(initial=least) >= least else (
        f"; no interval where fewer than {least} samples are valid")
    plural = "" if set(rounds) == {1} else "s"
    return f"From {words.span(rounds)} round{plural}, with 95 % intervals{few}."


def left_out(cells: Cells, workloads: Sequence[int]) -> str:
    """Names what is not drawn, as a sentence; empty when nothing is left out."""
    names = [words.workload(cells.names[w]) for w in workloads]
    return (f" Not drawn for want of room: {words.listed(names, 6)}; `--workload` of `cual report` "
            f"draws them." if names else "")
