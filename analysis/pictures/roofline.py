"""The roofline: how many flops a second a kernel can reach, by how many it does for each byte it moves.

After Williams, Waterman and Patterson (2009, doi:10.1145/1498765.1498785). Nothing here is taken from a
data sheet: the peak is what workloads reach or may reach that move no memory, and each slope is the
bandwidth of one that does, as this run measured it. There is a roof where a run has both."""

import dataclasses
import math
from collections.abc import Iterator

import numpy
import xarray
from matplotlib.axes import Axes

from .. import models
from ..load import Answer
from . import words
from .cells import LARGEST, SMALLEST, Cells, baseline, certainty, left_out, number, verdicts
from .frame import INK, Picture, bars, key_height, logarithmic, marks, model_key, panels

MOST = 6  # slopes
APART = 1.25  # times the bandwidth is another slope
HEIGHT = 1.9  # of a panel, in inches
LEAST_ROUNDS = 2  # of what is named the fastest
ROOF = {"color": INK, "linewidth": 1.2}
SLOPE = {"color": INK, "linewidth": 0.7, "linestyle": (0, (4, 2)), "alpha": 0.7}


@dataclasses.dataclass(frozen=True)
class Kernel:
    """What one workload reaches on so many cores, at its fastest point."""

    workload: int
    row: int  # of the table of cells
    flops: float  # of one task, as is
    bytes: float
    rate: float  # tasks per second that it reached
    bound: float  # tasks per second that it may reach: of what was measured the most

    @property
    def intensity(self) -> float:
        """Flops for each byte; infinite where it moves none."""
        return self.flops / self.bytes if self.bytes else math.inf


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """One figure: a panel for the fewest cores on which there is a roof, and one for the most."""
    rows = verdicts(answers)
    found = {}
    for c in sorted(set(cells.cores.tolist())):
        kernels = _kernels(cells, rows, c)
        if any(k.intensity == math.inf for k in kernels) and any(k.bytes for k in kernels):
            found[c] = kernels
    if not found:
        return
    shown = {c: found[c] for c in dict.fromkeys((min(found), max(found)))}
    drawn = {c: _chosen(kernels) for c, kernels in shown.items()}
    names = {cells.model[k.row] for kernels in drawn.values() for k in kernels}
    more = [("roof: peak and bandwidth", ROOF), ("slope: another bandwidth", SLOPE)]
    more = more if any(len(_slopes(kernels)) > 1 for kernels in drawn.values()) else more[:1]
    figure, all_axes = panels(len(drawn), 2, height=HEIGHT, bottom=0.42, left=0.6, across=0.6,
                              top=key_height(len(names) + len(more)) + 0.25)
    for axes, (c, kernels) in zip(all_axes, drawn.items(), strict=True):
        _panel(axes, cells, kernels)
        axes.set_title(words.cores(c), loc="left", y=1)
    all_axes[0].set_ylabel("flop/s", rotation_mode="anchor")
    model_key(figure, names, more)
    workloads = sorted({k.workload for kernels in drawn.values() for k in kernels})
    hidden = sorted({k.workload for kernels in shown.values() for k in kernels} - set(workloads))
    of = numpy.array([k.row for kernels in drawn.values() for k in kernels])
    yield Picture(
        name="roofline", title="The roofline: what limits a kernel", figure=figure,
        reading="Below the slope the memory limits a kernel, below the flat part the cores do. The "
                "nearer a mark is to the roof, the less there is to gain. What moves no memory stands "
                "at the right edge; what does no flops has a slope and no mark.",
        alt=_message(drawn),
        caption=f"Flops a second over the flops for each byte that a task moves, at the fastest point "
                f"of each workload. Peak and bandwidths are measured by this run: by calibration, or "
                f"by the fastest point where it reached more. {baseline(cells, workloads)} "
                f"{certainty(cells, of)}{left_out(cells, hidden)}")


# -- what was measured --

def _kernels(cells: Cells, rows: dict[tuple[str, int], dict], c: int) -> list[Kernel]:
    """The workloads on so many cores that only compute, with flops or memory traffic."""
    found = []
    for w, name in enumerate(cells.names):
        own = cells.of_workload(w, c)
        own = own[cells.seconds.n[own] >= min(LEAST_ROUNDS, cells.seconds.n[own].max(initial=0))]
        flops, moved = _of_task(cells, "flops", w), _of_task(cells, "bytes", w)
        if not len(own) or not flops + moved or _text(cells, "wait", w) not in ("", "none"):
            continue
        rate = cells.throughput().median
        best = int(own[numpy.argmax(rate[own])])
        row = rows.get((name, c), {})
        bound = min(number(row, "bound_cores"), number(row, "bound_memory"), number(row, "bound_lock"))
        reached = float(rate[best])
        found.append(Kernel(w, best, flops, moved, reached,
                            max(bound, reached) if bound < math.inf else reached))
    return found


def _of_task(cells: Cells, name: str, w: int) -> float:
    """A number of the workload's task; 0 where the file has none that can be."""
    if name not in cells.run.coords:
        return 0.0
    value = float(cells.run[name].values[w])
    return value if SMALLEST < value < LARGEST else 0.0


def _text(cells: Cells, name: str, w: int) -> str:
    return str(cells.run[name].values[w]) if name in cells.run.coords else ""


def _chosen(kernels: list[Kernel]) -> list[Kernel]:
    """Of those without traffic the one with the highest peak; of the others as many as have room,
    with the widest bandwidths first."""
    peak = max((k for k in kernels if k.intensity == math.inf), key=lambda k: k.flops * k.bound)
    return [peak, *_slopes(kernels)[:MOST]]


def _slopes(kernels: list[Kernel]) -> list[Kernel]:
    """Those with memory traffic, the widest bandwidth first."""
    return sorted((k for k in kernels if k.bytes), key=lambda k: -k.bytes * k.bound)


# -- the figure --

def _panel(axes: Axes, cells: Cells, kernels: list[Kernel]) -> None:
    peak, slopes = kernels[0].flops * kernels[0].bound, _slopes(kernels)
    ridge = peak / (slopes[0].bytes * slopes[0].bound)
    marked = [k for k in slopes if k.flops]
    left = min([k.intensity for k in marked] + [ridge]) / 6
    right = max([k.intensity for k in marked] + [peak / (k.bytes * k.bound) for k in slopes]) * 3
    shown = _apart(slopes)
    for i, k in enumerate(shown):
        width = k.bytes * k.bound
        x = numpy.array((left, min(peak / width, right)))
        axes.plot(x, width * x, label="_roof" if i == 0 else "_slope", **ROOF if i == 0 else SLOPE)
    axes.plot((ridge, right), (peak, peak), label="_peak", **ROOF)
    axes.annotate(f"{words.workload(cells.names[kernels[0].workload], 16)} {_rate(peak)}flop/s",
                  (right, peak), xytext=(-3, 4), textcoords="offset points", va="bottom", ha="right")
    for k in (kernels[0], *marked):
        x, model = min(k.intensity, right), cells.model[k.row]
        marks(axes, [x], [k.flops * k.rate], model, clip_on=False)
        rate = cells.throughput()
        bars(axes, [x], [k.flops * rate.low[k.row]], [k.flops * rate.high[k.row]],
             models.STYLE[model].colour)
    lowest = min([k.bytes * k.bound * left for k in slopes] + [k.flops * k.rate for k in marked])
    logarithmic(axes, "x", (left, right), words.count, most=5)
    logarithmic(axes, "y", (lowest / (4 if len(shown) < 4 else 20), 2.5 * peak), words.count, most=5)
    axes.set_xlim(left, right)
    _name_slopes(axes, cells, shown, left)
    axes.set_xlabel("flops for each byte of memory traffic")


def _apart(slopes: list[Kernel]) -> list[Kernel]:
    """Of sorted slopes those that can be told from the one before."""
    kept = slopes[:1]
    for k in slopes[1:]:
        if APART * k.bytes * k.bound <= kept[-1].bytes * kept[-1].bound:
            kept.append(k)
    return kept


def _name_slopes(axes: Axes, cells: Cells, slopes: list[Kernel], left: float) -> None:
    """Writes below the left end of each slope whose bandwidth it is, a line apart at least."""
    low, high = numpy.log(axes.get_ylim())
    points = 72 * HEIGHT / (high - low)  # for a factor of e
    below = math.inf
    for k in slopes:
        start = (math.log(k.bytes * k.bound * left) - low) * points
        below = min(start - 2, below - 8)
        axes.annotate(f"{words.workload(cells.names[k.workload], 16)} {_rate(k.bytes * k.bound)}B/s",
                      (left, k.bytes * k.bound * left), xytext=(4, below - start),
                      textcoords="offset points", va="top", ha="left")


def _rate(value: float) -> str:
    """A number of something a second, up to its unit: "42.8 G", and "12 " where it has no prefix."""
    text = words.count(value)
    return text if " " in text else f"{text} "


def _message(drawn: dict[int, list[Kernel]]) -> str:
    """Peak and bandwidths, and how near to its roof each kernel comes."""
    said = []
    for c, (flat, *slopes) in drawn.items():
        peak, width = flat.flops * flat.bound, slopes[0].bytes * slopes[0].bound
        said.append(f"On {words.cores(c)} the peak is {_rate(peak)}flop/s and the widest bandwidth "
                    f"{_rate(width)}B/s, so memory limits what does fewer than "
                    f"{words.number(peak / width)} flops for each byte")
        said += [f"what does {words.count(k.intensity)} of them reaches {_rate(k.flops * k.rate)}flop/s, "
                 f"{words.share(k.rate / k.bound)} of its roof" for k in slopes[:3] if k.flops]
    return "; ".join(said) + "."
