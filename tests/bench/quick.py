"""jobs/quick.yaml again and again, every other time under noise: are its answers right, certain, and as
good as they say?

CUAL_BENCH_QUICK=20 says how often it runs (15 minutes); without that it does not.
"""

import contextlib
import math
import os
import pathlib
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass

import h5py
import numpy

from commands import CUAL, ROOT
from noise import Noise, verdict_of

GROUPS = ("threads", "processes", "async", "mix")
PAIRS_LEAST = 12  # rounds with serial, of all quiet runs, that a reference rests on
WRONG = 1.05  # times as slow as the best
APART_S = 300  # two runs whose intervals are compared

Place = tuple[str, int]  # workload, cores
Point = tuple[int, int, int]  # ranks, threads, depth


@dataclass(frozen=True)
class Answer:
    """What a verdict names, and how sure it is of it."""

    point: Point
    loss: float
    half_width: float
    certain: bool
    intervals: dict[Point, tuple[float, float]]  # of the speed-ups that its row of the table shows


@dataclass(frozen=True)
class Run:
    """A run of the job."""

    begun_s: float  # by a clock that only counts
    answers: dict[Place, Answer]
    speed_ups: dict[Place, dict[Point, numpy.ndarray]]  # over serial, by round with valid samples
    outside: float  # of the time after the warm-up, in %


def speed_ups_of(file: h5py.File) -> dict[Place, dict[Point, numpy.ndarray]]:
    """Of each point over serial in the same round."""
    axes = [file[axis][...].tolist() for axis in ("cores", "ranks", "threads", "depth")]
    names = file["workload"].asstr()[...]
    time_s = numpy.where(file["flags"][...] == 0, file["time"][...], math.nan)
    found: dict[Place, dict[Point, numpy.ndarray]] = {}
    for index in numpy.ndindex(time_s.shape[:-1]):
        cores, *point = (axis[i] for axis, i in zip(axes, index[1:]))
        serial_s = time_s[index[0]][tuple(axis.index(1) for axis in axes)]
        ratios = serial_s / time_s[index]
        found.setdefault((names[index[0]], cores), {})[tuple(point)] = ratios[~numpy.isnan(ratios)]
    return found


def answers_of(rows: h5py.Group) -> dict[Place, Answer]:
    """Of each row of the verdict."""
    def column(name: str) -> list:
        return rows[name].asstr()[...].tolist() if name == "workload" else rows[name][...].tolist()

    def points(group: str) -> list[Point]:
        return list(zip(*(column(f"{group}_{axis}") for axis in ("ranks", "threads", "depth"))))

    def intervals(group: str) -> list[tuple[float, float]]:
        return list(zip(column(f"{group}_speed_up_low"), column(f"{group}_speed_up_high")))

    shown = {group: list(zip(points(group), intervals(group))) for group in GROUPS}
    found = {}
    for i, place in enumerate(zip(column("workload"), column("cores"))):
        found[place] = Answer(points("choice")[i], column("loss")[i], column("half_width")[i],
                              bool(column("certain")[i]),
                              {point: ends for point, ends in (shown[group][i] for group in GROUPS)
                               if point[0] > 0 and not math.isnan(ends[0])})
    return found


def quick(output: pathlib.Path) -> Run:
    """Runs the job once."""
    begun_s = time.monotonic()
    told = subprocess.run([str(CUAL), "run", str(ROOT / "jobs/quick.yaml"), "-o", str(output), "--force"],
                          capture_output=True, text=True, timeout=300, check=True).stderr
    with h5py.File(output) as file:
        return Run(begun_s, answers_of(file["verdict"]), speed_ups_of(file),
                   float(re.search(r"([0-9.]+) % of the rest outside samples", told)[1]))


def reference_of(runs: list[Run]) -> dict[Place, dict[Point, float]]:
    """The speed-ups of all runs together."""
    found: dict[Place, dict[Point, float]] = {}
    for place in runs[0].speed_ups:
        together = {point: numpy.concatenate([one.speed_ups[place][point] for one in runs])
                    for point in runs[0].speed_ups[place]}
        found[place] = {point: float(numpy.median(values)) for point, values in together.items()
                        if len(values) >= PAIRS_LEAST}
    return found


def losses(run: Run, reference: dict[Place, dict[Point, float]]) -> dict[Place, float]:
    """How many times as slow as the best each choice is in truth, as far as the truth is known."""
    return {place: max(reference[place].values()) / reference[place][answer.point]
            for place, answer in run.answers.items() if answer.point in reference[place]}


def quiet_rows(runs: list[Run]) -> list[list[str]]:
    """How good the answers are when nothing disturbs them."""
    def least(holds) -> int:
        return min(sum(holds(answer) for answer in run.answers.values()) for run in runs)

    rows = len(runs[0].answers)
    serial = sum(run.answers["triad", 1].point == (1, 1, 1) for run in runs)
    near, close = least(lambda one: one.loss <= 0.03), least(lambda one: one.half_width <= 0.05)
    worst, place = max((answer.loss, place) for run in runs for place, answer in run.answers.items())
    certain = least(lambda one: one.certain)
    outside = float(numpy.median([run.outside for run in runs]))
    return [
        ["quick job, quiet: triad on 1 core, serial", f"{serial} of {len(runs)}", "–", "–",
         verdict_of(serial == len(runs), "all")],
        ["quick job, quiet: rows that lose ≤ 3 %, least of a run", f"{near} of {rows}", "–", "–",
         verdict_of(near >= 14, "≥ 14")],
        ["quick job, quiet: the greatest loss of all", f"{100 * worst:.1f} % ({place[0]}, {place[1]})", "–", "–",
         verdict_of(worst <= 0.05, "≤ 5 %")],
        ["quick job, quiet: rows that are known to ±5 %, least of a run", f"{close} of {rows}", "–", "–",
         verdict_of(close >= 14, "≥ 14")],
        ["quick job, quiet: rows that are certain, least of a run", f"{certain} of {rows}", "–", "–",
         verdict_of(certain >= 12, "≥ 12")],
        ["quick job, quiet: time outside samples, median", f"{outside:.0f} %", "–", "–",
         verdict_of(outside <= 10, "≤ 10 %")],
    ]


def overlap_row(runs: list[Run]) -> list[str]:
    """Intervals of the same point in two runs, for all pairs of runs that lie well apart."""
    pairs = [(run, other) for i, run in enumerate(runs) for other in runs[:i]
             if run.begun_s - other.begun_s >= APART_S]
    both = [(mine, others) for run, other in pairs
            for place, answer in run.answers.items()
            for point, mine in answer.intervals.items()
            if (others := other.answers[place].intervals.get(point))]
    overlap = sum(a[0] <= b[1] and b[0] <= a[1] for a, b in both)
    return [f"quick job, quiet: intervals that overlap, {len(pairs)} pairs of runs 5 min apart", f"{overlap} of {len(both)}", "–", "–",
            verdict_of(overlap >= 0.95 * len(both), "≥ 95 %")]


def noisy_rows(runs: list[Run], reference: dict[Place, dict[Point, float]]) -> list[list[str]]:
    """Whether the answers stay right while others compute."""
    judged = [(loss, run.answers[place].loss) for run in runs
              for place, loss in losses(run, reference).items()]
    wrong = sum(loss > WRONG for loss, _ in judged)
    held = sum(loss <= 1 + said for loss, said in judged)
    unknown = max(sum(not math.isfinite(answer.loss) for answer in run.answers.values()) for run in runs)
    return [
        ["quick job under noise: choices over 5 % slower than the best", f"{wrong} of {len(judged)}", "–", "–",
         verdict_of(wrong == 0, "none")],
        ["quick job under noise: losses that are as said", f"{held} of {len(judged)}", "–", "–",
         verdict_of(held >= 0.95 * len(judged), "≥ 95 %")],
        ["quick job under noise: rows without a loss, most of a run", str(unknown), "–", "–",
         verdict_of(unknown <= 2, "≤ 2")],
    ]


def rows() -> list[list[str]]:
    """All rows."""
    times = int(os.environ.get("CUAL_BENCH_QUICK", "0"))
    quiet, noisy = [], []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(times):
            with Noise(seed=i) if i % 2 else contextlib.nullcontext():
                (noisy if i % 2 else quiet).append(quick(pathlib.Path(folder) / "run.h5"))
    return ((quiet_rows(quiet) + [overlap_row(quiet)] if quiet else [])
            + (noisy_rows(noisy, reference_of(quiet)) if noisy else []))
