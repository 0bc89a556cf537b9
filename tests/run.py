"""Runs all tests: the layers, the unit tests, the built program end to end, the analysis, a cluster.

usage: BUILD=build tests/run.py [TEXT ...]   only tests that a text chooses, see tests/choice.py

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

from choice import choose  # noqa: E402
from end_to_end.program import SLOWER, Skipped  # noqa: E402
from end_to_end.quiet import is_alone, is_timeless  # noqa: E402


def unit_program() -> pathlib.Path:
    """The program of the unit tests."""
    return pathlib.Path(os.environ.get("BUILD", "build")) / "unit"


def unit_titles() -> list[str]:
    """What the unit tests are called in the lines that they print."""
    return subprocess.run([unit_program(), "--names"], capture_output=True, text=True,
                          check=True).stdout.splitlines()


def run_unit_tests(titles: Sequence[str]) -> collections.Counter:
    """Runs those of the titles; their lines are passed on and counted."""
    counts = collections.Counter()
    if not titles:
        return counts
    # A thread that waits sleeps, as `cual run` sees to: teams of tests, too, are larger than their cores.
    with subprocess.Popen([unit_program(), *titles], stdout=subprocess.PIPE, text=True, errors="replace",
                          env=os.environ | {"OMP_WAIT_POLICY": "passive"}) as unit:
        for line in unit.stdout:
            print(line, end="", flush=True)
            counts["ok"] += line.startswith("ok ")
            counts["FAIL"] += line.startswith("FAIL ")
    if unit.returncode != 0 and not counts["FAIL"]:
        print(f"FAIL unit tests ended with status {unit.returncode}")
        counts["FAIL"] += 1
    return counts


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


def title(test: Callable) -> str:
    """What a test is called in the line that it prints."""
    file = test.__module__.split(".")[-1].removeprefix("test_")
    return f"{file}: {' '.join((inspect.getdoc(test) or test.__name__).split())}"


def name(test: Callable) -> str:
    """Its folder and its title: what the words that choose tests are looked for in."""
    return f"{test.__module__.split('.')[-2]} {title(test)}"


def run_function(test: Callable) -> str:
    """'ok', 'FAIL' or 'skipped', said in one line."""
    start = time.monotonic()
    try:
        test()
    except Skipped as reason:
        print(f"skipped: {reason}: {title(test)}", flush=True)
        return "skipped"
    except Exception:  # noqa: BLE001 - whatever goes wrong fails this one test
        print(f"FAIL {title(test)}\n{traceback.format_exc()}", flush=True)
        return "FAIL"
    print(f"ok {title(test)} ({time.monotonic() - start:.1f} s)", flush=True)
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


def run_tests(tests: Iterable[Callable]) -> collections.Counter:
    """Runs them; how many ended how."""
    return collections.Counter(run_function(test) for test in tests)


def halves(tests: Sequence[Callable]) -> tuple[list[Callable], list[Callable]]:
    """The tests of every other file, and those of the rest."""
    files = list(dict.fromkeys(test.__module__ for test in tests))
    return tuple([test for test in tests if files.index(test.__module__) % 2 == half]
                 for half in (0, 1))


def run_beside(groups: Sequence[list[Callable]]) -> collections.Counter:
    """Runs groups of tests beside each other, but for those that are to be alone; these first."""
    outcomes = run_tests(test for tests in groups for test in tests if is_alone(test))
    counted = multiprocessing.SimpleQueue()
    beside = [multiprocessing.Process(target=lambda tests=tests: counted.put(run_tests(
        test for test in tests if not is_alone(test)))) for tests in groups]
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


def chosen_names(names: Sequence[str], texts: Sequence[str]) -> set[str]:
    """The names of the tests that the texts choose; ends the program when one chooses none."""
    try:
        return choose(names, texts)
    except LookupError as nothing:
        sys.exit(str(nothing))


def run_packages(packages: Sequence[str], texts: Sequence[str]) -> int:
    """Runs the tests of the packages that the texts choose. Returns the exit status."""
    tests = functions(packages)
    chosen = chosen_names([name(test) for test in tests], texts)
    end_like_an_error()
    return conclude(run_tests(test for test in tests if name(test) in chosen))


def main() -> int:
    clear_reports()
    units = unit_titles()
    tests = functions(["end_to_end", "analysis", "cluster"])
    chosen = chosen_names(units + [name(test) for test in tests], sys.argv[1:])
    outcomes = run_unit_tests([unit for unit in units if unit in chosen])
    end_like_an_error()
    tests = [test for test in tests if name(test) in chosen]

    def of(package: str) -> list[Callable]:
        return [test for test in tests if test.__module__.split(".")[-2] == package]

    program = of("end_to_end")
    timeless = [test for test in program if is_timeless(test)]
    outcomes += run_tests(test for test in program if test not in timeless)
    if SLOWER > 1:
        print("left out: the tests of analysis, where no program runs that a sanitizer watches")
        outcomes += run_tests(timeless + of("cluster"))
    else:
        outcomes += run_beside([of("analysis"), of("cluster"), *halves(timeless)])
    return conclude(outcomes)


if __name__ == "__main__":
    sys.exit(main())
