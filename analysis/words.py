"""Measured numbers as a person reads them, with the digits of src/answer/words.c."""

import math
import re

_TIMES = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB")
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_SHOWN_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def shown(text: object, most: int = 2000) -> str:
    """Text from outside fit to be shown: no control characters, at most so many characters."""
    cut = str(text)[:most + 1]
    return _NOT_SHOWN.sub("?", cut if len(cut) <= most else cut[:most - 1] + "…")


def shown_lines(text: object, most: int = 20_000) -> str:
    """The same of a text of several lines, which says what is missing."""
    whole = str(text)
    cut = _NOT_SHOWN_IN_LINES.sub("?", whole[:most])
    rest = len(whole) - most
    return cut if rest <= 0 else f"{cut}\n… and {rest} characters more, in the file"


def time(seconds: float) -> str:
    """1.07 ms: three digits and the unit that suits them; ? for NaN."""
    if not math.isfinite(seconds):
        return "?"
    size, name = _TIMES[0]
    for larger, larger_name in _TIMES[1:]:
        if seconds >= 0.9995 * larger:  # already written as 1.00 of it
            size, name = larger, larger_name
    number = seconds / size
    return f"{number:.{_decimals(number)}f} {name}" if number < 1e6 else f"{number:.2g} {name}"


def memory(number: float) -> str:
    """4 KiB: bytes, in powers of two."""
    if not math.isfinite(number):
        return "?"
    unit = 0
    while unit + 1 < len(_BYTES) and number >= 1024:
        number /= 1024
        unit += 1
    return f"{number:.3g} {_BYTES[unit]}"


def count(number: float) -> str:
    """412 000: of which three digits are known; 0.25 below one."""
    if not math.isfinite(number):
        return "?"
    if not 0 <= number < 1e15 or 0 < number < 1:
        return f"{number:.3g}"
    step = 10 ** max(0, math.floor(math.log10(max(1, number))) - 2)
    return f"{math.floor(number / step + 0.5) * step:,}".replace(",", " ")


def interval(median: float, low: float, high: float) -> str:
    """58.9 ±0.3: the median and half of the interval's width, with no more digits than that half
    justifies; 58.9 ±? without an interval."""
    half = (high - low) / 2
    if not math.isfinite(median):
        return "?"
    decimals = _decimals(median)
    if not math.isfinite(half):
        return f"{median:.{decimals}f} ±?" if median < 1e6 else f"{median:.{decimals or 1}g} ±?"
    if median >= 1e6 or half >= 1e6:
        return f"{median:.2g} ±{half:.1g}"
    decimals = _decimals_justified(half, decimals)
    half = max(half, 10 ** -decimals) if half > 0 else half
    return f"{median:.{decimals}f} ±{half:.{decimals}f}"


def _decimals(value: float) -> int:
    """Decimals that show a number ≥ 0 with three digits."""
    return 2 if value < 9.995 else 1 if value < 99.95 else 0


def _decimals_justified(half: float, most: int) -> int:
    """Decimals that the half-width justifies, and no more than `most`."""
    return most if half <= 0 else max(0, min(most, math.ceil(-math.log10(half))))
