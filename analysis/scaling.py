"""Scaling over cores: speed-up, efficiency and serial fraction with intervals, and fitted laws.

Times are counted per task, so that strong scaling (the same tasks on more cores) and weak scaling
(tasks × cores) are told by the same formulas: S(C) = τ(1) / τ(C), efficiency = S(C) / C.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence

import numpy
import scipy.special
import xarray

from . import contest, models
from .statistics import Interval, interval, not_negative, sound_times

LEAST_POINTS = 5  # core counts below which nothing is fitted nor extrapolated
LEVEL = 0.90  # of the intervals of parameters and predictions
FEW = 4  # rounds that the usual spread of points is worth


# -- curves --

@dataclasses.dataclass(frozen=True)
class Curve:
    """One model of one workload over core counts, with as many workers as cores (R·T = C).

    All arrays have a value per core count (n,), ascending.
    """

    workload: str
    model: str
    depth: int
    weak: bool  # tasks × cores
    tasks: float  # on one core
    cores: numpy.ndarray
    points: tuple[str, ...]  # R×T×D@C
    time: Interval  # s, of all tasks
    speed_up: Interval  # over serial, 1×1×1@1, per task: the scaled speed-up if `weak`
    efficiency: Interval  # over the curve's own point on one core, per core
    serial_fraction: Interval  # after Karp and Flatt; NaN on one core and under weak scaling
    worth: numpy.ndarray  # bound of the speed-up over serial that the cores set; NaN: not known
    serial_s: float  # median time of serial, the baseline; NaN: it was not measured
    spread: numpy.ndarray  # relative error of the median times; NaN: not known

    @property
    def task_time(self) -> numpy.ndarray:
        """Median time over tasks (n,) in s."""
        return self.time.median / self.tasks_at(self.cores)

    def tasks_at(self, cores: numpy.ndarray | float) -> numpy.ndarray:
        """Tasks on so many cores, like `cores`."""
        return self.tasks * (cores if self.weak else numpy.ones_like(cores))


def curves(run: xarray.Dataset, workload: str) -> list[Curve]:
    """The curves of a workload with points at two core counts or more, simplest model first.

    `run` is what load.load gives; flagged samples are excluded. Points that mix ranks and threads
    make one curve: the fastest of them at each core count.
    """
    samples = _samples(run, workload)
    over = functools.cache(functools.partial(_over, samples))
    found = []
    for depth in samples.axes["depth"]:
        for chosen in _families(samples, depth):
            if len(chosen) > 1:
                found.append(_curve(samples, chosen, over))
    return sorted(found, key=lambda curve: (models.STYLE[curve.model].order, curve.depth))


Point = tuple[int, int, int, int]  # ranks, threads, depth, cores


@dataclasses.dataclass(frozen=True)
class _Samples:
    """What one workload's valid samples say; arrays by cores, ranks, threads and depth."""

    workload: str
    axes: dict[str, list[int]]
    time: numpy.ndarray  # (…, rounds), s, of all tasks; NaN where no sample is valid
    cpu: numpy.ndarray  # the same of CPU time
    median: numpy.ndarray  # of `time`
    tasks: float  # on one core
    weak: bool
    worth: dict[int, float]  # of so many cores, as calibrated

    def of(self, point: Point, values: numpy.ndarray) -> numpy.ndarray:
        """Values by cell at (ranks, threads, depth, cores); NaN where that is no cell."""
        ranks, threads, depth, cores = point
        try:
            at = tuple(self.axes[axis].index(value) for axis, value in
                       zip(self.axes, (cores, ranks, threads, depth), strict=True))
        except ValueError:
            return numpy.full(values.shape[4:], numpy.nan)
        return values[at]

    def entry(self, point: Point) -> int | None:
        """The place of a point among the cells of its row; None where that is no cell."""
        row = numpy.arange(self.time[0, ..., 0].size).reshape(self.time.shape[1:4])
        entry = self.of(point, numpy.broadcast_to(row, self.time.shape[:4]))
        return None if numpy.isnan(entry) else int(entry)

    def tasks_at(self, cores: int) -> float:
        """Tasks on so many cores."""
        return self.tasks * (cores if self.weak else 1)

    def task_time(self, point: Point) -> numpy.ndarray:
        """Time over tasks by round, in s."""
        return self.of(point, self.time) / self.tasks_at(point[3])


def _samples(run: xarray.Dataset, workload: str) -> _Samples:
    at = {"workload": [str(name) for name in run["workload"].values].index(workload)}
    axes = {axis: [int(value) for value in run[axis].values]
            for axis in ("cores", "ranks", "threads", "depth")}
    time = sound_times(run, "time", at)
    tasks = float(run["tasks"].values[at["workload"]]) if "tasks" in run.coords else 1.0
    worth = run["cores_worth"].isel(at).values.tolist() if "cores_worth" in run else []
    return _Samples(
        workload=workload, axes=axes, time=time, median=interval(time).median,
        cpu=sound_times(run, "cpu", at) if "cpu" in run else numpy.full(time.shape, numpy.nan),
        tasks=tasks if 0 < tasks < numpy.inf else 1.0,
        weak="weak" in run.coords and bool(run["weak"].values[at["workload"]] == 1),
        worth=dict(zip(axes["cores"], worth, strict=False)))


SERIAL = (1, 1, 1, 1)
Points = dict[int, Point]


def _families(samples: _Samples, depth: int) -> Iterator[Points]:
    """For threads, processes and both: the point at each core count, from one core on."""
    families: tuple[Points, Points, Points] = {}, {}, {}
    best: dict[int, float] = {}
    for cores in sorted(samples.axes["cores"]):
        for ranks in samples.axes["ranks"]:
            if ranks < 1 or cores < 1 or cores % ranks:
                continue
            point = ranks, cores // ranks, depth, cores
            median = float(samples.of(point, samples.median))
            if not median > 0:
                continue
            if ranks == 1:
                families[0][cores] = point
            if ranks == cores:
                families[1][cores] = point
            mixes = 1 < ranks < cores and median < best.get(cores, numpy.inf)
            if mixes or cores == 1:
                best[cores] = median
                families[2][cores] = point
    yield from (family for family in families if len(family) > 1)


def _curve(samples: _Samples, chosen: Points, over: Callable[[Point, int], Interval]) -> Curve:
    cores = numpy.array(sorted(chosen))
    points = [chosen[c] for c in cores]
    ranks, threads, depth, last = points[-1]
    task_times = numpy.stack([samples.task_time(point) for point in points])
    entries = [samples.entry(point) for point in points]
    speed_up, relative = (_picked([over(base, int(c)) for c in cores], entries)
                          for base in (SERIAL, (1, 1, depth, 1)))
    return Curve(
        workload=samples.workload, model=models.name(ranks, threads, depth, last), depth=depth,
        weak=samples.weak, tasks=samples.tasks, cores=cores,
        points=tuple(models.point(*point) for point in points),
        time=interval(numpy.stack([samples.of(point, samples.time) for point in points])),
        speed_up=speed_up, efficiency=_mapped(relative, lambda s: s / cores),
        serial_fraction=_serial_fraction(relative, cores, samples.weak),
        worth=_worth(samples, cores),
        serial_s=float(interval(samples.of(SERIAL, samples.time)).median),
        spread=relative_error(task_times))


def _over(samples: _Samples, base: Point, cores: int) -> Interval:
    """How many times as fast as a point on one core each cell of the row on so many cores is, as
    the verdicts compare: where the base stands in another row, it is a guest as serial is."""
    row = samples.time[samples.axes["cores"].index(cores)]
    row = row.reshape(-1, row.shape[-1]) / samples.tasks_at(cores)
    if cores == base[3]:
        return contest.of(row, serial=samples.entry(base)).speed_up()
    return contest.of(row, guest=samples.task_time(base)).speed_up()


def _picked(rows: Sequence[Interval], entries: Sequence[int]) -> Interval:
    """Of each row one entry (n,)."""
    return Interval(*(numpy.array([part[entry] for part, entry in zip(parts, entries, strict=True)])
                      for parts in zip(*rows, strict=True)))


def relative_error(times: numpy.ndarray) -> numpy.ndarray:
    """Of the medians over rounds (n,) of times (n, rounds), up to a common factor; NaN where there
    are too few rounds. From the mean distance to the median, drawn towards what is usual among the
    points as if that had been seen FEW times (Smyth, Linear models and empirical Bayes methods,
    2004): few rounds do not make a point look exact by chance."""
    logarithms = numpy.log(times)
    centre = interval(logarithms)
    distance = numpy.abs(logarithms - centre.median[:, None])
    freedom = numpy.maximum(centre.n - 1, 0)
    known = freedom > 0
    mean = numpy.nansum(distance, axis=-1) / numpy.maximum(centre.n, 1)
    if not mean[known].any():
        return numpy.full(len(times), numpy.nan)
    variance = numpy.maximum(mean, 1e-3 * mean.max()) ** 2
    usual = numpy.exp(numpy.mean(numpy.log(variance[known])))
    drawn = (freedom * variance + FEW * usual) / (freedom + FEW)
    return numpy.sqrt(drawn / numpy.maximum(centre.n, 1))


def _mapped(of: Interval, rising: Callable[[numpy.ndarray], numpy.ndarray]) -> Interval:
    """The interval of a rising function of what `of` is an interval of."""
    return Interval(rising(of.median), rising(of.low), rising(of.high), of.n)


def _serial_fraction(speed_up: Interval, cores: numpy.ndarray, weak: bool) -> Interval:
    """The experimentally determined serial fraction (1/S − 1/C) / (1 − 1/C): Karp and Flatt,
    Measuring parallel processor performance, CACM 33(5), 1990. It is constant where a serial
    part is all that limits, and grows with C where overhead does. It falls where S grows."""
    share = numpy.where((cores > 1) & (not weak), 1 - 1 / cores, numpy.nan)
    high, median, low = ((1 / s - 1 / cores) / share
                         for s in (speed_up.low, speed_up.median, speed_up.high))
    return Interval(median, low, high, speed_up.n)


def _worth(samples: _Samples, cores: numpy.ndarray) -> numpy.ndarray:
    """How many times as fast as serial the cores let a task be: X ≤ C* / (c+o), with C* as
    calibrated and c+o the CPU time of a task of serial (docs/design.md, section 7)."""
    worth = numpy.array([min(float(samples.worth.get(int(c), numpy.nan)), c) for c in cores])
    busy = interval(samples.of(SERIAL, samples.time) / samples.of(SERIAL, samples.cpu)).median
    return numpy.where(worth > 0, worth, numpy.nan) * numpy.maximum(busy, 1)


# -- laws --

@dataclasses.dataclass(frozen=True)
class Law:
    """A law of scaling as a sum of columns, each times a coefficient ≥ 0, that gives the time over
    tasks, or the tasks per time. The first two columns are 1 on one core, the others 0: hence a
    parameter is a coefficient over the sum of the first two, and a linear fit is exact."""

    name: str
    formula: str  # of the speed-up S over C cores
    parameters: tuple[str, ...]  # one per column from the second on
    columns: Callable[[numpy.ndarray], list[numpy.ndarray]]
    is_rate: bool = False  # the sum is tasks per time

    def design(self, cores: numpy.ndarray) -> numpy.ndarray:
        """The columns (n, p)."""
        return numpy.stack(self.columns(numpy.asarray(cores, float)), axis=-1)


AMDAHL = Law(  # Amdahl, Validity of the single processor approach, AFIPS 1967
    "Amdahl", "S = C / (1 + σ(C−1))", ("serial fraction σ",),
    lambda cores: [1 / cores, numpy.ones_like(cores)])
GUSTAFSON = Law(  # Gustafson, Reevaluating Amdahl's law, CACM 31(5), 1988
    "Gustafson", "S = C − σ(C−1)", ("serial fraction σ",),
    lambda cores: [cores, numpy.ones_like(cores)], is_rate=True)
UNIVERSAL = Law(  # Gunther, Guerrilla Capacity Planning, 2007; USL
    "USL", "S = C / (1 + α(C−1) + βC(C−1))", ("contention α", "coherence β"),
    lambda cores: [1 / cores, numpy.ones_like(cores), cores - 1])

# Gustafson's law tells of work that grows with the cores, Amdahl's of work that does not.
STRONG, WEAK = (AMDAHL, UNIVERSAL), (GUSTAFSON, UNIVERSAL)


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of a law, with its 90 % interval."""

    name: str
    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Fit:
    """A law fitted to a curve. Errors are relative, of time."""

    law: Law
    curve: Curve
    parameters: tuple[Parameter, ...]
    linear: "_Linear"

    @functools.cached_property
    def errors_left_out(self) -> numpy.ndarray:
        """Predicted over measured time minus 1 (n,), each point predicted by a fit without it."""
        return _errors_left_out(self.law, self.curve)

    @property
    def error(self) -> float:
        """Root mean square of those errors: the least one tells the law."""
        return float(numpy.sqrt(numpy.mean(self.errors_left_out ** 2)))

    @property
    def held_out_cores(self) -> int:
        """The most cores measured."""
        return int(self.curve.cores[-1])

    @property
    def held_out_error(self) -> float:
        """The error there, extrapolated from all that was measured on fewer cores."""
        return float(self.errors_left_out[-1])

    def predict(self, cores: numpy.ndarray | Sequence[int] | int
                ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """The time of all tasks in s on so many cores, with the 90 % interval in which the median
        of a measurement there would lie if the law holds: value, low, high, like `cores`."""
        at = numpy.asarray(cores, float)
        return tuple(time * self.curve.tasks_at(at) for time in _predicted(self.linear, at))

    @property
    def one_core_s(self) -> float:
        """The time over tasks on one core, in s."""
        total = float(self.linear.bounded[:2].sum())
        return 1 / total if self.law.is_rate else total


def fit(curve: Curve) -> list[Fit]:
    """The laws that apply to a curve, least leave-one-out error first; none below five points and
    where no law comes near: why_no_fit says which."""
    if len(curve.cores) < LEAST_POINTS:
        return []
    found = [fit_law(curve, law) for law in (WEAK if curve.weak else STRONG)]
    return sorted((fitted for fitted in found if fitted), key=lambda fitted: fitted.error)


def fit_law(curve: Curve, law: Law) -> Fit | None:
    """One law fitted to a curve of at least five points; None where it makes no time on one
    core."""
    linear = _linear(law, curve)
    return Fit(law, curve, _parameters(linear), linear) if linear.bounded[:2].any() else None


def why_no_fit(curve: Curve) -> str:
    """Why fit() gives nothing, in words."""
    measured = len(curve.cores)
    if measured < LEAST_POINTS:
        return f"measured at {measured} core counts; a fit needs {LEAST_POINTS}"
    return "no law comes near these times"


# -- the fit: linear, of relative errors, with coefficients that are not negative --

@dataclasses.dataclass(frozen=True)
class _Linear:
    """Coefficients (p,) of a law's columns, and what their uncertainty takes. Relative errors of
    time and of rate are the same but for their sign."""

    law: Law
    curve: Curve
    weights: numpy.ndarray  # of the curve's points (n,), their mean square 1
    bounded: numpy.ndarray  # least squares of relative errors, each ≥ 0
    free: numpy.ndarray  # the same without bounds: what intervals are centred on
    covariance: numpy.ndarray  # (p, p) of `free` for relative errors of 1
    deviation: float  # of relative errors of weight 1, from the residuals of `free`
    quantile: float  # of Student's t at LEVEL, both sides

    def noise(self, cores: numpy.ndarray) -> numpy.ndarray:
        """Half the interval of the relative error of one more point, like `cores`: as at the
        nearest core count that was measured."""
        far = numpy.abs(numpy.log(cores[..., None] / self.curve.cores))
        return self.quantile * self.deviation / self.weights[numpy.argmin(far, axis=-1)]


def _weights(spread: numpy.ndarray) -> numpy.ndarray:
    """One over the relative error of each point; equal ones where nothing is known of it."""
    weights = 1 / numpy.where(spread > 0, spread, 1)
    return weights / numpy.sqrt(numpy.mean(weights ** 2))


def _bounded(law: Law, cores: numpy.ndarray, times: numpy.ndarray, weights: numpy.ndarray
             ) -> numpy.ndarray:
    """Coefficients ≥ 0 that make the relative errors least (p,): least squares in which each
    point's weight is also one over what the fit before expected of it (McCullagh and Nelder,
    Generalized Linear Models, 9: a constant coefficient of variation)."""
    design, values = law.design(cores), 1 / times if law.is_rate else times
    expected = values
    for _ in range(20):
        scale = weights / expected
        found = not_negative(design * scale[:, None], values * scale)
        # A law that is off by orders of magnitude does not make a weight infinite.
        last, expected = expected, numpy.maximum(design @ found, values / 100)
        if numpy.max(numpy.abs(expected / last - 1)) < 1e-9:
            break
    return found


def _linear(law: Law, curve: Curve) -> _Linear:
    times, weights = curve.task_time, _weights(curve.spread)
    bounded = _bounded(law, curve.cores, times, weights)
    design, values = law.design(curve.cores), 1 / times if law.is_rate else times
    scale = weights / numpy.maximum(design @ bounded, values / 100)
    design, values = design * scale[:, None], values * scale
    covariance = numpy.linalg.pinv(design.T @ design)
    free = covariance @ (design.T @ values)
    freedom = len(values) - len(free)
    deviation = float(numpy.sqrt(numpy.sum((values - design @ free) ** 2) / freedom))
    return _Linear(law, curve, weights, bounded, free, covariance, deviation,
                   float(scipy.special.stdtrit(freedom, (1 + LEVEL) / 2)))


def _parameters(linear: _Linear) -> tuple[Parameter, ...]:
    one_core = numpy.zeros(len(linear.free))
    one_core[:2] = 1
    found = []
    for column, name in enumerate(linear.law.parameters, 1):
        value = float(linear.bounded[column] / (linear.bounded @ one_core))
        most = 1.0 if column == 1 else numpy.inf
        low, high = _ratio_interval(linear, numpy.eye(len(one_core))[column], one_core)
        if high < 0 or low > most:  # noise took it out of what is possible: moved to the edge
            low, high = (0, high - low) if high < 0 else (most - (high - low), most)
        found.append(Parameter(name, value, float(min(max(low, 0), value)),
                               float(max(min(high, most), value))))
    return tuple(found)


def _ratio_interval(linear: _Linear, above: numpy.ndarray, below: numpy.ndarray
                    ) -> tuple[float, float]:
    """The interval of the ratio of two sums of coefficients: all ρ for which above − ρ·below is
    not told from 0 (Fieller, Some problems in interval estimation, J. R. Stat. Soc. B 16, 1954)."""
    scale = (linear.quantile * linear.deviation) ** 2
    a, b = above @ linear.free, below @ linear.free
    square = b * b - scale * (below @ linear.covariance @ below)
    middle = a * b - scale * (above @ linear.covariance @ below)
    rest = a * a - scale * (above @ linear.covariance @ above)
    if not square > 0:  # the time on one core itself is not told from 0
        return -numpy.inf, numpy.inf
    root = numpy.sqrt(max(middle * middle - square * rest, 0))
    return (middle - root) / square, (middle + root) / square


def _predicted(linear: _Linear, cores: numpy.ndarray
               ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Time over tasks in s: value, low, high. The interval holds the parameters' uncertainty and
    that of one more point; it does not leave what a law allows: no more than C times as fast as one
    core and, without coherence, no slower."""
    design = linear.law.design(cores)
    value, centre = design @ linear.bounded, design @ linear.free
    variance = numpy.einsum("...i,ij,...j", design, linear.covariance, design)
    noise = linear.noise(cores)
    half = numpy.sqrt((linear.quantile * linear.deviation) ** 2 * variance + (noise * value) ** 2)
    low, high = centre - half, centre + half
    one_core = linear.bounded[:2].sum()
    if linear.law.is_rate:
        with numpy.errstate(divide="ignore"):
            low, high = 1 / numpy.maximum(high, 0), 1 / numpy.maximum(low, 0)
        value, one_core = 1 / value, 1 / one_core
    least = one_core / cores * numpy.maximum(1 - noise, 0)
    most = one_core * (1 + noise) if len(linear.bounded) == 2 else numpy.inf
    return (value, numpy.minimum(numpy.clip(low, least, most), value),
            numpy.maximum(numpy.clip(high, least, most), value))


def _errors_left_out(law: Law, curve: Curve) -> numpy.ndarray:
    """Predicted over measured time minus 1 (n,), each point predicted by a fit without it."""
    times, weights = curve.task_time, _weights(curve.spread)
    errors = numpy.empty(len(times))
    for i in range(len(times)):
        others = numpy.arange(len(times)) != i
        value = law.design(curve.cores[i]) @ _bounded(law, curve.cores[others], times[others],
                                                      weights[others])
        errors[i] = (1 / value if law.is_rate else value) / times[i] - 1
    return errors


# -- for the report --

@dataclasses.dataclass(frozen=True)
class ScalingRow:
    """A curve and the law that tells it best: what the report prints."""

    curve: Curve
    fit: Fit | None
    why_not: str  # why there is no fit, in words; empty where there is one


def furthest(found: Sequence[Curve]) -> list[Curve]:
    """Of each model's curves the one that gets furthest: the most cores, and there the fastest."""
    best: dict[str, Curve] = {}
    for curve in sorted(found, key=lambda curve: (curve.cores[-1], -curve.task_time[-1])):
        best[curve.model] = curve
    return sorted(best.values(), key=lambda curve: models.STYLE[curve.model].order)


def summary(run: xarray.Dataset) -> list[ScalingRow]:
    """A row per workload and model, in the order of the run's workloads: of several depths the one
    that gets furthest."""
    rows = []
    for workload in run["workload"].values:
        for curve in furthest(curves(run, str(workload))):
            fits = fit(curve)
            rows.append(ScalingRow(curve, fits[0] if fits else None,
                                   "" if fits else why_no_fit(curve)))
    return rows
