"""Time and memory of every point: what is fast, what is small, and the front of both."""

import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes

from .. import models, statistics
from ..load import Answer
from . import words
from .cells import EQUAL, Cells, baseline, certainty, choose, left_out, plausible
from .frame import (
    INK, Picture, Spot, bars, key_height, logarithmic, marks, model_key, panels,
)

MOST = 4  # panels
LEAST = 3  # sizes of a panel: of two there is nothing to weigh
APART = 1.1  # times as much memory is another size
POINTS = 200  # of a panel


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a panel for each of the workloads where time and memory differ the most, on the
    most cores."""
    memory = cells.interval("memory", numpy.arange(len(cells)))
    found = {w: rows for w in range(len(cells.names))
             if _sizes(memory.median[rows := _rows(cells, memory.median, w)]) >= LEAST}
    if not found:
        return
    worth = {w: _spread(cells, memory.median, rows) for w, rows in found.items()}
    chosen, others = choose(worth, cells.names, MOST)
    kept = {w: _bounded(cells, memory.median, found[w]) for w in chosen}
    drawn = numpy.concatenate(list(kept.values()))
    shown = set(cells.model[drawn])
    front_key = ("filled: nothing is faster with less",
                 {"color": INK, "alpha": 0.6, "marker": "o", "markersize": 3.5})
    figure, all_axes = panels(len(chosen), 4, height=1.1, bottom=0.4, down=0.52, left=0.55,
                              across=0.5, right=0.3, top=key_height(len(shown) + 1) + 0.2)
    spots = []
    for i, (axes, (w, rows)) in enumerate(zip(all_axes, kept.items(), strict=True)):
        _panel(axes, cells, memory, w, rows)
        spots += _spots(axes, cells, memory, rows)
        axes.set_xlabel("memory (PSS)")
        if i % 4 == 0:
            axes.set_ylabel("time a task", rotation_mode="anchor")
    model_key(figure, shown, [front_key])
    thinned = any(len(kept[w]) < len(found[w]) for w in chosen)
    yield Picture(
        name="pareto", title="Time and memory", figure=figure, spots=spots,
        reading="Further left: less memory; further down: less time. Only the filled points are "
                "worth choosing: any other is slower or larger than one of them.",
        alt=_message(cells, memory.median, kept),
        caption=f"Time per task over the memory of all processes (proportional set size); "
                f"what is within {words.share(EQUAL)} counts as equal. "
                f"{baseline(cells, chosen)} {certainty(cells, drawn)}"
                f"{f' At most {POINTS} points a panel, the front among them.' if thinned else ''}"
                f"{left_out(cells, others)}")


def _rows(cells: Cells, memory: numpy.ndarray, w: int) -> numpy.ndarray:
    """The workload's points with both on the most cores, None where there are too few."""
    rows = cells.of_workload(w)
    rows = rows[plausible(memory[rows])]
    return rows[cells.cores[rows] == cells.cores[rows].max(initial=0)]


def _sizes(memory: numpy.ndarray) -> int:
    """How many sizes of memory there are that are apart."""
    ordered = numpy.sort(memory)
    return int((ordered[1:] >= APART * ordered[:-1]).sum()) + 1 if len(ordered) else 0


def front(time: numpy.ndarray, memory: numpy.ndarray) -> numpy.ndarray:
    """The indices (of one-dimensional arrays) of the points that none beats in both, by memory.
    What differs by no more than EQUAL is as good."""
    order = numpy.lexsort((time, memory))
    time, memory = time[order], memory[order]
    fastest = numpy.minimum.accumulate(time)
    as_small = numpy.searchsorted(memory, memory * (1 + EQUAL), "right")
    smaller = numpy.searchsorted(memory, memory * (1 - EQUAL), "left")
    slow = fastest[as_small - 1] < time * (1 - EQUAL)
    large = (smaller > 0) & (fastest[smaller - 1] <= time * (1 + EQUAL))
    return order[~(slow | large)]


def _spread(cells: Cells, memory: numpy.ndarray, rows: numpy.ndarray) -> float:
    """How much there is to choose: how far the ends of the front are apart in both, and a little of
    how far all are apart in time."""
    time = cells.seconds.median[rows]
    ends = front(time, memory[rows])[[0, -1]]
    apart = abs(numpy.log(time[ends[1]] / time[ends[0]])) * numpy.log(
        memory[rows][ends[1]] / memory[rows][ends[0]])
    return float(apart + 0.01 * numpy.log(time.max() / time.min()))


def _bounded(cells: Cells, memory: numpy.ndarray, rows: numpy.ndarray) -> numpy.ndarray:
    """At most so many of the rows: the front, and the others evenly."""
    if len(rows) <= POINTS:
        return rows
    kept = rows[front(cells.seconds.median[rows], memory[rows])][:POINTS // 2]
    others = numpy.setdiff1d(rows, kept)
    step = math.ceil(len(others) / (POINTS - len(kept)))
    return numpy.union1d(kept, others[::step])


def _panel(axes: Axes, cells: Cells, memory: statistics.Interval, w: int,
           rows: numpy.ndarray) -> None:
    """`memory` of all cells, in byte."""
    time, tasks = cells.seconds, cells.tasks
    on_front = rows[front(time.median[rows], memory.median[rows])]
    axes.plot(memory.median[on_front], (time.median / tasks)[on_front], color=INK, alpha=0.6,
              linewidth=0.8, drawstyle="steps-post", label="_front")
    for model in sorted(set(cells.model[rows]), key=lambda m: models.STYLE[m].order):
        own, colour = rows[cells.model[rows] == model], models.STYLE[model].colour
        x, y = memory.median[own], (time.median / tasks)[own]
        marks(axes, x, y, model)
        of_front = numpy.isin(own, on_front)
        marks(axes, x[of_front], y[of_front], model, markerfacecolor=colour)
        bars(axes, x, (time.low / tasks)[own], (time.high / tasks)[own], colour)
        bars(axes, y, memory.low[own], memory.high[own], colour, sideways=True)
    logarithmic(axes, "x", _all(memory, rows, 1), words.size, most=3, least=4, base=2)
    logarithmic(axes, "y", _all(time, rows, tasks[rows]), words.seconds_short, most=4, least=3)
    axes.set_title(f"{words.workload(cells.names[w], 18)}, {words.cores(cells.cores[rows[0]])}",
                   loc="left", y=1)


def _spots(axes: Axes, cells: Cells, memory: statistics.Interval, rows: numpy.ndarray) -> list[Spot]:
    """What each mark says: the time of a task, and the memory."""
    each = [part[rows] / cells.tasks[rows] for part in cells.seconds[:3]]
    time = statistics.Interval(*each, cells.seconds.n[rows])
    spots = cells.spots(axes, rows, (memory.median[rows], time.median), time, (words.seconds, "a task"))
    order = numpy.argsort(time.median, kind="stable")
    return [spot._replace(text=f"{spot.text}\n{words.size(memory.median[row])} of memory")
            for spot, row in zip(spots, rows[order], strict=True)]


def _all(interval: statistics.Interval, rows: numpy.ndarray,
         divisor: numpy.ndarray | int) -> numpy.ndarray:
    """Everything that has to find room on an axis."""
    return numpy.concatenate([values[rows] / divisor
                              for values in (interval.median, interval.low, interval.high)])


def _message(cells: Cells, memory: numpy.ndarray, kept: dict[int, numpy.ndarray]) -> str:
    """The ends of the front of the first few panels."""
    said = []
    for w, rows in list(kept.items())[:4]:
        ends = rows[front(cells.seconds.median[rows], memory[rows])[[0, -1]]]
        as_good = numpy.isclose(*memory[ends], rtol=EQUAL)
        named = [f"{cells.point(row)} ({cells.model[row]}) takes "
                 f"{words.seconds(cells.seconds.median[row])} in {words.size(memory[row])}"
                 for row in (ends[:1] if as_good else ends)]
        said.append(f"{words.workload(cells.names[w])}: {', '.join(named)}")
    return "; ".join(said) + "."
