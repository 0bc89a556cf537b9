"""Keeps namespaces for as long as somebody wants them, then takes them and their folder away.

usage: guard.py FOLDER COMMAND ...   the command makes the namespaces, as `unshare … --fork` does

Whoever wants them holds the other end of standard input: when it ends, however it ends, so do they.
Nothing in them outlives this process, either: what it started is killed with it.
"""

import contextlib
import os
import pathlib
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

PATIENCE_S = 10


def remove(folder: pathlib.Path) -> None:
    """Removes a folder into which the last of those that were killed may still write."""
    deadline = time.monotonic() + PATIENCE_S
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def guarded(folder: pathlib.Path, command: Sequence[str | pathlib.Path],
            environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """The guard of the namespaces that the command makes, whose words go into head.log of the folder."""
    guard = subprocess.Popen([sys.executable, __file__, folder, *command], stdin=subprocess.PIPE,
                             env=environment, start_new_session=True)
    try:
        yield guard
    finally:
        guard.stdin.close()
        guard.wait()
        remove(folder)


def head_of(folder: pathlib.Path) -> int:
    """The process that made the namespaces of a folder, once there is one."""
    return int((folder / "head.pid").read_text())


def enter(head: int, *options: str) -> list[str]:
    """The words that start a command in those namespaces."""
    return ["nsenter", f"--target={head}", "--uts", "--ipc", "--mount",
            f"--pid=/proc/{head}/ns/pid_for_children", *options, "--"]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    with (folder / "head.log").open("ab") as log:
        head = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *sys.argv[2:]],
                                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    try:
        (folder / "head.new").write_text(str(head.pid))
        (folder / "head.new").rename(folder / "head.pid")
        ended = os.pidfd_open(head.pid)
        select.select([sys.stdin, ended], [], [])
    finally:
        head.kill()
        head.wait()
        remove(folder)


if __name__ == "__main__":
    main()
