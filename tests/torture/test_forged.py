"""Forged texts in run files, many of them."""

from end_to_end.program import folder
from tests.analysis import forged


def test_forged_names():
    """10 000 forged names through show, compare, export and report: no control characters, no live cells"""
    with folder() as private:
        forged.check(private, 10_000, 2, 1000)
