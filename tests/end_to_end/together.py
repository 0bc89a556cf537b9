"""Checks that are carried out beside each other, each with processes and a folder of its own. What
is judged by its time is no such check."""

import concurrent.futures
import os
from collections.abc import Callable, Iterable

TOGETHER = int(os.environ.get("CUAL_TEST_TOGETHER", "2"))


def each(check: Callable, chosen: Iterable[tuple], aloud: bool = False) -> list:
    """What the check gives for each of the tuples of arguments, in the order of their ends; with
    `aloud` a line is printed for each. Fails when all are done, with what has failed."""
    found, wrong = [], []
    pool = concurrent.futures.ThreadPoolExecutor(TOGETHER)
    checks = {pool.submit(check, *arguments): arguments for arguments in chosen}
    try:
        for number, done in enumerate(concurrent.futures.as_completed(checks), 1):
            what = " ".join(map(str, checks[done]))
            if failure := done.exception():
                wrong.append(f"{what}: {failure!r}")
            else:
                found.append(done.result())
            if aloud:
                print(f"{number} of {len(checks)}, {len(wrong)} wrong: {what}: "
                      f"{failure if failure else done.result()}", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    assert not wrong, f"{len(wrong)} of {len(checks)}: " + "\n".join(wrong[:20])
    return found
