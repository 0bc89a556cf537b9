"""Speed-up over the fraction of a task that waits, by model, below 1/(1 − f).

f is what serial really waited, which is not quite what the job asks for: a wait ends late, and a core
computes faster at times. So 1/(1 − f) is the time of a task at serial over its CPU time."""

import itertools
import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes

from .. import models, statistics
from ..contest import ROUNDS_LEAST
from ..load import Answer
from . import joined, words
from .cells import (
    LARGEST, Cells, baseline, certainty, left_out, number, plausible, verdicts,
)
from .frame import (
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
    rows = verdicts(answers)
    bounds = [("1/(1 − f), one core computing", {"color": INK, "linestyle": DASHED, "alpha": 0.7})]
    if any(c > 1 for _, c in shown):
        bounds.append(("the same, all cores computing",
                       {"color": INK, "linestyle": DOTTED, "alpha": 0.9}))
    figure, all_axes = panels(len(shown), 2, height=2.0, bottom=0.42, left=0.5,
                              top=key_height(len(names) + len(bounds), 3) + 0.2)
    spots = []
    for axes, (members, c), one in zip(all_axes, shown, best, strict=True):
        _panel(axes, cells, fractions, rows, members, c, one)
        points = numpy.concatenate(list(one.values()))
        found_at = statistics.Interval(*(part[points] for part in cells.speed_up))
        at = numpy.array([_possible(cells, fractions, rows, w) for w in cells.workload[points]])
        spots += cells.spots(axes, points, (at, found_at.median), found_at, (words.number, "times serial"))
    model_key(figure, names, bounds, columns=3)
    drawn = numpy.concatenate([rows for one in best for rows in one.values()])
    yield Picture(
        name="wait_fraction", title="Speed-up over the fraction of waiting", figure=figure,
        spots=spots,
        reading="Further right, a task waits for more of its time; each mark is the best point of "
                "a model there. On the dashed line one core computes all the time and every wait "
                "is hidden.",
        alt=_message(cells, fractions, rows, shown, best),
        caption=f"Speed-up over serial, per task, on an axis of log 1/(1 − f); f is the part of its "
                f"time that a task waits at serial, as measured. "
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


def _serial_task(cells: Cells, w: int) -> float:
    """Seconds of one task at serial; NaN where it was not measured."""
    row = cells.serial[w]
    return float(cells.seconds.median[row] / cells.tasks[row]) if row >= 0 else math.nan


def _possible(cells: Cells, fractions: numpy.ndarray, verdict: dict, w: int) -> float:
    """1/(1 − f): how many times as fast as serial one core can be that computes all the time. By
    the bound of one core, and as the job asks for it where there is none."""
    measured = _serial_task(cells, w) * number(verdict.get((cells.names[w], 1), {}), "bound_cores")
    return measured if 1 <= measured < LARGEST else 1 / (1 - fractions[w])


def _bound(cells: Cells, fractions: numpy.ndarray, verdict: dict, members: list[int],
           c: int) -> numpy.ndarray:
    """1/(1 − f) of each member and the same with all cores computing (2, members), by f."""
    possible = numpy.array([_possible(cells, fractions, verdict, w) for w in members])
    in_all = _worth(cells, members, c) * possible
    for i, w in enumerate(members):
        bound = _serial_task(cells, w) * number(verdict.get((cells.names[w], c), {}), "bound_cores")
        in_all[i] = bound if possible[i] <= bound < LARGEST else in_all[i]
    return numpy.stack((possible, in_all))[:, numpy.argsort(possible)]


def _panel(axes: Axes, cells: Cells, fractions: numpy.ndarray, verdict: dict, members: list[int],
           c: int, best: dict[str, numpy.ndarray]) -> None:
    found = cells.speed_up
    at = {w: _possible(cells, fractions, verdict, w) for w in members}
    for model, rows in best.items():
        x = numpy.array([at[w] for w in cells.workload[rows]])
        # Between two neighbours there is no other fraction of the family at which no sample is valid.
        kept = [members.index(b) - members.index(a) == 1
                for a, b in itertools.pairwise(cells.workload[rows])]
        marks(axes, *joined.broken(x, found.median[rows], kept), model, line=True)
        bars(axes, x, found.low[rows], found.high[rows], models.STYLE[model].colour)
    rows = numpy.concatenate(list(best.values()))
    x, in_all = _bound(cells, fractions, verdict, members, c)
    axes.plot(x, x, color=INK, linestyle=DASHED, alpha=0.7, label="_bound")
    if c > 1:
        axes.plot(x, in_all, color=INK, linestyle=DOTTED, alpha=0.9, label="_bound_cores")
    logarithmic(axes, "x", x, words.count)
    logarithmic(axes, "y", numpy.concatenate((found.median[rows], found.low[rows], found.high[rows],
                                              x, in_all)), words.count)
    shown = _apart([1 - 1 / times for times in x])
    set_ticks(axes, "x", [1 / (1 - f) for f in shown], [_fraction(f) for f in shown])
    axes.set_xlabel("fraction of a task that waits, f")
    axes.set_ylabel("speed-up over serial", rotation_mode="anchor")
    axes.set_title(f"{words.workload(_others(cells.names[members[0]]))}, {words.cores(c)}",
                   loc="left", y=1)


def _fraction(f: float) -> str:
    """To as many decimals as 1 − f has zeros behind the point, one at least."""
    return f"{round(f, max(1, math.ceil(-math.log10(1 - f)))):g}"


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


def _message(cells: Cells, fractions: numpy.ndarray, verdict: dict,
             shown: list[tuple[list[int], int]], best: list[dict[str, numpy.ndarray]]) -> str:
    """At the largest fraction: what each model reaches, and what it may."""
    said = []
    for (members, c), one in zip(shown[:4], best, strict=False):
        f = max(fractions[w] for w in members)
        last = [rows[fractions[cells.workload[rows]] == f] for rows in one.values()]
        last = [row for rows in last for row in rows]
        last.sort(key=lambda row: -cells.speed_up.median[row])
        reached = [f"{cells.model[row]} {_times(cells, row)} times" for row in last]
        possible = _possible(cells, fractions, verdict, members[-1])
        said.append(f"{words.workload(_others(cells.names[members[0]]))} on {words.cores(c)}, waiting "
                    f"{_fraction(1 - 1 / possible)} of the time: {words.listed(reached)} as fast as "
                    f"serial; 1/(1 − f) is {words.number(possible)}")
    return "; ".join(said) + "."


def _times(cells: Cells, row: int) -> str:
    found = cells.speed_up
    return words.interval(found.median[row], found.low[row], found.high[row])
