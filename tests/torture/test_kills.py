"""400 kills, as end_to_end/test_kills.py does 8."""

import os
import random

from end_to_end import kills

EACH = int(os.environ.get("KILLS", "400")) // len(kills.KINDS)
SOON_S = 5


def test_four_hundred_kills():
    """100 kills each of rank 0, another rank, mpirun and all at once lose nothing acknowledged, leave
    nothing 5 s later, and every run goes on to its end"""
    chance = random.Random()
    late = []
    for kind in kills.KINDS:
        for number in range(EACH):
            took_s, safe = kills.check_kill(kind, chance)
            late += [took_s] if took_s > SOON_S else []
            print(f"{kind} {number}: {safe} samples acknowledged, gone after {took_s:.1f} s", flush=True)
    assert not late, f"something was left 5 s later: {late}"
