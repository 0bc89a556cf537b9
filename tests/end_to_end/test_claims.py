"""Claims that a job has no cells for. tests/unit/answer decides each claim either way; on a real machine
tests/torture does."""

from end_to_end.claims import numbers, outcomes
from end_to_end.program import folder

TIMELESS = True


def test_a_job_without_their_cells_does_not_try_them():
    """claims for which a job has no cells are not tried and say which job has the cells"""
    with folder() as private:
        found = outcomes("rounds: 1\nworkloads:\n  none: {wait: none, tasks: 4}\n", private)
        assert found and set(found) == numbers(), found
        for outcome, reason in found.values():
            assert outcome == "not tried" and "jobs/question.yaml has them." in reason, (outcome, reason)
