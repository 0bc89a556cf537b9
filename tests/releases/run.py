"""Runs the program and its tests on other releases of Debian, with each MPI that they have.

usage: tests/releases/run.py [TEXT]   there only tests that the text chooses, see tests/choice.py

For each release and MPI there is a tree with nothing but git, gcc and make. In a clone of the
project's last commit `make run` must answer there, and the unit and end-to-end tests must pass, and
once those of analysis. Prints their lines, and last 'N passed, N failed, N skipped'.
"""

import collections
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from end_to_end.program import Skipped  # noqa: E402
from releases.tree import CLONE, Tree, check_possible, trees  # noqa: E402
from run import conclude, end_like_an_error  # noqa: E402

RELEASES = ("trixie",)
SUITES = {"openmpi": "unit end_to_end analysis", "mpich": "unit end_to_end"}
SUM = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped$")


def make_run(tree: Tree, mpi: str) -> str:
    """'ok' or 'FAIL', said in one line: whether `make run` answers in a tree that has nothing."""
    start = time.monotonic()
    done = subprocess.run(tree.inside("make", "run", f"MPI={mpi}"), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0 and (tree.root / CLONE[1:] / "results/quick.h5").exists():
        print(f"ok {tree.root.name}: make run ({time.monotonic() - start:.1f} s)", flush=True)
        return "ok"
    print(f"FAIL {tree.root.name}: make run: status {done.returncode}\n{done.stdout}{done.stderr}", flush=True)
    return "FAIL"


def make_check(tree: Tree, mpi: str, tests: str) -> collections.Counter:
    """How many of the tests ended how in a tree; their lines are passed on."""
    command = tree.inside("make", "check", f"MPI={mpi}", f"TESTS={tests}")
    said = None
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as check:
        for line in check.stdout:
            print(line, end="", flush=True)
            said = SUM.match(line) or said
    counts = dict(zip(("ok", "FAIL", "skipped"), map(int, said.groups()))) if said else {}
    if check.returncode != 0 and not counts.get("FAIL"):
        print(f"FAIL {tree.root.name}: make check: status {check.returncode}")
        counts["FAIL"] = 1
    return collections.Counter(counts)


def try_release(release: str, chosen: str) -> collections.Counter:
    """What came out of a release, with each MPI in a tree of its own; of all suites without a choice."""
    outcomes = collections.Counter()
    try:
        with trees(release, [f"{release}-{mpi}" for mpi in SUITES]) as made:
            for tree, (mpi, suites) in zip(made, SUITES.items(), strict=True):
                outcomes[make_run(tree, mpi)] += 1
                outcomes += make_check(tree, mpi, chosen or suites)
    except RuntimeError as problem:
        print(f"FAIL {release}: {problem}", flush=True)
        outcomes["FAIL"] += 1
    return outcomes


def main() -> int:
    end_like_an_error()
    outcomes = collections.Counter()
    try:
        check_possible()
        for release in RELEASES:
            outcomes += try_release(release, " ".join(sys.argv[1:]))
    except Skipped as reason:
        print(f"skipped: {reason}: {', '.join(RELEASES)}")
        outcomes["skipped"] += 1
    return conclude(outcomes)


if __name__ == "__main__":
    sys.exit(main())
