"""Medians and intervals: as numpy's, and as the program's to the last bit."""

import itertools
import math

import numpy
import xarray

from analysis import models, statistics
from analysis.load import answers, load
from end_to_end.program import Skipped, folder, run, write
from end_to_end.quiet import alone
from tests.analysis import made

JOB = """
seed: 7
cores: [1, all]
ranks: [1, 2]
threads: [1, 4]
depth: [1, 8]
rounds: 9
workloads:
  primes: {compute: primes, work: 30000, tasks: 8}
  weak: {compute: primes, work: 30000, tasks: 8, scaling: weak}
  wait: {wait: timer, latency: 100 us, tasks: 16}
"""


def with_holes(rng: numpy.random.Generator, *shape: int) -> numpy.ndarray:
    """Random times of which a good part is missing."""
    times = rng.lognormal(size=shape)
    times[rng.random(shape) < rng.choice([0, 0.1, 0.5, 0.95], size=(*shape[:-1], 1))] = math.nan
    return times


def test_median_and_interval():
    """medians are numpy's of the raw samples, intervals the narrowest that hold 95 %"""
    times = with_holes(numpy.random.default_rng(1), 400, 21)
    found = statistics.interval(times)
    moved = statistics.interval(times.T.reshape(21, 20, 20), axis=0)
    for row in range(400):
        values = numpy.sort(times[row][~numpy.isnan(times[row])])
        n = len(values)
        assert found.n[row] == n == moved.n.ravel()[row]
        if n == 0:
            assert math.isnan(found.median[row]) and math.isnan(found.low[row])
            continue
        assert found.median[row] == numpy.median(values) == moved.median.ravel()[row]
        inside = [sum(math.comb(n, j) for j in range(k, n - k + 1)) / 2**n for k in range(n)]
        k = max((k for k in range(1, n) if k <= n - k + 1 and inside[k] >= 0.95), default=0)
        ends = (values[k - 1], values[n - k]) if k else (math.nan, math.nan)
        assert numpy.array_equal((found.low[row], found.high[row]), ends, equal_nan=True), (n, k)
    assert statistics.interval_rank(5) == 0 and statistics.interval_rank(6) == 1
    assert statistics.interval_rank(2000) == 956  # David and Nagaraja's normal approximation: 956.2
    assert statistics.interval_rank(12, 1e-3) == 1 and statistics.interval_rank(10, 1e-3) == 0
    assert numpy.isnan(statistics.interval(numpy.full((3, 0), 1.0)).median).all()


def one_by_one(a: numpy.ndarray, b: numpy.ndarray) -> list[float]:
    """The pairing rule for a single cell, word by word."""
    ratios = {i: x / y for i, (x, y) in enumerate(zip(a, b, strict=True))
              if x == x and y == y}
    lone_a = [i for i in range(len(a)) if a[i] == a[i] and b[i] != b[i]]
    lone_b = {i for i in range(len(a)) if a[i] != a[i] and b[i] == b[i]}
    for apart, i in itertools.product((1, 2, 3), lone_a):
        for j in (i - apart, i + apart):
            if i not in ratios and j in lone_b:
                lone_b.remove(j)
                ratios[i] = a[i] / b[j]
    return [ratios.get(i, math.nan) for i in range(len(a))]


def test_pairs():
    """what has no partner in its round takes the nearest lone one up to 3 rounds away, each once"""
    rng = numpy.random.default_rng(2)
    a, b = with_holes(rng, 300, 13), with_holes(rng, 300, 13)
    expected = numpy.array([one_by_one(*pair) for pair in zip(a, b, strict=True)])
    assert numpy.array_equal(statistics.paired(a, b), expected, equal_nan=True)
    assert (numpy.isnan(expected) < numpy.isnan(a / b)).any(), "no lone round was paired"
    shaped = statistics.paired(a.reshape(3, 100, 13).transpose(1, 0, 2),
                               b.reshape(3, 100, 13).transpose(1, 0, 2))
    assert numpy.array_equal(shaped, expected.reshape(3, 100, 13).transpose(1, 0, 2),
                             equal_nan=True)
    one = statistics.paired_ratio(a[0], b)
    assert one.median.shape == (300,)
    nan = math.nan
    assert numpy.isnan(statistics.paired([1, nan, nan, nan, nan], [nan, nan, nan, nan, 2])).all()
    assert statistics.paired([1, nan, nan, nan], [nan, nan, nan, 2])[0] == 0.5


def test_per_task():
    """a time per task is that of all over the tasks; weak scaling has C times the tasks"""
    with folder() as private:
        path = made.run_file(private / "a.h5", workloads=[{"tasks": 10}, {"tasks": 10, "weak": 1}],
                             time=numpy.array(6.0), rounds=1)
        per_task = statistics.per_task(load(path)).sel(threads=2, ranks=1, depth=1, round=1)
        assert per_task.dims == ("workload", "cores")
        assert per_task.values.tolist() == [[0.6, 0.6], [0.6, 0.3]]
        cells = dict(statistics.valid(load(path)["time"]))
        assert len(cells) == 6 and cells["work1", 2, 1, 2, 1].tolist() == [6.0]


def joint(ratios: numpy.ndarray, points: int) -> tuple[float, float, float, int]:
    """Median, interval and rounds of a speed-up among so many points: at a level at which all hold
    together, or from the least to the greatest of six and more that are too few for that."""
    level = statistics.LEVEL / max(points - 1, 1)
    median, low, high, n = (float(part) for part in statistics.interval(ratios, level=level))
    if math.isnan(low) and n >= 6:
        low, high = numpy.nanmin(ratios), numpy.nanmax(ratios)
    return median, low, high, n


def check_verdict(data: xarray.Dataset, verdict: dict) -> int:
    """The speed-ups of all points that a verdict names come out of the samples, bit for bit; how
    many there are."""
    compared = 0
    times = statistics.per_task(data).sel(workload=verdict["workload"])
    serial = times.sel(cores=1, ranks=1, threads=1, depth=1)
    assert numpy.array_equal(verdict["serial_time_per_task"],
                             statistics.interval(serial.values).median, equal_nan=True)
    for named in ("choice", "threads", "processes", "async", "mix"):
        if verdict[f"{named}_ranks"] == 0:
            continue
        numbers = [verdict[f"{named}_{axis}"] for axis in ("ranks", "threads", "depth", "cores")]
        assert models.point(*numbers) == verdict[f"{named}_point"]
        assert named != "choice" or models.name(*numbers) == verdict["choice_model"]
        point = dict(zip(("ranks", "threads", "depth", "cores"), numbers, strict=True))
        ratio = joint(statistics.paired(serial.values, times.sel(point).values), verdict["points"])
        stored = [verdict[f"{named}_speed_up{end}"] for end in ("", "_low", "_high", "_rounds")]
        assert numpy.array_equal(stored, ratio, equal_nan=True), (verdict["workload"], named)
        compared += not math.isnan(ratio[0])
    return compared


@alone
def test_same_as_program():
    """the speed-ups and intervals in /verdict are those of the samples, to the last bit"""
    with folder() as private:
        output = private / "run.h5"
        result = run("run", write(private / "job.yaml", JOB), "-o", output, TMPDIR=str(private))
        assert result.status in (0, 1), result.err  # 1: a busy machine may not be believed
        data, answer = load(output), answers(output)[0]
        assert answer.rounds == 9 and answer.complete and len(answer.verdicts) >= 3
        if sum(check_verdict(data, verdict) for verdict in answer.verdicts) == 0:
            raise Skipped("others computed all the time: no sample is valid")
