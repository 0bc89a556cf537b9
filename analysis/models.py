"""The names of points, as src/model/point.c has them, and how each model is drawn."""

from typing import NamedTuple


class Style(NamedTuple):
    """How a model is drawn; the order is the one of ties, simplest first."""

    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]
    order: int


# Each stands out from a white page and from a dark one (contrast 3:1 and more, by WCAG), and any two
# differ, also to eyes that see no red or no green: they were searched for with the largest least
# difference that this leaves. Where colours do not help, markers and lines tell the models apart.
STYLE: dict[str, Style] = {
    "serial": Style("#6c6660", "o", ":", 0),
    "threads": Style("#1e84f6", "s", "-", 1),
    "processes": Style("#ba3c1e", "^", "--", 2),
    "async": Style("#5aa260", "D", "-.", 3),
    "threads+async": Style("#009cd8", "v", (0, (5, 1, 1, 1)), 4),
    "processes+async": Style("#f66000", "P", (0, (3, 1, 1, 1, 1, 1)), 5),
    "processes+threads": Style("#ba1e96", "X", (0, (7, 2)), 6),
    "processes+threads+async": Style("#5448fc", "*", (0, (1, 1)), 7),
}

_PARTS = ("processes", "threads", "async")


def name(ranks: int, threads: int, depth: int, cores: int = 1) -> str:
    """The model that a point belongs to: "serial", "threads", "processes+async" … The cores are
    part of the point but tell no model apart."""
    parts = [part for part, count in zip(_PARTS, (ranks, threads, depth), strict=True) if count > 1]
    return "+".join(parts) or "serial"


def point(ranks: int, threads: int, depth: int, cores: int) -> str:
    """A point as people write it: R×T×D@C."""
    return f"{ranks}×{threads}×{depth}@{cores}"
