"""Damaged run files: no crash, no wait, no silently different number."""

import os
import subprocess

from end_to_end.program import BUILD


def test_mutations():
    """after each of 20 000 mutations a run file is read as it was, or refused"""
    done = subprocess.run([BUILD / "unit", "runfile"], capture_output=True, text=True, check=False,
                          env=os.environ | {"MUTATIONS": "20000"})
    assert "ok unit runfile: mutated files give no other number" in done.stdout, done.stdout
