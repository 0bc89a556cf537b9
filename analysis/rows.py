"""Rows of /advice, /verdict and /claims: what stands in a column, whatever a file holds there."""

import math
from typing import Any

from .text import printable

Row = dict[str, Any]


def number_of(row: Row, name: str) -> float:
    """A number of a row; NaN where there is none."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else math.nan


def text_of(row: Row, name: str, most: int = 4096) -> str:
    """A text of a row, fit to be shown, of at most so many characters; empty where there is none."""
    return printable(str(row.get(name) or ""), most)
