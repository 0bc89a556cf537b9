"""Text fit to be printed: what comes from files, and numbers with their units."""

import math
import os
import sys
import unicodedata

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def printable(text: str, most: int = 256) -> str:
    """One line without control characters, cut with … where it is longer than `most`."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(f"\\x{ord(c):02x}" if unicodedata.category(c) in _UNPRINTABLE else c
                   for c in cut)


def significant(value: float, digits: int = 3) -> str:
    """A number with so many digits, never with an exponent: "1230", "1.05", "0.00012"."""
    if not math.isfinite(value) or value == 0:
        return "–" if not math.isfinite(value) else "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    places = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:.{max(places, 0)}f}"


def seconds(value: float) -> str:
    """A time with three digits and its unit: "1.05 ms"."""
    if not math.isfinite(value):
        return "–"
    scale, unit = next((pair for pair in _TIMES if abs(value) >= 0.9995 * pair[0]), _TIMES[-1])
    return f"{significant(value / scale)} {unit}"


def say(text: str) -> None:
    """Writes to standard output. Raises OSError when it cannot be written; nothing is tried again
    at exit then."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
