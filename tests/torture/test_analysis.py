"""Damaged run files, as analysis reads them."""

from end_to_end.program import folder
from tests.analysis import damage


def test_mutants():
    """of 5 000 damaged files none gives another number in analysis, nor one that show refuses"""
    with folder() as private:
        counts = damage.check_mutants(private, 5000, seed=2)
        print(counts, flush=True)
        assert counts.refused and counts.left_out and counts.whole, counts
