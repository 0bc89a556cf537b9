"""Numbers and names as the pictures write them, the same as src/text/words.c does."""

import math
from collections.abc import Iterable, Sequence

from ..text import printable

TIMES = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
COUNTS = ((1.0, ""), (1e3, " k"), (1e6, " M"), (1e9, " G"), (1e12, " T"))
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
BYTES = ((1.0, " B"), (2.0**10, " KiB"), (2.0**20, " MiB"), (2.0**30, " GiB"), (2.0**40, " TiB"))


def clean(text: str, most: int = 40) -> str:
    """Text of a file as one short line: what cannot be printed is written out, and the middle of
    what is too long left out."""
    text = printable(str(text))
    head = most * 2 // 3
    return text if len(text) <= most else f"{text[:head]}…{text[len(text) - most + head + 1:]}"


def family(name: str) -> str:
    """What the members of a family have in common: `mixed` of `mixed[wait_fraction=0.9]`."""
    return name.split("[", 1)[0]


def workload(name: str, most: int = 26) -> str:
    """A workload above its panel: `mixed 0.9` for `mixed[wait_fraction=0.9]`."""
    head, _, options = name.partition("[")
    values = [option.partition("=")[2].strip() for option in options.rstrip("]").split(",")]
    return clean(" ".join([head, *filter(None, values)]), most)


def seconds(value: float) -> str:
    """A time with three digits: 1.07 ms."""
    if not math.isfinite(value):
        return "?"
    size, unit = _unit(value, TIMES)
    number = value / size
    return f"{number:.{_decimals(number)}f} {unit}" if number < 1e6 else f"{number:.2g} {unit}"


def seconds_short(value: float) -> str:
    """A time as at an axis: 1 ms, 30 µs."""
    return _short(value, tuple((size, f" {unit}") for size, unit in TIMES))


def count(value: float) -> str:
    """A number with three digits: 257, 12.3 k."""
    return _short(value, COUNTS)


def whole(value: int) -> str:
    """A whole number of an axis: 1024, but 100 k."""
    return str(value) if value < 10000 else count(value)


def size(value: float) -> str:
    """Bytes with three digits: 23.5 MiB."""
    return _short(value, BYTES)


def number(value: float) -> str:
    """A number with three digits and no unit: 15.9."""
    return interval(value, math.nan, math.nan)


def interval(median: float, low: float, high: float, space: str = " ") -> str:
    """A median and half of its interval, with the digits that this justifies: 15.9 ±0.3."""
    half = (high - low) / 2
    if not math.isfinite(median):
        return "?"
    decimals = _decimals(median)
    if not math.isfinite(half):
        return f"{median:.{decimals}f}" if median < 1e6 else f"{median:.2g}"
    if median >= 1e6 or half >= 1e6:
        return f"{median:.2g}{space}±{half:.1g}"
    if half > 0:
        decimals = min(max(0, math.ceil(-math.log10(half))), decimals)
        half = max(half, 10.0**-decimals)
    return f"{median:.{decimals}f}{space}±{half:.{decimals}f}"


def share(value: float) -> str:
    """A fraction in per cent: 91 %."""
    return f"{value:.0%}".replace("%", " %")


def listed(parts: Sequence[str], most: int = 8, separator: str = ", ") -> str:
    """The first so many parts, and how many there are more."""
    more = [f"and {len(parts) - most} more"] if len(parts) > most else []
    return separator.join([*parts[:most], *more])


def cores(number: int) -> str:
    """`1 core`, `2 cores`."""
    return f"{number} core" if number == 1 else f"{number} cores"


def span(numbers: Iterable[int]) -> str:
    """The least and the most: `9–20`, or `20` where they are the same; `no` where there is none."""
    found = sorted(set(numbers))
    if not found:
        return "no"
    return f"{found[0]}" if len(found) == 1 else f"{found[0]}–{found[-1]}"


def _short(value: float, units: Sequence[tuple[float, str]]) -> str:
    """Three digits with the largest unit that the value reaches."""
    if not math.isfinite(value):
        return "?"
    if 0 < value < 0.001 and units is COUNTS:
        digits, power = f"{value:.0e}".split("e")
        return ("" if digits == "1" else f"{digits}·") + "10" + str(int(power)).translate(RAISED)
    one, unit = _unit(value, units)
    number = value / one
    return f"{number:.3g}{unit}" if number < 999.5 else f"{number:.0f}{unit}"


def _unit(value: float, units: Sequence[tuple[float, str]]) -> tuple[float, str]:
    """The largest unit that the value reaches; 0.9995 of one is already written as 1.00 of it."""
    return next((unit for unit in reversed(units) if value >= 0.9995 * unit[0]), units[0])


def _decimals(value: float) -> int:
    """Decimals that show a number ≥ 0 with three digits."""
    return 2 if value < 9.995 else 1 if value < 99.95 else 0
