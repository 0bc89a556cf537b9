"""This program beside an earlier build of it, by turns: has a change made what it measures slower?

CUAL_BENCH_BEFORE names the other program; without it there is nothing to compare with.
"""

import os
import pathlib
import statistics
import tempfile

import h5py

from commands import CUAL, run

TURNS = 7
# The work is fixed, not calibrated, so that both programs do the same.
JOB = """
cores: 1
rounds: 15
workloads:
  flops: {compute: flops, work: 20 k, tasks: 32}
  triad: {compute: triad, memory: 256 MiB, work: 60 k, tasks: 32}
  none_depth_1: {compute: none, wait: none, tasks: 1 M}
  none_depth_64: {compute: none, wait: none, tasks: 1 M, depth: 64}
  message: {wait: message, tasks: 20 k}
  message_depth_64: {wait: message, tasks: 20 k, depth: 64}
"""


def medians(program: pathlib.Path, folder: pathlib.Path) -> dict[str, float]:
    """By workload, the median time of its only cell in seconds."""
    (folder / "job.yaml").write_text(JOB)
    run([str(program), "run", str(folder / "job.yaml"), "-o", str(folder / "run.h5"), "--force"])
    with h5py.File(folder / "run.h5") as file:
        names = file["workload"].asstr()[:]
        times = file["time"][:].reshape(len(names), -1)
    return {name: statistics.median(time for time in row if time == time)
            for name, row in zip(names, times, strict=True)}


def rows() -> list[list[str]]:
    """A row per workload: the median of the turns' ratios, and the least and the greatest of them."""
    if not (other := os.environ.get("CUAL_BENCH_BEFORE")):
        return [["an earlier build", "–", "–", "–", "skipped: CUAL_BENCH_BEFORE names none"]]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pairs = [(medians(CUAL, folder), medians(pathlib.Path(other), folder)) for _ in range(TURNS)]
    found = []
    for what in pairs[0][0]:
        ratios = sorted(mine[what] / before[what] for mine, before in pairs)
        now, then = (statistics.median(pair[side][what] for pair in pairs) for side in (0, 1))
        found.append([f"{what}: time beside the earlier build", f"{1e3 * now:.4g} ms",
                      f"{1e3 * then:.4g} ms (before)", f"{statistics.median(ratios):.3f}",
                      f"within noise: {ratios[0]:.3f} … {ratios[-1]:.3f}"])
    return found
