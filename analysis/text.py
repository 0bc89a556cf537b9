"""Text from files made fit to be printed."""

import unicodedata

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str, most: int = 256) -> str:
    """One line without control characters, cut with … where it is longer than `most`."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(f"\\x{ord(c):02x}" if unicodedata.category(c) in _UNPRINTABLE else c
                   for c in cut)
