"""Runs all tests: the layers, the unit tests, the built program end to end, the analysis, a cluster.

usage: BUILD=build tests/run.py [WORD ...]   only tests whose name holds one of the words

Prints a line per test and, last, 'N passed, N failed, N skipped'. Exit status 1 when one failed.
"""

import importlib
import inspect
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence

TESTS = pathlib.Path(__file__).resolve().parent
REPORT = re.compile("ERROR: |runtime error: |WARNING: ThreadSanitizer: ")
REPORT_LINES = 40  # that are shown of a sanitizer's report
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # `analysis` is the program's, not its tests

from end_to_end.program import SLOWER, Skipped  # noqa: E402


def run_unit_tests(words: list[str]) -> tuple[int, int]:
    """The CUnit program, or those of its suites whose name holds one of the words."""
    suites = re.findall(r'^    \{"(.+?)", ', (TESTS / "unit/main.c").read_text(), re.MULTILINE)
    chosen = [[s] for s in suites if any(w in s for w in words)] if words else [[]]
    counts = [run_suite(*suite) for suite in chosen]
    return sum(passed for passed, _ in counts), sum(failed for _, failed in counts)


def run_suite(*name: str) -> tuple[int, int]:
    """The suite of a name, or all; its lines are passed on and counted."""
    program = pathlib.Path(os.environ.get("BUILD", "build")) / "unit"
    passed = failed = 0
    # A thread that waits sleeps, as `cual run` sees to: teams of tests, too, are larger than their cores.
    with subprocess.Popen([program, *name], stdout=subprocess.PIPE, text=True, errors="replace",
                          env=os.environ | {"OMP_WAIT_POLICY": "passive"}) as unit:
        for line in unit.stdout:
            print(line, end="", flush=True)
            passed += line.startswith("ok ")
            failed += line.startswith("FAIL ")
    if unit.returncode != 0 and failed == 0:
        print(f"FAIL unit tests ended with status {unit.returncode}")
        failed += 1
    return passed, failed


def functions(packages: Sequence[str]) -> list:
    """Every test_* function of every test_*.py of the packages, in order of file and line."""
    found = []
    for file in [file for package in packages
                 for file in sorted((TESTS / package).glob("test_*.py"))]:
        module = importlib.import_module(f"tests.{file.parent.name}.{file.stem}")
        tests = [f for name, f in inspect.getmembers(module, inspect.isfunction)
                 if name.startswith("test_") and f.__module__ == module.__name__]
        found += sorted(tests, key=lambda f: f.__code__.co_firstlineno)
    return found


def run_function(test) -> str:
    """'ok', 'FAIL' or 'skipped', said in one line."""
    name = f"{test.__module__.split('.')[-1].removeprefix('test_')}: {inspect.getdoc(test)}"
    start = time.monotonic()
    try:
        test()
    except Skipped as reason:
        print(f"skipped: {reason}: {name}", flush=True)
        return "skipped"
    except Exception:  # noqa: BLE001 - whatever goes wrong fails this one test
        print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
        return "FAIL"
    print(f"ok {name} ({time.monotonic() - start:.1f} s)", flush=True)
    return "ok"


def reports() -> int:
    """What a sanitizer reported, whichever process it was: each is shown and counts as a failed test."""
    folder = os.environ.get("CUAL_TEST_REPORTS")
    found = 0
    for file in sorted(pathlib.Path(folder).glob("*")) if folder else []:
        text = file.read_text(encoding="utf-8", errors="replace")
        if REPORT.search(text):  # else it only says that memory was refused
            found += 1
            print("\n".join([f"FAIL sanitizer: {file}", *text.splitlines()[:REPORT_LINES]]), flush=True)
    return found


def clear_reports() -> None:
    """Forgets the reports of earlier runs and makes their folder, which the sanitizers do not."""
    if folder := os.environ.get("CUAL_TEST_REPORTS"):
        shutil.rmtree(folder, ignore_errors=True)
        pathlib.Path(folder).mkdir(parents=True)


def run_packages(packages: Sequence[str], words: list[str], passed: int = 0,
                 failed: int = 0) -> int:
    """Runs the tests of the packages whose name holds one of the words; prints the sum, with those
    that passed and failed before. Returns the exit status."""
    # An end from outside unwinds like an error, so that tests remove what they made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    skipped = 0
    for test in functions(packages):
        if words and not any(w in f"{test.__module__} {inspect.getdoc(test)}" for w in words):
            continue
        outcome = run_function(test)
        passed += outcome == "ok"
        failed += outcome == "FAIL"
        skipped += outcome == "skipped"
    failed += reports()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed == 0 else 0


def main() -> int:
    words = sys.argv[1:]
    packages = ["end_to_end", "analysis", "cluster"]
    clear_reports()
    counts = run_unit_tests(words)
    if SLOWER > 1:
        print("left out: the tests of analysis, where no program runs that a sanitizer watches")
        packages.remove("analysis")
    return run_packages(packages, words, *counts)


if __name__ == "__main__":
    sys.exit(main())
