"""Checks that are carried out beside each other, each with processes and a folder of its own."""

import concurrent.futures
import os
from collections.abc import Callable, Iterable

TOGETHER = int(os.environ.get("TORTURE_TOGETHER", "2"))


def each(check: Callable, chosen: Iterable[tuple]) -> list:
    """What the check gives for each of the tuples of arguments, in the order of their ends; a line
    is printed for each. Fails when all are done, with what has failed."""
    found, wrong = [], []
    pool = concurrent.futures.ThreadPoolExecutor(TOGETHER)
    checks = {pool.submit(check, *arguments): arguments for arguments in chosen}
    try:
        for number, done in enumerate(concurrent.futures.as_completed(checks), 1):
            what = " ".join(map(str, checks[done]))
            failure = done.exception()
            (wrong if failure else found).append(f"{what}: {failure}" if failure else done.result())
            print(f"{number} of {len(checks)}, {len(wrong)} wrong: {what}: "
                  f"{failure or done.result()}", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    assert not wrong, f"{len(wrong)} of {len(checks)}: " + "\n".join(wrong[:20])
    return found
