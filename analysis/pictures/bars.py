"""Speed-up by kind of work and model: the answer as bars."""

from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from .. import models
from ..load import Answer
from . import words
from .cells import Cells, baseline, certainty, left_out
from .frame import DOUBLE, INK, Picture, Spot, bars, key_height, logarithmic, panels

MOST = 12  # workloads


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: of each workload on its most cores the best point of each model, as a bar."""
    found = {w: best for w in range(len(cells.names)) if len(best := _best(cells, w)) > 1}
    if not found:
        return
    chosen = list(found)[:MOST]
    others = list(found)[MOST:]
    shown = {cells.model[row] for w in chosen for row in found[w]}
    top = key_height(len(shown)) + 0.1
    figure, (axes,) = panels(1, 1, height=1.6, top=top, bottom=0.34, left=0.45, right=0.1,
                             width=DOUBLE)
    drawn = numpy.array([row for w in chosen for row in found[w]])
    spots = _bars(axes, cells, [found[w] for w in chosen])
    axes.set_xticks(range(len(chosen)), [_name(cells, w, len(chosen)) for w in chosen])
    axes.set_ylabel("times serial", rotation_mode="anchor")
    names = sorted(shown, key=lambda model: models.STYLE[model].order)
    figure.legend(handles=[Patch(color=models.STYLE[name].colour, label=name) for name in names],
                  loc="upper left", bbox_to_anchor=(0, 1), ncol=4, borderaxespad=0.2,
                  columnspacing=1.5, handlelength=1.2, labelspacing=0.25)
    yield Picture(
        name="bars", title="Speed-up by kind of work and model", figure=figure, spots=spots,
        reading="The higher a bar, the faster; its model is worth its trouble where no simpler one "
                "is as high.",
        alt=_message(cells, {w: found[w] for w in chosen}),
        caption=f"Of each model its best point on the most cores that were measured. "
                f"{baseline(cells, chosen)} {certainty(cells, drawn)}{left_out(cells, others)}")


def _best(cells: Cells, w: int) -> list[int]:
    """The workload's best point of each model on its most cores (rows of cells), simplest first."""
    rows = cells.of_workload(w)
    rows = rows[numpy.isfinite(cells.speed_up.median[rows])]
    rows = rows[cells.cores[rows] == cells.cores[rows].max(initial=0)]
    best = {}
    for row in rows[numpy.argsort(-cells.speed_up.median[rows], kind="stable")]:
        best.setdefault(cells.model[row], int(row))
    return sorted(best.values(), key=lambda row: models.STYLE[cells.model[row]].order)


def _name(cells: Cells, w: int, count: int) -> str:
    return words.workload(cells.names[w], max(6, 96 // count)).replace(" ", "\n", 1)


def _bars(axes: Axes, cells: Cells, groups: list[list[int]]) -> list[Spot]:
    """Draws the bars; returns where each stands."""
    speed_up = cells.speed_up
    rows = numpy.array([row for group in groups for row in group])
    ends = numpy.concatenate([values[rows] for values in speed_up[:3]] + [numpy.ones(1)])
    logarithmic(axes, "y", ends, words.number, most=6, least=4)
    axes.axhline(1, color=INK, linewidth=0.5, label="_serial")
    bottom = axes.get_ylim()[0]
    spots = []
    for x, group in enumerate(groups):
        width = 0.8 / len(group)
        for i, row in enumerate(group):
            at = x + (i - (len(group) - 1) / 2) * width
            height = speed_up.median[row]
            axes.bar(at, height - bottom, 0.85 * width, bottom, color=models.STYLE[cells.model[row]].colour)
            bars(axes, [at], [speed_up.low[row]], [speed_up.high[row]], INK)
            median, low, high = (words.number(values[row]) for values in speed_up[:3])
            spots.append(Spot(axes, (at - width / 2, bottom), (at + width / 2, height), cells.told(
                row, (f"{median} times serial", low, high), int(speed_up.n[row]))))
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.tick_params(axis="x", length=0)
    return spots


def _message(cells: Cells, found: dict[int, list[int]]) -> str:
    """The highest bar of each workload."""
    said = []
    for w, rows in found.items():
        best = max(rows, key=lambda row: cells.speed_up.median[row])
        said.append(f"{words.workload(cells.names[w])}: {cells.model[best]} ({cells.point(best)}), "
                    f"{words.number(cells.speed_up.median[best])} times serial")
    return "; ".join(said) + "."
