"""Large jobs: 10 000 cells × 50 rounds."""

import os
import pathlib
import re
import resource
import subprocess
import time

import h5py

from end_to_end.program import CUAL, environment, folder, run, write

ROUNDS = 50
CELLS = 10_000
# 100 workloads × 10 numbers of threads × 10 depths.
JOB = f"""
threads: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
depth: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
rounds: {ROUNDS}
workloads:
  none: {{compute: none, tasks: [{', '.join(str(n) for n in range(20, 120))}]}}
"""
SAMPLE_BYTES = 11 * 8  # ten variables and one rank's time


def run_and_watch(job: pathlib.Path, output: pathlib.Path) -> tuple[str, float, int]:
    """Runs one round; stderr, s until the file was there, and the peak memory in bytes of the
    largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    start = time.monotonic()
    with subprocess.Popen([CUAL, "run", job, "-o", output, "--budget", "1ms"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=environment(TMPDIR=str(output.parent))) as program:
        while not output.exists() and program.poll() is None:
            time.sleep(0.01)
        created_s = time.monotonic() - start
        err = program.communicate(timeout=200)[1]
    assert program.returncode == 0, err
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak >= before
    return err, created_s, peak * 1024


def test_planned_quickly():
    """10 000 cells × 50 rounds are planned in less than 2 s"""
    with folder() as private:
        job = write(private / "job.yaml", JOB)
        start = time.monotonic()
        result = run("plan", job)
        took_s = time.monotonic() - start
        assert result.status == 0, result.err
        assert re.search(rf"^{CELLS} cells to measure, 0 infeasible", result.out, re.MULTILINE), \
            result.out
        assert took_s < 2, f"planned in {took_s:.2f} s"


def test_created_quickly():
    """the file of 10 000 cells × 50 rounds is there in less than 5 s, 300 MB of memory suffice"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        err, created_s, peak_bytes = run_and_watch(job, output)
        assert created_s < 5, f"created after {created_s:.2f} s"
        samples_bytes = CELLS * ROUNDS * SAMPLE_BYTES
        assert peak_bytes - samples_bytes < 300e6, f"{peak_bytes / 1e6:.0f} MB at the most"
        assert re.search(rf"^1 rounds? of {CELLS} cells", err, re.MULTILINE), err
        with h5py.File(output) as file:
            assert file["time"].shape == (100, 1, 1, 10, 10, ROUNDS)
            assert (file["status"][...] == 1).all()
        assert os.path.getsize(output) < 2 * samples_bytes, os.path.getsize(output)
