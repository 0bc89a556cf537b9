"""Scaling: curves are what the samples say, laws and their intervals hold what is known."""

import dataclasses

import numpy

from analysis import scaling, statistics
from analysis.load import load
from tests.analysis import made
from tests.end_to_end.program import folder

ROUNDS = 15
DOUBLING = (1, 2, 4, 8, 16, 32)
CASES = 400
WORK = {"name": "work", "compute": "primes", "compute_time": 1e-3, "tasks": 64}


def amdahl(cores: numpy.ndarray, sigma: float) -> numpy.ndarray:
    """Time over that on one core, of the same work."""
    return sigma + (1 - sigma) / cores


def gustafson(cores: numpy.ndarray, sigma: float) -> numpy.ndarray:
    """Time over tasks over that on one core, of work that grows with the cores."""
    return 1 / (cores - sigma * (cores - 1))


def universal(cores: numpy.ndarray, alpha: float, beta: float) -> numpy.ndarray:
    """Time over that on one core."""
    return (1 + alpha * (cores - 1) + beta * cores * (cores - 1)) / cores


KNOWN = [  # the law, what is true, and its parameters
    (scaling.AMDAHL, amdahl, (0.05,)),
    (scaling.GUSTAFSON, gustafson, (0.1,)),
    (scaling.UNIVERSAL, universal, (0.05, 0.002)),
]


def curve_of(times: numpy.ndarray, cores: tuple[int, ...], weak: bool = False) -> scaling.Curve:
    """A curve of times over tasks by core count and round (n, rounds), in s, for 64 tasks."""
    at = numpy.array(cores)
    tasks = 64 * (at if weak else numpy.ones_like(at))
    nothing = numpy.full(len(at), numpy.nan)
    unknown = statistics.Interval(nothing, nothing, nothing, nothing)
    return scaling.Curve(
        workload="work", model="threads", depth=1, weak=weak, tasks=64, cores=at,
        points=tuple(f"1×{c}×1@{c}" for c in cores),
        time=statistics.interval(times * tasks[:, None]), speed_up=unknown, efficiency=unknown,
        serial_fraction=unknown, worth=nothing, serial_s=float(numpy.median(times[0])) * 64,
        spread=scaling.relative_error(times))


def noisy(truth, parameters: tuple[float, ...], cores: tuple[int, ...],
          rng: numpy.random.Generator, noise: float | numpy.ndarray = 0.02) -> numpy.ndarray:
    """Times over tasks in s (n, rounds): a law with relative noise on each sample, of all points
    or of each (n, 1)."""
    exact = 1e-3 * truth(numpy.array(cores, float), *parameters)
    return exact[:, None] * numpy.exp(noise * rng.standard_normal((len(cores), ROUNDS)))


def run_of(path, time, **options):
    """The dataset of a made run, flagged samples and all."""
    given = {"workloads": [WORK], "cores": DOUBLING, "ranks": DOUBLING, "threads": DOUBLING,
             "rounds": ROUNDS, "noise": 0.0} | options
    return load(made.run_file(path, time=time, **given), flagged=True)


def by_law(truth, *parameters: float):
    """Times of all tasks as made.run_file asks for them: R·T workers reach what a law allows."""
    def time(workload: dict, cores: int, ranks: int, threads: int, depth: int) -> float:
        tasks = workload["tasks"] * (cores if workload["weak"] else 1)
        each = 1e-3 * truth(numpy.array(float(min(cores, ranks * threads))), *parameters)
        return tasks * float(each) / depth * (1 + 0.01 * (ranks - 1))
    return time


def test_curves_of_a_law():
    """speed-up, efficiency and serial fraction are those of the law that the times were made by"""
    with folder() as private:
        run = run_of(private / "run.h5", by_law(amdahl, 0.05))
    found = {curve.model: curve for curve in scaling.curves(run, "work")}
    assert list(found) == ["threads", "processes", "processes+threads"], list(found)
    threads, expected = found["threads"], 1 / amdahl(numpy.array(DOUBLING), 0.05)
    assert threads.points == tuple(f"1×{c}×1@{c}" for c in DOUBLING), threads.points
    assert threads.cores.tolist() == list(DOUBLING)
    numpy.testing.assert_allclose(threads.speed_up.median, expected, rtol=1e-12)
    numpy.testing.assert_allclose(threads.efficiency.median, expected / DOUBLING, rtol=1e-12)
    numpy.testing.assert_allclose(threads.serial_fraction.median[1:], 0.05, rtol=1e-9)
    numpy.testing.assert_allclose(threads.time.median[0], 64e-3, rtol=1e-12)
    assert threads.serial_s == threads.time.median[0]
    # The fewest ranks are the fastest here.
    assert found["processes+threads"].points[-1] == "2×16×1@32", found["processes+threads"].points


def test_weak_scaling():
    """under weak scaling efficiency is t(1)/t(N), the speed-up that of N times the work"""
    with folder() as private:
        run = run_of(private / "run.h5", by_law(gustafson, 0.1), workloads=[WORK | {"weak": 1}])
    curve = scaling.curves(run, "work")[0]
    scaled = numpy.array(DOUBLING) - 0.1 * (numpy.array(DOUBLING) - 1)
    numpy.testing.assert_allclose(curve.speed_up.median, scaled, rtol=1e-12)
    numpy.testing.assert_allclose(curve.efficiency.median,
                                  curve.time.median[0] / curve.time.median, rtol=1e-12)
    assert numpy.isnan(curve.serial_fraction.median).all()
    assert {found.law.name for found in scaling.fit(curve)} == {"Gustafson", "USL"}
    best = scaling.fit(curve)[0]
    assert abs(best.parameters[0].value - 0.1) < 1e-6 and best.law.name == "Gustafson", best
    numpy.testing.assert_allclose(best.predict(64)[0], 64 * 64e-3 / (64 - 0.1 * 63), rtol=1e-6)


def test_noise_of_rounds_is_taken_off():
    """what disturbs a whole round, and what is flagged, does not widen a speed-up's interval"""
    rng = numpy.random.default_rng(3)
    round_noise = numpy.exp(0.3 * rng.standard_normal(ROUNDS))
    cores, depth = (1, 2, 4), (1, 8)
    exact = numpy.array([[[[[1.0 / min(c, r * t) / d] for d in depth] for t in cores]
                          for r in (1,)] for c in cores])
    times = exact[None] * round_noise
    times[0, -1, 0, -1, :, :5] *= numpy.linspace(2, 9, 5)
    flags = (times > 1.5 * exact[None] * round_noise).astype(int)
    with folder() as private:
        run = run_of(private / "run.h5", times, cores=cores, ranks=(1,), threads=cores,
                     depth=depth, flags=flags)
    plain, asynchronous = scaling.curves(run, "work")
    assert (plain.model, asynchronous.model) == ("threads", "threads+async")
    for curve, times in ((plain, 1), (asynchronous, 8)):
        for part, least in ((curve.speed_up.median, 1e-12), (curve.speed_up.low, 0.005),
                            (curve.speed_up.high, 0.005)):  # no clock is more exact
            numpy.testing.assert_allclose(part, times * numpy.array(cores), rtol=least)
        numpy.testing.assert_allclose(curve.efficiency.median, 1, rtol=1e-12)
    assert (plain.time.high > 1.1 * plain.time.low).all()


def test_parameter_intervals_hold_the_truth():
    """90 % intervals of parameters and of predictions hold the truth in 85 to 95 of 100 cases"""
    rng = numpy.random.default_rng(20)
    for law, truth, parameters in KNOWN:
        for points in (5, 6, 8):
            cores = tuple(2**i for i in range(points))
            held = numpy.zeros(len(parameters) + 1)
            for _ in range(CASES):
                times = noisy(truth, parameters, (*cores, 2 * cores[-1]), rng)
                fitted = scaling.fit_law(curve_of(times[:-1], cores, law.is_rate), law)
                held[:-1] += [p.low <= value <= p.high
                              for p, value in zip(fitted.parameters, parameters, strict=True)]
                tasks = fitted.curve.tasks_at(2 * cores[-1])
                _, low, high = fitted.predict(2 * cores[-1])
                held[-1] += low <= numpy.median(times[-1]) * tasks <= high
            assert (0.85 <= held / CASES).all() and (held / CASES <= 0.95).all(), (
                f"{law.name}, {points} points: {held / CASES}")


def test_noisy_points_weigh_less():
    """where one point is noisier than the others, intervals are narrower and hold the truth"""
    rng = numpy.random.default_rng(8)
    noise = numpy.array([0.01] * 5 + [0.08])[:, None]
    held, narrower = 0, 0
    for _ in range(CASES):
        curve = curve_of(noisy(amdahl, (0.05,), DOUBLING, rng, noise), DOUBLING)
        alike = dataclasses.replace(curve, spread=numpy.ones(len(DOUBLING)))
        one, other = (scaling.fit_law(c, scaling.AMDAHL).parameters[0] for c in (curve, alike))
        held += one.low <= 0.05 <= one.high
        narrower += one.high - one.low < other.high - other.low
    assert 0.85 <= held / CASES <= 0.95, held / CASES
    assert narrower > 0.6 * CASES, narrower


def test_intervals_do_not_leave_what_is_possible():
    """where noise makes work look better than perfect, no fraction is below 0"""
    rng = numpy.random.default_rng(5)
    missed = 0
    for _ in range(100):
        curve = curve_of(noisy(amdahl, (0.0,), DOUBLING, rng), DOUBLING)
        for fitted in (scaling.fit_law(curve, law) for law in scaling.STRONG):
            for p in fitted.parameters:
                assert 0 == p.low <= p.value <= p.high < 0.05 or p.low > 0, p
                assert p.high > 0, p
                missed += p.low > 0
            value, low, high = fitted.predict([64, 1024])
            assert (low <= value).all() and (value <= high).all()
            assert (low > 0.9 * fitted.one_core_s * 64 / numpy.array([64, 1024])).all()
    assert missed <= 30, f"of 300 intervals {missed} leave out 0"


def test_the_right_law_is_chosen():
    """the law that the times were made by has the least leave-one-out error"""
    rng = numpy.random.default_rng(7)
    for law, truth, parameters in (KNOWN[0], KNOWN[2]):
        right = 0
        for _ in range(50):
            fits = scaling.fit(curve_of(noisy(truth, parameters, DOUBLING, rng), DOUBLING))
            assert [f.error for f in fits] == sorted(f.error for f in fits)
            right += fits[0].law is law
        assert right >= 35, f"{law.name} in {right} of 50"
    # Amdahl's law cannot tell of work that gets slower with more cores.
    assert {f.law.name: abs(f.held_out_error) for f in fits}["Amdahl"] > 0.2


def test_held_out_error():
    """the error that is told for the most cores is that of a fit which has not seen them"""
    times = noisy(universal, (0.05, 0.002), DOUBLING, numpy.random.default_rng(1))
    for law in scaling.STRONG:
        whole = scaling.fit_law(curve_of(times, DOUBLING), law)
        fewer = dataclasses.replace(curve_of(times[:-1], DOUBLING[:-1]),
                                    spread=whole.curve.spread[:-1])
        without = scaling.fit_law(fewer, law)
        predicted = without.predict(32)[0] / numpy.median(times[-1]) / 64 - 1
        assert whole.held_out_cores == 32
        assert abs(whole.held_out_error - predicted) < 1e-12, (whole.held_out_error, predicted)
        assert whole.held_out_error in whole.errors_left_out.tolist()


def test_no_fit_below_five_points():
    """four core counts give no law and nothing to extrapolate by, with the reason in words"""
    times = noisy(amdahl, (0.05,), DOUBLING, numpy.random.default_rng(1))
    four, five = (curve_of(times[:n], DOUBLING[:n]) for n in (4, 5))
    assert scaling.fit(four) == []
    assert scaling.why_no_fit(four) == "measured at 4 core counts; a fit needs 5"
    assert len(scaling.fit(five)) == 2


def test_summary():
    """the summary has a row per curve: the law, or why there is none"""
    few = {"name": "few", "compute": "primes", "compute_time": 1e-3, "tasks": 64}
    keep = numpy.ones((2, 6, 1, 6, 1, 1), bool)
    keep[1, 3:] = False
    with folder() as private:
        run = run_of(private / "run.h5", by_law(amdahl, 0.05), workloads=[WORK, few], ranks=(1,),
                     keep=keep)
    rows = scaling.summary(run)
    assert [(row.curve.workload, row.curve.model) for row in rows] == [
        ("work", "threads"), ("few", "threads")]
    assert rows[0].fit.law.name in ("Amdahl", "USL") and rows[0].why_not == ""
    assert abs(rows[0].fit.parameters[0].value - 0.05) < 1e-6
    assert abs(rows[0].fit.held_out_error) < 1e-6
    assert rows[1].fit is None
    assert rows[1].why_not == "measured at 3 core counts; a fit needs 5"


def test_what_makes_no_sense():
    """of impossible times, one round or none at all come curves without what is not known"""
    rng = numpy.random.default_rng(9)
    bad = numpy.array([numpy.nan, numpy.inf, -1.0, 0.0, 1e-300, 1e300, 1e-11, 1.0])
    times = rng.choice(bad, (40, 6, 1, 6, 1, 3), p=(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3))
    times[0] = numpy.nan
    works = [WORK | {"name": f"work {i}", "weak": i % 2} for i in range(len(times))]
    with folder() as private:
        run = run_of(private / "bad.h5", times, workloads=works, ranks=(1,), rounds=3,
                     verdict=False)
        single = run_of(private / "one.h5", by_law(amdahl, 0.05), rounds=1)
    rows = scaling.summary(run)
    assert "work 0" not in {row.curve.workload for row in rows} and len(rows) > 10
    assert sum(row.fit is not None for row in rows) > 5
    for row in rows:
        assert (row.curve.time.median > 0).all()
        assert row.fit is None or row.fit.error >= 0
        assert row.fit is None or all(0 <= p.value < numpy.inf for p in row.fit.parameters)
    curve = scaling.curves(single, "work")[0]
    assert numpy.isnan(curve.speed_up.low[1:]).all() and curve.speed_up.median[-1] > 1
    assert scaling.fit(curve)[0].parameters[0].value > 0.04
