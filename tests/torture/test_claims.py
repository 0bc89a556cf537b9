"""Claims on jobs whose answer is known: kernels and engines of tests/faults/told.c, which take what
they are told to on any machine of two cores. Every claim is true in one job and false in the other.
They are judged by time, so that they need a machine of their own."""

import os
import pathlib

from end_to_end.claims import numbers, outcomes
from end_to_end.program import Skipped, needs_full_speed
from end_to_end.quiet import alone, within_tries

TRUE = """
cores: [1, 2]
ranks: [1, 2]
threads: [1, 2]
depth: [1, 4]
rounds: 12
budget: 5 min
workloads:
  # one worker of a process at a time computes: processes gain by cores, threads and async do not
  compute: {compute: told, turns: process, work: [5, 6], tasks: 8}
  mixed: {compute: told, turns: process, most: 2, task: 4 ms, wait: told_wait, wait_fraction: [0.5, 0.75], tasks: 8,
          depth: [1, 4, 8]}
  wait: {wait: told_wait, latency: [2 ms, 3 ms], tasks: 16, cores: 1, depth: [1, 8]}
  # each worker more is one more switch in each unit, which costs 20 µs
  switches: {compute: told, turns: core, restless: true, work: 6, tasks: 8, cores: 1, ranks: 1,
             threads: [1, 2, 8, 16], depth: 1}
  # waits in threads take three times as long as those in flight, and compute for a part of the latency
  many: {wait: told_wait, latency: 2 ms, dear: blocking, tasks: 100, cores: 1, ranks: 1, threads: [1, 100],
         depth: [1, 100]}
  more: {wait: told_wait, latency: 2 ms, tasks: 1 k, cores: 1, ranks: 1, threads: 1, depth: 1 k}
  long: {wait: told_wait, latency: [1 ms, 10 ms], dear: blocking, burn: share, tasks: 100, cores: 1, ranks: 1,
         threads: 100, depth: 1}
  long_async: {wait: told_wait, latency: [1 ms, 10 ms], burn: same, tasks: 100, cores: 1, ranks: 1, threads: 1,
               depth: 100}
  # processes are slow at the list that they share with others; without a guard it loses items
  list: {compute: told, guard: [atomic, lock], odd: slow_processes, work: 2, tasks: 8}
  race: {compute: told, guard: none, odd: loses, work: 2, tasks: 8, depth: [1, 2, 4, 8, 16]}
  # what waits ends in order
  order: {wait: told_wait, latency: 1 ms, tasks: 16, trace: true, cores: 1, ranks: 1, threads: 1, depth: [4, 8]}
  device: {wait: told_device, latency: 1 ms, tasks: 16, trace: true, cores: 1, ranks: 1, threads: 1, depth: [4, 8]}
  locked: {compute: told, turns: core, lock: true, work: [5, 6], tasks: 8}
  lock_wait: {wait: told_wait, latency: 2 ms, lock: true, tasks: 16, cores: 1, ranks: 1, threads: [1, 4, 8], depth: 1}
  team: {compute: told, opening: dear, work: 1, tasks: 8, cores: 1, ranks: 1, threads: [1, 70, 140], depth: 1}
"""

# What makes each of them false.
FALSE = (
    ("compute: told, turns: process, work", "compute: told, turns: all, ease: true, hoard: 16 MiB, work"),
    ("turns: process, most: 2, task: 4 ms, wait: told_wait,",
     "turns: all, most: 2, hoard: 16 MiB, task: 4 ms, wait: told_wait, dear: in_flight,"),
    ("tasks: 16, cores: 1, depth: [1, 8]}", "in_line: true, tasks: 16, cores: 1, depth: [1, 8]}"),
    ("restless: true,", "restless: true, ease: true,"),
    ("dear: blocking, ", ""),
    ("burn: share", "burn: same"),
    ("odd: slow_processes", "odd: none"),
    ("odd: loses, work: 2, tasks: 8,", "odd: none, work: 2, tasks: 8, threads: [1, 2, 3, 4],"),
    ("trace: true", "trace: true, shuffled: true"),
    ("turns: core, lock: true, work", "turns: all, hoard: 16 MiB, lock: true, work"),
    ("opening: dear", "opening: cheap"),
)


def check(text: str, outcome: str, private: pathlib.Path) -> None:
    """One attempt at a job all of whose claims have one outcome."""
    found = outcomes(text, private)
    wrong = {number: row for number, row in found.items() if row[0] != outcome}
    assert set(found) == numbers() and not wrong, f"{len(wrong)} of {len(found)}: {wrong}"


def needs_two_cores() -> None:
    """Skips a test where there is but one."""
    if len(os.sched_getaffinity(0)) < 2:
        raise Skipped("this takes two cores")


@alone
def test_true_claims_hold():
    """each claim holds in a job that makes it true"""
    needs_full_speed()
    needs_two_cores()
    within_tries(lambda private: check(TRUE, "holds here", private))


@alone
def test_false_claims_do_not_hold():
    """each claim does not hold in a job that makes it false"""
    needs_full_speed()
    needs_two_cores()
    text = TRUE
    for true, false in FALSE:
        assert true in text, true
        text = text.replace(true, false)
    within_tries(lambda private: check(text, "does not hold here", private))
