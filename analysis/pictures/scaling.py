"""Speed-up and efficiency over cores by model, with the law that tells the fastest model best."""

import dataclasses
import math
import re
from collections.abc import Callable, Iterator

import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import models, scaling, statistics
from ..load import Answer
from . import joined, words
from .cells import Cells, baseline, certainty, choose, left_out, verdicts
from .frame import (DOUBLE, INK, SINGLE, Picture, bars, key_height, logarithmic,
                    marks, model_key, panels, round_numbers, set_ticks)

MOST = 6  # workloads
BEYOND = 4  # times the most cores measured: how far a law is drawn
IDEAL = {"color": INK, "linestyle": ":", "alpha": 0.7}
BOUND = {"color": INK, "linestyle": (0, (4, 2)), "alpha": 0.7}
LAW = {"color": INK, "linewidth": 3, "alpha": 0.3, "solid_capstyle": "butt"}
EXTRAPOLATED = {"color": INK, "linestyle": (0, (2, 1)), "alpha": 0.6}


@dataclasses.dataclass(frozen=True)
class _Shown:
    """What is drawn of one workload."""

    workload: int
    curves: list[scaling.Curve]  # one per model, at the depth at which it gets furthest
    fastest: scaling.Curve  # of them, on the most cores
    fit: scaling.Fit | None  # of the fastest that has points enough


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """A figure of strong and one of weak scaling: two panels for each workload with a curve."""
    weak = (numpy.asarray(run["weak"].values) == 1 if "weak" in run.coords
            else numpy.zeros(len(cells.names), bool))
    rows = verdicts(answers)
    for kind in (False, True):
        worth = {w: counts for w, counts in enumerate(_core_counts(cells))
                 if counts > 1 and cells.serial[w] >= 0 and weak[w] == kind}
        waiting = [w for w in worth if _waits(cells, rows, w)]
        worth = {w: counts for w, counts in worth.items() if w not in waiting}
        chosen, others = choose(worth, cells.names, MOST)
        found = [shown for w in chosen if (shown := _shown(run, w, cells.names[w])) is not None]
        if found:
            yield _picture(found, cells, kind, others, waiting)


def _waits(cells: Cells, rows: dict[tuple[str, int], dict], w: int) -> bool:
    """Whether the wait limits a workload on its most cores: what is in flight then decides, and not
    how many cores there are. By the bound of the verdict, and where there is none by whether a task
    computes at all."""
    row = rows.get((cells.names[w], int(cells.cores[cells.of_workload(w)].max())), {})
    if row.get("bound"):
        return row["bound"] == "depth"
    return _of_task(cells, "compute_time", w) == 0 and _of_task(cells, "wait_time", w) > 0


def _of_task(cells: Cells, name: str, w: int) -> float:
    """A number of the workload's task; NaN where the file has none."""
    return float(cells.run[name].values[w]) if name in cells.run.coords else math.nan


def _core_counts(cells: Cells) -> list[int]:
    """On how many core counts each workload has a point with as many workers as cores."""
    whole = cells.ranks * cells.threads == cells.cores
    return [len(set(cells.cores[rows[whole[rows]]]))
            for rows in (cells.of_workload(w) for w in range(len(cells.names)))]


def _shown(run: xarray.Dataset, workload: int, name: str) -> _Shown | None:
    curves = [curve for curve in scaling.furthest(scaling.curves(run, name))
              if curve.speed_up.median[-1] > 0]
    if not curves:
        return None
    by_speed = sorted(curves, key=lambda curve: (-curve.cores[-1], -curve.speed_up.median[-1]))
    fits = (fit for curve in by_speed for fit in scaling.fit(curve)[:1])
    return _Shown(workload, curves, by_speed[0], next(fits, None))


def _picture(found: list[_Shown], cells: Cells, weak: bool, others: list[int],
             waiting: list[int]) -> Picture:
    rows = numpy.concatenate([_rows(cells, shown) for shown in found])
    kind = "weak" if weak else "strong"
    work = "tasks grow with the cores" if weak else "the same tasks on more cores"
    return Picture(
        name=f"scaling_{kind}", title=f"{kind.capitalize()} scaling: {work}",
        figure=_figure(found, cells),
        reading="Above: how many times as fast as serial; the nearer to the dotted line, the less "
                "is lost. Below: what part of the cores is gained; 1 is all of it.",
        alt=words.listed([_message(shown, cells) for shown in found], 4, ". ") + ".",
        caption=f"{'Scaled s' if weak else 'S'}peed-up over serial and efficiency over the same "
                f"model on one core, as many workers as cores. "
                f"{baseline(cells, [shown.workload for shown in found])} "
                f"{certainty(cells, rows)}{_laws(found, cells)}{_limited(cells, waiting)}"
                f"{left_out(cells, others)}")


def _rows(cells: Cells, shown: _Shown) -> numpy.ndarray:
    """The cells that a workload's curves are made of."""
    points = {point for curve in shown.curves for point in curve.points}
    return numpy.array([row for row in cells.of_workload(shown.workload)
                        if cells.point(row) in points])


# -- the figure --

def _figure(found: list[_Shown], cells: Cells) -> Figure:
    columns = 2 if len(found) in (2, 4) else min(len(found), 3)
    groups = math.ceil(len(found) / columns)
    more = [("ideal", IDEAL)]
    if any(numpy.isfinite(_bound(shown)[1]).any() for shown in found):
        more.append(("bound: the cores' worth", BOUND))
    if any(shown.fit for shown in found):
        more += [("law, fitted", LAW), ("law, extrapolated", EXTRAPOLATED)]
    models_shown = {curve.model for shown in found for curve in shown.curves}
    width = DOUBLE if columns > 1 else SINGLE
    across = 4 if columns > 1 else 2
    figure, axes = panels(2 * columns * groups, columns, height=1.2, width=width, down=0.45,
                          top=key_height(len(models_shown) + len(more), across) + 0.2, bottom=0.4)
    for i, shown in enumerate(found):
        group, column = divmod(i, columns)
        above, below = axes[2 * group * columns + column], axes[(2 * group + 1) * columns + column]
        _speed_up(above, shown)
        _efficiency(below, shown)
        above.set_title(words.workload(cells.names[shown.workload], 20), loc="left")
        below.set_xlabel("cores")
        if column == 0:
            above.set_ylabel("scaled speed-up" if shown.fastest.weak else "speed-up")
            below.set_ylabel("efficiency")
    for spare in range(len(found), columns * groups):
        group, column = divmod(spare, columns)
        figure.delaxes(axes[2 * group * columns + column])
        figure.delaxes(axes[(2 * group + 1) * columns + column])
    model_key(figure, models_shown, more, columns=across)
    return figure


def _bound(shown: _Shown) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Cores, and the speed-up over serial that they are worth with this kernel: what calibration
    found, unless more was reached."""
    longest = max(shown.curves, key=lambda curve: len(curve.cores))
    bound = longest.worth.copy()
    for curve in shown.curves:
        for cores, reached in zip(curve.cores, curve.speed_up.median, strict=True):
            bound[(longest.cores == cores) & (bound < reached)] = reached
    return longest.cores, bound


def _span(shown: _Shown) -> numpy.ndarray:
    """Core counts from the least measured to the most, and beyond where there is a law."""
    counts = numpy.concatenate([curve.cores for curve in shown.curves]).astype(float)
    first, last = counts.min(), counts.max()
    beyond = numpy.geomspace(last, last * BEYOND, 12)[1:] if shown.fit else []
    return numpy.concatenate((numpy.geomspace(first, last, 30)[:-1], [last], beyond))


def _speed_up(axes: Axes, shown: _Shown) -> None:
    """Times as fast as serial, over cores."""
    span, seen, last = _span(shown), [], max(curve.cores[-1] for curve in shown.curves)
    for start in sorted({float(curve.speed_up.median[0] / curve.cores[0])
                         for curve in shown.curves if curve.speed_up.median[0] > 0}):
        axes.plot(span, start * span, label="_ideal", **IDEAL)
        seen.append(start * last)
    seen += _curves(axes, shown, span, [curve.speed_up for curve in shown.curves])
    cores, bound = _bound(shown)
    if numpy.nanmin(bound, initial=math.inf) < 3 * numpy.nanmax(seen):
        axes.plot(cores, bound, label="_bound", **BOUND)
        seen += list(bound)
    if shown.fit:
        serial_s = shown.fit.curve.serial_s / shown.fit.curve.tasks
        seen += _law(axes, shown.fit, span, lambda time, cores: serial_s / time)
    logarithmic(axes, "y", seen, words.count, most=4)
    _core_axis(axes, span)


def _efficiency(axes: Axes, shown: _Shown) -> None:
    """The part of each core that is gained, over cores."""
    span = _span(shown)
    axes.axhline(1, label="_ideal", **IDEAL)
    seen = [1.0, *_curves(axes, shown, span, [curve.efficiency for curve in shown.curves])]
    if shown.fit:
        one_core_s = shown.fit.one_core_s
        _law(axes, shown.fit, span, lambda time, cores: one_core_s / time / cores)
    top = max(value for value in seen if math.isfinite(value))
    axes.set_ylim(0, 1.08 * top)
    ticks = [0, 0.5, 1] if top < 1.5 else [0, 1, *round_numbers(1.5, top, 3)]
    set_ticks(axes, "y", ticks, [words.count(tick) for tick in ticks])
    _core_axis(axes, span)


def _curves(axes: Axes, shown: _Shown, span: numpy.ndarray,
            values: list[statistics.Interval]) -> list[float]:
    """A line per curve, and its intervals a little beside each other. Returns what is drawn."""
    seen: list[float] = []
    counts = sorted({int(cores) for curve in shown.curves for cores in curve.cores})
    for i, (curve, of) in enumerate(zip(shown.curves, values, strict=True)):
        beside = (span[-1] / span[0]) ** (0.008 * (i - (len(shown.curves) - 1) / 2))
        marks(axes, *joined.broken(curve.cores, of.median, _kept(curve, counts)), curve.model,
              line=True)
        bars(axes, curve.cores * beside, of.low, of.high, models.STYLE[curve.model].colour)
        seen += [*of.median, *of.low, *of.high]
    return seen


def _kept(curve: scaling.Curve, counts: list[int]) -> list[bool]:
    """Of each two neighbours of a curve whether a line joins them: no number of cores at which another
    model was measured lies between them, they are not far apart, and the one follows from the other."""
    points = [[int(part) for part in re.split("[×@]", point)[:3]] for point in curve.points]
    places = [counts.index(int(cores)) for cores in curve.cores]
    return [places[i + 1] == places[i] + 1 and joined.follows(points[i], points[i + 1], ways=3)
            and curve.cores[i + 1] <= joined.FAR * curve.cores[i]
            for i in range(len(points) - 1)]


def _core_axis(axes: Axes, span: numpy.ndarray) -> None:
    """A logarithmic axis with powers of two, at most six."""
    logarithmic(axes, "x", span, words.count)
    first, last = math.ceil(math.log2(span[0])), math.floor(math.log2(span[-1]) + 1e-9)
    ticks = [2.0**power for power in range(first, last + 1)]
    if len(ticks) > 1:
        ticks = ticks[::math.ceil(len(ticks) / 6)]
        set_ticks(axes, "x", ticks, [words.count(tick) for tick in ticks])


def _law(axes: Axes, fit: scaling.Fit, span: numpy.ndarray,
         of: Callable[[numpy.ndarray, numpy.ndarray], numpy.ndarray]) -> list[float]:
    """The law where it was fitted and, dashed and with its interval, beyond: there the ground is
    grey and says so. `of`: time over tasks in s and cores → what is drawn, which is returned."""
    colour, last = models.STYLE[fit.curve.model].colour, float(fit.curve.cores[-1])
    tasks = fit.curve.tasks_at(span)
    value, low, high = (of(time / tasks, span) for time in fit.predict(span))
    fitted, beyond = span <= last, span >= last
    axes.plot(span[fitted], value[fitted], label="_law", zorder=1.5, **LAW | {"color": colour})
    axes.plot(span[beyond], value[beyond], label="_extrapolated",
              **EXTRAPOLATED | {"color": colour})
    axes.fill_between(span[beyond], high[beyond], low[beyond], color=colour, alpha=0.2,
                      linewidth=0)
    axes.axvspan(last, span[-1], facecolor=INK, alpha=0.06, linewidth=0, label="_beyond")
    axes.text(1, 1.01, "extrapolated", transform=axes.transAxes, ha="right", va="bottom",
              alpha=0.8, style="italic")
    return [*value]


# -- words --

def _message(shown: _Shown, cells: Cells) -> str:
    """What a workload's panels say."""
    curve = shown.fastest
    times = words.interval(*(part[-1] for part in curve.speed_up[:3]))
    share = curve.efficiency.median[-1]
    gained = f", efficiency {share:.2f}" if share > 0 else ""
    said = (f"{words.workload(cells.names[shown.workload])}: {curve.model} ({curve.points[-1]}) "
            f"{times} times serial on {words.cores(int(curve.cores[-1]))}{gained}")
    if not shown.fit:
        return said
    curve, beyond = shown.fit.curve, int(shown.fit.curve.cores[-1]) * BEYOND
    tasks_s = curve.serial_s / curve.tasks * curve.tasks_at(beyond)
    value, least, most = (float(tasks_s / shown.fit.predict(beyond)[i]) for i in (0, 2, 1))
    return (f"{said}; {shown.fit.law.name}'s law of {curve.model}, extrapolated to "
            f"{words.cores(beyond)}: {words.count(value)} ({words.count(least)}–"
            f"{words.count(most)})")


def _limited(cells: Cells, waiting: list[int]) -> str:
    """Names the workloads that the wait limits, as a sentence; empty where there are none."""
    names = [words.workload(cells.names[w]) for w in waiting]
    return (f" Not drawn, because the wait limits them and not the cores: {words.listed(names, 6)}."
            if names else "")


def _laws(found: list[_Shown], cells: Cells) -> str:
    """The fitted laws with their parameters, as sentences."""
    said = []
    for shown in found:
        if shown.fit:
            parameters = ", ".join(f"{p.name} {p.value:.2g} ({p.low:.2g}–{p.high:.2g})"
                                   for p in shown.fit.parameters)
            said.append(f"{words.workload(cells.names[shown.workload])}, {shown.fit.curve.model}: "
                        f"{shown.fit.law.name}, {parameters}")
    if not said:
        return (f" No law is fitted and nothing extrapolated: that needs "
                f"{scaling.LEAST_POINTS} core counts.")
    return (f" Laws of the models that get furthest, with 90 % intervals: "
            f"{words.listed(said, MOST, '; ')}.")
