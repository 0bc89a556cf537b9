"""Rounds over time: each sample relative to the median of its cell, and which were flagged why."""

import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..load import Answer
from . import words
from .cells import LARGEST, Cells, baseline, flags_of, plausible
from .frame import INK, Picture, logarithmic, panels, round_numbers, set_ticks

MOST = 2000  # marks of valid samples, and as many of flagged ones
VALID = {"color": INK, "marker": ".", "markersize": 2.6, "alpha": 0.5, "markeredgewidth": 0, "zorder": 3}
THINNED = f" Of many samples some are drawn, evenly: at most {MOST} valid ones and {MOST} others."
STATES = 200  # steps of the line of rounds
STATE = "#5448fc"
# Okabe and Ito's, in the order of the flags' bits; each kind also has a mark of its own.
KINDS = (("#D55E00", "x"), ("#0072B2", "+"), ("#009E73", "1"), ("#CC79A7", "2"),
         ("#E69F00", "^"), ("#56B4E9", "s"), ("#999933", "v"), ("#882255", "D"))


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: above, samples relative to the median of their cell, and the median of each round;
    below, when which flag was raised. Flagged samples are there when they were loaded."""
    if "start" not in run:
        return
    start, relative, flags, rounds = _samples(run, cells)
    if numpy.isnan(relative).all():
        return
    kinds = {bit: kind for bit, kind in _meanings(run).items() if (flags >> bit & 1).any()}
    figure, axes, below = _axes(len(kinds))
    valid = flags == 0
    thinned = _dots(axes, start[valid], relative[valid], MOST, label="_valid", **VALID)
    axes.plot(*_states(start[valid], relative[valid], rounds[valid]), color=STATE, linewidth=1.2,
              drawstyle="steps-post", zorder=4, label="_states")
    for line, (bit, kind) in enumerate(kinds.items()):
        own = (flags >> bit & 1) == 1
        colour, marker = KINDS[bit % len(KINDS)]
        style = {"color": colour, "markeredgewidth": 0.6, "markerfacecolor": "none", "label": f"_{kind}"}
        most = MOST // len(kinds)
        thinned |= _dots(axes, start[own], relative[own], most, marker=marker, markersize=3, **style)
        _dots(below, start[own], numpy.full(own.sum(), line), most, marker="|", markersize=5, **style)
    _frame(axes, start, relative)
    if kinds:
        _label(axes, below, [f"{words.clean(kind, 14)} {int((flags >> bit & 1).sum())}"
                             for bit, kind in kinds.items()])
    yield Picture(
        name="timeline", title="Rounds over time", figure=figure,
        reading="Each mark is a sample, at the time it began: at 1 it took what its cell usually "
                "takes. The violet line is the median of each round: where it stays away from 1, the machine "
                "was in another state. The lines below say when samples were excluded, how many, and "
                "why.",
        alt=_message(start, relative, flags, kinds),
        caption=f"Time of a sample over the median of the valid samples of its cell. "
                f"{baseline(cells, cells.workload)} {_said(run, flags)}"
                f"{THINNED if thinned else ''}")


def _samples(run: xarray.Dataset, cells: Cells) -> tuple[numpy.ndarray, ...]:
    """Start in s, time over the median of the cell's valid samples (NaN where it has none), flags and
    number of the round of each sample (samples,), by start."""
    time, start = numpy.asarray(run["time"].values), numpy.asarray(run["start"].values)
    medians = numpy.full(time.shape[:-1], numpy.nan)
    medians[tuple(cells.index.T)] = cells.seconds.median
    sound = numpy.nonzero(plausible(time) & (start >= 0) & (start < LARGEST))
    relative = time[sound] / medians[sound[:-1]]
    order = numpy.argsort(start[sound], kind="stable")
    flags = flags_of(run)[sound].astype(numpy.uint32)
    return start[sound][order], relative[order], flags[order], sound[-1][order]


def _states(start: numpy.ndarray, relative: numpy.ndarray,
            rounds: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """When each round began, and the median of its valid samples until the next one; of many rounds
    that of several neighbours, so that no more than STATES are drawn."""
    known = numpy.isfinite(relative)
    start, relative, rounds = start[known], relative[known], rounds[known]
    _, place = numpy.unique(rounds, return_inverse=True)
    place //= math.ceil((place.max(initial=0) + 1) / STATES)
    begins = numpy.array([start[place == one].min() for one in numpy.unique(place)])
    medians = numpy.array([numpy.median(relative[place == one]) for one in numpy.unique(place)])
    order = numpy.argsort(begins)
    return (numpy.append(begins[order], start.max(initial=-math.inf)),
            numpy.append(medians[order], medians[order][-1:]))


def _meanings(run: xarray.Dataset) -> dict[int, str]:
    """The names of the flags by bit, as the file says them."""
    said = run["flags"].attrs if "flags" in run else {}
    names = str(said.get("flag_meanings", "")).split()
    masks = numpy.atleast_1d(said.get("flag_masks", []))
    named = {int(mask).bit_length() - 1: name for mask, name in zip(masks, names, strict=False)
             if int(mask) > 0}
    return {bit: named.get(bit, f"flag {bit}") for bit in range(32)}


def _dots(axes: Axes, x: numpy.ndarray, y: numpy.ndarray, most: int, **style) -> bool:
    """Marks where y is known; True when there were so many that only some are drawn, the extremes
    among them."""
    known = ~numpy.isnan(y)
    x, y = x[known], y[known]
    step = math.ceil(len(x) / most)
    if step > 1:
        ends = numpy.argmin(y), numpy.argmax(y)
        kept = numpy.union1d(numpy.arange(0, len(x), step), ends)
        x, y = x[kept], y[kept]
    axes.plot(x, y, linestyle="", **style)
    return step > 1


def _axes(kinds: int) -> tuple[Figure, Axes, Axes | None]:
    """The figure, the axes of the samples, and those of the flags below, a line for each kind."""
    lines = 0.15 * kinds + 0.1 if kinds else 0.0
    figure, (axes,) = panels(1, 1, height=1.9, top=0.12, left=1.15 if kinds else 0.5,
                             bottom=0.4 + lines)
    if not kinds:
        return figure, axes, None
    place, whole = axes.get_position(), figure.get_figheight()
    below = figure.add_axes((place.x0, 0.36 / whole, place.width, lines / whole), sharex=axes)
    return figure, axes, below


def _frame(axes: Axes, start: numpy.ndarray, relative: numpy.ndarray) -> None:
    room = 0.01 * max(float(start.max() - start.min()), 1e-3)
    axes.set_xlim(start.min() - room, start.max() + room)
    axes.axhline(1, color=INK, linewidth=0.6, alpha=0.6, label="_median")
    logarithmic(axes, "y", numpy.append(relative, (0.9, 1.1)), words.count)
    ticks = sorted({1.0, *round_numbers(*axes.get_ylim(), 5)})
    set_ticks(axes, "y", ticks, map(words.count, ticks))
    axes.set_ylabel("time / median of its cell", rotation_mode="anchor")
    axes.set_xlabel("start of the sample since the run began, s")


def _label(axes: Axes, below: Axes, kinds: list[str]) -> None:
    """The lines of the flags, each with its name; time then stands below them."""
    below.set_xlabel(axes.get_xlabel())
    axes.set_xlabel("")
    axes.tick_params(axis="x", labelbottom=False)
    below.set_yticks(range(len(kinds)), kinds)
    below.set_ylim(len(kinds) - 0.4, -0.6)
    below.tick_params(axis="y", length=0)
    below.spines["left"].set_visible(False)


def _said(run: xarray.Dataset, flags: numpy.ndarray) -> str:
    """How many samples there are, how many are excluded, and whether those are drawn."""
    time, everywhere = numpy.asarray(run["time"].values), flags_of(run)
    hidden = int(((everywhere != 0) & ~numpy.isfinite(time)).sum())
    flagged = int((flags != 0).sum())
    if hidden and not flagged:
        return f"{len(flags)} valid samples; {hidden} excluded ones were not loaded."
    return f"{len(flags)} samples, {flagged} of them excluded."


def _message(start: numpy.ndarray, relative: numpy.ndarray, flags: numpy.ndarray,
             kinds: dict[int, str]) -> str:
    """How far valid samples stray, and how many are excluded, by flag."""
    valid = relative[flags == 0]
    low, high = numpy.quantile(valid, (0.05, 0.95))
    said = (f"In {start.max() - start.min():.0f} s, 90 % of the {len(valid)} valid samples "
            f"took {low:.2f} to {high:.2f} times the median of their cell, the slowest "
            f"{words.count(valid.max())} times")
    named = [f"{words.clean(kind, 14)} {int((flags >> bit & 1).sum())}"
             for bit, kind in kinds.items()]
    return said + (f"; excluded: {', '.join(named)}." if named else "; none is excluded.")
