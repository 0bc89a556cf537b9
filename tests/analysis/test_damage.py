"""Damaged run files: what is read of them is what was measured, and what cannot be is refused."""

import h5py
import numpy

from analysis.load import Unreadable, load
from analysis.reading import read
from end_to_end import integrity as slow
from end_to_end.program import folder, run
from tests.analysis import damage, made

MUTANTS = 300


def test_mutants():
    """of 300 damaged files none gives another number, and what show refuses is refused"""
    with folder() as private:
        counts = damage.check_mutants(private, MUTANTS, seed=1)
        assert counts.refused and counts.left_out and counts.whole, counts
