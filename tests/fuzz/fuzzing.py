"""Runs the fuzz targets, each on a copy of its seeds; the long way round of end_to_end/test_fuzz.py.

usage: BUILD=build tests/fuzz/fuzzing.py RUNS [TARGET ...]   all targets when none is named

Prints a line per target. What made one end is kept in BUILD/fuzz/found. Exit status 1 when one did.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "fuzz"
TARGETS = sorted(path.name for path in (HERE / "corpus").iterdir())
HANGS_S = 60  # of wall time, for a machine full of other work; a target bounds its own CPU time
MEMORY_MIB = 256


@dataclasses.dataclass
class Outcome:
    """What became of a target."""

    status: int  # 0: nothing was found
    runs: int
    per_s: int
    memory_mib: int
    covered: int  # edges of the target's code
    err: str


def number(pattern: str, text: str) -> int:
    """The last number that a pattern finds; 0 when there is none."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def fuzz(target: str, runs: int, seconds: int = 0, program: pathlib.Path | None = None) -> Outcome:
    """Executes a target so many times, for no longer than so many seconds (0: as long as it takes);
    `program` stands in for the one that was built."""
    found = FOLDER / "found"
    found.mkdir(parents=True, exist_ok=True)
    words = HERE / f"{target}.dict"
    with tempfile.TemporaryDirectory(prefix="cual-fuzz-") as corpus:
        shutil.copytree(HERE / "corpus" / target, corpus, dirs_exist_ok=True)
        command = [program or FOLDER / target, corpus, f"-runs={runs}", f"-max_total_time={seconds}",
                   f"-timeout={HANGS_S}", f"-rss_limit_mb={MEMORY_MIB}", "-max_len=8192",
                   f"-artifact_prefix={found}/{target}-", "-print_final_stats=1",
                   *([f"-dict={words}"] if words.exists() else [])]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                              stdin=subprocess.DEVNULL,
                              env=os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=16",
                                                "UBSAN_OPTIONS": "print_stacktrace=1"})
    return Outcome(done.returncode, number(r"number_of_executed_units: (\d+)", done.stderr),
                   number(r"average_exec_per_sec: +(\d+)", done.stderr),
                   number(r"peak_rss_mb: +(\d+)", done.stderr), number(r"cov: (\d+)", done.stderr),
                   done.stderr)


def main() -> int:
    runs, targets = int(sys.argv[1]), sys.argv[2:] or TARGETS
    failed = False
    for target in targets:
        outcome = fuzz(target, runs)
        failed |= outcome.status != 0
        print(f"{'FAIL' if outcome.status else 'ok'} {target}: {outcome.runs} executions, "
              f"{outcome.per_s} per second, {outcome.covered} edges, {outcome.memory_mib} MiB", flush=True)
        if outcome.status:
            print("\n".join(outcome.err.splitlines()[-60:]), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
