"""Waits in flight with asyncio, a task each. usage: timers_asyncio.py COUNT SECONDS

Prints the time from the first start to the last end in s, and the memory in bytes that was resident
before and at most.
"""

import asyncio
import os
import resource
import sys
import time


async def wait_all(count: int, wait_s: float) -> float:
    """Starts all waits and returns how many s it took until the last had ended."""
    start = time.monotonic()
    tasks = [asyncio.create_task(asyncio.sleep(wait_s)) for _ in range(count)]
    for task in tasks:
        await task
    return time.monotonic() - start


def main() -> None:
    count, wait_s = int(sys.argv[1]), float(sys.argv[2])
    with open("/proc/self/statm", encoding="ascii") as file:
        before = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    time_s = asyncio.run(wait_all(count, wait_s))
    print(f"{time_s:.6f} {before} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}")


if __name__ == "__main__":
    main()
