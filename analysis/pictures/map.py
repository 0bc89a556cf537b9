"""The map: which model wins, by how much of a task waits and how many are in flight."""

import dataclasses
import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .. import models, statistics
from ..load import Answer
from . import words
from .cells import Cells, baseline, left_out, verdicts
from .frame import Picture, key_height, panels, set_ticks
from ..stored import TIE_RATIO

MOST = 4  # panels
TALLEST, WIDEST = 12, 10  # rows and columns of a panel
LETTER = 0.07  # width in inches
LETTERS = {"serial": "S", "threads": "T", "processes": "P", "async": "A", "threads+async": "TA",
           "processes+async": "PA", "processes+threads": "PT", "processes+threads+async": "PTA"}
DARK, LIGHT = "#000000", "#ffffff"


@dataclasses.dataclass(frozen=True)
class Place:
    """Who wins at one wait fraction with at most so many in flight."""

    row: int  # of the table of cells: the point to use
    tied: list[str]  # other models that were not shown to be slower


@dataclasses.dataclass(frozen=True)
class Map:
    """One family of workloads on so many cores; a place per fraction and number in flight."""

    name: str
    members: list[int]  # workloads, by fraction
    cores: int
    fractions: list[float]
    in_flight: list[int]
    places: dict[tuple[float, int], Place]
    thinned: bool  # some fractions or numbers in flight are not shown


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a panel for each family over wait_fraction and number of cores."""
    if "wait_fraction" not in run.coords:
        return
    fractions = numpy.asarray(run["wait_fraction"].values, float)
    found = list(_families(cells, fractions))
    chosen = _chosen(cells, answers)
    tie = min((answer.tie_ratio for answer in answers), default=TIE_RATIO)
    within = f"{100 * (tie - 1):.2g} %"
    maps = [_map(cells, fractions, chosen, tie, *one) for one in found[:MOST]]
    if not maps:
        return
    hidden = sorted({members[0] for _, members, _ in found[MOST:]} - {m.members[0] for m in maps})
    rows = numpy.array([place.row for m in maps for place in m.places.values()])
    thinned = " Not all that was measured is shown." if any(m.thinned for m in maps) else ""
    yield Picture(
        name="map", title="The map: which model to use", figure=_figure(cells, maps),
        reading="Further right, a task waits for more of its time; further up, more may go on at "
                "once. Colour and letters name the model to use; hatched: others are as good, and "
                "the simplest is named.",
        alt=_message(cells, maps),
        caption=f"Among the points with at most so many in flight (R·T·D) on the same cores: what "
                f"the verdict names, or, with less in flight, the simplest within {within} of the "
                f"fastest. As good: not shown to be more than {within} slower, at 95 %. Empty: not "
                f"measured.{thinned} "
                f"{baseline(cells, [w for m in maps for w in m.members])} "
                f"{words.span(cells.seconds.n[rows])} rounds.{left_out(cells, hidden)}")


# -- who wins --

def _families(cells: Cells, fractions: numpy.ndarray
              ) -> Iterator[tuple[str, list[int], int]]:
    """Name, members by fraction and cores of each map: on the fewest cores and the most that have
    two fractions and two numbers in flight."""
    families: dict[str, list[int]] = {}
    for w in numpy.flatnonzero((fractions >= 0) & (fractions <= 1)):
        families.setdefault(_without_fraction(cells.names[w]), []).append(int(w))
    for name, members in families.items():
        members.sort(key=lambda w: fractions[w])
        own = numpy.isin(cells.workload, members)
        enough = []
        for cores in sorted(set(cells.cores[own])):
            rows = numpy.flatnonzero(own & (cells.cores == cores))
            measured = [w for w in members if w in set(cells.workload[rows])]
            if len(set(fractions[measured])) >= 2 and len(set(cells.concurrency[rows])) >= 2:
                enough.append((name, measured, int(cores)))
        yield from enough if len(enough) < 2 else (enough[0], enough[-1])


def _without_fraction(name: str) -> str:
    """What the members of a family over the wait fraction share of their names."""
    head, _, values = name.partition("[")
    rest = [value for value in values.rstrip("]").split(",")
            if value and not value.strip().startswith("wait_fraction=")]
    return f"{head}[{','.join(rest)}]" if rest else head


def _map(cells: Cells, fractions: numpy.ndarray, chosen: dict[tuple[int, int], int],
         tie: float, name: str, members: list[int], cores: int) -> Map:
    rows = numpy.concatenate([cells.of_workload(w, cores) for w in members])
    counts = sorted(set(int(k) for k in cells.concurrency[rows]))
    tall, wide = _thinned(counts, TALLEST), _thinned(members, WIDEST)
    places = {}
    for w in wide:
        own = cells.of_workload(w, cores)
        for k in tall:
            contest = own[cells.concurrency[own] <= k]
            if len(contest) > 0:
                places[float(fractions[w]), k] = _place(cells, contest, chosen.get((w, cores), -1), tie)
    return Map(name, members, cores, sorted({f for f, _ in places}), tall, places,
               len(tall) < len(counts) or len(wide) < len(members))


def _thinned(values: list[int], most: int) -> list[int]:
    """At most so many, evenly, with the first and the last."""
    if len(values) <= most:
        return values
    return [values[i] for i in numpy.linspace(0, len(values) - 1, most).astype(int)]


def _chosen(cells: Cells, answers: list[Answer]) -> dict[tuple[int, int], int]:
    """The cell that the verdict names, by workload and cores."""
    named = {at: row.get("choice_point") for at, row in verdicts(answers).items()}
    return {(int(cells.workload[row]), int(cells.cores[row])): row for row in range(len(cells))
            if named.get((cells.names[cells.workload[row]], cells.cores[row])) == cells.point(row)}


def _place(cells: Cells, rows: numpy.ndarray, chosen: int, tie: float) -> Place:
    """Who wins among a workload's cells on the same cores: the one that the verdict names if it is
    among them, else the simplest that ties with the fastest by its centre."""
    found, entries = cells.entries(rows)
    valid, speed = found.rounds[entries], numpy.exp(-found.centre[entries])
    # What was seldom left alone is not the fastest by a lucky moment.
    fastest = speed[2 * valid >= valid.max()].max()
    near = rows[(speed >= fastest / tie) & (2 * valid >= valid.max())]
    named = chosen if chosen in rows else min(near, key=lambda row: (
        cells.ranks[row] * cells.threads[row], models.STYLE[cells.model[row]].order,
        cells.depth[row], cells.ranks[row]))
    best = {cells.model[row]: row for row in rows[numpy.argsort(speed, kind="stable")]}
    return Place(int(named), _tied(cells, best, named, tie))


def _tied(cells: Cells, best: dict[str, int], named: int, tie: float) -> list[str]:
    """The other models of which the best point was not shown to be slower than `tie` allows, all
    comparisons together at 95 %; nothing is shown with too few rounds of what is named."""
    others = [model for model in sorted(best) if model != cells.model[named]]
    if not others:
        return []
    found, entries = cells.entries(numpy.array([named] + [best[model] for model in others]))
    least = (found.gap(entries[1:], entries[0])
             - found.margin_beside(entries[0], entries[1:], statistics.LEVEL / len(others)))
    return [model for model, gap in zip(others, least, strict=True) if not gap > math.log(tie)]


# -- the figure --

def _figure(cells: Cells, maps: list[Map]) -> Figure:
    columns = min(len(maps), 3 if max(len(m.fractions) for m in maps) < 6 else 2)
    tallest = max(len(m.in_flight) for m in maps)
    shown = {cells.model[place.row] for m in maps for place in m.places.values()}
    names = sorted(shown, key=lambda model: models.STYLE[model].order)
    figure, axes = panels(len(maps), columns, height=0.2 * tallest + 0.1, bottom=0.42, left=0.55,
                          top=key_height(len(names) + 1) + 0.25, across=0.55)
    for one, m in zip(axes, maps, strict=True):
        _panel(one, cells, m)
    for one in axes[::columns]:
        one.set_ylabel("in flight at most, R·T·D")
    keys = [Patch(facecolor=models.STYLE[name].colour, label=f"{LETTERS[name]}: {name}")
            for name in names]
    keys.append(Patch(facecolor="#a0a0a0", edgecolor=DARK, hatch="/////", linewidth=0,
                      label="others are as good"))
    figure.legend(handles=keys, loc="upper left", bbox_to_anchor=(0, 1), ncol=4, borderaxespad=0.2,
                  columnspacing=1.5, handlelength=1.6, labelspacing=0.25)
    return figure


def _panel(axes: Axes, cells: Cells, m: Map) -> None:
    _rectangles(axes, cells, m)
    for (column, row), place in _laid_out(m):
        model = cells.model[place.row]
        axes.text(column + 0.5, row + 0.5, LETTERS[model], ha="center", va="center_baseline",
                  color=_legible(models.STYLE[model].colour), zorder=4)
    axes.set_xlim(0, len(m.fractions))
    axes.set_ylim(0, len(m.in_flight))
    set_ticks(axes, "x", numpy.arange(len(m.fractions)) + 0.5, [f"{f:.3g}" for f in m.fractions])
    set_ticks(axes, "y", numpy.arange(len(m.in_flight)) + 0.5,
              [str(k) if k < 10**5 else words.count(k) for k in m.in_flight])
    axes.tick_params(length=0)
    axes.set_xlabel("wait fraction of a task")
    axes.set_title(f"{words.workload(m.name, 22)}, {words.cores(m.cores)}", loc="left")


def _laid_out(m: Map) -> list[tuple[tuple[int, int], Place]]:
    """Places with their columns and rows."""
    return [((m.fractions.index(fraction), m.in_flight.index(k)), place)
            for (fraction, k), place in m.places.items()]


def _rectangles(axes: Axes, cells: Cells, m: Map) -> None:
    """A rectangle for each place in its model's colour; of the tied ones hatched, and plain again
    below the letters."""
    inches = axes.get_position().size * axes.figure.get_size_inches()
    width, height = inches / (len(m.fractions), len(m.in_flight))
    coloured, hatched, plates = [], [], []
    for (column, row), place in _laid_out(m):
        model = cells.model[place.row]
        coloured.append((_rectangle(column, row, 1, 1), models.STYLE[model].colour))
        if place.tied:
            hatched.append(_rectangle(column, row, 1, 1))
            plate = min(1, LETTER * (len(LETTERS[model]) + 0.7) / width)
            plates.append((_rectangle(column, row, plate, min(1, 2 * LETTER / height)),
                           models.STYLE[model].colour))
    for zorder, label, pairs in ((1, "_places", coloured), (3, "_plates", plates)):
        axes.add_collection(PolyCollection(
            [corners for corners, _ in pairs], facecolors=[colour for _, colour in pairs],
            edgecolors=LIGHT if label == "_places" else "none", linewidths=0.4, zorder=zorder,
            label=label))
    axes.add_collection(PolyCollection(hatched, facecolors="none", edgecolors=DARK, linewidths=0,
                                       hatch="/////", alpha=0.4, zorder=2, label="_hatched"))


def _rectangle(column: int, row: int, width: float, height: float) -> list[tuple[float, float]]:
    """Corners of a rectangle in the middle of a place."""
    x, y = column + (1 - width) / 2, row + (1 - height) / 2
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def _legible(colour: str) -> str:
    """Black or white, whichever has the greater contrast to a colour, after WCAG 2."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in to_rgb(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return LIGHT if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else DARK


# -- words --

def _message(cells: Cells, maps: list[Map]) -> str:
    """What to use for the least and for the most waiting, with as much in flight as there is."""
    said = []
    for m in maps[:4]:
        k = m.in_flight[-1]
        ends = dict.fromkeys(f for f in (m.fractions[0], m.fractions[-1]) if (f, k) in m.places)
        parts = [f"where {f:.3g} of a task waits {_named(cells, m.places[f, k])}" for f in ends]
        said.append(f"{words.workload(m.name)} on {words.cores(m.cores)}, at most {k} in flight: "
                    f"{'; '.join(parts)}")
    return ". ".join(said) + "."


def _named(cells: Cells, place: Place) -> str:
    """The model, its point and what it gains."""
    times = cells.speed_up.median[place.row]
    gain = (f", {words.interval(*(part[place.row] for part in cells.speed_up[:3]))} times serial"
            if times > 0 and cells.model[place.row] != "serial" else "")
    tied = f" (as good: {words.listed(place.tied, 3)})" if place.tied else ""
    return f"{cells.model[place.row]} {cells.point(place.row)}{gain}{tied}"
