"""Keeps a test cluster for as long as its standard input is open, then takes all of it away.

usage: guard.py FOLDER

Whoever wants the cluster holds the other end of that pipe: when it ends, however it ends, so does
the cluster. Nothing of it outlives this process, either: what it started is killed with it.
"""

import os
import pathlib
import select
import shutil
import subprocess
import sys

INSIDE = pathlib.Path(__file__).resolve().parent / "inside.py"
NAMESPACES = ("--net", "--uts", "--ipc", "--mount", "--pid", "--fork", "--kill-child",
              "--mount-proc")


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    with (folder / "head.log").open("ab") as log:
        head = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", *NAMESPACES, "--", sys.executable, INSIDE,
             "head", folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    try:
        (folder / "head.new").write_text(str(head.pid))
        (folder / "head.new").rename(folder / "head.pid")
        ended = os.pidfd_open(head.pid)
        select.select([sys.stdin, ended], [], [])
    finally:
        head.kill()
        head.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
