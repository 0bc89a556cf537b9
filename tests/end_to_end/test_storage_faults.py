"""Storage that fails, fills up or is written by two: what was acknowledged stays."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

import h5py
import numpy

from end_to_end import faults, integrity, together
from end_to_end.program import (CUAL, environment, environment_in, folder, patience, processes_of,
                                ranks_of, run, write)

TIMELESS = True


def test_failed_operations():
    """whichever write, sync or rename fails: status 4, one message, and the samples before it"""
    operations = min(faults.OPERATIONS, faults.count_operations())
    chosen = sorted({1 + i * (operations - 1) // 5 for i in range(6)})
    together.each(faults.check_failure, [(at, kind) for kind in faults.KINDS for at in chosen])


def test_every_prefix_of_the_writes():
    """after any number of its writes, the last one torn or not, the file opens and holds every
    sample that was acknowledged by then"""
    with folder() as private:
        looked = faults.prefixes_in_child(*faults.record(private, "--rounds", "12"), 70)
        assert looked >= 60, looked


def test_full_output():
    """a table that nobody can take is status 4, and the samples are kept"""
    with folder() as private:
        job = write(private / "job.yaml", faults.JOB)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([CUAL, "run", job, "-o", private / "out.h5"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False,
                                  env=environment(TMPDIR=str(private)))
        assert done.returncode in (1, 4), done  # 1: a busy machine is not believed
        if done.returncode == 4:
            assert "cual: the table cannot be written: No space left on device" in done.stderr, done
        assert faults.samples_of(private / "out.h5") > 0


def test_hashes_of_a_run():
    """every object and every sample of a run file matches its hash, as another program computes it"""
    with folder() as private:
        output, result = faults.measure(private)
        assert result.status in (0, 1), result.err
        with h5py.File(output) as file:
            cells = int((file["status"][...] == 1).sum())
            assert cells > 0 and file.attrs["complete"] == "1", (cells, dict(file.attrs))
            assert file.attrs["source"] == "cual run file, version 3"
        assert faults.samples_of(output) == 4 * cells


LONG_JOB = """
seed: 3
rounds: 1
threads: [1]
depth: [1]
workloads:
  wait: {wait: timer, latency: [400 ms, 401 ms, 402 ms, 403 ms, 404 ms, 405 ms], tasks: 5}
"""


def start(private: pathlib.Path, job: pathlib.Path, *options: str) -> subprocess.Popen:
    """A run that goes on beside the test."""
    return subprocess.Popen([CUAL, "run", job, "-o", private / "out.h5", *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment_in(private))


def wait_until(holds, limit_s: float = 60) -> None:
    """Returns when it holds; fails when that takes too long."""
    end = time.monotonic() + patience(limit_s)
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def kill(job: pathlib.Path, program: subprocess.Popen) -> None:
    """Kills a run: its ranks, and what started them, which has no time to clear up."""
    for process in (program.pid, *(int(rank.name) for rank in ranks_of(job).values())):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    program.communicate()


def measured(output: pathlib.Path) -> int:
    """Samples in a file that may not be there or be locked for a moment."""
    try:
        with h5py.File(output) as file:
            return int((integrity.samples(file)[..., 2] != 0).sum())
    except OSError:
        return 0


def test_acknowledged_within_a_round():
    """a kill in the middle of a long round leaves the samples that it has so far"""
    with folder() as private:
        job = write(private / "job.yaml", LONG_JOB)
        program = start(private, job)
        try:
            wait_until(lambda: measured(private / "out.h5") > 0)
        finally:
            kill(job, program)
        wait_until(lambda: not processes_of(private))
        assert 0 < faults.samples_of(private / "out.h5") < 6


def test_two_runs_on_one_output():
    """a second run on the same file is refused by name of the first; a killed one's lock is not
    in the way, and nothing of it stays"""
    with folder() as private:
        job = write(private / "job.yaml", LONG_JOB)
        lock = private / ".out.h5.lock"
        program = start(private, job)
        try:
            wait_until(lambda: (private / "out.h5").exists())
            owner = re.search(r"^process (\d+)$", lock.read_text(), re.MULTILINE)[1]
            second = run("run", job, "-o", private / "out.h5", "--force", TMPDIR=str(private))
            assert second.status == 2, second
            assert re.search(rf"out\.h5 is being written by the run of {job}, process {owner} on "
                             rf"host {os.uname().nodename}, since \d{{4}}-", second.err), second.err
        finally:
            kill(job, program)
        wait_until(lambda: not processes_of(private))
        assert lock.exists()
        (private / ".out.h5.1.part").write_bytes(b"\x89HDF\r\n\x1a\nleft behind")
        (private / ".out.h5.2.part").write_text("of somebody else")
        third = run("run", write(private / "short.yaml", faults.JOB), "-o", private / "out.h5",
                    "--force", TMPDIR=str(private))
        assert third.status in (0, 1), third
        assert f"note: the lock of the run of {job}, process {owner} on host" in third.err, third.err
        assert [left.name for left in private.glob(".out*")] == [".out.h5.2.part"], os.listdir(private)


def test_lock_of_anybody():
    """what stands in a lock is shown as harmless text"""
    with folder() as private:
        job = write(private / "job.yaml", faults.JOB)
        (private / ".out.h5.lock").write_bytes(b"host \xff\njob \x1b[2J" + b"x" * 5000 + b"\n")
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private))
        assert result.status in (0, 1), result
        assert "\x1b" not in result.err and "the run of \\x1b[2Jxxx" in result.err, result.err
        assert len(max(result.err.splitlines(), key=len)) < 700, result.err


def test_damaged_sample_is_left_out():
    """a sample whose bytes were changed is no sample to show, and it is said"""
    with folder() as private:
        job = write(private / "job.yaml", LONG_JOB)
        program = start(private, job)
        try:
            wait_until(lambda: measured(private / "out.h5") > 0)
        finally:
            kill(job, program)
        wait_until(lambda: not processes_of(private))
        with h5py.File(private / "out.h5", "r+") as file:
            times = file["time"][...]
            times[numpy.isfinite(times)] *= 2
            file["time"][...] = times
        shown = run("show", private / "out.h5")
        assert shown.status == 2 and "samples are damaged and left out" in shown.err, shown
        assert "the file holds 0 rounds" in shown.err, shown.err
