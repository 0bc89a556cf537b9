"""`cual run --resume`: a run that was interrupted continues as if it had not been."""

import os
import pathlib
import signal
import subprocess

import h5py

from end_to_end import resuming, samples
from end_to_end.program import (CUAL, ONE_RANK, environment_in, folder, mpirun, patience, run,
                                write)

TIMELESS = True

SMALL = """
seed: 5
budget: 300 s
ranks: [1]
threads: [1, 2]
rounds: 200
workloads:
  wait: {wait: timer, latency: 5 ms, tasks: 10}
  timed: {compute: primes, task: 200 us, tasks: 20}
"""


def interrupted(private: pathlib.Path, name: str = "out.h5") -> tuple[pathlib.Path, pathlib.Path, str]:
    """A run that was interrupted in its rounds: the job, the file, and what it said."""
    job, output = write(private / "job.yaml", SMALL), private / name
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.PIPE, env=environment_in(private) | ONE_RANK) as program:
        try:
            resuming.until_measuring(program, output, 8)
            program.send_signal(signal.SIGUSR1)
            _, err = program.communicate(timeout=patience(120))
        finally:
            program.kill()
    assert program.returncode == 3, err
    return job, output, err


def untouched(output: pathlib.Path) -> tuple[bytes, int]:
    """The bytes of a file and when they were written."""
    return output.read_bytes(), output.stat().st_mtime_ns


def test_resumed():
    """interrupted three times and resumed, a run leaves what one does that was never interrupted"""
    with folder() as private:
        whole = resuming.never_interrupted(private, 6)
        assert resuming.check_parts(3, private, whole) >= 1, "no part was resumed"


def test_resumed_as_it_says():
    """an interrupted run says with which command to go on, and that command does it"""
    with folder() as private:
        (private / "it's here").mkdir()
        job, output, err = interrupted(private, "it's here/out.h5")
        before = samples.read(output)
        words = resuming.command_of(err)
        assert words[1:] == ["run", str(job), "-o", str(output), "--resume"], words
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment_in(private) | ONE_RANK) as program:
            try:
                more = sum(len(values) for values in before.values()) + 20
                resuming.until_measuring(program, output, more)
                program.send_signal(signal.SIGUSR1)
                _, err = program.communicate(timeout=patience(120))
            finally:
                program.kill()
        assert program.returncode == 3 and resuming.command_of(err) == words, err
        after = samples.read(output)
        assert sum(len(values) for values in after.values()) >= more
        for point, values in before.items():
            assert (after[point][:len(values)] == values).all(), f"{point} has changed"


def test_resume_nothing():
    """without a file --resume begins a run, and resuming that when it has ended changes nothing"""
    with folder() as private:
        job, output = write(private / "job.yaml", SMALL), private / "out.h5"
        first = run("run", job, "-o", output, "--rounds", "7", "--resume", TMPDIR=str(private))
        assert first.status in (0, 1), first.err
        before = untouched(output)
        again = run("run", job, "-o", output, "--rounds", "7", "--resume", TMPDIR=str(private))
        assert again.status == first.status and again.out == first.out, (first, again)
        assert untouched(output) == before, "the file has changed"
        assert sorted(os.listdir(private)) == ["job.yaml", "out.h5"], os.listdir(private)


def test_resume_differs():
    """another budget, seed, workload or number of ranks is refused by name, old and new; --force
    goes on where that can be, and writes down with what"""
    with folder() as private:
        job, output, _ = interrupted(private)
        before = untouched(output)

        def refused(what: str, *options: str, ranks: int = 1, how: tuple = ()) -> None:
            result = run("run", job, "-o", output, "--resume", *options, before=how,
                         TMPDIR=str(private), **(ONE_RANK if ranks == 1 else {}))
            assert result.status == 2 and what in result.err, (what, result)
            assert result.err.count("cual: ") == 1, result.err
            assert untouched(output) == before, f"{what}: the file has changed"

        refused("budget: 5 min → 200 s", "--budget", "200s")
        refused("seed: 5 → 6", "--set", "seed=6")
        refused('"wait".tasks: 10 → 11', "--set", "wait.tasks=11")
        refused('"wait".tasks: 10 → 11', "--set", "wait.tasks=11", "--force")
        refused("rounds: 200 → 201", "--rounds", "201", "--force")
        refused("ranks: [1] → [1, 2]", "--set", "ranks=[1, 2]", "--force", ranks=2)
        refused("ranks launched: 1 → 2", ranks=2, how=mpirun(2))
        forced = run("run", job, "-o", output, "--resume", "--force", "--rounds", "9",
                     "--set", "seed=6", TMPDIR=str(private))
        assert forced.status in (0, 1), forced.err
        with h5py.File(output) as file:
            resumed = file["provenance"].attrs["resumed"]
        assert resumed.endswith("; seed: 5 → 6; rounds: 200 → 9"), resumed


def test_resume_what_is_no_run():
    """a foreign, a damaged and a missing file are refused and left as they are"""
    with folder() as private:
        job, output, _ = interrupted(private)
        whole = output.read_bytes()
        foreign = private / "foreign.h5"
        with h5py.File(foreign, "w") as file:
            file["time"] = [1.0]
        text, cut, bent = (private / name for name in ("text.h5", "cut.h5", "bent.h5"))
        text.write_text("no HDF5\n")
        cut.write_bytes(whole[:len(whole) // 2])
        at = whole.index(b"seed: 5\n")
        bent.write_bytes(whole[:at] + b"seed: 6\n" + whole[at + 8:])
        for file, statuses in ((foreign, (2,)), (text, (2,)), (cut, (2, 4)), (bent, (2, 4))):
            before = untouched(file)
            for force in ((), ("--force",)):
                result = run("run", job, "-o", file, "--resume", *force, TMPDIR=str(private),
                             **ONE_RANK)
                assert result.status in statuses, (file, result)
                assert result.err.count("cual: ") == 1 and file.name in result.err, result.err
                assert untouched(file) == before, f"{file} has changed"
