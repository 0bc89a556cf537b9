"""What a task costs beside its time: context switches and CPU seconds, by model."""

import math
from collections.abc import Callable, Iterator

import numpy
import xarray
from matplotlib.axes import Axes

from .. import models, statistics
from ..load import Answer
from . import words
from .cells import Cells, baseline, certainty, choose, left_out
from .frame import (
    INK, Picture, bars, key_height, logarithmic, marks, model_key, panels, set_ticks,
)

MOST = 24  # workloads, a line each
SWITCHES, CPU = "context switches", "CPU time"


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a line for each workload, with the fastest point of each model on the most
    cores."""
    best = {w: rows for w in range(len(cells.names)) if len(rows := _best(cells, w)) > 1}
    if not best:
        return
    every = numpy.concatenate(list(best.values()))
    found = _costs(cells, every)
    if not found:
        return
    of = cells.workload[every]
    chosen, others = choose({w: _spread(found, of == w) for w in best}, cells.names, MOST)
    chosen.sort()
    kept = numpy.isin(of, chosen)
    shown = set(cells.model[every[kept]])
    figure, all_axes = panels(len(found), 2, height=0.16 * len(chosen) + 0.1, bottom=0.4, left=1.75,
                              across=0.25, top=key_height(len(shown) + 1) + 0.08)
    spots = []
    for i, (axes, (what, one)) in enumerate(zip(all_axes, found.items(), strict=True)):
        one = statistics.Interval(*(v[kept] for v in one))
        _panel(axes, cells, every[kept], one, chosen, words.seconds_short if what == CPU else words.count)
        height = numpy.array([chosen.index(w) for w in of[kept]], float)
        at = numpy.clip(one.median, axes.get_xlim()[0], None)
        spots += cells.spots(axes, every[kept], (at, height), one, (
            words.seconds if what == CPU else words.count, f"{what} a task" if what == CPU else "switches a task"))
        axes.set_xlabel(f"{what} a task")
        names = [words.workload(cells.names[w], 24) if i == 0 else "" for w in chosen]
        axes.set_yticks(range(len(chosen)), names)
    serial = ("serial", {"color": INK, "marker": "|", "linestyle": "", "markersize": 8})
    model_key(figure, shown - {"serial"}, [serial] if "serial" in shown else [])
    yield Picture(
        name="costs", title="What a task costs", figure=figure, spots=spots,
        reading="A line for each workload: the further right, the more switches or CPU time a task "
                "takes with that model; the upright stroke is serial.",
        alt=_message(cells, every, found),
        caption=f"Context switches and CPU time per task at the fastest point of each model, on "
                f"the most cores measured. {baseline(cells, chosen)} "
                f"{certainty(cells, every[kept])}{left_out(cells, others)}")


def _best(cells: Cells, w: int) -> numpy.ndarray:
    """The fastest point of each model on the most cores, and serial, as rows."""
    rows = cells.of_workload(w)
    rows = rows[cells.cores[rows] == cells.cores[rows].max(initial=0)]
    rows = rows[cells.model[rows] != "serial"]
    best = {}
    for row in rows[numpy.argsort(-cells.seconds.median[rows], kind="stable")]:
        best[cells.model[row]] = row
    serial = [cells.serial[w]] if cells.serial[w] >= 0 else []
    return numpy.array(serial + list(best.values()), dtype=int)


def _costs(cells: Cells, rows: numpy.ndarray) -> dict[str, statistics.Interval]:
    """Of each kind per task (rows,): context switches, voluntary and not, and CPU time in s. A kind
    that was not measured is not there."""
    values = {SWITCHES: cells.values("switches_voluntary", rows)
              + cells.values("switches_involuntary", rows), CPU: cells.values("cpu", rows)}
    found = {what: statistics.interval(samples / cells.tasks[rows][:, None])
             for what, samples in values.items()}
    return {what: one for what, one in found.items() if one.n.any()}


def _spread(found: dict[str, statistics.Interval], own: numpy.ndarray) -> float:
    """How much the models differ: the largest ratio of two medians, as a logarithm."""
    most = 0.0
    for one in found.values():
        values = one.median[own]
        values = values[values > 0]
        if len(values) > 1:
            most = max(most, math.log(values.max() / values.min()))
    return most


def _panel(axes: Axes, cells: Cells, rows: numpy.ndarray, one: statistics.Interval,
           chosen: list[int], text: Callable[[float], str]) -> None:
    """A mark for each of the rows; what is 0 stands at the left end of the axis, as 0."""
    positive = one.median[one.median > 0]
    floor = positive.min(initial=1.0 if not len(positive) else math.inf) / 3
    at, low, high = (numpy.where(values <= floor, floor, values) for values in one[:3])
    height = numpy.array([chosen.index(w) for w in cells.workload[rows]], float)
    axes.hlines(range(len(chosen)), 0, 1, transform=axes.get_yaxis_transform(), colors=INK,
                linewidths=0.4, alpha=0.25)
    for model in sorted(set(cells.model[rows]), key=lambda m: models.STYLE[m].order):
        own = cells.model[rows] == model
        if model == "serial":
            axes.plot(at[own], height[own], color=INK, marker="|", linestyle="", markersize=8)
        else:
            marks(axes, at[own], height[own], model)
        bars(axes, height[own], low[own], high[own],
             INK if model == "serial" else models.STYLE[model].colour, sideways=True)
    logarithmic(axes, "x", numpy.concatenate((at, low, high)), text)
    if (one.median <= floor).any():
        locator, formatter = axes.xaxis.get_major_locator(), axes.xaxis.get_major_formatter()
        room = (axes.get_xlim()[1] / floor) ** 0.12
        kept = [(x, label) for x, label in zip(locator.locs, formatter.seq, strict=True)
                if x > room * floor]
        set_ticks(axes, "x", [floor, *(x for x, _ in kept)], ["0", *(label for _, label in kept)])
    axes.set_ylim(len(chosen) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _message(cells: Cells, every: numpy.ndarray, found: dict[str, statistics.Interval]) -> str:
    """The most and the fewest of both."""
    said = []
    for what, one in found.items():
        text = words.seconds if what == CPU else words.count
        ends = [int(numpy.nanargmax(one.median)), int(numpy.nanargmin(one.median))]
        most, least = (f"{cells.model[every[i]]} in "
                       f"{words.workload(cells.names[cells.workload[every[i]]])} with "
                       f"{text(one.median[i])}" for i in ends)
        said.append(f"{what} per task: the most take {most}, the fewest {least}")
    return "; ".join(said) + "."
