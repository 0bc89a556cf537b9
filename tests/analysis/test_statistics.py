"""Medians, intervals and comparisons: as numpy's, and as the program's."""

import itertools
import math
from collections.abc import Sequence

import numpy

from analysis import contest, models, statistics
from analysis.load import answers, load
from analysis.pictures import cells
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
        valid = dict(statistics.valid(load(path)["time"]))
        assert len(valid) == 6 and valid["work1", 2, 1, 2, 1].tolist() == [6.0]


# By rounds, and by those in which the last point is valid: what src/answer/contest.c says of made_times,
# median, low, high, n and loss. The unit tests of contests hold the program to the same numbers.
CONTESTS = {
    (20, 20): [(2.000294602292726, 1.9038900202657232, 2.101580686579247, 16, 1.0885634240189153),
               (2.6413763921100966, 2.3407047275368815, 2.9806703779072103, 13, 0.6869962041846933),
               (3.988856033630916, 3.7875846979053636, 4.200822879507608, 18, 0)],
    (120, 120): [(2.012169548293536, 1.9663875555402976, 2.0590174503862393, 96, 1.0584091672829077),
                 (2.6458977507899695, 2.231944186607351, 3.1366263321650942, 80, 0.7800248602739793),
                 (4.024339096587072, 3.911101102191425, 4.140855667281235, 103, 0)],
    (20, 4): [(2.0086865051708087, 1.883463682253286, 2.1422348166693874, 16, 1.3596148979261522),
              (2.6681182895750095, 2.3428373972398213, 3.0385613681733297, 13, 0.8837165775962048),
              (3.9929083350556955, math.nan, math.nan, 4, math.inf)]}


def made_times(rounds: int) -> numpy.ndarray:
    """Times of serial and three points, with noise that all share, noise of each, a point that
    moves between parts of the run, and holes: in some rounds serial is alone."""
    i, j = numpy.indices((4, rounds))
    noise = (1 + 0.2 * (j % 3)) * (1 + 0.013 * ((7 * i + 5 * j + i * j) % 11))
    moves = 1 + 0.3 * (i == 2) * (j // (rounds // 4) % 2)
    holes = (i > 0) & ((3 * i + 2 * j) % (4 + i) == 0)
    return numpy.where(holes, math.nan, noise / (1 + i) * moves)


def test_contest():
    """speed-ups, intervals and losses of made-up rows are those that the program gives"""
    for (rounds, valid), expected in CONTESTS.items():
        times = made_times(rounds)
        times[3, valid:] = math.nan
        found = contest.of(times[1:], guest=times[0])
        told = [*map(list, found.speed_up()), [loss(found, entry) for entry in range(3)]]
        assert close(numpy.transpose(told), expected), (rounds, valid, numpy.transpose(told))
        whole = contest.of(times, serial=0)  # the same contest, with serial in the row
        assert close(whole.centre[1:], found.centre[:-1])
        assert [part[0] for part in whole.speed_up()[:3]] == [1, 1, 1]
    few = made_times(4)
    assert numpy.isinf(contest.of(few).margin(0, 1, 0.05)), "sure before five rounds"
    assert numpy.isnan(contest.of(few, serial=0).speed_up().low[1:]).all()
    assert numpy.isnan(contest.of(made_times(9)[1:], guest=numpy.full(9, math.nan))
                       .speed_up().median).all()


def loss(found: contest.Contest, choice: int) -> float:
    """What an entry of a row may lose to the best of the row, all comparisons together."""
    others = numpy.delete(numpy.arange(found.points), choice)
    most = found.gap(choice, others) + found.margin_beside(choice, others, found.level())
    return float(numpy.expm1(most).max(initial=0))


def close(stored: Sequence[float], found: Sequence[float]) -> bool:
    """Whether numbers are the same but for rounding."""
    return numpy.allclose(stored, found, rtol=1e-9, atol=0, equal_nan=True)


def check_verdict(table: cells.Cells, verdict: dict) -> int:
    """The speed-ups of all points that a verdict names, and its loss, are those of the table of
    cells; how many there are."""
    compared, w = 0, table.names.index(verdict["workload"])
    seconds = table.seconds.median[table.serial[w]] if table.serial[w] >= 0 else math.nan
    assert close([verdict["serial_time"]], [seconds])
    for named in ("choice", "serial", "threads", "processes", "async", "mix"):
        if verdict[f"{named}_ranks"] == 0:
            continue
        numbers = [verdict[f"{named}_{axis}"] for axis in ("ranks", "threads", "depth", "cores")]
        assert models.point(*numbers) == verdict[f"{named}_point"]
        assert named != "choice" or models.name(*numbers) == verdict["choice_model"]
        rows = table.of_workload(w, numbers[-1])
        (row,) = [row for row in rows if table.point(row) == verdict[f"{named}_point"]]
        stored = [verdict[f"{named}_speed_up{end}"] for end in ("", "_low", "_high", "_rounds")]
        # Serial is not faster than itself, with as many rounds as count beside each row.
        parts = 3 if named == "serial" else 4
        found = [float(part[row]) for part in table.speed_up]
        assert close(stored[:parts], found[:parts]), (verdict["workload"], named, stored, found)
        if named == "choice":
            assert close([verdict["loss"]], [loss(*table.entries(numpy.array([row])))]), verdict
        compared += not math.isnan(found[1]) and named != "serial"
    return compared


@alone
def test_same_as_program():
    """the speed-ups, their intervals and the losses in /verdict are those of the analysis"""
    with folder() as private:
        output = private / "run.h5"
        result = run("run", write(private / "job.yaml", JOB), "-o", output, TMPDIR=str(private))
        assert result.status in (0, 1), result.err  # 1: a busy machine may not be believed
        data, answer = load(output), answers(output)[0]
        assert answer.rounds == 9 and answer.complete and len(answer.verdicts) >= 3
        table = cells.of(data)
        if sum(check_verdict(table, verdict) for verdict in answer.verdicts) == 0:
            raise Skipped("others computed all the time: no sample is valid")
