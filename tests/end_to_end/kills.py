"""Runs that are killed, for the short and the long test."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import time

from end_to_end import faults, resuming
from end_to_end.program import (BUILD, CUAL, environment, folder, launcher_of, mpi, parent_of, patience,
                                processes_of, ranks_of, write)

ROUNDS, CELLS = 12, 16
JOB = f"""
seed: 5
budget: 300 s
cores: [1]
ranks: [1, 2]
threads: [1, 2]
depth: [1]
rounds: {ROUNDS}
workloads:
  wait: {{wait: timer, latency: 2 ms, tasks: 8}}
  more: {{wait: timer, latency: [2 ms, 3 ms], tasks: 8}}
  write: {{wait: file, op: write, file: 256 KiB, tasks: 64}}
"""
KINDS = ("rank 0", "another rank", "mpirun", "all at once")
KEPT = {"job.yaml", "data", "log"}
PATIENCE_S = patience(60)  # for what takes less than five seconds on a quiet machine


def victims(kind: str, launcher: int, ranks: dict[int, int]) -> list[int]:
    """The processes to kill; empty while they are not there."""
    if len(ranks) < 2:
        return []
    chosen = {"rank 0": [ranks[0]], "another rank": [ranks[1]], "mpirun": [launcher_of(ranks[0])]}
    return chosen.get(kind) or [launcher, launcher_of(ranks[0]), parent_of(ranks[0]), *ranks.values()]


def sessions(launcher: int) -> list[str]:
    """The folders that a launcher keeps for Open MPI, by their guards."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = file.read_bytes().split(b"\0")
            if b"cual-guard" in words and parent_of(int(file.parent.name)) == launcher:
                found.append(os.fsdecode(words[-2]))
    return found


def until_gone(private: pathlib.Path, folders: list[str]) -> float:
    """Waits until nothing is left of a run; for how long."""
    start = time.monotonic()
    while left := [*processes_of(private), *(set(os.listdir(private)) - KEPT),
                   *filter(os.path.exists, folders)]:
        assert time.monotonic() - start < PATIENCE_S, f"left behind: {left}"
        time.sleep(0.05)
    return time.monotonic() - start


def running(private: pathlib.Path) -> list[str]:
    """The processes of a folder: number, state, parent and what they wait for."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(private) in (process / "cmdline").read_text(errors="replace"):
                state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                found.append(f"{process.name} {state} {(process / 'wchan').read_text()}")
    return found


def kill(private: pathlib.Path, kind: str, after_s: float) -> float | None:
    """Begins a run and kills it some time after its ranks are there. How long it took until nothing
    was left of it; None when it ended by itself before, which a busy machine may cause."""
    data = private / "data"
    data.mkdir()
    preload = {"LD_PRELOAD": str(BUILD / "fail.so"), "FAIL_FOLDER": str(data),
               "FAIL_LOG": str(private / "log")}
    job = write(private / "job.yaml", JOB)
    with subprocess.Popen([CUAL, "run", job, "-o", data / "out.h5"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True,
                          env=environment(TMPDIR=str(private), **preload)) as program:
        try:
            found: list[int] = []
            deadline = time.monotonic() + PATIENCE_S
            while program.poll() is None and not found:
                assert time.monotonic() < deadline, "no ranks"
                time.sleep(0.02)
                ranks = {rank: int(path.name) for rank, path in ranks_of(job).items()}
                with contextlib.suppress(OSError):
                    found = victims(kind, program.pid, ranks)
            if program.poll() == 1:
                return None
            folders = sessions(program.pid)
            time.sleep(after_s)
            for process in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(PATIENCE_S)
            assert program.returncode is not None, f"{kind} {found}: {running(private)}"
        finally:
            program.kill()
    assert len(folders) == (2 if mpi() == "Open MPI" else 0), folders
    return until_gone(private, folders)


def check_kill(kind: str, chance: random.Random) -> tuple[float, int]:
    """A run that is killed at a random time: its file opens, what was acknowledged is in it, nothing
    else is left, and it goes on to its end. How long it took until nothing was left, and how many
    samples were acknowledged."""
    with folder() as private:
        output, log = private / "data/out.h5", private / "log"
        took_s = kill(private, kind, chance.uniform(0, 3.5))
        if took_s is None:
            return check_kill(kind, chance)
        safe = faults.acknowledged_by(log, str(output)) if log.exists() else None
        held = None if safe is None else safe[..., 2] != 0
        if output.exists():
            faults.samples_of(output)
        if safe is not None:
            assert (faults.samples_at(output)[held] == safe[held]).all(), f"{kind}: samples are lost"
        said = resuming.to_the_end(private / "job.yaml", output, ROUNDS)
        final = faults.samples_at(output)
        assert (final[..., 2] != 0).sum() == ROUNDS * CELLS, (kind, said)
        assert safe is None or (final[held] == safe[held]).all(), f"{kind}: samples have changed"
        resuming.check_order(output)
        assert os.listdir(output.parent) == ["out.h5"], (kind, os.listdir(output.parent))
        return took_s, 0 if safe is None else int(held.sum())
