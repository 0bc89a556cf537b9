"""Cgroups of a test's own, of version 1 or 2, where the machine lets one be made."""

import contextlib
import os
import pathlib
import time
from collections.abc import Iterator

from end_to_end.program import Skipped


def remove(group: pathlib.Path) -> None:
    """Removes a cgroup once its last process is gone: those of a run that failed end a little
    after it."""
    for _ in range(100):
        try:
            group.rmdir()
            return
        except OSError:
            time.sleep(0.1)
    group.rmdir()


@contextlib.contextmanager
def group_of(controller: str, *limits: str) -> Iterator[tuple[tuple, pathlib.Path]]:
    """A cgroup with limits, each "FILE=VALUE" of which the first that it has is set; gives what
    enters it before a command, and its folder."""
    roots = [root for root in (f"/sys/fs/cgroup/{controller}", "/sys/fs/cgroup")
             if pathlib.Path(root, "cgroup.procs").exists()]
    group = pathlib.Path(roots[0] if roots else "/sys/fs/cgroup", f"cual-test-{os.getpid()}")
    try:
        group.mkdir()
    except OSError as problem:
        raise Skipped(f"no cgroup can be made: {problem.strerror}") from problem
    try:
        known = [limit for limit in limits if (group / limit.partition("=")[0]).exists()]
        if not known:
            raise Skipped(f"a cgroup has no limit of {controller}")
        name, _, value = known[0].partition("=")
        try:
            (group / name).write_text(value)
        except OSError as problem:
            raise Skipped(f"a cgroup does not take {name}: {problem.strerror}") from problem
        yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"), group
    finally:
        remove(group)
