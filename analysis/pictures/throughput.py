"""Throughput over the number of operations in flight, R·T·D, by model, below the roof of what can be reached."""

import itertools
import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes

from .. import models, statistics
from ..load import Answer
from . import joined, words
from .cells import Cells, baseline, certainty, choose, left_out, number, verdicts
from .frame import (
    INK, Picture, bars, key_height, logarithmic, marks, model_key, panels,
)

MOST = 8  # panels
LEAST = 3  # concurrencies for a curve
ROOF = {"color": INK, "linestyle": (0, (4, 2)), "alpha": 0.7}


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a panel for each of the workloads that have a curve, on one core and on all."""
    found = _panels(cells)
    if not found:
        return
    rows = verdicts(answers)
    ranked, _ = choose(_worth(cells, found), cells.names, len(found))
    found.sort(key=lambda panel: ranked.index(panel[0]))
    found = found[:MOST]
    others = sorted(set(ranked) - {w for w, _ in found})
    drawn = numpy.concatenate([cells.of_workload(w, c) for w, c in found])
    shown = set(cells.model[drawn])
    figure, all_axes = panels(len(found), 4, height=1.1, down=0.52,
                              top=key_height(len(shown) + 1) + 0.2, bottom=0.4)
    spots = []
    for i, (axes, (w, c)) in enumerate(zip(all_axes, found, strict=True)):
        _panel(axes, cells, w, c, rows.get((cells.names[w], c), {}))
        rows_of = cells.of_workload(w, c)
        rate = statistics.Interval(*(part[rows_of] for part in cells.throughput()))
        spots += cells.spots(axes, rows_of, (cells.concurrency[rows_of], rate.median), rate, (words.count, "tasks/s"))
        axes.set_xlabel("in flight, R·T·D")
        if i % 4 == 0:
            axes.set_ylabel("tasks/s", rotation_mode="anchor")
    bounded = any(line.get_label() == "_roof" for axes in all_axes for line in axes.lines)
    model_key(figure, shown, [("the most that can be reached", ROOF)] if bounded else [])
    yield Picture(
        name="throughput", title="Throughput over the number of operations in flight", figure=figure,
        spots=spots,
        reading="Further up: more tasks a second; further right: more in flight. Where curves lie "
                "on each other, threads, processes and operations in flight replace each other.",
        alt=_message(cells, found, rows),
        caption=f"Tasks per second over R·T·D, the fastest points of each model. A line joins "
                f"neighbours that differ in one of R, T and D, are not far apart, and have nothing in "
                f"between of the other order. "
                f"{baseline(cells, [w for w, _ in found])} {certainty(cells, drawn)}"
                f"{' Dashed: the most that cores, depth, memory and lock allow.' if bounded else ''}"
                f"{left_out(cells, others)}")


def _panels(cells: Cells) -> list[tuple[int, int]]:
    """Workload and cores of each curve: the fewest cores and the most that have one."""
    found = []
    for w in range(len(cells.names)):
        rows = cells.of_workload(w)
        enough = [c for c in sorted(set(cells.cores[rows]))
                  if len(set(cells.concurrency[rows[cells.cores[rows] == c]])) >= LEAST]
        found += [(w, c) for c in dict.fromkeys(enough[:1] + enough[-1:])]
    return found


def _worth(cells: Cells, found: list[tuple[int, int]]) -> dict[int, float]:
    """How much there is to see in a workload: how far its throughputs are apart."""
    worth = {}
    for w, c in found:
        rates = cells.throughput().median[cells.of_workload(w, c)]
        worth[w] = max(worth.get(w, 0), math.log(rates.max() / rates.min()))
    return worth


def roof(row: dict, concurrency: numpy.ndarray, ranks: int, tasks: float) -> numpy.ndarray:
    """Tasks per second (like concurrency) that no point with so much in flight can pass, from what
    the row of /verdict says of its choice; with a lock for so many ranks. Infinite without a
    row."""
    chosen = [number(row, f"choice_{axis}") for axis in ("ranks", "threads", "depth")]
    if math.inf in chosen:
        return numpy.full(len(concurrency), math.inf)
    flat = min(number(row, "bound_cores"), number(row, "bound_memory"),
               number(row, "bound_lock") / chosen[0] * ranks)
    each = number(row, "bound_depth") / min(math.prod(chosen), tasks)
    return numpy.minimum(flat, each * numpy.minimum(concurrency, tasks))


def _panel(axes: Axes, cells: Cells, w: int, c: int, row: dict) -> None:
    rows = cells.of_workload(w, c)
    x, rate = cells.concurrency[rows], cells.throughput()
    for model in sorted(set(cells.model[rows]), key=lambda m: models.STYLE[m].order):
        own = rows[cells.model[rows] == model]
        own = own[numpy.lexsort((-rate.median[own], cells.concurrency[own]))]
        _, first = numpy.unique(cells.concurrency[own], return_index=True)
        rest = numpy.setdiff1d(numpy.arange(len(own)), first)
        best = own[first]
        kept = [_joined(cells, rows, *pair) for pair in itertools.pairwise(best)]
        marks(axes, *joined.broken(cells.concurrency[best], rate.median[best], kept), model, line=True)
        marks(axes, cells.concurrency[own[rest]], rate.median[own[rest]], model, markersize=2)
        # One thread, one process or one in flight is serial.
        ends = [cells.serial[w], best[0]]
        if (cells.serial[w] in rows and model in ("threads", "processes", "async")
                and _joined(cells, rows, *ends)):
            axes.plot(cells.concurrency[ends], rate.median[ends], label="_from_serial",
                      color=models.STYLE[model].colour, linestyle=models.STYLE[model].line)
        bars(axes, cells.concurrency[own], rate.low[own], rate.high[own],
             models.STYLE[model].colour)
    grid = numpy.geomspace(x.min(), x.max(), 60)
    top = roof(row, grid, cells.ranks[rows].max(), cells.tasks[rows[0]])
    values = numpy.concatenate((rate.median[rows], rate.low[rows], rate.high[rows]))
    if numpy.isfinite(top).all():
        # A roof far above all that was reached would press the curves together.
        values = numpy.append(values, numpy.minimum(top.max(), 3 * numpy.nanmax(values)))
        axes.plot(grid, top, label="_roof", **ROOF)
    logarithmic(axes, "x", x, words.count, most=4, base=10 if x.max() > 64 else 2)
    # Curves that lie on each other are not to look apart.
    logarithmic(axes, "y", values, words.count, most=4, least=10)
    axes.set_title(f"{words.workload(cells.names[w], 18)}, {words.cores(c)}", loc="left", y=1)


def _joined(cells: Cells, rows: numpy.ndarray, first: int, second: int) -> bool:
    """Whether a line may lead from one cell to the other among the rows of a panel."""
    first_point, second_point = ([values[row] for values in (cells.ranks, cells.threads, cells.depth)]
                                 for row in (first, second))
    at = numpy.stack((cells.concurrency, cells.throughput().median), axis=-1)
    return (joined.follows(first_point, second_point)
            and joined.in_order(at[[first, second]], at[rows]))


def _message(cells: Cells, found: list[tuple[int, int]], rows: dict) -> str:
    """What the most telling panels say."""
    rate, said = cells.throughput().median, []
    for w, c in found[:3]:
        own = cells.of_workload(w, c)
        best = own[numpy.argmax(rate[own])]
        top = roof(rows.get((cells.names[w], c), {}), cells.concurrency[best:best + 1],
                   cells.ranks[best], cells.tasks[best])[0]
        reached = f", {_reached(rate[best] / top)} can be reached" if top < math.inf else ""
        said.append(f"{words.workload(cells.names[w])} on {words.cores(c)}: {cells.model[best]} "
                    f"({cells.point(best)}) does the most, {words.count(rate[best])} tasks/s"
                    f"{_times(cells, best)}{reached}{_substitutes(cells, own)}")
    return "; ".join(said) + "."


def _reached(part: float) -> str:
    """A bound has an interval, too: what is close to it is all of it."""
    return f"{words.share(part)} of what" if part < 0.97 else "all that"


def _times(cells: Cells, row: int) -> str:
    """How many times serial that is."""
    times = cells.speed_up.median[row]
    return f", {words.number(times)} times serial" if times > 0 else ""


def _substitutes(cells: Cells, rows: numpy.ndarray) -> str:
    """How far models are apart that have the same in flight, where it is most."""
    rate = cells.throughput().median
    for k in sorted(set(cells.concurrency[rows]), reverse=True):
        best = {model: rate[rows[(cells.concurrency[rows] == k) & (cells.model[rows] == model)]]
                .max() for model in sorted(set(cells.model[rows[cells.concurrency[rows] == k]]))}
        if len(best) > 1 and k > 1:
            apart = max(best.values()) / min(best.values()) - 1
            said = words.share(apart) if apart < 1 else f"a factor of {1 + apart:.1f}"
            return f"; with {words.count(k)} in flight {' and '.join(best)} are {said} apart"
    return ""
