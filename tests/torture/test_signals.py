"""Signals at 200 random times, and how soon a process that got one is gone."""

import os
import random
import time

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
    chance = random.Random()
    for number in range(200):
        print(number, *interrupt_somewhere(chance), flush=True)


def test_soon():
    """every rank is gone 0.8 s after one of them got a signal, whatever they were at"""
    chance = random.Random()
    for name in ("rounds", "waits", "in flight", "service", "a long task"):
        took_s = [time_of_end(name, chance.choice((0, 1)), chance.choice(SIGNALS),
                              chance.uniform(0, 1.5)) for _ in range(5)]
        print(name, *(f"{seconds:.2f}" for seconds in took_s), flush=True)
        assert max(took_s) <= SOON_S, (name, took_s)
