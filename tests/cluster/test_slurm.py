"""Studies on a Slurm cluster: submitted once, they come to their end whatever the queue does."""

import pathlib
import re
import time

import h5py
import numpy

from cluster.slurm import Cluster, cluster
from end_to_end import resuming, samples
from end_to_end.program import SLOWER, write

SHORT = """
ranks: [1, 2]
threads: [1, 2]
cores: [1, all]
rounds: 3
workloads:
  wait: {wait: timer, latency: 1 ms, tasks: 16}
"""
# Its rounds take 1.5 s on two idle nodes, where the last third of the cells is on both.
LONG = """
ranks: [1, 2]
cores: [1, all]
rounds: ROUNDS
workloads:
  wait: {wait: timer, latency: 50 ms, tasks: [8, 9, 10], threads: 2}
"""
SCALES = """
ranks: [1, all]
cores: [1, all]
rounds: 3
workloads:
  wait: {wait: timer, latency: 1 ms, tasks: 16}
  count: {compute: primes, task: 500 us, tasks: 16, ranks: all}
"""


def script(nodes: Cluster) -> pathlib.Path:
    """The batch script."""
    return nodes.tree / "slurm/cual.sbatch"


def place(nodes: Cluster, text: str, name: str = "job.yaml") -> pathlib.Path:
    """The folder that users work in, with a job file."""
    home = nodes.folder / "home"
    write(home / name, text)
    return home


def said(home: pathlib.Path, number: int) -> str:
    """What a job has printed."""
    return (home / f"cual-{number}.out").read_text(errors="replace")


def end(nodes: Cluster, home: pathlib.Path, number: int) -> str:
    """What there is to look at when a job did not do what it should."""
    return f"{said(home, number)}\n{nodes.logs()}"


def until_rounds(output: pathlib.Path, least: int) -> None:
    """Waits until a run file holds so many samples."""
    deadline = time.monotonic() + 60 * SLOWER
    while resuming.count(output) < least:
        assert time.monotonic() < deadline, f"{output} has {resuming.count(output)} samples"
        time.sleep(0.1)


def check_complete(output: pathlib.Path, rounds: int) -> None:
    """Every cell has a sample in every round, in one order without gaps."""
    counts = {point: len(values) for point, values in samples.read(output).items()}
    assert counts and set(counts.values()) == {rounds}, counts
    resuming.check_order(output)


def times_of(output: pathlib.Path) -> numpy.ndarray:
    """All times, NaN where there is none."""
    with h5py.File(output) as file:
        return file["time"][...]


def check_kept(before: numpy.ndarray, output: pathlib.Path) -> None:
    """What was measured before still stands there as it was."""
    kept = ~numpy.isnan(before)
    assert kept.any() and (times_of(output)[kept] == before[kept]).all(), "a sample was measured twice"


def test_one_node():
    """a study submitted with sbatch is carried out as on a machine of one's own"""
    with cluster(1) as nodes:
        home = place(nodes, SHORT, "a job; $(touch x) 'it'.yaml")
        number = nodes.submit("--mem=4G", script(nodes), "a job; $(touch x) 'it'.yaml", cwd=home)
        job = nodes.wait(number)
        assert job.state == "COMPLETED", (job, said(home, number))
        assert sorted(path.name for path in home.iterdir()) == [
            "a job; $(touch x) 'it'.h5", "a job; $(touch x) 'it'.yaml", f"cual-{number}.out"]
        check_complete(home / "a job; $(touch x) 'it'.h5", 3)
        with h5py.File(home / "a job; $(touch x) 'it'.h5") as file:
            assert file["machine"].attrs["host"] == "n1"
            assert re.match(rf"job {number} of Slurm: 2 CPUs and 4 GiB of this node; \d+ min left",
                            file["machine"].attrs["batch_system"]), dict(file["machine"].attrs)


def test_status():
    """how a study ended is how its job ended, and is not tried again"""
    with cluster(1) as nodes:
        home = place(nodes, SHORT + "  more: {compute: nothing}\n")
        number = nodes.submit(script(nodes), "job.yaml", cwd=home)
        job = nodes.wait(number)
        assert (job.state, job.status, job.restarts) == ("FAILED", 2, 0), job
        assert said(home, number).startswith("cual: job.yaml:8:"), said(home, number)


def test_srun():
    """with the launcher srun ranks are started through PMIx; without PMIx they are refused"""
    with cluster(1) as nodes:
        home = place(nodes, SHORT)
        write(home / "site", "launcher=srun\n")
        number = nodes.submit(script(nodes), "job.yaml", cwd=home, CUAL_SITE="site")
        assert nodes.wait(number).state == "COMPLETED", said(home, number)
        check_complete(home / "job.h5", 3)
        for command in (("run", "job.yaml", "--force"), ("doctor",)):
            alone = nodes.inside("srun", "--ntasks=2", "--mpi=none", nodes.tree / "build/cual",
                                 *command, cwd=home)
            assert alone.status == 5 and alone.out == "", alone
            messages = [line for line in alone.err.splitlines() if line.startswith("cual: ")]
            assert len(messages) == 1, alone.err
            assert "2 processes that cannot find each other" in messages[0], messages
            assert "srun --mpi=pmix" in messages[0], messages
        check_complete(home / "job.h5", 3)


def test_time_limit():
    """a study longer than the time limit is stopped, requeued and resumed until it is complete"""
    rounds = 24
    with cluster(2, {"n2": 5000}) as nodes:
        home = place(nodes, LONG.replace("ROUNDS", str(rounds)))
        number = nodes.submit("--nodes=2", "--time=1", "--signal=B:USR1@25", script(nodes),
                              "job.yaml", cwd=home)
        nodes.wait(number, ("RUNNING",))
        nodes.wait(number, ("PENDING", "COMPLETED"))
        before = times_of(home / "job.h5")
        job = nodes.wait(number)
        assert job.state == "COMPLETED", f"{job}\n{end(nodes, home, number)}"
        assert 1 <= job.restarts <= 3, job
        check_complete(home / "job.h5", rounds)
        check_kept(before, home / "job.h5")
        assert said(home, number).count("requeued to resume") == job.restarts, said(home, number)


def test_requeues_end():
    """the number of requeues is bounded, which is said"""
    with cluster(1) as nodes:
        home = place(nodes, LONG.replace("ROUNDS", "1000"))
        write(home / "site", "requeues=0\n")
        number = nodes.submit(script(nodes), "job.yaml", cwd=home, CUAL_SITE="site")
        until_rounds(home / "job.h5", 8)
        nodes.inside("scancel", "--batch", "--signal=USR1", number)
        job = nodes.wait(number)
        assert (job.state, job.status, job.restarts) == ("FAILED", 3, 0), (job, said(home, number))
        assert "not complete after 0 requeues" in said(home, number), said(home, number)


def test_cancelled():
    """a cancelled study is not requeued; submitted again it goes on"""
    rounds = 6
    with cluster(1) as nodes:
        home = place(nodes, LONG.replace("ROUNDS", str(rounds)))
        number = nodes.submit(script(nodes), "job.yaml", cwd=home)
        until_rounds(home / "job.h5", 12)
        nodes.inside("scancel", number)
        assert nodes.wait(number).state == "CANCELLED"
        before = times_of(home / "job.h5")
        number = nodes.submit(script(nodes), "job.yaml", cwd=home)
        job = nodes.wait(number)
        assert job.state == "COMPLETED" and job.restarts == 0, (job, said(home, number))
        check_complete(home / "job.h5", rounds)
        check_kept(before, home / "job.h5")


def check_node_killed(nodes: Cluster, dies: str) -> None:
    """One of the two nodes that a study runs on dies; it goes on when one takes its place."""
    rounds = 5
    home = place(nodes, LONG.replace("ROUNDS", str(rounds)))
    first = nodes.submit("--no-requeue", "--nodelist=n1,n2", "--nodes=2", script(nodes), "job.yaml",
                         cwd=home)
    until_rounds(home / "job.h5", 12)
    nodes.kill_node(dies)
    before = times_of(home / "job.h5")
    nodes.inside("scontrol", "update", f"NodeName={dies}", "State=DOWN", "Reason=dead")
    assert nodes.wait(first).state in ("NODE_FAIL", "FAILED"), said(home, first)
    number = nodes.submit("--nodes=2", script(nodes), "job.yaml", cwd=home)
    job = nodes.wait(number)
    assert job.state == "COMPLETED", (job, said(home, number))
    check_complete(home / "job.h5", rounds)
    check_kept(before, home / "job.h5")


def test_first_node_killed():
    """when the node of the batch script dies the file is intact, and the next submission goes on"""
    with cluster(3) as nodes:
        check_node_killed(nodes, "n1")


def test_other_node_killed():
    """when another node of a study dies the file is intact, and the next submission goes on"""
    with cluster(3) as nodes:
        check_node_killed(nodes, "n2")


def test_bad_submissions():
    """what cannot be submitted is refused with what to do"""
    with cluster(1) as nodes:
        home = place(nodes, SHORT)
        write(home / "site", "partition=nowhere\n")
        for command in ((script(nodes), "job.yaml"),
                        (nodes.tree / "slurm/scaling.sh", "job.yaml", "--nodes", "1,2")):
            refused = nodes.inside(*command, cwd=home, CUAL_SITE="site")
            assert refused.status == 5, refused
            assert "invalid partition specified: nowhere" in refused.err, refused
            assert "partition, account and the like are set in " in refused.err, refused
        number = nodes.submit(script(nodes), "missing.yaml", cwd=home)
        job = nodes.wait(number)
        assert (job.state, job.status) == ("FAILED", 2), job
        assert said(home, number) == ("cual.sbatch: missing.yaml: there is no job file of this name "
                                      "that can be read.\n"), said(home, number)



def check_shard(output: pathlib.Path, cores: int) -> None:
    """A part of a scaling study: as large as its nodes, on all of them, and with the same work."""
    with h5py.File(output) as file:
        assert file["cores"][...].tolist() == [1, cores], output
        assert file["work"][...].tolist() == h5py.File(output.parent / "job-n1.h5")["work"][...].tolist()
    check_complete(output, 3)


def test_scaling():
    """a scaling study over 1, 2 and 4 nodes is measured in parts, merged and reported by its last job"""
    with cluster(4) as nodes:
        home = place(nodes, SCALES)
        done = nodes.inside(nodes.tree / "slurm/scaling.sh", "job.yaml", "--nodes=1,2,4", "--weak",
                            cwd=home)
        assert done.status == 0 and len(done.out.splitlines()) == 4, done
        job = nodes.wait(4)
        told = "\n".join(path.read_text() for path in sorted(home.glob("*.out")))
        assert job.state == "COMPLETED", (job, told)
        for count in (1, 2, 4):
            check_shard(home / f"job-n{count}.h5", 2 * count)
        assert "3 files" in (home / "job-report.out").read_text(), told
        assert "1×4×" not in told and (home / "job.html").stat().st_size > 10000


def check_two_nodes(home: pathlib.Path, output: str) -> None:
    """A file as on one machine, of ranks on both nodes."""
    check_complete(home / output, 3)
    with h5py.File(home / output) as file:
        assert file["cores"][...].tolist() == [1, 4], output
        assert file["provenance"].attrs["hosts"] == "n1 n2", dict(file["provenance"].attrs)
        assert file["machine"].attrs["hardware"].startswith("2 × 2 cores of "), output
    for ranks in (1, 2):
        assert ("ask", ranks, 1, 4, 1) in samples.read(home / output), "no message crossed the nodes"


def test_two_nodes():
    """on two nodes, started every way, the ranks are on both, and the file is as on one machine"""
    with cluster(2, {"n2": 5000}) as nodes:
        home = place(nodes, SCALES.replace("rounds: 3", "rounds: 3\ndepth: [1, 4]") +
                     "  ask: {wait: message, latency: 1 ms, tasks: 16, ranks: [1, 2]}\n")
        write(home / "srun", "launcher=srun\n")
        fewer = ("--set", "count.ranks=2", "--set", "count.threads=2")  # one of four ranks serves
        write(home / "mpirun.sh", f"#!/bin/sh\nmpirun --bind-to none {nodes.tree}/build/cual run "
                                  f"job.yaml -o mpirun.h5 {' '.join(fewer)}\n")
        each = ("--nodes=2", "--ntasks-per-node=2")
        numbers = [nodes.submit("--nodes=2", script(nodes), "job.yaml", cwd=home),
                   nodes.submit(*each, script(nodes), "job.yaml", "-o", "srun.h5", *fewer, cwd=home,
                                CUAL_SITE="srun"),
                   nodes.submit(*each, "--output=cual-%j.out", "mpirun.sh", cwd=home)]
        for number, output in zip(numbers, ("job.h5", "srun.h5", "mpirun.h5"), strict=True):
            assert nodes.wait(number).state == "COMPLETED", said(home, number)
            check_two_nodes(home, output)
        left = nodes.inside("srun", "--nodes=2", "--mpi=none", "sh", "-c",
                            "ls /tmp | grep -v spmix; ls /dev/shm")
        assert left.out == "", left


def test_too_small():
    """a job for more than the allocation is refused, on one node and on two"""
    with cluster(2) as nodes:
        home = place(nodes, SHORT.replace("cores: [1, all]", "cores: 64").replace("threads: [1, 2]",
                                                                                  "threads: 64"))
        for count in (1, 2):
            number = nodes.submit(f"--nodes={count}", script(nodes), "job.yaml", cwd=home)
            job = nodes.wait(number)
            assert (job.state, job.status) == ("FAILED", 2), (job, said(home, number))
            assert "none of its points is feasible: " in said(home, number), said(home, number)
