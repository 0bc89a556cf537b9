"""What all pictures share: the picture itself, its frame, its axes and the words on them."""

import dataclasses
import io
import math
import pathlib
import re
import warnings
from collections.abc import Iterable, Sequence

import matplotlib
import numpy
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .. import models

INK = "#1a1a1a"  # text and frames; a page may choose another where it is dark
SINGLE, DOUBLE = 3.5, 7.0  # width of one and two columns of a paper, in inches
SMALL, LARGE = 7, 8  # sizes of text, in points
FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
STYLE = (":root{--ink:#1a1a1a}@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6}}")

# The pictures do not depend on what a reader has in a matplotlibrc, nor on the time they are drawn.
_OURS = ("axes", "errorbar", "figure", "font", "grid", "hatch", "legend", "lines", "markers",
         "patch", "path", "savefig", "scatter", "svg", "text", "xtick", "ytick")
SETTINGS = {key: value for key, value in dict.items(matplotlib.rcParamsDefault)
            if key.split(".")[0] in _OURS} | {
    "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.linewidth": 0.5,
    "axes.labelsize": SMALL, "axes.titlesize": SMALL, "axes.labelpad": 2, "axes.titlepad": 3,
    "axes.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False,
    "figure.facecolor": "none", "font.family": ["DejaVu Sans"], "font.size": SMALL, "hatch.linewidth": 0.4,
    "legend.frameon": False, "legend.fontsize": SMALL, "lines.linewidth": 1,
    "lines.markersize": 3.5, "lines.markeredgewidth": 0.6, "savefig.facecolor": "none",
    "svg.fonttype": "none", "svg.hashsalt": "cual", "text.color": INK, "text.parse_math": False,
    "xtick.color": INK, "ytick.color": INK, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL,
    "xtick.major.size": 2, "ytick.major.size": 2, "xtick.major.width": 0.5,
    "ytick.major.width": 0.5, "xtick.major.pad": 1.5, "ytick.major.pad": 1.5,
}


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture and what is said with it, in plain text that is not escaped."""

    name: str  # safe as the name of a file
    title: str
    reading: str  # how to read it, in one line
    alt: str  # what it says, in words and numbers
    caption: str  # holds the absolute baseline
    figure: Figure

    def svg(self) -> str:
        """The picture as SVG: the same bytes each time, without a background, and with its ink in
        the variable `--ink`, light where the reader's pages are dark."""
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        buffer = io.StringIO()
        self._write(buffer, format="svg", metadata=nothing | {"Title": self.title})
        text = buffer.getvalue().replace(INK, f"var(--ink, {INK})").replace("'DejaVu Sans'", FONTS)
        text = text.replace('<style type="text/css">', f'<style type="text/css">{STYLE}', 1)
        return re.sub(r">\s+<", "><", text)

    def save(self, folder: str | pathlib.Path) -> list[pathlib.Path]:
        """Writes NAME.svg and NAME.png (300 dots per inch, on white) into a folder that is there.
        Returns their paths."""
        vector, pixels = (pathlib.Path(folder, f"{self.name}.{end}") for end in ("svg", "png"))
        vector.write_text(self.svg(), encoding="utf-8")
        self._write(pixels, format="png", dpi=300, facecolor="white", metadata={"Software": None})
        return [vector, pixels]

    def _write(self, target: io.StringIO | pathlib.Path, **options) -> None:
        with matplotlib.rc_context(SETTINGS), warnings.catch_warnings():
            # A letter that the font lacks: the reader's own may have it.
            warnings.filterwarnings("ignore", message="Glyph .* missing from current font")
            self.figure.savefig(target, **options)
