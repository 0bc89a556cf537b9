"""Equal work must look equal, and verdicts must stay the same, while other processes come and go.

CUAL_BENCH_QUICK=20 also runs jobs/quick.yaml 20 times, every other time under noise (20 minutes).
"""

import contextlib
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

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


# -- the quick job --

Place = tuple[str, int]  # workload, cores


def quick(output: pathlib.Path) -> None:
    """Runs it once."""
    run([str(CUAL), "run", str(ROOT / "jobs/quick.yaml"), "-o", str(output), "--force"])


def over_serial(output: pathlib.Path) -> Iterator[tuple[Place, tuple, numpy.ndarray]]:
    """Place, (ranks, threads, depth) and speed-ups over serial by round; NaN where one is excluded."""
    with h5py.File(output) as file:
        axes = [file[axis][...].tolist() for axis in ("cores", "ranks", "threads", "depth")]
        names = file["workload"].asstr()[...]
        time_s = numpy.where(file["flags"][...] == 0, file["time"][...], math.nan)
    for index in numpy.ndindex(time_s.shape[:-1]):
        cores, *point = (axis[i] for axis, i in zip(axes, index[1:]))
        serial_s = time_s[index[0]][tuple(axis.index(1) for axis in axes)]
        speed_ups = serial_s / time_s[index]
        if not numpy.isnan(speed_ups).all():
            yield (names[index[0]], cores), tuple(point), speed_ups


def pooled(outputs: list[pathlib.Path]) -> dict[Place, dict[tuple, numpy.ndarray]]:
    """All speed-ups of several runs together, by round of all of them; NaN where there is none."""
    found: dict[Place, dict[tuple, list]] = {}
    rounds = 0
    for output in outputs:
        for place, point, speed_ups in over_serial(output):
            parts = found.setdefault(place, {}).setdefault(point, [])
            parts.append(numpy.full(rounds - sum(map(len, parts)), math.nan))
            parts.append(speed_ups)
            length = len(speed_ups)
        rounds += length
    for points in found.values():
        for parts in points.values():
            parts.append(numpy.full(rounds - sum(map(len, parts)), math.nan))
    return {place: {point: numpy.concatenate(parts) for point, parts in points.items()}
            for place, points in found.items()}


def as_good(points: dict[tuple, numpy.ndarray], chosen: tuple) -> set[tuple]:
    """The chosen point, and those that tie with it: not shown to differ by more than 2 %."""
    good = {chosen}
    for point, values in points.items():
        ratios = values / points[chosen]
        low, high = interval(ratios[~numpy.isnan(ratios)])
        if low <= 1.02 and high >= 1 / 1.02:
            good.add(point)
    return good


def choices(output: pathlib.Path) -> dict[Place, tuple[tuple, float, float]]:
    """The point that each verdict names, and its interval; ranks 0 where it names none."""
    with h5py.File(output) as file:
        rows = file["verdict"]
        columns = [rows[f"choice_{axis}"][...].tolist() for axis in ("ranks", "threads", "depth")]
        ends = [rows[f"choice_speed_up_{end}"][...].tolist() for end in ("low", "high")]
        places = zip(rows["workload"].asstr()[...].tolist(), rows["cores"][...].tolist())
        return {place: (point, low, high)
                for place, point, low, high in zip(places, zip(*columns), *ends)}


def quick_rows(folder: pathlib.Path, times: int) -> list[list[str]]:
    """The quick job, every other time under noise: the same choices, and intervals that hold."""
    outputs = [folder / f"{i}.h5" for i in range(times)]
    for i, output in enumerate(outputs):
        with Noise(seed=i) if i % 2 else contextlib.nullcontext():
            quick(output)
    reference = pooled(outputs[::2])
    found = [choices(output) for output in outputs]
    same, none, missed = {}, 0, {}
    for place, points in reference.items():
        quiet = [one[place][0] for one in found[::2] if place in one]
        good = as_good(points, max(set(quiet), key=quiet.count))
        of_place = [one[place] for one in found if place in one]
        none += sum(point[0] == 0 for point, _, _ in of_place)
        same[place] = sum(point in good for point, _, _ in of_place)
        missed[place] = sum(point in points and not low <= numpy.nanmedian(points[point]) <= high
                            for point, low, high in of_place if math.isfinite(low))
    least, most = min(same, key=same.get), max(missed, key=missed.get)
    return [
        [f"quick job, the same choice ({least[0]} at C = {least[1]}, the least)",
         f"{same[least]} of {times}", "–", "–",
         verdict_of(same[least] >= 0.95 * times, "≥ 19 of 20")],
        ["quick job, verdicts that say nothing", f"{none} of {times * len(reference)}", "–", "–", "–"],
        [f"quick job, intervals without the quiet value ({most[0]} at C = {most[1]}, the most)",
         f"{missed[most]} of {times}", "–", "–",
         verdict_of(missed[most] <= 0.05 * times, "≤ 1 of 20")],
    ]


def rows() -> list[list[str]]:
    """All rows."""
    times = int(os.environ.get("CUAL_BENCH_QUICK", "0"))
    with tempfile.TemporaryDirectory() as folder:
        found = twin_rows(pathlib.Path(folder))
        return found + (quick_rows(pathlib.Path(folder), times) if times > 0 else [])
