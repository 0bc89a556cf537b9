"""What all pictures share: the picture itself, its frame, its axes and the words on them."""

import collections
import dataclasses
import io
import math
import pathlib
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import matplotlib
import numpy
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .. import models

INK = "#1a1a1a"  # text and frames; a page may choose another where it is dark
SINGLE, DOUBLE = 3.5, 7.0  # width of one and two columns of a paper, in inches
SMALL, LARGE = 7, 8  # sizes of text, in points
FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
ENDS = ("svg", "png", "pdf")  # of the files of a picture
STYLE = (":root{--ink:#1a1a1a}@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6}}")

# The pictures do not depend on what a reader has in a matplotlibrc, nor on the time they are drawn.
_OURS = ("axes", "errorbar", "figure", "font", "grid", "hatch", "legend", "lines", "markers",
         "patch", "path", "pdf", "savefig", "scatter", "svg", "text", "xtick", "ytick")
SETTINGS = {key: value for key, value in dict.items(matplotlib.rcParamsDefault)
            if key.split(".")[0] in _OURS} | {
    "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.linewidth": 0.5,
    "axes.labelsize": SMALL, "axes.titlesize": SMALL, "axes.labelpad": 2, "axes.titlepad": 3,
    "axes.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False,
    "figure.facecolor": "none", "font.family": ["DejaVu Sans"], "font.size": SMALL,
    "hatch.linewidth": 0.4,
    "legend.frameon": False, "legend.fontsize": SMALL, "lines.linewidth": 1,
    "lines.markersize": 3.5, "lines.markeredgewidth": 0.6, "pdf.fonttype": 42,
    "savefig.facecolor": "none", "svg.fonttype": "none", "svg.hashsalt": "cual", "text.color": INK, "text.parse_math": False,
    "xtick.color": INK, "ytick.color": INK, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL,
    "xtick.major.size": 2, "ytick.major.size": 2, "xtick.major.width": 0.5,
    "ytick.major.width": 0.5, "xtick.major.pad": 1.5, "ytick.major.pad": 1.5,
}


class Spot(NamedTuple):
    """A place of a picture and what it says, in plain text that is not escaped."""

    axes: Axes
    low: tuple[float, float]  # a corner of it, in numbers of the axes
    high: tuple[float, float]  # the other corner; the same for a mark
    text: str


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture and what is said with it, in plain text that is not escaped."""

    name: str  # safe as the name of a file
    title: str
    reading: str  # how to read it, in one line
    alt: str  # what it says, in words and numbers
    caption: str  # holds the absolute baseline
    figure: Figure
    spots: Sequence[Spot] = ()  # what a page says where a pointer rests; those on top last

    def svg(self, plain: bool = True) -> str:
        """The picture as SVG, without a background and the same bytes each time. Plain, every
        style stands at its element, as every program can read it; else for a page: shorter, and
        its ink in the variable `--ink`, which is light where the reader's pages are dark."""
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        buffer = io.StringIO()
        self._write(buffer, format="svg", metadata=nothing | {"Title": self.title})
        text = re.sub(r">\s+<", "><", buffer.getvalue()).replace("'DejaVu Sans'", FONTS)
        if plain:
            return text
        # The colour stands first for programs that know no variables and leave out what has some.
        text = re.sub(rf"([a-z-]+): {INK}", rf"\1: {INK}; \1: var(--ink, {INK})", text)
        text, classes = _classes(text)
        style = '<style type="text/css">'
        return text.replace(style, style + STYLE + classes, 1)

    def save(self, folder: str | pathlib.Path) -> list[pathlib.Path]:
        """Writes NAME.svg, NAME.png (300 dots per inch, on white) and NAME.pdf into a folder that is
        there. Returns their paths."""
        vector, pixels, paper = paths = [pathlib.Path(folder, f"{self.name}.{end}") for end in ENDS]
        vector.write_text(self.svg(), encoding="utf-8")
        self._write(pixels, format="png", dpi=300, facecolor="white", metadata={"Software": None})
        nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
        self._write(paper, format="pdf", metadata=nothing | {"Title": self.title})
        return paths

    def _write(self, target: io.StringIO | pathlib.Path, **options) -> None:
        with matplotlib.rc_context(SETTINGS), warnings.catch_warnings():
            # A letter that the font lacks: the reader's own may have it.
            warnings.filterwarnings("ignore", message="Glyph .* missing from current font")
            self.figure.savefig(target, **options)


def _classes(text: str) -> tuple[str, str]:
    """The SVG with classes for the styles that stand in it often, and the rules for them."""
    tag = re.compile(r'(<[^<>]*?) style="([^"<>]*)"')
    counted = collections.Counter(style for _, style in tag.findall(text))
    names = {style: f"s{i}" for i, style in enumerate(s for s, n in counted.items() if n > 2)}
    text = tag.sub(lambda found: f'{found[1]} class="{names[found[2]]}"' if found[2] in names
                   else found[0], text)
    return text, "".join(f".{name}{{{style}}}" for style, name in names.items())


# -- figures and their axes --

def panels(count: int, columns: int, *, height: float, top: float = 0.3, bottom: float = 0.36,
           left: float = 0.5, right: float = 0.2, across: float = 0.42, down: float = 0.5,
           width: float = DOUBLE) -> tuple[Figure, list[Axes]]:
    """A figure with `count` axes in rows of `columns`. All lengths in inches: `height` of one
    axes; the margins around all; `across` and `down` between two."""
    columns = max(1, min(columns, count))
    rows = math.ceil(count / columns)
    total = top + rows * height + (rows - 1) * down + bottom
    each = (width - left - right - (columns - 1) * across) / columns
    figure = Figure(figsize=(width, total))
    found = []
    for i in range(count):
        row, column = divmod(i, columns)
        x, y = left + column * (each + across), total - top - row * (height + down) - height
        found.append(figure.add_axes((x / width, y / total, each / width, height / total)))
    return figure, found


def logarithmic(axes: Axes, which: str, values: Iterable[float], text: Callable[[float], str],
                most: int = 5, least: float = 1.5, base: int = 10) -> None:
    """Makes the axis `which` ("x" or "y") logarithmic over the values > 0 that are finite, from its
    lowest to at least `least` times that, with at most so many round numbers in powers of `base`
    as ticks, written by `text`."""
    values = numpy.asarray(list(values), float)
    values = values[numpy.isfinite(values) & (values > 0)]
    low, high = (values.min(), values.max()) if len(values) else (1.0, 10.0)
    widen = max(1.0, least * low / high) ** 0.5
    low, high = low / widen, high * widen
    room = (high / low) ** 0.06
    low, high = low / room, high * room
    getattr(axes, f"set_{which}scale")("log")
    getattr(axes, f"set_{which}lim")(low, high)
    ticks = round_numbers(low, high, most, base)
    set_ticks(axes, which, ticks, map(text, ticks))


def set_ticks(axes: Axes, which: str, values: Sequence[float], texts: Iterable[str]) -> None:
    """Ticks at just these values of the axis `which`, with these texts."""
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(ticker.FixedLocator(values))
    axis.set_major_formatter(ticker.FixedFormatter(list(texts)))
    axis.set_minor_locator(ticker.NullLocator())


def round_numbers(low: float, high: float, most: int, base: int = 10) -> list[float]:
    """Two to `most` round numbers between low and high, both > 0: as many as may be of 1, 2, 5 and
    so on times powers of ten, or of powers of two where that is the base."""
    first, last = math.floor(math.log(low, base)), math.ceil(math.log(high, base))
    found: list[float] = []
    for digits in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)) if base == 10 else ((1,),):
        found = [digit * float(base)**power for power in range(first, last + 1) for digit in digits
                 if low <= digit * float(base)**power <= high]
        if 2 <= len(found) <= most:
            return found
    if len(found) > most:
        return found[::math.ceil(len(found) / most)]
    return [value for value in ticker.MaxNLocator(most - 1).tick_values(low, high)
            if low <= value <= high]


def bars(axes: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str,
         *, sideways: bool = False) -> None:
    """Intervals from low to high at x, or at the height x where `sideways`. Those that are not
    known are not drawn."""
    x, low, high = (numpy.asarray(a, float) for a in (x, low, high))
    known = numpy.isfinite(x) & numpy.isfinite(low) & numpy.isfinite(high)
    if not known.any():
        return
    ends = [numpy.stack((x, end), axis=-1)[known] for end in (low, high)]
    segments = numpy.stack(ends, axis=1)
    axes.add_collection(LineCollection(segments[..., ::-1] if sideways else segments,
                                       colors=colour, linewidths=0.8, label="_interval"),
                        autolim=False)


def marks(axes: Axes, x: Sequence[float], y: Sequence[float], model: str, *, line: bool = False,
          **options) -> None:
    """The marks of a model, hollow so that one on another is seen; joined where `line`."""
    style = models.STYLE[model]
    axes.plot(x, y, color=style.colour, marker=style.marker, linestyle=style.line if line else "",
              **{"markerfacecolor": "none"} | options)


def model_key(figure: Figure, shown: Iterable[str], more: Sequence[tuple[str, dict]] = (),
              columns: int = 4) -> None:
    """The key at the top of the figure: a model's line and mark, and `more`: a label and how its
    line is drawn."""
    shown = set(shown)
    names = [name for name in sorted(models.STYLE, key=lambda m: models.STYLE[m].order)
             if name in shown]
    handles = [Line2D([], [], color=style.colour, marker=style.marker, linestyle=style.line,
                      markerfacecolor="none", label=name)
               for name, style in ((name, models.STYLE[name]) for name in names)]
    handles += [Line2D([], [], label=label, **options) for label, options in more]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 1), ncol=columns,
                  borderaxespad=0.2, columnspacing=1.5, handlelength=2.4, labelspacing=0.25)


def key_height(entries: int, columns: int = 4) -> float:
    """Inches that a key with so many entries takes."""
    return 0.135 * math.ceil(entries / columns) + 0.06
