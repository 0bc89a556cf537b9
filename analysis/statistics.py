"""Medians and intervals over rounds by the rules of src/answer/stats.c, for many cells at once."""

import functools
import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy
import xarray

LEVEL = 0.05  # the probability that an interval misses the true median
SHORTEST, LONGEST = 1e-12, 1e9  # s; a sample that says less or more says nothing
PAIR_ROUNDS = 3  # how far apart the rounds of a pair may be where one of them lacks a value


class Interval(NamedTuple):
    """A median with its interval; arrays of one shape. Unit: that of the values."""

    median: numpy.ndarray
    low: numpy.ndarray  # NaN where n is too small for an interval
    high: numpy.ndarray
    n: numpy.ndarray  # values that are not NaN


@functools.lru_cache(maxsize=65536)
def interval_rank(n: int, level: float = LEVEL) -> int:
    """The rank k of the order statistics x(k), x(n+1−k) that enclose the median with at least
    1 − level; 0 where n is too small. David and Nagaraja, Order Statistics, 7.1."""
    def term_below(term: float, j: int) -> float:
        """C(n, j − 1) from C(n, j)."""
        return term * j / (n - j + 1)

    # Binomial coefficients relative to the middle one, summed up as stats.c does: to the last bit.
    middle = n // 2
    term, below, j = 1.0, 0.0, middle
    while term > 1e-20:
        below += term
        term = term_below(term, j)
        j -= 1
    total = 2 * below - (1 if n % 2 == 0 else 0)
    k, term = middle, 1.0
    below -= term
    left_out = level / 2 * total * (1 + 1e-12)
    while k > 0 and below > left_out:
        term = term_below(term, k)
        k -= 1
        below -= term
    return k


def median(values: numpy.ndarray) -> numpy.ndarray:
    """The median along the last axis; NaN is left out, and is that of nothing."""
    ordered = numpy.sort(values, axis=-1)
    return _median(ordered, numpy.count_nonzero(~numpy.isnan(ordered), axis=-1))


def _at(ordered: numpy.ndarray, place: numpy.ndarray) -> numpy.ndarray:
    """The order statistics at a place, from 0."""
    return numpy.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]


def _median(ordered: numpy.ndarray, n: numpy.ndarray) -> numpy.ndarray:
    """Of n values in order, which NaN may follow."""
    if ordered.shape[-1] == 0:
        return numpy.full(n.shape, numpy.nan)
    return (_at(ordered, numpy.maximum(n - 1, 0) // 2) + _at(ordered, n // 2)) / 2


def interval(values: numpy.ndarray, axis: int = -1, level: float = LEVEL) -> Interval:
    """The median along an axis with its interval between two order statistics; NaN is left out."""
    ordered = numpy.sort(numpy.moveaxis(numpy.asarray(values, dtype=float), axis, -1), axis=-1)
    n = numpy.count_nonzero(~numpy.isnan(ordered), axis=-1)
    if ordered.shape[-1] == 0:
        nothing = numpy.full(n.shape, numpy.nan)
        return Interval(nothing, nothing.copy(), nothing.copy(), n)
    ranks = numpy.zeros(ordered.shape[-1] + 1, dtype=int)
    for count in numpy.unique(n):
        ranks[count] = interval_rank(int(count), level)
    k = ranks[n]
    low = numpy.where(k > 0, _at(ordered, numpy.maximum(k - 1, 0)), numpy.nan)
    high = numpy.where(k > 0, _at(ordered, numpy.maximum(n - k, 0) - (k == 0) * (n > 0)),
                       numpy.nan)
    return Interval(_median(ordered, n), low, high, n)


def _pair_lone(a: numpy.ndarray, b: numpy.ndarray, ratios: numpy.ndarray) -> None:
    """Pairs what has no partner in its own round; arrays of shape (cells, rounds)."""
    has_a, has_b = ~numpy.isnan(a), ~numpy.isnan(b)
    lone_a, free_b = has_a & ~has_b, has_b & ~has_a
    rounds = a.shape[-1]
    for apart in range(1, PAIR_ROUNDS + 1):
        for i in range(rounds):
            for j in (i - apart, i + apart):
                if 0 <= j < rounds:
                    pair = lone_a[:, i] & free_b[:, j]
                    ratios[pair, i] = a[pair, i] / b[pair, j]
                    lone_a[pair, i] = free_b[pair, j] = False


def paired(a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
    """a / b by round, the last axis, as claims take it; NaN where a round has no pair. What has no
    partner in its own round is paired with the nearest that has none either, of the other and at
    most PAIR_ROUNDS away: near ones first, of those early ones, each value once."""
    a, b = numpy.broadcast_arrays(numpy.asarray(a, dtype=float), numpy.asarray(b, dtype=float))
    with numpy.errstate(all="ignore"):
        ratios = numpy.divide(a, b, order="C")
    if a.shape[-1] == 0:
        return ratios
    flat_a, flat_b = a.reshape(-1, a.shape[-1]), b.reshape(-1, a.shape[-1])
    missing_a, missing_b = numpy.isnan(flat_a), numpy.isnan(flat_b)
    rows = (missing_b & ~missing_a).any(axis=-1) & (missing_a & ~missing_b).any(axis=-1)
    if rows.any():
        chosen = ratios.reshape(flat_a.shape)[rows]
        _pair_lone(flat_a[rows], flat_b[rows], chosen)
        ratios.reshape(flat_a.shape)[rows] = chosen
    return ratios


def tasks(run: xarray.Dataset) -> xarray.DataArray:
    """Tasks of a cell, by workload and cores: times the cores under weak scaling."""
    count = run["tasks"].astype(float)
    if "weak" not in run.coords:
        return count * xarray.ones_like(run["cores"], dtype=float)
    return count * xarray.where(run["weak"] == 1, run["cores"].astype(float), 1.0)


def per_task(run: xarray.Dataset, variable: str = "time") -> xarray.DataArray:
    """A sample variable per task, with all its dimensions; unit: that of the variable."""
    divided = run[variable] / tasks(run)
    return divided.transpose(*run[variable].dims).assign_attrs(run[variable].attrs)


def valid(samples: xarray.DataArray) -> Iterator[tuple[tuple, numpy.ndarray]]:
    """Each cell that has samples: its workload, cores, ranks, threads and depth, and its values in
    the order of the rounds, without NaN. `samples` has the dimensions of a sample variable."""
    axes = [samples[axis].values.tolist() for axis in samples.dims[:-1]]
    values, there = samples.values, ~numpy.isnan(samples.values)
    for place in zip(*there.any(axis=-1).nonzero(), strict=True):
        cell = tuple(axis[i] for axis, i in zip(axes, place, strict=True))
        yield cell, values[place][there[place]]


def sound_times(run: xarray.Dataset, name: str, at: dict[str, int]) -> numpy.ndarray:
    """Times of a workload in s; NaN where none is valid, or where it is none: files may be wrong."""
    order = ("cores", "ranks", "threads", "depth", "round")
    values, flags = (run.variables[one].isel(at).transpose(*order).values  # without coordinates
                     for one in (name, "flags"))
    sound = (flags == 0) & (values > SHORTEST) & (values < LONGEST)
    return numpy.where(sound, values, numpy.nan)


def not_negative(design: numpy.ndarray, values: numpy.ndarray) -> numpy.ndarray:
    """Coefficients ≥ 0 with the least squares (p,), whose error is the least of all choices of columns
    that without bounds get none below 0. Columns are few; and scipy's nnls may give up."""
    columns = range(design.shape[1])
    best, least = numpy.zeros(len(columns)), float(values @ values)
    for kept in (list(one) for n in columns for one in itertools.combinations(columns, n + 1)):
        found = numpy.linalg.lstsq(design[:, kept], values, rcond=None)[0]
        error = float(numpy.sum((values - design[:, kept] @ found) ** 2))
        if (found >= 0).all() and error < least:
            best, least = numpy.zeros(len(columns)), error
            best[kept] = found
    return best
