"""How the points of a row, a workload on C cores, and serial compare.

The rules are those of src/answer/contest.c and src/answer/sure.c, so that a number is the same in a
picture and in a verdict; docs/method.md, "How points are compared", says why.
"""

import dataclasses
import functools
import math

import numpy

from .statistics import LEVEL, Interval, median

ROUNDS_LEAST = 5  # below which nothing is sure
SPREAD_LEAST = 0.002  # of a round
OWN_FREEDOM = 0.45  # distances of all pairs know as much of a spread as 0.45 n times do, …
MEDIAN_FREEDOM = 0.37  # … a median absolute deviation as 0.37 n
POOLED_FREEDOM = 6.0  # how much the pooled spread counts beside a point's own
POOLED_PARTS = 4.0  # how much the pooled variance between parts counts beside a point's own
CENTRE_VARIANCE = 1.1  # of the centre of n values, in s²/n
MEDIAN_VARIANCE = 1.57  # the same of a median
NORMAL = 1.4826  # median absolute deviation to standard deviation
PAIRS_MOST = 96  # values of which all pairs are looked at
PARTS_MOST, PART_LEAST, POLISHINGS = 8, 2, 2
LOOKS_EACH, PIECES, OVERSHOOT = 64, 8, -0.583
RARER = 16  # how much rarer an error may be before ROUNDS_LEAST


# -- how sure --

@functools.lru_cache(maxsize=65536)
def _boundary(level: float, further: float) -> float:
    """z that the mean of so many values over its standard deviation exceeds with a probability of
    `level` at some look (Siegmund, Sequential Analysis, 1985, 4.2 and 10.2), found by the steps of
    the program. `further` is how far looks go beyond LOOKS_EACH, by the logarithm."""
    step = math.log(LOOKS_EACH / ROUNDS_LEAST) / PIECES
    roots = [math.sqrt(ROUNDS_LEAST * math.exp((p + 0.5) * step)) for p in range(PIECES)]
    low, high = 1.0, 40.0
    while high - low > 1e-6:
        z = (low + high) / 2
        looks = (further * math.exp(OVERSHOOT * z / math.sqrt(LOOKS_EACH))
                 + sum(step * math.exp(OVERSHOOT * z / root) for root in roots))
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        if math.erfc(z / math.sqrt(2)) / 2 + density * z / 2 * looks > level:
            low = z
        else:
            high = z
    return high


def _further(n: int) -> float:
    """How far the looks at n rounds go beyond LOOKS_EACH, by the logarithm."""
    beyond = 2 * math.log(n / ROUNDS_LEAST) - math.log(LOOKS_EACH / ROUNDS_LEAST)
    return max(beyond, 0.0) if n > LOOKS_EACH else 0.0


def boundary(level: float, n: numpy.ndarray, freedom: numpy.ndarray) -> numpy.ndarray:
    """How many standard deviations, estimated with so much freedom, a mean of n values may ever be
    off, on one side and at any look, with a probability of `level`."""
    counts, which = numpy.unique(n, return_inverse=True)
    each = numpy.array([_boundary(level, _further(int(count))) for count in counts])
    z = each[which.reshape(n.shape)]
    z2, v = z * z, freedom  # to Student's t: Abramowitz and Stegun, 26.7.5
    first = (z2 + 1) * z / 4
    second = ((5 * z2 + 16) * z2 + 3) * z / 96
    third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384
    fourth = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) * z / 92160
    return z + first / v + second / v**2 + third / v**3 + fourth / v**4


# -- the contest --

@dataclasses.dataclass(frozen=True)
class Contest:
    """What is known of each entry (n,): the points of a row and, last, serial where it stands on
    other cores. NaN where an entry has no round."""

    serial: int | None  # its entry
    points: int  # the first so many entries are the row
    rounds: numpy.ndarray  # that the estimate rests on
    centre: numpy.ndarray  # of the logarithm of the time per task in s
    variance: numpy.ndarray  # of the centre
    between: numpy.ndarray  # the part of it that is found between the parts of the run
    freedom: numpy.ndarray  # degrees of freedom of the other part, beside `lent`
    lent: float  # degrees of freedom that the pooled spread lends to each estimate

    def gap(self, a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
        """The logarithm of the times of entries `a` over those of entries `b`."""
        return self.centre[a] - self.centre[b]

    def margin(self, a: numpy.ndarray, b: numpy.ndarray, level: float) -> numpy.ndarray:
        """How far the gap may be off, on one side, with a probability of `level` at any look;
        infinite with too few rounds."""
        a, b = numpy.broadcast_arrays(a, b)
        n = numpy.minimum(self.rounds[a], self.rounds[b])
        deviation = numpy.sqrt(self.variance[a] + self.variance[b])
        sure = n >= ROUNDS_LEAST
        freedom = self._freedom_of(a, b)
        margin = numpy.full(n.shape, numpy.inf)
        margin[sure] = deviation[sure] * boundary(level, n[sure], freedom[sure])
        return numpy.where(a == b, 0, margin)

    def margin_beside(self, a: numpy.ndarray, rare: numpy.ndarray, level: float) -> numpy.ndarray:
        """The same of entries that are seldom valid beside ones that are not, with a level so much
        lower that few rounds do not matter."""
        a, rare = numpy.broadcast_arrays(a, rare)
        margin = self.margin(a, rare, level)
        rounds = self.rounds[rare]
        early = (self.rounds[a] >= ROUNDS_LEAST) & (rounds > 0) & (rounds < ROUNDS_LEAST)
        a, rare = a[early], rare[early]
        margin[early] = (numpy.sqrt(self.variance[a] + self.variance[rare])
                         * boundary(level / RARER, self.rounds[a], self._freedom_of(a, rare)))
        return margin

    def _freedom_of(self, a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
        """Degrees of freedom of the variance of a gap: of the spread of rounds, and between the parts
        of the run (Satterthwaite, 1946)."""
        all_ = self.variance[a] + self.variance[b]
        between = self.between[a] + self.between[b]
        of_rounds = self.lent + self.freedom[a] + self.freedom[b]
        of_parts = POOLED_PARTS + _parts_of(self.rounds[a]) - 1 + _parts_of(self.rounds[b]) - 1
        return all_**2 / ((all_ - between)**2 / of_rounds + between**2 / of_parts)

    def level(self) -> float:
        """At which comparisons of one point with all others of the row and with serial hold together
        with 95 %."""
        return LEVEL / max(numpy.count_nonzero(self.rounds[:self.points]), 1)

    def ratio(self, a: numpy.ndarray, b: numpy.ndarray, level: float) -> Interval:
        """The times of entries `a` over those of entries `b`, with an interval that misses the
        truth with a probability of `level` at any look."""
        a, b = numpy.broadcast_arrays(a, b)
        gap, margin = self.gap(a, b), self.margin(a, b, level / 2)
        margin = numpy.where(numpy.isinf(margin), numpy.nan, margin)
        return Interval(numpy.exp(gap), numpy.exp(gap - margin), numpy.exp(gap + margin),
                        numpy.minimum(self.rounds[a], self.rounds[b]))

    def speed_up(self) -> Interval:
        """How many times as fast as serial each point of the row is. What is named is the best of
        many: its interval is one of those that hold jointly."""
        if self.serial is None:
            nothing = numpy.full(self.points, numpy.nan)
            return Interval(nothing, nothing, nothing, numpy.zeros(self.points, int))
        return self.ratio(numpy.array(self.serial), numpy.arange(self.points), self.level())


def of(times: numpy.ndarray, serial: int | None = None, guest: numpy.ndarray | None = None
       ) -> Contest:
    """The contest of a row's times per task in s (points, rounds), NaN where no sample is valid.
    `serial` is its place among them, or `guest` has its times (rounds,) where it stands on other
    cores."""
    points = len(times)
    if guest is not None and not numpy.isnan(guest).all():
        times, serial = numpy.concatenate((times, guest[None])), points
    if serial is not None and numpy.isnan(times[serial]).all():
        serial = None
    values, closeness = _shared(numpy.log(times))
    left = values - _effects(values)
    rounds = numpy.count_nonzero(~numpy.isnan(left), axis=-1)
    alike = _alike(left, rounds)
    centre = numpy.full(len(rounds), numpy.nan)
    for where, kept in alike:
        centre[where] = _centre(kept)
    distance = numpy.abs(left - centre[:, None])
    own = _own_spread(alike, distance, rounds) * closeness
    between = _between(alike, rounds, own, closeness) / _parts_of(rounds)
    freedom = numpy.where(rounds > PAIRS_MOST, MEDIAN_FREEDOM, OWN_FREEDOM) * (rounds - 1)
    lent = min(POOLED_FREEDOM, max(float(freedom[rounds > 0].sum()), 1))
    known = numpy.where(rounds > 1, freedom, 0)
    variance = ((lent * _pooled_spread(distance, rounds, closeness)**2
                 + known * numpy.where(rounds > 1, own, 0)**2) / (lent + known))
    of_centre = numpy.where(rounds > PAIRS_MOST, MEDIAN_VARIANCE, CENTRE_VARIANCE)
    variance = of_centre * variance / numpy.where(rounds > 0, rounds, numpy.nan)
    return Contest(serial, points, rounds, centre, variance + between, between, freedom, lent)


# -- what a round did to all --

def _shared(values: numpy.ndarray) -> tuple[numpy.ndarray, float]:
    """The values without those that have their round to themselves, but for entries that have
    hardly any others; and how much too close values lie to an effect that is found from them."""
    there = ~numpy.isnan(values)
    together = there.sum(axis=0)
    beside = (there & (together > 1)).sum(axis=-1)
    if len(values) > 1:
        values = numpy.where((together == 1) & (beside >= ROUNDS_LEAST)[:, None], numpy.nan, values)
    together = numpy.count_nonzero(~numpy.isnan(values), axis=0)
    mean = together.sum() / max(numpy.count_nonzero(together), 1)
    return values, math.sqrt(mean / (mean - 1)) if mean > 1.5 else 1.0


def _effects(values: numpy.ndarray) -> numpy.ndarray:
    """What each round did to all entries (rounds,): median polish."""
    together = numpy.count_nonzero(~numpy.isnan(values), axis=0)
    effects = numpy.zeros(values.shape[1])
    for _ in range(POLISHINGS):
        levels = median(values - effects)
        effects = numpy.where(together > 1, median((values - levels[:, None]).T), 0)
    return effects


# -- centres and their variances --

Alike = list[tuple[numpy.ndarray, numpy.ndarray]]


def _alike(left: numpy.ndarray, rounds: numpy.ndarray) -> Alike:
    """Entries that have as many rounds, which can be looked at together: where they are, and their
    values in the order of the rounds (some, n)."""
    found = []
    for n in numpy.unique(rounds[rounds > 0]):
        where = rounds == n
        found.append((where, left[where][~numpy.isnan(left[where])].reshape(-1, n)))
    return found


def _centre(values: numpy.ndarray) -> numpy.ndarray:
    """The median of the means of all pairs of the values (entries, n): Hodges and Lehmann."""
    n = values.shape[1]
    if n > PAIRS_MOST:
        return median(values)
    i, j = numpy.triu_indices(n)
    return median((values[:, i] + values[:, j]) / 2)


FEW = (0, 0, 0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872)


def _distance_factor(n: int) -> float:
    """What makes the distance that counts the standard deviation of n normal values."""
    return 2.2219 * (FEW[n] if n < len(FEW) else n / (n + (1.4 if n % 2 else 3.8)))


def _own_spread(alike: Alike, distance: numpy.ndarray, rounds: numpy.ndarray) -> numpy.ndarray:
    """The standard deviation of a round of each entry, Q_n (Rousseeuw and Croux), or of many rounds
    the median of the distances from the centre; NaN below two rounds."""
    factor = numpy.where(rounds > PAIRS_MOST, rounds / (rounds - 0.8), numpy.nan)
    spread = NORMAL * median(distance) * factor
    for where, values in alike:
        n = values.shape[1]
        if 1 < n <= PAIRS_MOST:
            i, j = numpy.triu_indices(n, 1)
            half = n // 2 + 1
            apart = numpy.sort(numpy.abs(values[:, i] - values[:, j]), axis=-1)
            spread[where] = _distance_factor(n) * apart[:, half * (half - 1) // 2 - 1]
    return spread


def _pooled_spread(distance: numpy.ndarray, rounds: numpy.ndarray, closeness: float) -> float:
    """The same of all entries together."""
    factor = numpy.sqrt(rounds / numpy.where(rounds > 1, rounds - 1, numpy.nan))
    return float(numpy.maximum(NORMAL * median((distance * factor[:, None]).ravel()) * closeness,
                               SPREAD_LEAST))


def _parts_of(rounds: numpy.ndarray) -> numpy.ndarray:
    """In how many equal parts by time an entry's values are cut."""
    return numpy.clip(rounds // PART_LEAST, 1, PARTS_MOST)


def _between(alike: Alike, rounds: numpy.ndarray, own: numpy.ndarray, closeness: float
             ) -> numpy.ndarray:
    """The variance between the parts of the run of each entry, beyond what its spread of a round
    makes of it: its own, and the median of all."""
    beyond = numpy.full(len(rounds), numpy.nan)
    usual = beyond.copy()  # by the median of what chance makes of a variance
    for where, values in alike:
        n = values.shape[1]
        count = int(_parts_of(n))
        if count > 1:
            parts = [median(values[:, n * p // count:n * (p + 1) // count]) for p in range(count)]
            known = MEDIAN_VARIANCE * (own[where] / closeness)**2 / (n // count)
            found = numpy.var(parts, axis=0, ddof=1)
            beyond[where] = (found - known) * closeness**2
            usual[where] = (found / (1 - 2 / (9 * (count - 1)))**3 - known) * closeness**2
    some = usual[~numpy.isnan(usual)]
    pooled = max(float(median(some)), 0) if len(some) else 0.0
    known = _parts_of(rounds) - 1
    mixed = (POOLED_PARTS * pooled + known * beyond) / (POOLED_PARTS + known)
    return numpy.where(numpy.isnan(beyond), pooled, numpy.maximum(mixed, 0))
