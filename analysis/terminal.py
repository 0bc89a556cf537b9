"""What the commands say on a terminal, and the exit statuses they end with (docs/design.md, section 5)."""

import argparse
import os
import sys
from typing import NoReturn

from .text import printable

DONE, WRONG, USAGE, INTERRUPTED, STORAGE, ENVIRONMENT = range(6)


class Refused(Exception):
    """What is asked for cannot be done: an exit status, and why in one line."""

    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status = status


def _sentence(text: str) -> str:
    """The text with one full stop at its end, where it has no other end of a sentence."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def fail(status: int, why: object) -> int:
    """Says why on stderr; returns the status."""
    print(f"cual: {_sentence(printable(str(why), 4096))}", file=sys.stderr)
    return status


def note(text: str) -> None:
    """Says on stderr what a reader should know; the command continues."""
    print(f"note: {_sentence(text)}", file=sys.stderr)


def parser(command: str, description: str) -> argparse.ArgumentParser:
    """A parser that says what is wrong as the other commands do, in one line."""
    made = argparse.ArgumentParser(prog=f"cual {command}", description=description,
                                   allow_abbrev=False)

    def error(message: str) -> NoReturn:
        sys.exit(fail(USAGE, f"{command}: {message}; cual {command} --help lists the options"))

    made.error = error
    return made


def without_end_of_options(words: list[str]) -> list[str]:
    """The words of a command without `--`; what stands behind it and begins with a hyphen is named by its
    folder, so that argparse takes it for a file."""
    end = words.index("--") if "--" in words else len(words)
    return words[:end] + [os.path.join(".", word) if word.startswith("-") else word for word in words[end + 1:]]


def settle() -> None:
    """Text goes out as UTF-8, as from the other commands, whatever the locale is. Raises Refused
    where there is no output."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    if sys.stdout is None:
        raise Refused(STORAGE, "the output cannot be written: it is closed")
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def finish(status: int) -> int:
    """Output that nobody got is no success. Returns the status that then holds."""
    try:
        if sys.stdout is not None:
            sys.stdout.close()
    except OSError as problem:
        why = f"the output cannot be written: {problem.strerror}"
        return status or fail(STORAGE, why)
    return status
