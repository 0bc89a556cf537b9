"""The fuzz targets, a million executions each, with the address and the undefined sanitizer."""

import os
import sys

from end_to_end.program import ROOT

sys.path.insert(0, str(ROOT / "tests/fuzz"))
import fuzzing  # noqa: E402

RUNS = int(os.environ.get("FUZZ_RUNS", "1000000"))


def fuzz(target: str) -> None:
    """Fails with the report when a target finds anything."""
    outcome = fuzzing.fuzz(target, RUNS)
    print(f"{target}: {outcome.runs} executions, {outcome.covered} edges, {outcome.memory_mib} MiB", flush=True)
    assert outcome.status == 0, outcome.err[-8000:]
    assert outcome.runs >= RUNS and outcome.covered > 0, outcome


def test_fuzz_all():
    """fuzz: a million executions of every target end in order"""
    for target in fuzzing.TARGETS:
        fuzz(target)
