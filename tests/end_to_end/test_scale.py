"""Large jobs: 10 000 cells × 50 rounds."""

import os
import pathlib
import re
import signal
import subprocess
import time

import h5py

from end_to_end.program import CUAL, environment, folder, patience, ranks_of, run, write

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


def peak_bytes(process: pathlib.Path) -> int:
    """The most memory that a process has had so far."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())[1])


def create(job: pathlib.Path, output: pathlib.Path) -> tuple[float, int]:
    """Runs until the file is there: how many s that took, and the peak memory of rank 0."""
    start = time.monotonic()
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True,
                          env=environment(TMPDIR=str(output.parent))) as program:
        try:
            while not output.exists() and program.poll() is None:
                time.sleep(0.01)
            created_s = time.monotonic() - start
            time.sleep(1)
            most = peak_bytes(ranks_of(job)[0])
            program.send_signal(signal.SIGINT)
            err = program.communicate(timeout=patience(60))[1]
            assert program.returncode == 3, err
            return created_s, most
        finally:
            program.kill()


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
        assert took_s < patience(2), f"planned in {took_s:.2f} s"


def test_created_quickly():
    """the file of 10 000 cells × 50 rounds is there in less than 5 s; rank 0 needs < 300 MB"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        created_s, most_bytes = create(job, output)
        samples_bytes = CELLS * ROUNDS * SAMPLE_BYTES
        assert created_s < patience(5), f"created after {created_s:.2f} s"
        assert most_bytes - samples_bytes < 300e6, f"{most_bytes / 1e6:.0f} MB at the most"
        assert os.path.getsize(output) < 2 * samples_bytes, os.path.getsize(output)
        with h5py.File(output) as file:
            assert file["time"].shape == (100, 1, 1, 10, 10, ROUNDS), file["time"].shape
