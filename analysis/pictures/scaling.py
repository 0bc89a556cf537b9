"""Speed-up and efficiency over cores by model, with the law that tells the fastest model best."""

import dataclasses
import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import models, scaling
from analysis.load import Answer
from analysis.pictures import words
from analysis.pictures.cells import Cells, baseline, certainty, choose, left_out
from analysis.pictures.frame import (DOUBLE, INK, SINGLE, Picture, bars, key_height, logarithmic,
                                     marks, model_key, panels, set_ticks)

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
    fit: scaling.Fit | None  # of the fastest of them on the most cores

    @property
    def fastest(self) -> scaling.Curve:
        return max(self.curves, key=lambda curve: (curve.cores[-1], curve.speed_up.median[-1]))


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """A figure of strong and one of weak scaling: two panels for each workload with a curve."""
    found = [_shown(run, w, name) for w, name in enumerate(cells.names) if cells.serial[w] >= 0]
    found = [shown for shown in found if shown is not None]
    for weak in (False, True):
        kind = [shown for shown in found if shown.fastest.weak == weak]
        if kind:
            yield _picture(kind, cells, weak)


def _shown(run: xarray.Dataset, workload: int, name: str) -> _Shown | None:
    best: dict[str, scaling.Curve] = {}
    for curve in scaling.curves(run, name):
        reached = curve.cores[-1], curve.speed_up.median[-1]
        if not reached[1] > 0:
            continue
        if curve.model not in best or reached > (best[curve.model].cores[-1],
                                                 best[curve.model].speed_up.median[-1]):
            best[curve.model] = curve
    if not best:
        return None
    shown = _Shown(workload, list(best.values()), None)
    return dataclasses.replace(shown, fit=next(iter(scaling.fit(shown.fastest)), None))


def _picture(found: list[_Shown], cells: Cells, weak: bool) -> Picture:
    worth = {shown.workload: float(len(shown.fastest.cores)) for shown in found}
    chosen, others = choose(worth, cells.names, MOST)
    found = [shown for shown in found if shown.workload in chosen]
    rows = numpy.concatenate([_rows(cells, shown) for shown in found])
    kind = "weak" if weak else "strong"
    work = "tasks grow with the cores" if weak else "the same tasks on more cores"
    return Picture(
        name=f"scaling_{kind}", title=f"{kind.capitalize()} scaling: {work}",
        figure=_figure(found, cells),
        reading="Above: how many times as fast as serial; the nearer to the dotted line, the less "
                "is lost. Below: what part of each core more is gained; 1 is all of it.",
        alt=". ".join(_message(shown, cells) for shown in found[:4]) + ".",
        caption=f"{'Scaled s' if weak else 'S'}peed-up over serial and efficiency over the same "
                f"model on one core, as many workers as cores. "
                f"{baseline(cells, [shown.workload for shown in found])} "
                f"{certainty(cells, rows)}{_laws(found, cells)}{left_out(cells, others)}")


def _rows(cells: Cells, shown: _Shown) -> numpy.ndarray:
    """The cells that a workload's curves are made of."""
    points = {point for curve in shown.curves for point in curve.points}
    return numpy.array([row for row in cells.of_workload(shown.workload)
                        if cells.point(row) in points])


# -- the figure --

def _figure(found: list[_Shown], cells: Cells) -> Figure:
    columns = min(len(found), 3)
    groups = math.ceil(len(found) / columns)
    more = [("ideal", IDEAL)]
    if any(numpy.isfinite(_bound(shown)[1]).any() for shown in found):
        more.append(("bound: what the cores are worth", BOUND))
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
        above.set_title(words.clean(cells.names[shown.workload], 28), loc="left")
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
    """Cores, and the speed-up over serial that they are worth with this kernel."""
    longest = max(shown.curves, key=lambda curve: len(curve.cores))
    return longest.cores, longest.worth


def _span(shown: _Shown) -> numpy.ndarray:
    """Core counts from the least measured to the most, and beyond where there is a law (40,)."""
    counts = numpy.concatenate([curve.cores for curve in shown.curves]).astype(float)
    return numpy.geomspace(counts.min(), counts.max() * (BEYOND if shown.fit else 1), 40)


def _speed_up(axes: Axes, shown: _Shown) -> None:
    """Times as fast as serial, over cores."""
    span, seen = _span(shown), []
    for start in sorted({float(curve.speed_up.median[0] / curve.cores[0])
                         for curve in shown.curves if curve.speed_up.median[0] > 0}):
        axes.plot(span, start * span, label="_ideal", **IDEAL)
        seen.append(start * span[-1])
    for curve in shown.curves:
        of = curve.speed_up
        marks(axes, curve.cores, of.median, curve.model, line=True)
        bars(axes, curve.cores, of.low, of.high, models.STYLE[curve.model].colour)
        seen += [*of.median, *of.low, *of.high]
    cores, bound = _bound(shown)
    if numpy.nanmin(bound, initial=math.inf) < 3 * numpy.nanmax(seen):
        axes.plot(cores, bound, label="_bound", **BOUND)
        seen += list(bound)
    if shown.fit:
        curve = shown.fit.curve
        serial = curve.serial_s / curve.tasks
        _draw_law(axes, shown.fit, span, lambda tasks_time, cores: serial / tasks_time)
    logarithmic(axes, "x", span, words.count)
    logarithmic(axes, "y", seen, words.count, most=4)
    _core_ticks(axes, span)


def _efficiency(axes: Axes, shown: _Shown) -> None:
    """The part of each core that is gained, over cores."""
    span, seen = _span(shown), [1.0]
    axes.axhline(1, label="_ideal", **IDEAL)
    for curve in shown.curves:
        of = curve.efficiency
        marks(axes, curve.cores, of.median, curve.model, line=True)
        bars(axes, curve.cores, of.low, of.high, models.STYLE[curve.model].colour)
        seen += [*of.median, *of.high]
    if shown.fit:
        one = shown.fit.one_core_s
        _draw_law(axes, shown.fit, span, lambda tasks_time, cores: one / tasks_time / cores)
    logarithmic(axes, "x", span, words.count)
    top = numpy.nanmax(numpy.where(numpy.isfinite(seen), seen, numpy.nan))
    axes.set_ylim(0, 1.08 * top)
    ticks = [0, 0.5, 1] if top < 1.5 else numpy.linspace(0, math.floor(top), 3)
    set_ticks(axes, "y", ticks, [words.count(tick) for tick in ticks])
    _core_ticks(axes, span)


def _core_ticks(axes: Axes, span: numpy.ndarray) -> None:
    """Powers of two, at most six."""
    first, last = math.ceil(math.log2(span[0])), math.floor(math.log2(span[-1]) + 1e-9)
    ticks = [2.0**power for power in range(first, last + 1)]
    ticks = ticks[::math.ceil(len(ticks) / 6)] if ticks else []
    if len(ticks) > 1:
        set_ticks(axes, "x", ticks, [words.count(tick) for tick in ticks])


def _draw_law(axes: Axes, fit: scaling.Fit, span: numpy.ndarray, of) -> None:
    """The law where it was fitted, and beyond: lighter, dashed, with its interval and named.

    `of`: (time over tasks in s, cores) → what is drawn."""
    colour = models.STYLE[fit.curve.model].colour
    last = fit.curve.cores[-1]
    for cores, style, label in (
            (span[span <= last], LAW, "_law"), (span[span >= last], EXTRAPOLATED, "_extrapolated")):
        cores = numpy.union1d(cores, [float(last)])
        value, low, high = (of(time / fit.curve.tasks_at(cores), cores)
                            for time in fit.predict(cores))
        axes.plot(cores, value, label=label, **style | {"color": colour})
        if label == "_extrapolated":
            axes.fill_between(cores, high, low, color=colour, alpha=0.15, linewidth=0)
    axes.axvline(last, color=INK, linewidth=0.4, alpha=0.4)
    axes.text(0.98, 0.03, "extrapolated", transform=axes.transAxes, ha="right", va="bottom",
              alpha=0.8, style="italic")


# -- words --

def _message(shown: _Shown, cells: Cells) -> str:
    """What a workload's panels say."""
    curve = shown.fastest
    times = words.interval(*(part[-1] for part in curve.speed_up[:3]))
    lost = f", efficiency {curve.efficiency.median[-1]:.2f}" if (
        curve.efficiency.median[-1] > 0) else ""
    said = (f"{words.clean(cells.names[shown.workload])}: {curve.model} ({curve.points[-1]}) "
            f"{times} times serial on {words.cores(int(curve.cores[-1]))}{lost}")
    if not shown.fit:
        return said
    beyond = int(curve.cores[-1]) * BEYOND
    value, low, high = (curve.serial_s / curve.tasks * curve.tasks_at(beyond) / time
                        for time in shown.fit.predict(beyond))
    return (f"{said}; {shown.fit.law.name}'s law, extrapolated to {words.cores(beyond)}: "
            f"{words.count(float(value))} ({words.count(float(high))}–{words.count(float(low))})")


def _laws(found: list[_Shown], cells: Cells) -> str:
    """The fitted laws with their parameters, as sentences."""
    said = []
    for shown in found:
        if shown.fit:
            parameters = ", ".join(f"{p.name} {p.value:.2g} ({p.low:.2g}–{p.high:.2g})"
                                   for p in shown.fit.parameters)
            said.append(f"{words.clean(cells.names[shown.workload], 28)}, {shown.fit.curve.model}: "
                        f"{shown.fit.law.name}, {parameters}, error {shown.fit.error:.1%} with each "
                        f"point left out")
    if not said:
        return (f" No law is fitted and nothing extrapolated: that takes "
                f"{scaling.LEAST_POINTS} core counts.")
    return (f" Laws of the fastest models with 90 % intervals, drawn lighter where they are "
            f"extrapolated: {words.listed(said, MOST, '; ')}.")
