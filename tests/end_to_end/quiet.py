"""Measurements that only a machine without other work can judge."""

import os
import pathlib
import resource
import sys
import time
from collections.abc import Callable

from end_to_end.program import Skipped, folder

TRIES = 3
BUSY = 0.05  # of one core, used by anything but us


def alone(test: Callable) -> Callable:
    """Marks a test that no other test may run beside."""
    test.alone = True
    return test


def is_alone(test: Callable) -> bool:
    """Whether it is marked so."""
    return getattr(test, "alone", False)


def is_timeless(test: Callable) -> bool:
    """Whether its file says that no test in it is judged by time: others may run beside it."""
    return getattr(sys.modules[test.__module__], "TIMELESS", False)


def foreign_seconds() -> float:
    """CPU time that everything but our ended children has used so far, stolen time included."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ((user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
            - ours.ru_utime - ours.ru_stime)


def within_tries(attempt: Callable[[pathlib.Path], None]) -> None:
    """Carries out an attempt, in a private folder, until its assertions hold: at most three times.
    When the last one failed while others used the machine, it says nothing: skipped."""
    for left in reversed(range(TRIES)):
        start, foreign = time.monotonic(), foreign_seconds()
        try:
            with folder() as private:
                attempt(private)
            return
        except AssertionError as wrong:
            used = (foreign_seconds() - foreign) / (time.monotonic() - start)
            if left == 0 and used > BUSY:
                raise Skipped(f"others used {100 * used:.0f} % of a core, and {wrong}") from wrong
            if left == 0:
                raise
