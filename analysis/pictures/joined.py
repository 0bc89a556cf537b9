"""Which marks a line may join.

A line says of what lies between two marks that it would lie on the line. Where nobody measured that,
it must not be said. So two points of different ranks, threads or depth are joined only when

1. they are neighbours on the axis that is drawn: no mark of their own line lies between them, and
   the second is at most FAR times as far to the right as the first where that axis is logarithmic,
2. one follows from the other, where more to the right means more workers or operations in flight:
   of ranks, threads and depth only as many change as `ways` allows, and none of them shrinks, and
3. nothing that was measured in between has the other order: all of it is at least as high as the
   lower of the two and at most as high as the higher one. What differs by no more than EQUAL is as
   high.
"""

from collections.abc import Sequence

import numpy

from .cells import EQUAL

FAR = 16

Point = Sequence[int]  # ranks, threads, depth


def follows(first: Point, second: Point, ways: int = 1) -> bool:
    """Whether a line may lead from one point to the other (2.)."""
    steps = [b - a for a, b in zip(first, second, strict=True)]
    return min(steps) >= 0 and sum(step > 0 for step in steps) <= ways


def in_order(ends: numpy.ndarray, others: numpy.ndarray) -> bool:
    """Whether two marks are not far apart (1.) and nothing between them has the other order (3.).
    `ends` (2, 2) and `others` (n, 2): x and y."""
    (left, right), (low, high) = numpy.sort(ends, axis=0).T
    if right > FAR * left:
        return False
    between = others[(others[:, 0] > left) & (others[:, 0] < right), 1]
    return bool(((between >= low * (1 - EQUAL)) & (between <= high * (1 + EQUAL))).all())


def broken(x: Sequence[float], y: Sequence[float], kept: Sequence[bool]) -> tuple[numpy.ndarray, ...]:
    """x and y of a line that is interrupted by NaN where two neighbours are not joined; `kept`: one
    less than there are marks."""
    gaps = 1 + numpy.flatnonzero(~numpy.asarray(kept, bool))
    return tuple(numpy.insert(numpy.asarray(one, float), gaps, numpy.nan) for one in (x, y))
