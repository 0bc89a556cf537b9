"""Signals at 200 random times, and how soon a process that got one is gone."""

import os
import random
import re
import signal
import time

from end_to_end import together
from end_to_end.program import processes_of
from end_to_end.test_stop import (SIGNALS, check_interrupted, interrupt_somewhere, running, until)

SOON_S = 0.8  # from the signal in a rank to its exit, on a machine with nothing else to do


def is_there(process: int) -> bool:
    """Whether the process has not ended yet."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def time_of_end(name: str, rank: int, number: int, pause_s: float) -> float:
    """Seconds from a signal in a rank to the exit of the last of all ranks."""
    with running(name) as run:
        run.measures()
        ranks = run.ranks()
        time.sleep(pause_s)
        sent = time.monotonic()
        os.kill(ranks[rank], number)
        until(lambda: not any(map(is_there, ranks.values())), "the ranks end", 0.002)
        took_s = time.monotonic() - sent
        check_interrupted(run)
    return took_s


def test_two_hundred_signals():
    """200 signals of all kinds to any process at random times: status 3, nothing lost, nothing left"""
    together.each(lambda _: interrupt_somewhere(random.Random()), [(i,) for i in range(200)],
                  aloud=True)


def test_words_that_are_lost():
    """an mpirun that does not move is killed, and what the ranks could not say is said all the same"""
    with running("rounds") as run:
        run.measures()
        launcher = run.pid_of("mpirun")
        os.kill(launcher, signal.SIGSTOP)
        os.kill(run.pid_of(0), signal.SIGTERM)
        time.sleep(1.5)
        os.kill(run.pid_of("cual"), signal.SIGTERM)
        status, _, err = run.end()
        assert status == 3 and len(re.findall("^cual: interrupted", err, re.MULTILINE)) == 1, err
        until(lambda: not processes_of(run.private), "no process is left")


def test_soon():
    """every rank is gone 0.8 s after one of them got a signal, whatever they were at"""
    chance = random.Random()
    for name in ("rounds", "waits", "in flight", "service", "a long task"):
        took_s = [time_of_end(name, chance.choice((0, 1)), chance.choice(SIGNALS),
                              chance.uniform(0, 1.5)) for _ in range(5)]
        print(name, *(f"{seconds:.2f}" for seconds in took_s), flush=True)
        assert max(took_s) <= SOON_S, (name, took_s)
