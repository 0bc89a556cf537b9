"""Speed-up over the fraction of a task that waits, by model, below 1/(1 − f)."""

import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes

from analysis import models
from analysis.contest import ROUNDS_LEAST
from analysis.load import Answer
from analysis.pictures import words
from analysis.pictures.cells import Cells, baseline, certainty, left_out, plausible
from analysis.pictures.frame import (
    INK, Picture, bars, key_height, logarithmic, marks, model_key, panels, set_ticks,
)

MOST = 6  # panels
DASHED, DOTTED = (0, (4, 2)), (0, (1, 1.5))


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a panel for each family over wait_fraction, on the fewest cores and the most."""
    if "wait_fraction" not in run.coords:
        return
    fractions = numpy.asarray(run["wait_fraction"].values, float)
    found = _panels(cells, fractions)
    if not found:
        return
    shown = found[:MOST]
    best = [_best(cells, members, c) for members, c in shown]
    names = {model for one in best for model in one}
    bounds = [("1/(1 − f), one core computing", {"color": INK, "linestyle": DASHED, "alpha": 0.7})]
    if any(c > 1 for _, c in shown):
        bounds.append(("the same, all cores computing",
                       {"color": INK, "linestyle": DOTTED, "alpha": 0.9}))
    figure, all_axes = panels(len(shown), 2, height=2.0, bottom=0.42, left=0.5,
                              top=key_height(len(names) + len(bounds), 3) + 0.2)
    for axes, (members, c), one in zip(all_axes, shown, best, strict=True):
        _panel(axes, cells, fractions, members, c, one)
    model_key(figure, names, bounds, columns=3)
    drawn = numpy.concatenate([rows for one in best for rows in one.values()])
    yield Picture(
        name="wait_fraction", title="Speed-up over the fraction of waiting", figure=figure,
        reading="Further right, a task waits for more of its time; each mark is the best point of "
                "a model there. On the dashed line one core computes all the time and every wait "
                "is hidden.",
        alt=_message(cells, fractions, shown, best),
        caption=f"Speed-up over serial, per task, on an axis of log 1/(1 − f). "
                f"{baseline(cells, [w for members, _ in shown for w in members])} "
                f"{certainty(cells, drawn, ROUNDS_LEAST)}"
                f"{left_out(cells, [members[0] for members, _ in found[MOST:]])}")


def _panels(cells: Cells, fractions: numpy.ndarray) -> list[tuple[list[int], int]]:
    """The members of each family that have a speed-up, by fraction, and the cores: where there
    are two at least."""
    families: dict[str, list[int]] = {}
    for w in numpy.flatnonzero((fractions >= 0) & (fractions < 1)):
        families.setdefault(_others(cells.names[w]), []).append(int(w))
    found = []
    for members in families.values():
        members.sort(key=lambda w: fractions[w])
        measured = numpy.isfinite(cells.speed_up.median)
        cores = sorted(c for c in set(cells.cores)
                       if len(set(fractions[cells.workload[measured & (cells.cores == c) &
                                            numpy.isin(cells.workload, members)]])) >= 2)
        found += [(members, int(c)) for c in dict.fromkeys(cores[:1] + cores[-1:])]
    return found


def _others(name: str) -> str:
    """The name of a workload without its wait fraction: what the members of a family share."""
    head, _, values = name.partition("[")
    rest = [value for value in values.rstrip("]").split(",")
            if value and not value.strip().startswith("wait_fraction=")]
    return f"{head}[{','.join(rest)}]" if rest else head


def _best(cells: Cells, members: list[int], c: int) -> dict[str, numpy.ndarray]:
    """The fastest point of each model at each fraction, as rows by model."""
    best: dict[str, list[int]] = {}
    times = cells.speed_up.median
    for w in members:
        rows = cells.of_workload(w, c)
        rows = rows[numpy.isfinite(times[rows])]
        for model in sorted(set(cells.model[rows]), key=lambda m: models.STYLE[m].order):
            own = rows[cells.model[rows] == model]
            best.setdefault(model, []).append(own[numpy.argmax(times[own])])
    return {model: numpy.array(rows) for model, rows in best.items()}


def _panel(axes: Axes, cells: Cells, fractions: numpy.ndarray, members: list[int], c: int,
           best: dict[str, numpy.ndarray]) -> None:
    found = cells.speed_up
    for model, rows in best.items():
        x = 1 / (1 - fractions[cells.workload[rows]])
        marks(axes, x, found.median[rows], model, line=True)
        bars(axes, x, found.low[rows], found.high[rows], models.STYLE[model].colour)
    rows = numpy.concatenate(list(best.values()))
    x = 1 / (1 - fractions[members])
    ends = numpy.array([x.min(), x.max()])
    axes.plot(ends, ends, color=INK, linestyle=DASHED, alpha=0.7, label="_bound")
    worth = _worth(cells, members, c)
    if c > 1:
        axes.plot(ends, worth * ends, color=INK, linestyle=DOTTED, alpha=0.9, label="_bound_cores")
    logarithmic(axes, "x", x, words.count)
    logarithmic(axes, "y", numpy.concatenate((found.median[rows], found.low[rows], found.high[rows],
                                              ends, worth * ends)), words.count)
    shown = _apart(sorted(set(fractions[members])))
    set_ticks(axes, "x", [1 / (1 - f) for f in shown], [f"{f:.4g}" for f in shown])
    axes.set_xlabel("fraction of a task that waits, f")
    axes.set_ylabel("speed-up over serial", rotation_mode="anchor")
    axes.set_title(f"{words.workload(_others(cells.names[members[0]]))}, {words.cores(c)}",
                   loc="left", y=1)


def _apart(values: list[float], least: float = 0.12) -> list[float]:
    """Of sorted fractions those that have room for a label on the axis, the largest first."""
    places = [-math.log10(1 - f) for f in values]
    room = least * max(places[-1] - places[0], 1e-9)
    kept: list[int] = []
    for i in range(len(values) - 1, -1, -1):
        if not kept or places[kept[-1]] - places[i] >= room:
            kept.append(i)
    return [values[i] for i in reversed(kept)]


def _worth(cells: Cells, members: list[int], c: int) -> float:
    """How many cores' worth of this kernel so many cores reach at most; as many as they are where
    it was not measured."""
    if "cores_worth" not in cells.run:
        return float(c)
    at = list(cells.run["cores"].values).index(c)
    worth = numpy.asarray(cells.run["cores_worth"].values, float)[members, at]
    worth = worth[plausible(worth)]
    return float(worth.max(initial=0)) or float(c)


def _message(cells: Cells, fractions: numpy.ndarray, shown: list[tuple[list[int], int]],
             best: list[dict[str, numpy.ndarray]]) -> str:
    """At the largest fraction: what each model reaches, and what it may."""
    said = []
    for (members, c), one in zip(shown[:4], best, strict=False):
        f = max(fractions[w] for w in members)
        last = [rows[fractions[cells.workload[rows]] == f] for rows in one.values()]
        last = [row for rows in last for row in rows]
        last.sort(key=lambda row: -cells.speed_up.median[row])
        reached = [f"{cells.model[row]} {_times(cells, row)} times" for row in last]
        said.append(f"{words.clean(_others(cells.names[members[0]]))} on {words.cores(c)}, waiting "
                    f"{f:.4g} of the time: {words.listed(reached)} as fast as serial; 1/(1 − f) is "
                    f"{words.number(1 / (1 - f))}")
    return "; ".join(said) + "."


def _times(cells: Cells, row: int) -> str:
    found = cells.speed_up
    return words.interval(found.median[row], found.low[row], found.high[row])
