"""The order in which tasks end, and what setting up costs, beside every time."""

import numpy

from end_to_end import samples
from end_to_end.program import folder, run, write

TIMELESS = True

JOB = """
ranks: [1, 2]
threads: [1, 4]
depth: [1, 8]
rounds: 5
workloads:
  kept: {wait: timer, latency: 1 ms, tasks: 33, trace: true}
  not: {wait: timer, latency: 1 ms, tasks: 33}
"""


def test_order_of_completion():
    """one thread always ends its tasks in one order; only traced cells have a digest"""
    with folder() as private:
        output = private / "out.h5"
        result = run("run", write(private / "job.yaml", JOB), "-o", output, TMPDIR=str(private))
        assert result.status == 0, result.err
        digests = samples.read(output, "completion")
        assert len(digests) == 16, digests.keys()
        for (name, *point), found in digests.items():
            assert len(found) == 5, found
            assert numpy.isnan(found).all() if name == "not" else (found >= 0).all(), found
            assert name == "not" or (found == numpy.floor(found)).all(), found
            assert found.max() < 2**52 or name == "not", found
        serial = digests["kept", 1, 1, 1, 1]
        assert (serial == serial[0]).all(), serial
        assert (digests["kept", 1, 1, 8, 1] == serial[0]).all(), "in flight: another order"
        for point, found in samples.read(output, "setup").items():
            assert ((found > 0) & (found < 60)).all(), f"{point}: {found}"


def test_order_kept_for_few_tasks_only():
    """the order of too many tasks is refused with the place and the reason"""
    with folder() as private:
        job = write(private / "job.yaml", JOB.replace("tasks: 33, trace", "tasks: 70 k, trace"))
        result = run("plan", job, TMPDIR=str(private))
        assert result.status == 2, result
        assert "job.yaml:7:" in result.err and "kept.trace: keeps the order of at most 65536" in \
            result.err, result.err
