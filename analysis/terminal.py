"""What the commands say on a terminal, and the exit statuses they end with (docs/design.md, section 5)."""

import argparse
import contextlib
import os
import pathlib
import sys
from collections.abc import Iterator
from typing import NoReturn

from .text import printable, say

DONE, WRONG, USAGE, INTERRUPTED, STORAGE, ENVIRONMENT = range(6)


class Refused(Exception):
    """What is asked for cannot be done: an exit status, and why in one line."""

    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status = status


def _line(head: str, text: str) -> str:
    """A line with one full stop at its end, where it has no other end of a sentence."""
    shown = printable(text, 4096)
    return f"{head}: {shown}{'' if shown.endswith(('.', '?', '!', '…')) else '.'}\n"


def fail(status: int, why: object) -> int:
    """Says why on stderr, if that can be written; returns the status."""
    with contextlib.suppress(OSError):
        say(_line("cual", str(why)), sys.stderr)
    return status


def lost(problem: OSError) -> int:
    """Says that output could not be written, unless its reader has left; returns the status."""
    if isinstance(problem, BrokenPipeError):
        return STORAGE
    return fail(STORAGE, f"the output cannot be written: {problem.strerror}")


def note(text: str) -> None:
    """Says on stderr what a reader should know; the command continues. Raises OSError."""
    say(_line("note", text), sys.stderr)


@contextlib.contextmanager
def writing(path: pathlib.Path) -> Iterator[None]:
    """Says of a file that is written within it that it could not be."""
    try:
        yield
    except OSError as problem:
        raise Refused(STORAGE, f"{printable(str(path), 4096)}: cannot be written: "
                               f"{problem.strerror}") from problem


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
    """Text goes out as UTF-8, as from the other commands, whatever the locale is, and line by line.
    Raises Refused where there is no output."""
    if sys.stderr is None:
        sys.stderr = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # fails when written
    sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    if sys.stdout is None:
        raise Refused(STORAGE, "the output cannot be written: it is closed")
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)


def finish(status: int) -> int:
    """Output that nobody got is no success. Returns the status that then holds."""
    try:
        if sys.stdout is not None:
            sys.stdout.close()
    except OSError as problem:
        return status or lost(problem)
    return status
