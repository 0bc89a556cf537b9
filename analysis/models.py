"""The names of points, as src/model/point.c has them, and how each model is drawn."""

from typing import NamedTuple


class Style(NamedTuple):
    """How a model is drawn; the order is the one of ties, simplest first."""

    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]
    order: int


# Colours after Okabe and Ito, made even in contrast to a white and to a dark page (3:1 and more);
# markers and lines tell the models apart where colours do not.
STYLE: dict[str, Style] = {
    "serial": Style("#808080", "o", ":", 0),
    "threads": Style("#0078bb", "s", "-", 1),
    "processes": Style("#d55e00", "^", "--", 2),
    "async": Style("#009e73", "D", "-.", 3),
    "threads+async": Style("#3e9ad6", "v", (0, (5, 1, 1, 1)), 4),
    "processes+async": Style("#bf7f00", "P", (0, (3, 1, 1, 1, 1, 1)), 5),
    "processes+threads": Style("#b9629a", "X", (0, (7, 2)), 6),
    "processes+threads+async": Style("#7a6fe0", "*", (0, (1, 1)), 7),
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


def simplicity(ranks: int, threads: int, depth: int, cores: int) -> tuple[int, ...]:
    """Sorts points, the simplest first, as point_compare_simplicity does."""
    order = STYLE[name(ranks, threads, depth, cores)].order
    return ranks * threads, order, depth, ranks, threads, cores
