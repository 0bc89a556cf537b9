"""Runs that are killed without a warning."""

import random

from end_to_end import kills


def test_kills():
    """two kills each of rank 0, another rank, mpirun and all at once: the file opens, nothing that
    was acknowledged is lost, nothing is left behind, and every run goes on to its end"""
    chance = random.Random()
    safe = [kills.check_kill(kind, chance)[1] for kind in kills.KINDS * 2]
    assert any(safe), "no sample was ever acknowledged"
