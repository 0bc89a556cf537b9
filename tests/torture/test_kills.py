"""400 kills, as end_to_end/test_kills.py does 8."""

import os
import random

from end_to_end import kills, together

EACH = int(os.environ.get("KILLS", "400")) // len(kills.KINDS)
SOON_S = 5


def check_kill(kind: str, _: int) -> tuple[float, int]:
    """Seconds until nothing was left, and samples that were acknowledged."""
    took_s, safe = kills.check_kill(kind, random.Random())
    return round(took_s, 1), safe


def test_four_hundred_kills():
    """100 kills each of rank 0, another rank, mpirun and all at once lose nothing acknowledged, leave
    nothing 5 s later, and every run goes on to its end"""
    found = together.each(check_kill, [(kind, i) for i in range(EACH) for kind in kills.KINDS],
                          aloud=True)
    late = [took_s for took_s, _ in found if took_s > SOON_S]
    print(f"{sum(safe > 0 for _, safe in found)} of {len(found)} had acknowledged samples")
    assert not late, f"something was left 5 s later: {late}"
