"""Runs the long tests: everything under tests/torture, one after the other.

usage: BUILD=build tests/torture/run.py [TEXT ...]   only tests that a text chooses, see tests/choice.py
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from run import run_packages  # noqa: E402

if __name__ == "__main__":
    sys.exit(run_packages(("torture",), sys.argv[1:]))
