"""Which tests are meant by what somebody types: TESTS="..." of the Makefile."""

from collections.abc import Sequence


def choose_by_line(names: Sequence[str], line: str) -> set[str]:
    """A whole line that a run printed means its test; a part of a line, the tests that hold it; other
    words, the tests that hold any of them."""
    held = [name for name in names if name.partition(" ")[2] in line]
    if held:
        return {name for name in held if len(name) == max(map(len, held))}
    return ({name for name in names if line in name}
            or {name for name in names if any(word in name for word in line.split())})


def choose(names: Sequence[str], texts: Sequence[str]) -> set[str]:
    """Those of the names, each 'FOLDER FILE: TITLE', that one of the lines of the texts means; all of
    them when there is no line. Raises LookupError when a line means none."""
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    chosen = set() if lines else set(names)
    for line in lines:
        meant = choose_by_line(names, line)
        if not meant:
            raise LookupError(f"no test has such a name: {line}")
        chosen |= meant
    return chosen
