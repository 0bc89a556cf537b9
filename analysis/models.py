"""The names of points, as src/model/point.c has them, and how each model is drawn."""

from typing import NamedTuple


class Style(NamedTuple):
    """How a model is drawn; the order is the one of ties, simplest first."""

    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]
    order: int


# Shades of one colour where models are related. Any two differ, also to eyes that see no red or no
# green, and each stands out from a white and from a dark page (contrast 2.5:1 and more); where
# colours do not help, markers and lines tell the models apart.
STYLE: dict[str, Style] = {
    "serial": Style("#808080", "o", ":", 0),
    "threads": Style("#0072b2", "s", "-", 1),
    "processes": Style("#c61f2d", "^", "--", 2),
    "async": Style("#3cb06f", "D", "-.", 3),
    "threads+async": Style("#808dff", "v", (0, (5, 1, 1, 1)), 4),
    "processes+async": Style("#ef8a30", "P", (0, (3, 1, 1, 1, 1, 1)), 5),
    "processes+threads": Style("#c691c5", "X", (0, (7, 2)), 6),
    "processes+threads+async": Style("#2753ff", "*", (0, (1, 1)), 7),
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
