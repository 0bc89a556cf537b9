"""More rounds where they are needed: a workload that is certain is not visited any more."""

import pathlib
import re

import h5py

from end_to_end import samples
from end_to_end.program import folder, run, write
from end_to_end.quiet import within_tries

ROUNDS = 15
LEAST = 5  # rounds, before anything is certain
# `sure` is eight times as fast at depth 8; a task that takes no time is never measured.
JOB = f"""
depth: [1, 8]
rounds: {ROUNDS}
precision: 100 %
workloads:
  sure: {{wait: timer, latency: 2 ms, tasks: 8}}
  never: {{compute: none, tasks: 1}}
"""


def fewest_valid(output: pathlib.Path) -> int:
    """The valid samples of the point of `sure` that has the fewest: a busy machine spoils some."""
    flags = samples.read(output, "flags")
    return min(int((flags["sure", 1, 1, depth, 1] == 0).sum()) for depth in (1, 8))


def check_early_end(private: pathlib.Path) -> None:
    """One attempt: on a very busy machine nothing is certain."""
    job, output = write(private / "job.yaml", JOB), private / "out.h5"
    result = run("run", job, "-o", output, TMPDIR=str(private))
    assert result.status == 0, result.err
    rounds = {point: len(values) for point, values in samples.read(output).items()}
    assert {rounds["never", 1, 1, depth, 1] for depth in (1, 8)} == {ROUNDS}, rounds
    # a cell that a busy machine spoilt is visited a little longer
    assert all(6 <= rounds["sure", 1, 1, depth, 1] < ROUNDS for depth in (1, 8)), rounds
    places = samples.read(output, "order")
    last = sorted(places["never", 1, 1, depth, 1][-1] for depth in (1, 8))
    assert last == [0, 1], f"places in the last round: {last}"
    assert re.search(rf"^{ROUNDS} rounds of 4 cells", result.err, re.MULTILINE), result.err
    with h5py.File(output) as file:
        verdict = file["verdict"]
        assert verdict["certain"][...].tolist() == [1, 0]
        assert LEAST <= verdict["rounds"][0] <= fewest_valid(output), verdict["rounds"][...]
        assert verdict["bound"].asstr()[0] == "depth", verdict["bound"][...]
        assert 0 < verdict["throughput"][0] <= 1.01 * verdict["bound_depth"][0]
    shown = run("show", output)
    assert shown.status == 0 and shown.out == result.out, f"{result.out}\n{shown.out}"


def test_rounds_go_where_they_are_needed():
    """a workload that is certain stops early, the other goes on, each with all its cells"""
    within_tries(check_early_end)


def test_without_precision_all_go_on():
    """without a precision every workload gets all rounds"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        result = run("run", job, "-o", output, "--set", "precision=0%", TMPDIR=str(private))
        assert result.status == 0, result.err
        rounds = {len(values) for values in samples.read(output).values()}
        assert rounds == {ROUNDS}, rounds
