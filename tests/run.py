"""Runs all tests: the layers, the unit tests, the built program end to end, the analysis, a cluster.

usage: BUILD=build tests/run.py [WORD ...]   only tests whose name holds one of the words

Prints a line per test and, last, 'N passed, N failed, N skipped'. Exit status 1 when one failed.
"""

import collections
import importlib
import inspect
import multiprocessing
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence

TESTS = pathlib.Path(__file__).resolve().parent
REPORT = re.compile("ERROR: |runtime error: |WARNING: ThreadSanitizer: ")
REPORT_LINES = 40  # that are shown of a sanitizer's report
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # `analysis` is the program's, not its tests

from end_to_end.program import SLOWER, Skipped  # noqa: E402
from end_to_end.quiet import is_alone, is_timeless  # noqa: E402


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


def run_tests(tests: Iterable[Callable], words: list[str]) -> collections.Counter:
    """Runs those whose name holds one of the words; how many ended how."""
    return collections.Counter(
        run_function(test) for test in tests
        if not words or any(w in f"{test.__module__} {inspect.getdoc(test)}" for w in words))


def run_beside(groups: Sequence[list[Callable]], words: list[str]) -> collections.Counter:
    """Runs groups of tests beside each other, but for those that are to be alone; these first."""
    outcomes = run_tests([test for tests in groups for test in tests if is_alone(test)], words)
    counted = multiprocessing.SimpleQueue()
    beside = [multiprocessing.Process(target=lambda tests=tests: counted.put(run_tests(
        [test for test in tests if not is_alone(test)], words))) for tests in groups]
    try:
        for package in beside:
            package.start()
        for package in beside:
            package.join()
    finally:
        for package in beside:
            if package.is_alive():
                package.terminate()
                package.join()
    for package in beside:
        outcomes += counted.get() if package.exitcode == 0 else collections.Counter(FAIL=1)
    return outcomes


def conclude(outcomes: collections.Counter) -> int:
    """Prints the sum, sanitizers' reports included. Returns the exit status."""
    outcomes["FAIL"] += reports()
    print(f"{outcomes['ok']} passed, {outcomes['FAIL']} failed, {outcomes['skipped']} skipped")
    return 1 if outcomes["FAIL"] or not outcomes["ok"] else 0


def end_like_an_error() -> None:
    """An end from outside unwinds like an error, so that tests remove what they made. Started in the
    background, too, where a shell has SIGINT ignored."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run_packages(packages: Sequence[str], words: list[str]) -> int:
    """Runs the tests of the packages whose name holds one of the words. Returns the exit status."""
    end_like_an_error()
    return conclude(run_tests(functions(packages), words))


def main() -> int:
    words = sys.argv[1:]
    clear_reports()
    passed, failed = run_unit_tests(words)
    end_like_an_error()
    outcomes = collections.Counter(ok=passed, FAIL=failed)
    program = functions(["end_to_end"])
    timeless = [test for test in program if is_timeless(test)]
    outcomes += run_tests([test for test in program if test not in timeless], words)
    if SLOWER > 1:
        print("left out: the tests of analysis, where no program runs that a sanitizer watches")
        outcomes += run_tests(timeless + functions(["cluster"]), words)
    else:
        outcomes += run_beside([functions(["analysis"]), functions(["cluster"]), timeless], words)
    return conclude(outcomes)


if __name__ == "__main__":
    sys.exit(main())
