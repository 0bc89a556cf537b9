"""The job that tries the claims, jobs/question.yaml."""

import re

from end_to_end.program import ROOT, run

TIMELESS = True

QUESTION = ROOT / "jobs/question.yaml"
ROUND_MOST_S = 25.0  # so that four minutes hold enough rounds
FILE_MOST_MIB = 60.0


def plan(*before: str, **changes: str) -> str:
    """What `cual plan` says of the job; nothing on stderr."""
    planned = run("plan", QUESTION, before=before, **changes)
    assert planned.status == 0 and planned.err == "", planned
    return planned.out


def test_plan():
    """jobs/question.yaml is planned without complaint here, on one core, two and 64"""
    of_two = "core:2 pu:1"
    for out in (plan(), plan("taskset", "-c", "0"), plan(HWLOC_SYNTHETIC=of_two),
                plan(HWLOC_SYNTHETIC="core:64 pu:1")):
        round_s = float(re.search(r"the warm-up and a round ([0-9.]+) s each", out).group(1))
        assert round_s <= ROUND_MOST_S, out
    file_mib = float(re.search(r"([0-9.]+) MiB for the run file",
                               plan(HWLOC_SYNTHETIC=of_two)).group(1))
    assert file_mib <= FILE_MOST_MIB, file_mib


def test_refused_is_only_what_must_be():
    """of jobs/question.yaml nothing is refused but points with fewer workers than cores, very many
    threads, and io_uring where there is none"""
    allowed = ("need as many workers", "threads cannot be started", "uring is not available")
    for line in plan().splitlines():
        assert not line.startswith("infeasible") or any(a in line for a in allowed), line
