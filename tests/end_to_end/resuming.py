"""Runs that are interrupted and go on, for the short and the long test."""

import pathlib
import random
import re
import shlex
import signal
import subprocess
import time

import h5py
import numpy

from end_to_end.program import CUAL, environment_in, patience, processes_of, run, write

JOB = """
seed: 11
cores: [1, all]
ranks: [1, 2]
threads: [1, 2]
depth: [1, 4]
workloads:
  fixed: {compute: primes, work: 20000, tasks: 32, depth: 1}
  timed: {compute: flops, task: 300 us, tasks: 16, depth: 1, cores: 1}
  wait: {wait: timer, latency: 2 ms, tasks: 8, cores: 1}
  write: {wait: file, op: write, file: 128 KiB, tasks: 32, cores: 1}
"""
TRIES = 5  # of a run on a busy machine
SIX = ("workload", "cores", "ranks", "threads", "depth", "round")


def count(output: pathlib.Path) -> int:
    """How many samples a run's file holds now."""
    try:
        with h5py.File(output) as file:
            return int((~numpy.isnan(file["time"][...])).sum())
    except OSError:
        return 0


def until_measuring(program: subprocess.Popen, output: pathlib.Path, least: int) -> None:
    """Waits until a run's file holds so many samples."""
    deadline = time.monotonic() + patience(120)
    while time.monotonic() < deadline and program.poll() is None and count(output) < least:
        time.sleep(0.05)


def until_it_catches(program: subprocess.Popen) -> None:
    """Waits until a signal is no more the end of a program that has just been started."""
    settled = pathlib.Path(f"/proc/{program.pid}/environ")
    deadline = time.monotonic() + 120
    while program.poll() is None and time.monotonic() < deadline:
        if b"CUAL_SETTLED=" in settled.read_bytes():
            break
        time.sleep(0.001)


def interrupt(job: pathlib.Path, output: pathlib.Path, rounds: int, least: int | None,
              after_s: float) -> tuple[int, str]:
    """One part of a run, which is told to end some time after its file holds so many samples; None:
    never. Its status and what it said."""
    with subprocess.Popen([CUAL, "run", job, "-o", output, "--resume", "--rounds", str(rounds)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment_in(job.parent)) as program:
        try:
            if least is not None:
                until_it_catches(program)
                until_measuring(program, output, least)
                time.sleep(after_s)
                program.send_signal(signal.SIGUSR1)
            _, err = program.communicate(timeout=patience(300))
        finally:
            program.kill()
        return program.returncode, err


def to_the_end(job: pathlib.Path, output: pathlib.Path, rounds: int) -> str:
    """Goes on with a run until it is complete; what it said. What a busy machine makes it not believe
    is tried again."""
    said = []
    for _ in range(TRIES):
        status, err = interrupt(job, output, rounds, None, 0)
        said.append(err)
        assert status in (0, 1), f"status {status}: {said}"
        if is_complete(output):
            break
    assert is_complete(output), said
    return err


def is_complete(output: pathlib.Path) -> bool:
    """Whether a run has come to its end."""
    if not output.exists():
        return False
    with h5py.File(output) as file:
        return file.attrs["complete"] in ("1", b"1")


def facts_of(output: pathlib.Path) -> dict:
    """All of a run file that is no timing."""
    with h5py.File(output) as file:
        found = {name: file[name][...].tolist() for name in (*SIX, "tasks", "status", "order")}
        found["measured"] = (~numpy.isnan(file["time"][...])).tolist()
        fixed = [w for w, name in enumerate(file["workload"][...]) if name != b"timed"]
        found["checksum"] = file["checksum"][...][fixed].tolist()
        found["work"] = file["work"][...][fixed].tolist()
        return found | {name: file["provenance"].attrs[name] for name in ("job", "seed")}


def work_of(output: pathlib.Path) -> dict:
    """What calibration has fixed."""
    with h5py.File(output) as file:
        return {name: repr(file[name][...].tolist())  # NaN is no equal
                for name in ("work", "compute_time", "checksum", "storage")} | {
                    "effective": file["provenance"].attrs["job_effective"]}


def check_order(output: pathlib.Path) -> None:
    """Every cell once in every round, one after the other in the order that stands there, with no
    time lost or told twice."""
    with h5py.File(output) as file:
        done = file["status"][...] == 1
        order, begin = file["order"][...][done], file["start"][...][done]
        end = begin + file["time"][...][done]
    assert done.any() and not numpy.isnan(begin).any(), "a cell was not visited"
    assert (numpy.sort(order, axis=0).T == numpy.arange(len(order))).all(), "no permutation"
    by_place = numpy.argsort(order, axis=0)
    begin, end = (numpy.take_along_axis(values, by_place, axis=0).T.ravel() for values in (begin, end))
    assert (begin[1:] >= end[:-1]).all(), "samples overlap"


def check_parts(interruptions: int, private: pathlib.Path, whole: dict) -> int:
    """A run that is interrupted so many times, in its rounds and sometimes before them, compared
    with one that was not. Returns how many parts of it came to measuring."""
    chance, rounds = random.Random(interruptions), len(whole["round"])
    job, output = write(private / "job.yaml", JOB), private / f"parts-{interruptions}.h5"
    work, status, said = None, 3, ""
    for part in range(interruptions):
        least = 0 if chance.random() < 0.25 and part > 0 else count(output) + 1
        status, said = interrupt(job, output, rounds, least, chance.uniform(0, 2 if not least else 0.5))
        if status != 3:
            break
        command_of(said)
        if output.exists():
            work = work or work_of(output)
            assert work_of(output) == work, "the work has changed"
    assert status in (0, 1, 3), f"status {status}: {said}"  # 1: not believed on a busy machine
    if not is_complete(output):
        to_the_end(job, output, rounds)
    assert work is None or work_of(output) == work, "the work has changed"
    found = facts_of(output)
    assert found.keys() == whole.keys()
    for name, values in whole.items():
        assert found[name] == values, f"{name} is not as in a run that was not interrupted"
    check_order(output)
    with h5py.File(output) as file:
        resumed = file["provenance"].attrs.get("resumed", "")
    lines = resumed.splitlines()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ from round \d+", line)
               for line in lines), resumed
    begun = [int(line.rpartition(" ")[2]) for line in lines]
    assert begun == sorted(begun), resumed
    assert processes_of(private) == [], processes_of(private)
    return len(lines)


def never_interrupted(private: pathlib.Path, rounds: int) -> dict:
    """What a run of the job leaves that is no timing."""
    job, output = write(private / "job.yaml", JOB), private / "whole.h5"
    result = run("run", job, "-o", output, "--rounds", str(rounds), TMPDIR=str(private))
    assert result.status in (0, 1), result.err
    check_order(output)
    return facts_of(output)


def command_of(said: str) -> list[str]:
    """The words of the command with which an interrupted run says to go on."""
    found = re.search(r"^(\d+ rounds? (?:is|are) safe in .*|what was measured is safe in .*|nothing was measured yet); "
                      r"resume with: (.*)$", said, re.MULTILINE)
    assert found, said
    return shlex.split(found[2])
