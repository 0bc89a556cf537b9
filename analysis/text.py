"""Text fit to be printed: what comes from files, and numbers with their units."""

import bisect
import math
import os
import pathlib
import re
import sys
from typing import TextIO

_TABLE = pathlib.Path(__file__).with_name("unprintable.inc")  # which src/system/utf8.c reads, too
_RANGES = [(int(first, 16), int(last, 16)) for first, last in
           re.findall(r"\{0x(\w+), 0x(\w+)\}", _TABLE.read_text(encoding="ascii"))]
_BYTES = range(0xDC80, 0xDD00)  # bytes that are not UTF-8, as surrogateescape decodes them
_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


class _Escapes(dict[int, int | str]):
    """What is written for a character, by code point, as str.translate asks for it; each is found
    out once."""

    def __missing__(self, code: int) -> int | str:
        at = bisect.bisect_left(_RANGES, code, key=lambda one: one[1])
        unprintable = at < len(_RANGES) and _RANGES[at][0] <= code
        self[code] = escape(code) if unprintable else code
        return self[code]


def escape(code: int) -> str:
    """What stands for a character that is not to stand there itself: \\x1b, \\u202e, \\U000e0041."""
    if code in _BYTES or code < 0x80:
        return f"\\x{code & 0xff:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_OF_A_LINE, _OF_LINES = _Escapes(), _Escapes({ord("\n"): "\n"})


def escaped(text: str, lines: bool = False) -> str:
    """The text with characters that cannot be printed written as \\x1b or \\u202e, as error_escape of
    src/system/error.h does; the ends of `lines` are kept."""
    return text.translate(_OF_LINES if lines else _OF_A_LINE)


def printable(text: str, most: int = 256) -> str:
    """One line without control characters, cut with … where it is longer than `most`."""
    return escaped(text if len(text) <= most else text[: most - 1] + "…")


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


def say(text: str, stream: TextIO | None = None) -> None:
    """Writes to standard output, or to another stream. Raises OSError when it cannot be written;
    nothing is tried again at exit then."""
    stream = stream or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise
