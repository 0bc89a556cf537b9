"""Whether a run is slower than another, cell by cell: what `cual compare A.h5 B.h5` prints.

The ratio of a cell is the median of all ratios of a time of B over a time of A (Hodges and
Lehmann), its interval that of Moses, which turns the rank-sum test of Wilcoxon, Mann and Whitney
round and assumes no distribution (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods,
4.3). The intervals of all cells hold together (Bonferroni). A cell is slower when the rank-sum test
of "B is no slower than the tolerance" is rejected by Holm's rule (Scandinavian Journal of
Statistics 6, 1979), which rejects whenever the interval lies wholly above the tolerance.
"""

import argparse
import functools
import itertools
import math
import pathlib
import re
import shutil
from collections.abc import Sequence

import numpy
import xarray
from scipy.special import ndtr

from . import compared, output, statistics, terminal
from .compared import WORDS, Cell, Comparison
from .load import (CALIBRATED_MOST, NotTogether, Unreadable, apart, calibrated, dataset,
                   differences, left_out, shape_of, specification)
from .reading import RunFile, read
from .text import printable, say, seconds, significant

EXACT_MOST = 100  # values of a side; beyond, the rank-sum is as good as normal
ROWS_MOST = 40  # of a table, where nothing in the rest is slower

# -- the rank-sum --

@functools.lru_cache(maxsize=1024)
def _rank_sum_tail(n: int, m: int) -> numpy.ndarray:
    """P(U ≤ u) for u = 0 … n·m, where nothing tells n values from m others."""
    if max(n, m) > EXACT_MOST:
        deviation = math.sqrt(n * m * (n + m + 1) / 12)
        return ndtr((numpy.arange(n * m + 1) + 0.5 - n * m / 2) / deviation)
    # Coefficients of the Gaussian binomial: the product of (1 − q^(m+i)) / (1 − q^i).
    ways = numpy.zeros(n * m + 1)
    ways[0] = 1
    for i in range(1, n + 1):
        ways[m + i :] -= ways[: max(ways.size - m - i, 0)].copy()
        for first in range(i):
            ways[first::i] = numpy.cumsum(ways[first::i])
    half = numpy.cumsum(ways)[: n * m // 2 + 1] / float(math.comb(n + m, n))  # the small half
    tail = numpy.ones(n * m + 1)
    tail[: half.size] = half
    tail[n * m - half.size : n * m] = 1 - half[::-1]
    return tail


def _least_rank(n: int, m: int, level: float) -> int:
    """The largest k for which the k-th least and the k-th greatest ratio enclose the true one with
    at least 1 − level; 0 where there is none."""
    return int(numpy.searchsorted(_rank_sum_tail(n, m), level / 2 * (1 + 1e-12), side="right"))


def ratio_interval(a: numpy.ndarray, b: numpy.ndarray, level: float) -> tuple[float, float, float]:
    """The ratio of b over a, with Moses' interval; a and b hold positive numbers."""
    ratios = numpy.sort((b[:, None] / a[None, :]).ravel())
    middle = (ratios[(ratios.size - 1) // 2] + ratios[ratios.size // 2]) / 2
    k = _least_rank(a.size, b.size, level)
    if k == 0:
        return float(middle), math.nan, math.nan
    return float(middle), float(ratios[k - 1]), float(ratios[ratios.size - k])


def above_probability(a: numpy.ndarray, b: numpy.ndarray, limit: float) -> float:
    """The probability of values of b so far above limit · a, or further, if they were no more than
    that: the rank-sum test. Equal values count against it."""
    below = int((b[:, None] <= limit * a[None, :]).sum())
    return float(_rank_sum_tail(a.size, b.size)[below])


def holm(probabilities: Sequence[float], level: float = statistics.LEVEL) -> list[bool]:
    """Which hypotheses are rejected, so that with 1 − level none is wrongly."""
    rejected = [False] * len(probabilities)
    for rank, i in enumerate(sorted(range(len(probabilities)), key=probabilities.__getitem__)):
        if probabilities[i] > level / (len(probabilities) - rank):
            break
        rejected[i] = True
    return rejected


# -- cells --

def compare(a: xarray.Dataset, b: xarray.Dataset, names: Sequence[str],
            tolerance: float) -> list[Cell]:
    """All cells of some workloads of which both runs have valid samples."""
    valid_a, valid_b = (dict(statistics.valid(statistics.per_task(run))) for run in (a, b))
    keys = [key for key in valid_a if key in valid_b and key[0] in names]
    level = statistics.LEVEL / max(len(keys), 1)
    limit = 1 + tolerance
    # The test has two sides: slower and faster share the error, as the ends of an interval do.
    slower = holm([above_probability(valid_a[key], valid_b[key], limit) for key in keys],
                  statistics.LEVEL / 2)
    faster = holm([above_probability(valid_b[key], valid_a[key], limit) for key in keys],
                  statistics.LEVEL / 2)
    cells = []
    for key, is_slower, is_faster in zip(keys, slower, faster, strict=True):
        ratio, low, high = ratio_interval(valid_a[key], valid_b[key], level)
        same = low >= 1 / limit and high <= limit
        word = WORDS[0 if is_slower else 1 if is_faster else 3 if same else 2]
        medians = (float(numpy.median(valid[key])) for valid in (valid_a, valid_b))
        cells.append(Cell(*key, *medians, ratio, low, high, word))
    return cells


# -- what belongs together --

def _refusal(a: RunFile, b: RunFile, names: Sequence[str]) -> str | None:
    """What stands in the way of comparing without --across, in words."""
    if shape_of(a.machine) != shape_of(b.machine):
        return (f"the runs are of different machines: {printable(shape_of(a.machine))!r} and "
                f"{printable(shape_of(b.machine))!r}")
    for name in names:
        work = [calibrated(file, name, "work") for file in (a, b)]
        if apart(*work) > CALIBRATED_MOST:
            return (f"a task of {printable(name)} is different work: {work[0]:.6g} and {work[1]:.6g} "
                    f"units; runs that are compared need the same `work:` in their job")
    return None


def _shared(a: RunFile, b: RunFile) -> tuple[list[str], list[str]]:
    """Workloads that both files have and that are the same work, and a line on each that is not."""
    of_a, of_b = specification(a), specification(b)
    same, notes = [], []
    for name in of_a:
        if name not in of_b:
            notes.append(f"{printable(name)} is in A only")
        elif differing := differences(of_a[name], of_b[name]):
            notes.append(f"{printable(name)} is not the same work: {'; '.join(differing)}")
        else:
            same.append(name)
    notes += [f"{printable(name)} is in B only" for name in of_b if name not in of_a]
    return same, notes


# -- what is printed --

def _table(cells: Sequence[Cell], width: int) -> str:
    """A line per cell, the slower first, no wider than asked."""
    rows = [("workload", "R×T×D@C", "A a task", "B a task", "B / A", "interval", "B is")]
    for cell in compared.ordered(cells):
        between = (f"{significant(cell.low)}–{significant(cell.high)}" if cell.low == cell.low
                   else "–")
        rows.append((printable(cell.workload), cell.point, seconds(cell.a), seconds(cell.b),
                     significant(cell.ratio), between, cell.word))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    widths[0] = max(min(widths[0], width - sum(widths[1:]) - 2 * (len(widths) - 1)), 8)
    lines = []
    for name, *others in rows:
        name = name if len(name) <= widths[0] else name[: widths[0] - 1] + "…"
        aligned = [f"{others[0]:<{widths[1]}}",
                   *(f"{text:>{w}}" for text, w in zip(others[1:4], widths[2:5], strict=True)),
                   f"{others[4]:<{widths[5]}}", others[5]]
        lines.append("  ".join((f"{name:<{widths[0]}}", *aligned))[:width].rstrip())
    return "\n".join(lines)


def _shown(cells: Sequence[Cell]) -> list[Cell]:
    """All that are slower, and of the others as many as a reader takes in."""
    return compared.ordered(cells)[: max(ROWS_MOST, compared.counts(cells)["slower"])]


def _samples_needed(cells: int) -> int:
    """So many samples of each run give an interval, where so many cells are compared."""
    level = statistics.LEVEL / cells
    return next(n for n in itertools.count(1) if _least_rank(n, n, level) > 0)


def _summary(cells: Sequence[Cell], tolerance: float) -> str:
    """One line: how many are what."""
    counts = compared.counts(cells)
    too_few = sum(math.isnan(cell.low) for cell in cells)
    told = [f"{counts['slower']} of {len(cells)} cells slower by more than {100 * tolerance:g} %",
            f"{counts['faster']} faster", f"{counts['same']} the same",
            f"{counts['cannot tell']} cannot be told"]
    few = (f" ({too_few} for want of samples: so many cells need {_samples_needed(len(cells))} in "
           "each run)" if too_few else "")
    return ", ".join(told) + few + "; all intervals hold jointly with 95 %."


def _percent(text: str) -> float:
    """A share given in percent, as in "2%"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", text)
    if not found or not float(found[1]) < 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share; an example is 2%")
    return float(found[1]) / 100


def options_parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = terminal.parser(
        "compare", "Is run B slower than run A? Cell by cell, the slower "
        "first. Exit status 0: nothing is slower; 1: something is; 2: they cannot be compared.")
    parser.add_argument("a", metavar="A.h5", help="the run to compare with")
    parser.add_argument("b", metavar="B.h5", help="the run in question")
    parser.add_argument("--tolerance", type=_percent, default=0.02, metavar="SHARE",
                        help="how much slower is still the same (default 2%%)")
    parser.add_argument("--across", action="store_true",
                        help="compare also runs of different machines, or of different calibrated work")
    parser.add_argument("--all", action="store_true", help="print every cell")
    parser.add_argument("--json", action="store_true",
                        help="print all of it as data, by docs/compare.schema.json")
    parser.add_argument("--junit", type=pathlib.Path, metavar="FILE.xml",
                        help="also write a JUnit report: a test case for each cell, which fails where B is slower")
    parser.add_argument("--force", action="store_true", help="replace FILE.xml when it exists")
    return parser


def _compare_files(options: argparse.Namespace) -> Comparison:
    """Compares and says what does not enter on standard error. Raises NotTogether."""
    files = [read(path) for path in (options.a, options.b)]
    for file in files:
        if file.not_believed is not None:
            raise NotTogether(f"{printable(str(file.path))} is not credible: "
                              f"{printable(file.not_believed)}")
    names, notes = _shared(*files)
    notes += [line for file in files for line in left_out(file, printable(str(file.path)))]
    refusal = _refusal(*files, names)
    if refusal and not options.across:
        raise NotTogether(f"{refusal}; --across compares anyway")
    notes = ([refusal] if refusal else []) + notes
    for note in notes:
        terminal.note(note)
    runs = [dataset([file], [str(file.path)], flagged=False) for file in files]
    cells = compare(*runs, names, options.tolerance)
    if not cells:
        raise NotTogether("the runs have no cell in common that has valid samples in both")
    return Comparison(*files, options.tolerance, notes, cells)


def _say(comparison: Comparison, everything: bool) -> None:
    """Prints the table and what it comes to."""
    cells = comparison.cells
    shown = cells if everything else _shown(cells)
    more = len(cells) - len(shown)
    hidden = f"… and {more} more, none slower; --all shows them\n" if more else ""
    width = shutil.get_terminal_size((100, 24)).columns
    say(f"{_table(shown, width)}\n{hidden}\n{_summary(cells, comparison.tolerance)}\n")


def main(argv: Sequence[str]) -> int:
    """0: nothing is slower; 1: something is; 2: usage, or not to be compared; 4: unreadable, or not to be
    written."""
    options = options_parser().parse_args(argv)
    try:
        output.refuse_existing(options.junit, options.force)
        comparison = _compare_files(options)
        if options.junit is not None:
            with output.written(options.junit) as out:
                compared.write_junit(comparison, out)
    except (Unreadable, terminal.Refused) as error:
        return terminal.fail(error.status, error)
    except NotTogether as error:
        return terminal.fail(terminal.USAGE, error)
    if options.json:
        say(compared.json_of(comparison))
    else:
        _say(comparison, options.all)
    return 1 if compared.counts(comparison.cells)["slower"] else 0
