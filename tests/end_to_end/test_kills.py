"""Runs that are killed without a warning."""

import random

from end_to_end import kills, together

TIMELESS = True


def test_kills():
    """two kills each of rank 0, another rank, mpirun and all at once: the file opens, nothing that
    was acknowledged is lost, nothing is left behind, and every run goes on to its end"""
    found = together.each(kills.check_kill, [(kind, random.Random()) for kind in kills.KINDS * 2])
    assert any(safe for _, safe in found), "no sample was ever acknowledged"
