"""The map: which model wins, by how much of a task waits and how many are in flight."""

import dataclasses
from collections import Counter
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from analysis import models, statistics
from analysis.load import Answer
from analysis.pictures import words
from analysis.pictures.cells import Cells, baseline, certainty, left_out
from analysis.pictures.frame import INK, Picture, key_height, panels, set_ticks

MOST = 6  # panels
TALLEST = 14  # rows of a panel
TIE_RATIO = 1.02  # DESIGN: within 2 % is a tie
LETTERS = {"serial": "S", "threads": "T", "processes": "P", "async": "A", "threads+async": "TA",
           "processes+async": "PA", "processes+threads": "PT", "processes+threads+async": "PTA"}
ALONE = 0.35  # opacity where a model has no rival
DARK, LIGHT = "#000000", "#ffffff"


@dataclasses.dataclass(frozen=True)
class Place:
    """Who wins at one wait fraction with so many in flight."""

    row: int  # of the table of cells: the point to use
    rivals: int  # other models measured there
    tied: bool  # one of them was not shown to be more than 2 % slower


@dataclasses.dataclass(frozen=True)
class Map:
    """One family of workloads on so many cores; a place per fraction and number in flight."""

    name: str
    members: list[int]  # workloads, by fraction
    cores: int
    fractions: list[float]
    in_flight: list[int]
    places: dict[tuple[float, int], Place]
    thinned: bool  # some numbers in flight are not shown


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a panel for each family over wait_fraction and number of cores."""
    if "wait_fraction" not in run.coords:
        return
    found = _maps(cells, numpy.asarray(run["wait_fraction"].values, float))
    maps = found[:MOST]
    if not maps:
        return
    hidden = sorted({m.members[0] for m in found[MOST:]} - {m.members[0] for m in maps})
    rows = numpy.array([place.row for m in maps for place in m.places.values()])
    yield Picture(
        name="map", title="The map: which model wins", figure=_figure(cells, maps),
        reading="Further right, a task waits for more of its time; further up, more goes on at "
                "once. The colour and the letters name the model to use; hatched: others are as "
                "good and the simplest is named; pale: no other model was measured there.",
        alt=_message(cells, maps),
        caption=f"Among the points with the same R·T·D on the same cores: the simplest that was "
                f"not shown to be more than 2 % slower than the fastest, all comparisons at a "
                f"place together at 95 %. White: not measured."
                f"{' Some numbers in flight are left out.' if any(m.thinned for m in maps) else ''}"
                f" {baseline(cells, [w for m in maps for w in m.members])} "
                f"{certainty(cells, rows)}{left_out(cells, hidden)}")


# -- who wins --

def _maps(cells: Cells, fractions: numpy.ndarray) -> list[Map]:
    """All maps with two fractions and two numbers in flight at least."""
    families: dict[str, list[int]] = {}
    for w in numpy.flatnonzero((fractions >= 0) & (fractions <= 1)):
        families.setdefault(_without_fraction(cells.names[w]), []).append(int(w))
    found = []
    for name, members in families.items():
        members.sort(key=lambda w: fractions[w])
        own = numpy.isin(cells.workload, members)
        for cores in sorted(set(cells.cores[own])):
            m = _map(cells, fractions, name, members, int(cores))
            if len(m.fractions) >= 2 and len(m.in_flight) >= 2:
                found.append(m)
    return found


def _without_fraction(name: str) -> str:
    """What the members of a family over the wait fraction share of their names."""
    head, _, values = name.partition("[")
    rest = [value for value in values.rstrip("]").split(",")
            if value and not value.strip().startswith("wait_fraction=")]
    return f"{head}[{','.join(rest)}]" if rest else head


def _map(cells: Cells, fractions: numpy.ndarray, name: str, members: list[int],
         cores: int) -> Map:
    places = {}
    for w in members:
        rows = cells.of_workload(w, cores)
        for k in sorted(set(cells.concurrency[rows])):
            places[float(fractions[w]), int(k)] = _winner(cells, rows[cells.concurrency[rows] == k])
    counts = sorted({k for _, k in places})
    shown = _telling(counts, places)
    places = {at: place for at, place in places.items() if at[1] in shown}
    return Map(name, members, cores, sorted({f for f, _ in places}), shown, places,
               len(shown) < len(counts))


def _winner(cells: Cells, rows: numpy.ndarray) -> Place:
    """Who wins among cells of one workload on the same cores, with the same number in flight."""
    order = sorted(rows, key=lambda row: models.simplicity(
        cells.ranks[row], cells.threads[row], cells.depth[row], cells.cores[row]))
    fastest = min(order, key=lambda row: cells.seconds.median[row])
    others = [row for row in order if row != fastest]
    level = statistics.LEVEL / max(1, len(others))
    low = statistics.paired_ratio(cells.time[others], cells.time[fastest], level).low
    slower = dict(zip(others, low > TIE_RATIO, strict=True)) | {fastest: False}
    equal = [row for row in order if not slower[row]]
    return Place(int(equal[0]), len(set(cells.model[rows])) - 1,
                 len(set(cells.model[equal])) > 1)


def _telling(counts: list[int], places: dict[tuple[float, int], Place]) -> list[int]:
    """At most TALLEST of the numbers in flight: those where most models were measured."""
    rivals = Counter()
    for (_, k), place in places.items():
        rivals[k] += place.rivals
    return sorted(sorted(counts, key=lambda k: (-rivals[k], k))[:TALLEST])


# -- the figure --

def _figure(cells: Cells, maps: list[Map]) -> Figure:
    columns = min(len(maps), 3)
    tallest = max(len(m.in_flight) for m in maps)
    shown = {cells.model[place.row] for m in maps for place in m.places.values()}
    names = sorted(shown, key=lambda model: models.STYLE[model].order)
    figure, axes = panels(len(maps), columns, height=0.2 * tallest + 0.1, bottom=0.42, left=0.55,
                          top=key_height(len(names) + 3) + 0.25, across=0.55)
    for one, m in zip(axes, maps, strict=True):
        _panel(one, cells, m)
    for one in axes[::columns]:
        one.set_ylabel("in flight, R·T·D (log)")
    keys = [Patch(facecolor=models.STYLE[name].colour, label=f"{LETTERS[name]}  {name}")
            for name in names]
    keys += [Patch(facecolor="#a0a0a0", edgecolor=DARK, hatch="/////", linewidth=0, label="tie"),
             Patch(facecolor="#a0a0a0", alpha=ALONE, label="no other model measured")]
    figure.legend(handles=keys, loc="upper left", bbox_to_anchor=(0, 1), ncol=4, borderaxespad=0.2,
                  columnspacing=1.5, handlelength=1.6, labelspacing=0.25)
    return figure


def _panel(axes: Axes, cells: Cells, m: Map) -> None:
    for (fraction, k), place in m.places.items():
        at = m.fractions.index(fraction), m.in_flight.index(k)
        model = cells.model[place.row]
        colour = models.STYLE[model].colour
        axes.add_patch(Rectangle(at, 1, 1, facecolor=colour, linewidth=0,
                                 alpha=None if place.rivals else ALONE))
        if place.tied:
            axes.add_patch(Rectangle(at, 1, 1, fill=False, hatch="/////", edgecolor=DARK,
                                     linewidth=0, alpha=0.5))
        axes.text(at[0] + 0.5, at[1] + 0.5, LETTERS[model], ha="center", va="center_baseline",
                  color=_legible(colour) if place.rivals else INK, bbox=_plate(colour, place))
    axes.set_xlim(0, len(m.fractions))
    axes.set_ylim(0, len(m.in_flight))
    set_ticks(axes, "x", numpy.arange(len(m.fractions)) + 0.5, [f"{f:.3g}" for f in m.fractions])
    set_ticks(axes, "y", numpy.arange(len(m.in_flight)) + 0.5, map(words.count, m.in_flight))
    axes.tick_params(length=0)
    axes.set_xlabel("wait fraction of a task")
    axes.set_title(f"{words.clean(m.name, 22)}, {words.cores(m.cores)}", loc="left")


def _legible(colour: str) -> str:
    red, green, blue = to_rgb(colour)
    return LIGHT if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else DARK


def _plate(colour: str, place: Place) -> dict | None:
    """What lies below letters where the hatch would cross them."""
    return {"facecolor": colour, "linewidth": 0, "pad": 0.8} if place.tied else None


# -- words --

def _message(cells: Cells, maps: list[Map]) -> str:
    """How often each model wins, and where most is gained."""
    said = []
    for m in maps[:4]:
        contested = [place for place in m.places.values() if place.rivals]
        wins = Counter(cells.model[place.row] for place in contested if not place.tied)
        parts = [f"{model} wins {count}" for model, count in wins.most_common(4)]
        ties = sum(place.tied for place in contested)
        parts += [f"{ties} are ties"] if ties else []
        speed = cells.speed_up.median
        best = max((place.row for place in m.places.values()),
                   key=lambda row: speed[row] if speed[row] > 0 else 0)
        gain = (f"; the most is gained by {cells.model[best]} ({cells.point(best)}), "
                f"{words.interval(*(part[best] for part in cells.speed_up[:3]))} times serial"
                if speed[best] > 0 else "")
        said.append(f"{words.clean(m.name)} on {words.cores(m.cores)}: of {len(contested)} places "
                    f"with several models {words.listed(parts) or 'none is decided'}{gain}")
    return "; ".join(said) + "."
