"""What the program must show on this machine, as one table; timings judge nothing but themselves.

usage: BUILD=build tests/bench/run.py [tool] [kernels] [levels] [storage] [messages] [timers] [waves]
                                      [noise] [quick] [doctor] [report] [crowd] [before]

Exit status 0 when everything could be measured, whatever came out.
"""

import importlib
import signal
import subprocess
import sys


def print_table(rows: list[list[str]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main() -> int:
    # An end from outside unwinds like an error, so that nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parts = sys.argv[1:] or ["tool", "kernels", "levels", "storage", "messages", "timers", "waves", "noise",
                              "quick", "doctor", "report", "crowd", "before"]
    rows = [["what", "ours", "peer", "ratio", "asked"]]
    for part in parts:
        rows += importlib.import_module(part).rows()
    print_table(rows)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
