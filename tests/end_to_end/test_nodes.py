"""Over several nodes, whose clocks do not agree: the same work, placed and bound as planned, with files
on each; what does not fit is said, who does not answer is named with its node, and runs go on."""

import os
import pathlib
import re
import signal
import subprocess
import time

import h5py
import numpy

from end_to_end import samples
from end_to_end.nodes import HOSTS, nodes, over_nodes
from end_to_end.program import CUAL, Result, environment, folder, ranks_of, run, write

TIMELESS = True

MISBOUND = 1
LONGEST_S = 60  # of a sample of a few ms, beside whatever else computes: a clock is 5000 s ahead

# Two nodes with two ranks each, and the rank that serves on the last one.
JOB = """
seed: 7
rounds: 2
cores: [1, all]
ranks: [1, nodes, 4]
threads: [1, 2]
depth: [1, 4]
placement: {placement}
workloads:
  primes: {{compute: primes, task: 100 us, tasks: 32, depth: 1}}
  append: {{compute: append, work: 10, tasks: 16, depth: 1}}
  timer: {{wait: timer, latency: 1 ms, tasks: 16, trace: true}}
  message: {{wait: message, latency: 20 ms, tasks: 8}}
  file: {{wait: file, op: write, block: 4 KiB, file: 256 KiB, tasks: 90, depth: 1}}
  uring: {{wait: uring, op: write, block: 4 KiB, file: 256 KiB, tasks: 90}}
  cold: {{wait: uring, op: read, cache: cold, block: 4 KiB, file: 256 KiB, tasks: 60}}
"""

LONG_JOB = """
rounds: 1000
limit: 60 s
cores: 2
ranks: [2, 4]
placement: spread
workloads:
  wait: {wait: timer, latency: 10 ms, tasks: 20}
  all: {wait: timer, latency: 10 ms, tasks: 80, ranks: 4}
"""


def texts(output: pathlib.Path, group: str, *names: str) -> list[str]:
    """Attributes of a group."""
    with h5py.File(output) as file:
        return [file[group].attrs[name] for name in names]


def measure(private: pathlib.Path, text: str, *ranks: int) -> tuple[Result, pathlib.Path]:
    """Runs a job over nodes with so many ranks each."""
    job, output = write(private / "job.yaml", text), private / "out.h5"
    output.unlink(missing_ok=True)
    return run("run", job, "-o", output, before=over_nodes(*ranks), **nodes(private)), output


def check_times(output: pathlib.Path) -> None:
    """No time depends on clocks that agree, and waits take what they must."""
    times, skew = samples.read(output), samples.read(output, "start_skew")
    setup, start = samples.read(output, "setup"), samples.read(output, "start")
    for point, values in times.items():
        assert len(values) == 2, f"{point}: {len(values)} rounds"
        assert (values > 0).all() and (values < LONGEST_S).all(), f"{point}: {values}"
        assert (skew[point] >= 0).all() and (skew[point] <= values).all(), f"{point}: {skew[point]}"
        assert (setup[point] >= 0).all() and (setup[point] < LONGEST_S).all(), setup[point]
        assert (start[point] >= 0).all() and (start[point] < 600).all(), start[point]
        name, ranks, threads, depth, _ = point
        tasks, latency_s = {"timer": (16, 1e-3), "message": (8, 20e-3)}.get(name, (1, 0))
        least = tasks * latency_s / min(tasks, ranks * threads * depth)
        assert (values >= 0.99 * least).all(), f"{point}: {values}, at least {least}"


def check_placed(output: pathlib.Path) -> None:
    """Every sample was bound as planned, on ranks of both nodes where it had four."""
    for point, flags in samples.read(output, "flags").items():
        assert not (flags.astype(int) & MISBOUND).any(), f"{point} is misbound: {flags}"
    with h5py.File(output) as file:
        rank_times, ranks = file["per_rank/time"][...], file["ranks"][...].tolist()
        status = file["status"][...]
    on_four = status[:, :, ranks.index(4)] == 1
    assert on_four.any()
    assert numpy.isfinite(rank_times[:, :, ranks.index(4), ..., 0, :4][on_four]).all()


def test_all_kinds_packed():
    """all kinds of work over two nodes, packed: right sums, believable times, bound as planned"""
    with folder() as private:
        result, output = measure(private, JOB.format(placement="pack"), 4, 3)
        assert result.status == 0, result.err
        check_times(output)
        check_placed(output)
        assert texts(output, "provenance", "hosts", "ranks_by_host") == [" ".join(HOSTS), "4 3"]
        assert texts(output, "machine", "hardware")[0].startswith("2 × "), result.out
        within, unit = texts(output, "machine", "clocks_within")[0].split()
        assert 0 < float(within) < 1 and unit == "s", within
        assert result.out.startswith("2 × "), result.out
        found = samples.read(output)
        assert {point[0] for point in found} == {"primes", "append", "timer", "message", "file",
                                                 "uring", "cold"}, found.keys()
        cores = max(point[4] for point in found)
        assert any(point[0] == "uring" and point[4] == cores for point in found), found.keys()
        # what processes share needs one node, and finds it in the first one
        shared = {point[1:] for point in found if point[0] == "append"}
        assert (4, 1, 1, 1) in shared and all(p[0] == 1 or p[3] < cores for p in shared), shared
        assert not os.listdir(private / "own"), os.listdir(private / "own")


def test_all_kinds_spread():
    """all kinds of work spread over two nodes: the same sums as on one, requests cross the nodes"""
    with folder() as private:
        result, output = measure(private, JOB.format(placement="spread"), 2, 3)
        assert result.status == 0, result.err
        check_times(output)
        check_placed(output)
        found, busy = samples.read(output), samples.read(output, "service_busy")
        cores = max(point[4] for point in found)
        crossed = [point for point in found if point[0] == "message" and point[1] == 1]
        assert crossed and all((busy[point] > 0).all() for point in crossed), busy
        assert any(point[:3] == ("timer", 4, 1) and point[4] == cores for point in found)
        with h5py.File(output) as file:
            sums = dict(zip(file["workload"][...].tolist(), file["checksum"][...].tolist()))
            work = file["work"][...].tolist()
        plain = private / "plain.h5"
        again = run("run", private / "job.yaml", "-o", plain, TMPDIR=str(private))
        assert again.status == 0, again.err
        with h5py.File(plain) as file:
            alone = dict(zip(file["workload"][...].tolist(), file["checksum"][...].tolist()))
            same = file["work"][...].tolist() == work  # what is calibrated need not be
        names = [name for name in sums if same or name != b"primes"]
        assert [sums[name] for name in names] == [alone[name] for name in names]


def refused(text: str, *ranks: int) -> str:
    """What is said of a job of which no cell can be carried out."""
    with folder() as private:
        result, output = measure(private, text, *ranks)
        assert result.status == 2, result
        assert not output.exists()
        return result.err


def test_straddling():
    """threads of a rank on two nodes, and ranks that a node does not have, are refused in words"""
    workloads = "workloads:\n  wait: {wait: timer, latency: 1 ms, tasks: 16}\n"
    said = refused("cores: [all]\nranks: [1]\nthreads: [all]\n" + workloads, 2, 2)
    assert re.search(r"^cual: .*: the \d+ threads of a rank would lie on two nodes, up to node-b\.$",
                     said, re.MULTILINE), said
    said = refused("cores: [2]\nranks: [4]\nplacement: spread\n" + workloads, 3, 1)
    assert "needs 2 ranks on node-b, 1 is launched there" in said, said
    said = refused("cores: [2]\nranks: [2]\nplacement: spread\nworkloads:\n"
                   "  list: {compute: append, work: 10, tasks: 16}\n", 2, 2)
    assert "processes share memory in append, which needs one node" in said, said


def test_output_not_shared():
    """an output that a node does not see is refused before the first cell, folder and node named"""
    with folder() as private:
        hidden = private / "hidden"
        hidden.mkdir()
        job = write(private / "job.yaml", JOB.format(placement="pack"))
        result = run("run", job, "-o", hidden / "out.h5", before=over_nodes(2, 2),
                     **nodes(private, hidden))
        assert result.status == 4, result
        assert (f"cual: {hidden}: node-b does not see what node-a writes there; put the output on "
                "a file system that all nodes share") in result.err, result.err
        assert not os.listdir(hidden), os.listdir(hidden)


def test_job_not_shared():
    """a job file that only the first node has is enough"""
    with folder() as private:
        hidden, output = private / "hidden", private / "out.h5"
        hidden.mkdir()
        job = write(hidden / "job.yaml", LONG_JOB.replace("1000", "1"))
        result = run("run", job, "-o", output, "--set", "seed=5", before=over_nodes(2, 2),
                     **nodes(private, hidden))
        assert result.status == 0, result.err
        assert texts(output, "provenance", "seed", "job") == ["5", job.read_text()]
        assert {point[:2] for point in samples.read(output)} >= {("all", 4)}


def start(private: pathlib.Path, *options: str) -> subprocess.Popen:
    """A long run over two nodes, as soon as it measures."""
    job, output = write(private / "job.yaml", LONG_JOB), private / "out.h5"
    words = [*over_nodes(2, 2), CUAL, "run", job, "-o", output, *options]
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               env=environment(**nodes(private)), start_new_session=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and program.poll() is None:
        if output.exists() and samples.read(output):
            return program
        time.sleep(0.2)
    end(program)
    raise AssertionError(f"nothing is measured: {program.stderr.read()}")


def end(program: subprocess.Popen) -> None:
    """Ends what is left of a run."""
    if program.poll() is None:
        program.kill()
    program.wait()


def test_interrupted():
    """a signal to mpirun ends the ranks of all nodes; the run goes on, but not on other nodes"""
    with folder() as private:
        program = start(private)
        try:
            program.send_signal(signal.SIGUSR1)
            said = program.communicate(timeout=60)[1]
        finally:
            end(program)
        assert "cual: interrupted" in said and "--resume" in said, said
        job, output = private / "job.yaml", private / "out.h5"
        options = ("run", job, "-o", output, "--resume", "--set", "rounds=3")
        result = run(*options, before=over_nodes(3, 3), **nodes(private))
        assert result.status == 2, result.err
        assert "ranks of each node: 2 2 → 3 3" in result.err, result.err
        result = run(*options, "--force", before=over_nodes(2, 2), **nodes(private))
        assert result.status == 0, result.err
        assert {len(values) for values in samples.read(output).values()} >= {3}


def test_all_stopped():
    """a node on which every rank is stopped is named when the cell has exceeded its limit"""
    with folder() as private:
        program = start(private, "--set", "limit=2 s")
        try:
            ranks = ranks_of(private / "job.yaml")
            for rank in (2, 3):
                os.kill(int(ranks[rank].name), signal.SIGSTOP)
            said = program.communicate(timeout=60)[1]
        finally:
            end(program)
        assert re.search(r"^cual: no rank on node-b answers for \d+ s at \w+ [24]×1×1@2, whose limit "
                         r"is 2 s;", said, re.MULTILINE), said


def test_stopped():
    """a rank on another node that is stopped is named with its node"""
    with folder() as private:
        program = start(private)
        try:
            ranks = ranks_of(private / "job.yaml")
            os.kill(int(ranks[3].name), signal.SIGSTOP)
            said = program.communicate(timeout=60)[1]
        finally:
            end(program)
        assert re.search(r"^cual: rank 3 \(process \d+ on host node-b\) does not answer: stopped",
                         said, re.MULTILINE), said
        deadline = time.monotonic() + 10
        while ranks_of(private / "job.yaml") and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not ranks_of(private / "job.yaml")
        assert samples.read(private / "out.h5")
