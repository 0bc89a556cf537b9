"""Damaged run files: no crash, no wait, no silently different number."""

import os
import re
import subprocess

from end_to_end import together
from end_to_end.program import BUILD

MUTATIONS, EACH = 20000, 1000


def mutate(seed: int) -> str:
    """What became of reading a run file after so many mutations; a crash of the library, in the
    process that is there for that, is told as damage."""
    test = "unit runfile answer: mutated files give no other number"
    done = subprocess.run([BUILD / "unit", test], capture_output=True, text=True, check=False,
                          env=os.environ | {"MUTATIONS": str(EACH), "MUTATION_SEED": str(seed)})
    assert f"ok {test}" in done.stdout, done.stdout
    return re.search(r"^\d+ mutations: .*$", done.stdout, re.MULTILINE)[0]


def test_mutations():
    """after each of 20 000 mutations a run file is read as it was, or refused"""
    together.each(mutate, [(seed,) for seed in range(1, MUTATIONS // EACH + 1)], aloud=True)
