"""The decision tree of /advice as a drawing: the questions, their answers, what to use, and the gain."""

import dataclasses
import math
import os
import textwrap
from collections.abc import Callable, Iterator

import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .. import glance, models
from ..load import Answer
from . import words
from .cells import Cells
from .frame import DOUBLE, INK, SMALL, Picture

WIDTH = DOUBLE * 72 - 8  # in points, as all lengths here
LINE, BOX, GAP = 10, 5, 4  # height of a line of text, what a box adds to it, and room between boxes
QUESTION, ANSWER, WHAT, USE, GAIN = 0, 92, 132, 262, 388  # where the columns begin
LETTER = 4.0  # width of a letter
STROKE = {"color": INK, "linewidth": 0.7, "solid_capstyle": "butt"}


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A line of the tree with its texts in lines that fit, and where it stands."""

    line: glance.Line
    what: list[str]
    use: list[str]
    beside: list[str]  # gain and note
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Where a stroke meets it."""
        return self.top + self.height / 2


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """A figure for the first file that has an answer at a glance with something to use."""
    told = ((answer.file, glance.of(answer)) for answer in answers)
    file, found = next(((file, one) for file, one in told if one is not None), ("", None))
    if found is None or not any(line.use for line in found.lines):
        return
    of = f"Of {words.clean(os.path.basename(file))}: " if len(answers) > 1 else ""
    yield Picture(
        name="tree", title="The answer as a tree", figure=_figure(found.lines),
        reading="Follow the answers from the left. At the end stands what to use, in the colour of "
                "its model, and how many times as fast as serial that is.",
        alt=_message(found.lines),
        caption=f"{of}{found.summary}. {found.sure}")


# -- the figure --

def _figure(lines: list[glance.Line]) -> Figure:
    leaves, height = _leaves(lines)
    figure = Figure(figsize=((WIDTH + 8) / 72, (height + 8) / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-4, WIDTH + 4)
    axes.set_ylim(height + 4, -4)
    for question in _groups(leaves, lambda leaf: bool(leaf.line.question)):
        _question(axes, question)
    return figure


def _leaves(lines: list[glance.Line]) -> tuple[list[Leaf], float]:
    """The lines in their places, and the height of all."""
    leaves: list[Leaf] = []
    top = 0.0
    for line in lines:
        what, use, beside = (_wrapped(text, width) for text, width in (
            (line.what, (USE if line.use else GAIN) - WHAT - 14), (line.use, GAIN - USE - 16),
            (line.note, WIDTH - GAIN)))
        beside = ([line.gain] if line.gain else []) + (beside if line.note else [])
        height = LINE * max(len(what), len(use), len(beside)) + BOX
        if leaves and line.question:
            top += 2 * GAP
        leaves.append(Leaf(line, what, use, beside, top, height))
        top += height + GAP
    return leaves, top - GAP


def _wrapped(text: str, width: float) -> list[str]:
    """The text in at most three lines that fit into the width."""
    return textwrap.wrap(words.clean(text, 200), max(8, math.floor(width / LETTER)), max_lines=3,
                         placeholder="…") or [""]


def _groups(leaves: list[Leaf], begins: Callable[[Leaf], bool]) -> list[list[Leaf]]:
    """The leaves in groups, each from one that begins a group."""
    groups: list[list[Leaf]] = []
    for leaf in leaves:
        if not groups or begins(leaf):
            groups.append([])
        groups[-1].append(leaf)
    return groups


def _question(axes: Axes, leaves: list[Leaf]) -> None:
    """A question, its answers, and what they lead to."""
    asked = _wrapped(leaves[0].line.question, ANSWER - QUESTION - 22)
    branches = _groups(leaves, lambda leaf: bool(leaf.line.branch))
    middles = [_middle(branch) for branch in branches]
    middle = (middles[0] + middles[-1]) / 2
    _box(axes, (QUESTION, ANSWER - 14), middle, asked, INK, 0.08)
    _fork(axes, ANSWER - 14, ANSWER, middle, middles)
    for branch, at in zip(branches, middles, strict=True):
        _box(axes, (ANSWER, WHAT - 14), at, [branch[0].line.branch], INK, 0.08)
        _fork(axes, WHAT - 14, WHAT, at, [leaf.middle for leaf in branch])
        for leaf in branch:
            _leaf(axes, leaf)


def _middle(leaves: list[Leaf]) -> float:
    return (leaves[0].middle + leaves[-1].middle) / 2


def _leaf(axes: Axes, leaf: Leaf) -> None:
    """What kind of work, what to use for it, and what that gains."""
    _text(axes, WHAT + 3, leaf.middle, leaf.what)
    if not leaf.line.use:
        return
    longest = max(map(len, leaf.what)) * LETTER
    axes.plot((min(WHAT + 10 + longest, USE - 8), USE), (leaf.middle, leaf.middle),
              **STROKE | {"alpha": 0.3})
    colour, height = models.STYLE.get(leaf.line.model, models.STYLE["serial"]).colour, _height(leaf.use)
    _box(axes, (USE, GAIN - 8), leaf.middle, leaf.use, colour, 0.16)
    axes.add_patch(Rectangle((USE, leaf.middle - height / 2), 4, height, facecolor=colour,
                             linewidth=0))
    _text(axes, GAIN, leaf.middle, leaf.beside, bold=bool(leaf.line.gain))


def _height(texts: list[str]) -> float:
    return LINE * len(texts) + BOX


def _box(axes: Axes, sides: tuple[float, float], middle: float, texts: list[str], colour: str,
         alpha: float) -> None:
    """A box with its text, in the middle of that height."""
    left, right = sides
    corner, width, height = (left, middle - _height(texts) / 2), right - left, _height(texts)
    axes.add_patch(Rectangle(corner, width, height, facecolor=colour, alpha=alpha, linewidth=0))
    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=0.7))
    _text(axes, left + 8 if left == USE else left + 4, middle, texts)


def _text(axes: Axes, left: float, middle: float, texts: list[str], bold: bool = False) -> None:
    """Lines of text below each other, the first one bold or not."""
    for i, text in enumerate(texts):
        y = middle + (i - (len(texts) - 1) / 2) * LINE + 0.36 * SMALL
        axes.text(left, y, text, ha="left", va="baseline",
                  fontweight="bold" if bold and i == 0 else "normal")


def _fork(axes: Axes, left: float, right: float, middle: float, ends: list[float]) -> None:
    """Strokes from the middle of the left side to each end on the right side."""
    half = (left + right) / 2
    axes.plot((left, half), (middle, middle), **STROKE)
    axes.plot((half, half), (min(middle, *ends), max(middle, *ends)), **STROKE)
    for end in ends:
        axes.plot((half, right), (end, end), **STROKE)


# -- words --

def _message(lines: list[glance.Line]) -> str:
    """The tree in words."""
    said, question, branch = [], "", ""
    for line in lines:
        question, branch = line.question or question, line.branch or branch
        if line.use:
            said.append(f"{question} {branch}: {line.what}: {line.use}"
                        + (f", {line.gain}" if line.gain else "")
                        + (f" ({line.note})" if line.note else ""))
    return "; ".join(said) + "."
