"""Heat maps: speed-up over serial by ranks × threads, and by threads × depth."""

import dataclasses
import math
from collections.abc import Iterator

import matplotlib
import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm, to_rgba
from matplotlib.patches import Rectangle

from ..contest import ROUNDS_LEAST
from ..load import Answer
from . import words
from .cells import (
    AXES, EQUAL, Cells, baseline, certainty, choose, left_out, verdicts,
)
from .frame import INK, Picture, panels, set_ticks
from ..variables import FAILED, INFEASIBLE

MOST = 8  # maps
LONGEST = 8  # cells in a row or column of a map
WIDEST = 5  # of them where there is room for intervals
THINNED = (f" Of long axes at most {LONGEST} values are shown, evenly spread and with the framed "
           f"cell's; intervals where there are at most {WIDEST} side by side.")
SLOWER = "#f4c7a1"  # than serial


@dataclasses.dataclass(frozen=True)
class Map:
    """One map: two axes of the run for one workload, at one value of every other axis."""

    workload: int
    cores: int
    axes: tuple[str, str]  # downward, rightward
    fixed: tuple[str, int]  # the third axis and its value
    ticks: tuple[list[int], list[int]]  # values of the two axes
    rows: numpy.ndarray  # (down, right): row of the table of cells, -1 where there is none
    status: numpy.ndarray  # (down, right)
    named: int  # row of the cell that the verdict names; -1: none of the map
    thinned: bool  # some values of its axes are not shown


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure with the maps that have at least 2 × 2 measured cells."""
    named = _named(cells, answers)
    found = [m for w in range(len(cells.names))
             for axes in (("ranks", "threads"), ("threads", "depth"))
             if (m := _map(run, cells, w, axes, named)) is not None]
    worth = {i: _spread(cells, m) for i, m in enumerate(found)}
    chosen, others = choose(worth, [cells.names[m.workload] for m in found], MOST)
    if not chosen:
        return
    # The maps of a workload stand side by side.
    first = [found[i].workload for i in chosen]
    maps = [found[i] for i in sorted(chosen, key=lambda i: (first.index(found[i].workload), i))]
    tallest = max(len(m.ticks[0]) for m in maps)
    figure, all_axes = panels(len(maps), 4, height=max(0.75, 0.32 * tallest), top=0.36, left=0.42,
                              bottom=0.42, down=0.64, across=0.36)
    drawn = numpy.concatenate([m.rows[m.rows >= 0] for m in maps])
    colours = _colours(cells.speed_up.median[drawn])
    for axes, m in zip(all_axes, maps, strict=True):
        _panel(axes, cells, m, *colours)
    hidden = sorted({found[i].workload for i in others} - {m.workload for m in maps})
    yield Picture(
        name="heat", title="Speed-up over serial, cell by cell", figure=figure,
        reading="The darker, the faster; the number is how many times serial; framed: what the "
                "verdict names; orange: slower than serial; hatched: not feasible.",
        alt=_message(cells, maps),
        caption=f"Speed-up over serial, per task; ± is half of the 95 % interval. "
                f"{baseline(cells, [m.workload for m in maps])} {certainty(cells, drawn, ROUNDS_LEAST)}"
                f"{THINNED if any(m.thinned for m in maps) else ''}{left_out(cells, hidden)}")


def _named(cells: Cells, answers: list[Answer]) -> set[int]:
    """The rows of the cells that the verdicts name."""
    choices = {(name, cores, *(row.get(f"choice_{axis}") for axis in AXES[2:]))
               for (name, cores), row in verdicts(answers).items()}
    points = zip(cells.workload, cells.cores, cells.ranks, cells.threads, cells.depth, strict=True)
    return {row for row, (w, *point) in enumerate(points) if (cells.names[w], *point) in choices}


def _map(run: xarray.Dataset, cells: Cells, w: int, axes: tuple[str, str],
         named: set[int]) -> Map | None:
    """The map with the most measured cells: on the most cores of which there is one, at the least
    value of the axis that is not shown. None when it would be less than 2 × 2."""
    third = ({"ranks", "threads", "depth"} - set(axes)).pop()
    rows = cells.of_workload(w)
    rows = rows[numpy.isfinite(cells.speed_up.median[rows])]
    best = None
    for cores in sorted(set(cells.cores[rows]), reverse=True):
        for value in sorted(set(getattr(cells, third)[rows])):
            own = rows[(cells.cores[rows] == cores) & (getattr(cells, third)[rows] == value)]
            down, right = (sorted(set(getattr(cells, axis)[own])) for axis in axes)
            whole = len(down) >= 2 and len(right) >= 2 and len(own) >= 4
            if whole and (best is None or len(own) > len(best[0])):
                best = own, cores, value, (down, right)
        if best:
            break
    if best is None:
        return None
    own, cores, value, ticks = best
    of_verdict = next((row for row in own.tolist() if row in named), -1)
    return _laid_out(run, cells, own, Map(w, cores, axes, (third, value), ticks, numpy.empty(0),
                                          numpy.empty(0), of_verdict, False))


def _laid_out(run: xarray.Dataset, cells: Cells, own: numpy.ndarray, m: Map) -> Map:
    """The map with its cells in place, thinned to so many rows and columns that they can be
    read; what the verdict names stays, or the fastest."""
    kept = m.named if m.named >= 0 else own[numpy.argmax(cells.speed_up.median[own])]
    ticks = tuple(_thin(values, getattr(cells, axis)[kept])
                  for axis, values in zip(m.axes, m.ticks, strict=True))
    rows = numpy.full((len(ticks[0]), len(ticks[1])), -1)
    for row in own:
        place = [getattr(cells, axis)[row] for axis in m.axes]
        if place[0] in ticks[0] and place[1] in ticks[1]:
            rows[ticks[0].index(place[0]), ticks[1].index(place[1])] = row
    return dataclasses.replace(m, ticks=ticks, rows=rows, status=_status(run, m, ticks),
                               thinned=ticks != m.ticks)


def _thin(values: list[int], keep: int) -> list[int]:
    """At most LONGEST of the values, evenly, with the first, the last and `keep`."""
    if len(values) <= LONGEST:
        return values
    kept = {values[i] for i in numpy.linspace(0, len(values) - 1, LONGEST - 1).astype(int)}
    return sorted(kept | {keep})


def _status(run: xarray.Dataset, m: Map, ticks: tuple[list[int], list[int]]) -> numpy.ndarray:
    """What became of each cell of the map (down, right)."""
    values = {"cores": [m.cores], m.fixed[0]: [m.fixed[1]], m.axes[0]: ticks[0],
              m.axes[1]: ticks[1]}
    places = [[m.workload]] + [[list(run[axis].values).index(v) for v in values[axis]]
                               for axis in AXES[1:]]
    picked = run["status"].values[numpy.ix_(*places)]
    return picked.reshape([len(values[axis]) for axis in AXES[1:] if axis in m.axes])


def _spread(cells: Cells, m: Map) -> float:
    """How far the speed-ups of the map are apart."""
    values = cells.speed_up.median[m.rows[m.rows >= 0]]
    return math.log(values.max() / values.min())


def _colours(values: numpy.ndarray) -> tuple[ListedColormap, LogNorm]:
    """One scale for all maps: the darker the faster, from serial on."""
    top = max(2.0, values.max())
    scale = matplotlib.colormaps["Blues"](numpy.linspace(0.12, 1, 64))
    return ListedColormap(scale), LogNorm(1, top)


def _panel(axes: Axes, cells: Cells, m: Map, colours: ListedColormap, norm: LogNorm) -> None:
    for (i, j), row in numpy.ndenumerate(m.rows):
        if row >= 0:
            colour = _colour(cells, row, colours, norm)
            luminance = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
            ink = "#ffffff" if luminance < 0.55 else "#101010"
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, linewidth=0))
            _number(axes, cells, row, (j + 0.5, i + 0.5), ink, m.rows.shape[1])
            if row == m.named:
                axes.add_patch(Rectangle((j + 0.04, i + 0.05), 0.92, 0.9, fill=False, edgecolor=ink,
                                         linewidth=1.4))
        elif m.status[i, j] in (INFEASIBLE, FAILED):
            axes.add_patch(Rectangle((j, i), 1, 1, fill=False, hatch="////", edgecolor=INK,
                                     linewidth=0, alpha=0.5))
            if m.status[i, j] == FAILED:
                axes.text(j + 0.5, i + 0.5, "failed", ha="center", va="center")
    _frame(axes, cells, m)


def _colour(cells: Cells, row: int, colours: ListedColormap, norm: LogNorm) -> tuple[float, ...]:
    """Slower than serial is said of what is so beyond its interval, or beyond a tie."""
    times, high = cells.speed_up.median[row], cells.speed_up.high[row]
    slower = times < 1 - EQUAL if numpy.isnan(high) else high < 1
    return to_rgba(SLOWER) if slower else colours(norm(max(1.0, times)))


def _frame(axes: Axes, cells: Cells, m: Map) -> None:
    """What stands around the cells."""
    axes.set_xlim(0, m.rows.shape[1])
    axes.set_ylim(0, m.rows.shape[0])
    for which, values in (("y", m.ticks[0]), ("x", m.ticks[1])):
        set_ticks(axes, which, numpy.arange(len(values)) + 0.5, map(words.whole, values))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(m.axes[1])
    axes.set_ylabel(m.axes[0], rotation_mode="anchor")
    axes.set_title(f"{words.workload(cells.names[m.workload], 12)}, {words.cores(m.cores)}, "
                   f"{m.fixed[0][0].upper()}={words.whole(m.fixed[1])}", loc="left", y=1)


def _number(axes: Axes, cells: Cells, row: int, at: tuple[float, float], ink: str,
            columns: int) -> None:
    """The speed-up, and below it half of its interval where there is room for it."""
    found = cells.speed_up
    value, _, half = words.interval(found.median[row], found.low[row],
                                    found.high[row]).partition(" ")
    if columns > WIDEST:
        value, half = f"{found.median[row]:.{0 if found.median[row] >= 9.95 else 1}f}", ""
    elif row in cells.serial:
        half = ""
    style = {"ha": "center", "color": ink}
    if half:
        axes.text(*at, value, va="bottom", **style)
        axes.text(*at, half, va="top", **style)
    else:
        axes.text(*at, value, va="center", **style)


def _message(cells: Cells, maps: list[Map]) -> str:
    """The fastest cell of the maps, and what the others reach."""
    said = []
    for m in maps:
        rows = m.rows[m.rows >= 0]
        times = cells.speed_up.median[rows]
        best = rows[numpy.argmax(times)]
        said.append(f"{words.workload(cells.names[m.workload])} on {words.cores(m.cores)}, "
                    f"{m.axes[0]} by {m.axes[1]}: {cells.point(best)} is the fastest, "
                    f"{words.number(times.max())} times serial; the slowest "
                    f"of {len(rows)} cells {words.number(times.min())}")
    return words.listed(said, 4, "; ") + "."
