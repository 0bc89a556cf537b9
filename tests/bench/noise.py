"""Equal work must look equal while other processes come and go."""

import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading

import h5py
import numpy

from commands import CUAL, ROOT, run

sys.path.insert(0, str(ROOT))
from analysis import statistics  # noqa: E402

TWINS, ROUNDS = 8, 15
REPETITIONS = 25  # of all twins beside each other: 4 comparisons each, noisy and quiet
BUSY = 3  # processes of noise
TASK_S, TASKS = 200e-6, 128
PEER = pathlib.Path(__file__).resolve().parent / "peers/one_by_one.c"
JOB = """
cores: 1
ranks: 1
threads: 1
depth: 1
seed: {seed}
rounds: {rounds}
workloads:
{workloads}
"""
TWIN = f"  a{{number}}: {{{{compute: flops, task: {TASK_S * 1e6:g} us, tasks: {TASKS}}}}}"


class Noise:
    """Busy processes that are there and gone again, each for 0.2 to 1.5 s, by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.ended = threading.Event()
        self.processes: list[subprocess.Popen] = []
        self.thread = threading.Thread(target=self.come_and_go)

    def come_and_go(self) -> None:
        """Until it is ended."""
        while not self.ended.wait(self.random.uniform(0.2, 1.5)):
            if self.processes:
                self.go()
            else:
                # one that loses its benchmark ends by itself
                self.processes = [
                    subprocess.Popen(["sh", "-c", "while kill -0 $0; do :; done",
                                      str(os.getpid())], stderr=subprocess.DEVNULL)
                    for _ in range(BUSY)]
        self.go()

    def go(self) -> None:
        """Ends the processes that are there."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def __enter__(self) -> "Noise":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join()


def measured(folder: pathlib.Path, numbers: range, seed: int) -> dict[str, numpy.ndarray]:
    """Times in s and flags of so many twins: twin × round."""
    job, output = folder / "job.yaml", folder / "run.h5"
    twins = "\n".join(TWIN.format(number=number) for number in numbers)
    job.write_text(JOB.format(seed=seed, rounds=ROUNDS, workloads=twins))
    run([str(CUAL), "run", str(job), "-o", str(output), "--force"])
    with h5py.File(output) as file:
        return {name: file[name][:, 0, 0, 0, 0] for name in ("time", "flags")}


def ratios(found: dict[str, numpy.ndarray], a: int, b: int) -> numpy.ndarray:
    """Of the times of two twins, by round, paired as the program does; without what has no pair."""
    valid = numpy.where(found["flags"] == 0, found["time"], math.nan)
    pairs = statistics.paired(valid[a], valid[b])
    return pairs[~numpy.isnan(pairs)]


def interval(values: numpy.ndarray) -> tuple[float, float]:
    """Of the median, 95 %, by order statistics; everything while there are too few values."""
    found = statistics.interval(values)
    return (-math.inf, math.inf) if math.isnan(found.low) else (float(found.low), float(found.high))


def errors_of_pairs(found: dict[str, numpy.ndarray]) -> list[float]:
    """|median ratio − 1| of every pair of twins that has a round in common."""
    pairs = [ratios(found, a, b) for a in range(TWINS) for b in range(a)]
    return [abs(numpy.median(pair) - 1) for pair in pairs if len(pair) > 0]


def errors_one_by_one(medians_s: list[float]) -> list[float]:
    """|ratio − 1| of every pair of medians."""
    return [abs(a / b - 1) for i, a in enumerate(medians_s) for b in medians_s[:i]]


def percent(errors: list[float]) -> tuple[float, float]:
    """Median and 90th percentile."""
    if not errors:
        return math.nan, math.nan
    return 100 * numpy.median(errors), 100 * numpy.percentile(errors, 90)


def excluded(runs: list[dict[str, numpy.ndarray]]) -> tuple[int, int]:
    """Comparisons of a twin with its own whose interval excludes 1, and all that have one."""
    intervals = [interval(ratios(found, a, a + 1)) for found in runs for a in range(0, TWINS, 2)]
    finite = [one for one in intervals if math.isfinite(one[0])]
    return sum(not low <= 1 <= high for low, high in finite), len(finite)


def flagged(runs: list[dict[str, numpy.ndarray]]) -> float:
    """Share of excluded samples, in percent."""
    return 100 * numpy.mean([found["flags"] != 0 for found in runs])


def verdict_of(reached: bool, asked: str) -> str:
    """The last column."""
    return f"{asked} {'reached' if reached else 'missed'}"


def twin_rows(folder: pathlib.Path) -> list[list[str]]:
    """Equal cells beside each other and one after the other, and twins, noisy and quiet."""
    noisy, one_by_one = [], []
    peer = folder / "one_by_one"
    run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", str(peer), str(PEER)])
    with Noise(seed=1):
        for i in range(REPETITIONS):
            noisy.append(measured(folder, range(TWINS), i + 1))
            medians = run([str(peer), str(TWINS), str(ROUNDS), str(TASK_S * TASKS)])
            one_by_one += errors_one_by_one([float(line) for line in medians.split()])
    quiet = [measured(folder, range(TWINS), i + 1) for i in range(REPETITIONS)]
    middle, most = percent([error for found in noisy for error in errors_of_pairs(found)])
    peer_middle, peer_most = percent(one_by_one)
    few = sum(TWINS * (TWINS - 1) // 2 - len(errors_of_pairs(found)) for found in noisy)
    wrong, compared = (sum(column) for column in zip(excluded(noisy), excluded(quiet)))
    return [
        ["equal cells under noise, error, median", f"{middle:.2f} %", f"{peer_middle:.2f} % (one by one)",
         f"{middle / peer_middle:.3f}",
         verdict_of(middle <= 0.5 and middle <= peer_middle / 10, "≤ 0.5 % and ≤ 1/10")],
        ["equal cells under noise, error, p90", f"{most:.2f} %", f"{peer_most:.2f} % (one by one)",
         f"{most / peer_most:.3f}",
         verdict_of(most <= 3 and most <= peer_most / 10, "≤ 3 % and ≤ 1/10")],
        ["pairs without a common quiet round", f"{few} of {REPETITIONS * TWINS * (TWINS - 1) // 2}",
         "–", "–", "–"],
        ["twins, intervals that exclude 1", f"{wrong} of {compared}", "–", "–",
         verdict_of(0 < compared and wrong <= 0.075 * compared, "≤ 15 of 200")],
        ["excluded samples, noisy, quiet", f"{flagged(noisy):.0f} %, {flagged(quiet):.1f} %",
         "–", "–", verdict_of(flagged(quiet) < 5, "quiet < 5 %")],
    ]


def rows() -> list[list[str]]:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder:
        return twin_rows(pathlib.Path(folder))
