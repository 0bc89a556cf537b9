"""Short runs of the fuzz targets (`make fuzz` for the long ones), from the seeds in tests/fuzz/corpus."""

import sys

from end_to_end.program import ROOT, SLOWER, Skipped

sys.path.insert(0, str(ROOT / "tests/fuzz"))
import fuzzing  # noqa: E402

RUNS, SECONDS = 100000, 5  # whatever comes first, of each target


def fuzz(target: str) -> None:
    """Fails with the report when a target finds anything."""
    if SLOWER > 1:
        raise Skipped("the fuzz targets are built with sanitizers of their own")
    if not (fuzzing.FOLDER / target).exists():
        raise Skipped("the fuzz targets are not built: no clang with libFuzzer, which `make fuzz` installs")
    outcome = fuzzing.fuzz(target, RUNS, SECONDS)
    assert outcome.status == 0, outcome.err[-8000:]
    assert outcome.runs > 0 and outcome.covered > 0, outcome


def test_fuzz_job():
    """fuzz: any job file is refused in words, or a job that is written back as it was and planned"""
    fuzz("job")


def test_fuzz_quantity():
    """fuzz: any quantity is refused in words, or a number in bounds that is written back as it was"""
    fuzz("quantity")


def test_fuzz_arguments():
    """fuzz: any command line and its settings are refused in words, or a job"""
    fuzz("arguments")


def test_fuzz_runfile():
    """fuzz: any answer of the HDF5 library to `show` is refused in words, or can be printed"""
    fuzz("runfile")
