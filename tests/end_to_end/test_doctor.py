"""cual doctor: each wrong surrounding is named, whatever is missing is said, and nothing is left."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

import h5py

from end_to_end import together
from end_to_end.findings import doctor, findings
from end_to_end.program import (CUAL, SLOWER, Skipped, environment, folder, launcher, mpi, mpirun,
                                needs_open_mpi, patience, processes_of, run, write)
from end_to_end.test_started_every_way import core_count

JOB = """
rounds: 1
workloads:
  primes: {compute: primes, task: 1 ms, tasks: 4}
"""


def warns(found: dict[str, tuple[str, str]], name: str, text: str) -> None:
    """The finding is a warning that says so."""
    assert found[name][0] == "!" and text in found[name][1], f"{name}: {found[name]}"


def test_plainly():
    """doctor has an answer to everything that it measures, and takes seconds"""
    start = time.monotonic()
    found = doctor()
    took_s = time.monotonic() - start
    print(f"   doctor took {took_s:.1f} s (asked: less than 10 s on a quiet machine)")
    for name in ("cores", "ranks", "launcher", "environment"):
        assert found[name][0] == "o", f"{name}: {found[name]}"
    for name in ("clock", "switch", "thread", "timer"):
        assert re.search(r"\d (ns|µs|ms)", found[name][1]), found[name]
    for kernel in ("flops", "primes", "triad", "chase"):
        assert re.search(r"\d+ core", found[f"worth for {kernel}"][1]), found
    assert re.search(r"16 in flight.* as fast as one", found["MPI file calls"][1]), found


def test_a_mask_of_one_core():
    """under taskset the cores that are left are told"""
    if core_count() < 2:
        raise Skipped("one core")
    first = min(os.sched_getaffinity(0))
    found = doctor(before=("taskset", "-c", str(first)))
    warns(found, "cores", f"1 of this machine's {os.cpu_count()} CPUs may be used: 1 core")


@contextlib.contextmanager
def group_with_quota(cpus: float):
    """A cgroup that grants so many CPUs of time; gives what enters it before a command."""
    for root, name, text in (("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", f"{100000 * cpus:.0f}"),
                             ("/sys/fs/cgroup", "cpu.max", f"{100000 * cpus:.0f} 100000")):
        group = pathlib.Path(root, f"cual-test-{os.getpid()}")
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / name).write_text(text)
            yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")
            return
        except OSError as problem:
            raise Skipped(f"{group}: no quota can be set: {problem.strerror}") from problem
        finally:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    group.rmdir()
                    break
                time.sleep(0.1)
    raise Skipped("no cgroup for CPU time can be made")


def test_a_quota():
    """a cgroup that grants half a CPU is named by doctor and by a run"""
    with group_with_quota(0.5) as before:
        warns(doctor(before=before), "quota", "a quota grants 0.5 CPUs of time")
        with folder() as private:
            result = run("run", write(private / "job.yaml", JOB), "-o", private / "out.h5",
                         before=before, TMPDIR=str(private))
        assert "note: a quota grants 0.5 CPUs of time; 1 of" in result.err, result


@contextlib.contextmanager
def competitor(core: int):
    """A process that computes on one core without end."""
    with subprocess.Popen(["taskset", "-c", str(core), "sh", "-c", "while :; do :; done"]) as busy:
        try:
            yield busy.pid
        finally:
            busy.kill()


def test_a_competitor():
    """a process that computes on one of the cores is seen, and named"""
    with competitor(max(os.sched_getaffinity(0))) as pid:
        found = doctor()
    warns(found, "others", "other processes use")
    used = float(re.search(r"use (\d\.\d+)", found["others"][1])[1])
    assert used > 0.2, found["others"]
    if f"process {pid}" not in found["others"][1]:
        raise Skipped(f"something else is busier: {found['others'][1]}")


def test_more_ranks_than_cores():
    """of many ranks one speaks, and says that they are more than there are cores"""
    ranks = 4 * core_count()
    found = doctor(before=mpirun(ranks, "--bind-to", "none"))
    warns(found, "ranks", f"{ranks} ranks are launched on {core_count()} core")


def test_ranks_that_mpirun_has_bound():
    """a rank that mpirun has bound to a core knows"""
    needs_open_mpi("launcher that says that it binds")
    found = doctor(before=mpirun(1, "--bind-to", "core"))
    warns(found, "cores", "mpirun has bound the ranks; together they may use 1 of")


def test_variables_set_against_us():
    """variables that bind or count threads are named and set aside; none steers the terminal"""
    variables = {"OMP_PROC_BIND": "close", "OMP_NUM_THREADS": "1"}
    if mpi() == "Open MPI":
        variables["OMPI_MCA_hwloc_base_binding_policy"] = "core"
    result = run("doctor", **variables, MALLOC_PERTURB_="7\033[2J\x01\n")
    found = findings(result)  # newer C libraries complain of the variable themselves, on stderr
    for name, value in variables.items():
        warns(found, "environment", f"{name}={value}")
    warns(found, "environment", "left as it is: MALLOC_PERTURB_=7\\x1b[2J\\x01\\x0a")
    assert found["cores"][0] == "o", found["cores"]


def test_without_mpirun():
    """without mpirun doctor says so, and what it cannot know"""
    found = doctor(PATH="/nonexistent")
    starter = {"Open MPI": "mpirun", "MPICH": "mpiexec"}[mpi()]
    warns(found, "launcher", f"neither {starter} nor srun was found")
    for name in ("MPI threads", "MPI file calls"):
        assert found[name] == ("?", f"{starter} was not found."), found[name]


def test_with_an_mpirun_that_does_not_work():
    """an mpirun that fails, never ends, closes its output or leaves others behind is said, does not
    hold doctor up, and is gone afterwards"""
    busy = "while :; do read x < /dev/zero; done"

    def check(script: str, says: str) -> None:
        with folder() as private:
            program = write(private / launcher().name, f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
            found = doctor(PATH=f"{private}")
            assert found["MPI threads"][0] == "?" and says in found["MPI threads"][1], found
            assert not processes_of(program), processes_of(program)

    together.each(check, [("exit 7", "could not start a rank (status 7)"),
                          (busy, "did not end within"),
                          (f"exec > /dev/null; {busy}", "did not end within"),
                          (f"({busy}) & wait", "did not end within")])


def test_without_proc():
    """without /proc doctor says what it cannot know, and leaves nothing"""
    hidden = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
    if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped("no mount namespaces here")
    if SLOWER > 1:
        raise Skipped("a sanitizer needs /proc itself")
    with folder() as private:
        result = run("doctor", before=hidden, TMPDIR=str(private))
        left = list(private.iterdir())
    assert not left, left
    # Open MPI 5 loads a library that complains before we begin.
    result.out = "".join(line for line in result.out.splitlines(True) if "  UCX  ERROR " not in line)
    found = findings(result)
    assert found["load"] == ("?", "there is no /proc/loadavg."), found["load"]
    assert found["clock"][0] == "o", found["clock"]


def test_without_a_scratch_folder():
    """a scratch folder that is not there is a warning, and what needed it is not known"""
    found = findings(run("doctor", TMPDIR="/nonexistent"))
    warns(found, "scratch folder", "/nonexistent: cannot be written")
    assert found["MPI file calls"][0] == "?", found["MPI file calls"]


def test_output_that_nobody_got():
    """output that cannot be written ends with status 4"""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([CUAL, "doctor"], stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False, env=environment(PATH="/nonexistent"))
    assert done.returncode == 4 and "the output cannot be written" in done.stderr, done


def test_interrupted():
    """an interrupted doctor ends soon with status 3 and leaves nothing, wherever it was"""
    for wait_s in (0.05, 0.6, 1.5, 3):
        with folder() as private:
            with subprocess.Popen([CUAL, "doctor"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True, env=environment(TMPDIR=str(private))) as process:
                time.sleep(wait_s)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=patience(60))
            if process.returncode == 0:
                assert "cannot be known" in out or "spoils" in out, out
            elif process.returncode != -signal.SIGINT:  # before anything was begun
                assert process.returncode == 3 and err == "cual: interrupted.\n", (out, err)
            for _ in range(100):
                if not os.listdir(private) and not processes_of(private):
                    break
                time.sleep(0.1)
            assert os.listdir(private) == [], os.listdir(private)
            assert processes_of(private) == [], processes_of(private)


def test_a_run_keeps_the_findings():
    """the run file holds what was found, and what of it is a warning"""
    with folder() as private:
        output = private / "out.h5"
        first = min(os.sched_getaffinity(0))
        result = run("run", write(private / "job.yaml", JOB), "-o", output, TMPDIR=str(private),
                     before=("taskset", "-c", str(first)))
        assert result.status == 0, result
        with h5py.File(output) as file:
            kept = {name: str(value) for name, value in file["machine"].attrs.items()}
    for name in ("cores", "quota", "governor", "turbo", "huge_pages", "clock_source", "load",
                 "steal", "clock", "switch", "timer", "scratch_folder", "io_uring", "warnings"):
        assert kept.get(name) is not None and (kept[name] or name == "warnings"), (name, kept)
    if os.cpu_count() > 1:
        assert kept["cores"].startswith("1 of this machine's"), kept["cores"]
        assert f"cores: {kept['cores']}; " in kept["warnings"], kept["warnings"]
        assert f"note: {kept['cores']}; " in result.err, result.err
