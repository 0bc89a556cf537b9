"""Runs the tests on a cluster of their own: everything under tests/cluster.

usage: BUILD=build tests/cluster/run.py [TEXT ...]   only tests that a text chooses, see tests/choice.py
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from run import run_packages  # noqa: E402

if __name__ == "__main__":
    sys.exit(run_packages(("cluster",), sys.argv[1:]))
