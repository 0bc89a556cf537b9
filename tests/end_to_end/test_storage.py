"""Waits for storage: the ready study, words that are refused, depth that was not there, full disks."""

import contextlib
import os
import pathlib
import re
import subprocess
import time

import h5py
import numpy

from end_to_end import samples
from end_to_end.program import CUAL, ROOT, Skipped, environment, folder, patience, run, write
from end_to_end.test_bad_input import check_nothing_written, check_refused, run_in

CACHE, SHALLOW = 8, 4
STUDY = ROOT / "jobs/io.yaml"
WORKLOADS = re.findall(r"^  (\w+):", STUDY.read_text(), re.MULTILINE)


def available(engine: str) -> bool:
    """Whether this machine has the engine."""
    return f"{engine}: unavailable" not in run("list").out.replace("  ", " ")


def check_tried(words: tuple[str, ...], why: str) -> None:
    """Skips the test where these words, before a program, do not work."""
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    if os.geteuid() != 0 or tried.returncode != 0:
        raise Skipped(why)


def is_memory(path: pathlib.Path) -> bool:
    """Whether a folder lies on tmpfs."""
    found = subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True,
                           check=True)
    return found.stdout.strip() in ("tmpfs", "ramfs")


def test_study():
    """jobs/io.yaml is planned without complaint and, made small, runs; its samples are sound"""
    if not available("uring"):
        raise Skipped("io_uring is not available")
    with folder() as private:
        planned = run_in(private, "plan", STUDY)
        assert planned.status == 0 and planned.err == "", planned
        assert f"{len(WORKLOADS)} workloads" in planned.out, planned.out
        small = ["depth=[1, 4]", "threads=[1, 2]", "mpi_shared.depth=[1, 4]"]
        for name in WORKLOADS:
            small += [f"{name}.file=2 MiB", f"{name}.tasks=32", f"{name}.block=4 KiB"]
        result = run_in(private, "run", STUDY, "-o", private / "io.h5", "--rounds", "1",
                        *(word for setting in small for word in ("--set", setting)))
        if "O_DIRECT" in result.err:
            raise Skipped(result.err.strip())
        assert result.status == 0, result.err
        times, flags, depth_most = (samples.read(private / "io.h5", name)
                                    for name in ("time", "flags", "depth_most"))
        assert {point[0] for point in times} == set(WORKLOADS), sorted(times)
        for point, time_s in times.items():
            assert time_s.size == 1 and time_s[0] > 0, (point, time_s)
            assert depth_most[point][0] <= point[3], (point, depth_most[point])
            # A cell may end before it was seen what helper threads have in hand.
            assert depth_most[point][0] >= (0 if "mpi" in point[0] and point[3] > 1 else 1), point
            assert is_memory(private) or not int(flags[point][0]) & CACHE, (point, flags[point])
        with h5py.File(private / "io.h5") as file:
            storage = [name.decode() for name in file["storage"][...]]
        assert len(storage) == len(WORKLOADS) and all(storage), storage
        assert os.listdir(private) == ["io.h5"], os.listdir(private)


def test_shared_handle():
    """one handle for 32 in flight is flagged as shallow, and the verdict says how many there were"""
    job = """
threads: 1
depth: [1, 32]
rounds: 3
workloads:
  trap: {wait: file, handles: shared, file: 16 MiB, block: 64 KiB, tasks: 4096}
"""
    with folder() as private:
        write(private / "job.yaml", job)
        result = run_in(private, "run", "job.yaml", "--all")
        assert result.status == 0, result
        flags, achieved = (samples.read(private / "job.h5", name)
                           for name in ("flags", "depth_achieved"))
        assert all(int(f) & SHALLOW for f in flags["trap", 1, 1, 32, 1]), flags
        assert not any(int(f) & SHALLOW for f in flags["trap", 1, 1, 1, 1]), flags
        assert numpy.median(achieved["trap", 1, 1, 32, 1]) <= 2, achieved
        said = " ".join(result.out.split())
        assert re.search(r"1×1×32@1 kept [\d.]+ of 32 in flight", said), result.out


def test_words():
    """storage options that are unknown, or do not go together, are refused with what is allowed"""
    cases = [("op: @append", "op", ["read", "write"]), ("sync: @always", "sync", ["none", "each"]),
             ("cache: @hot", "cache", ["warm", "cold"]), ("order: @up", "order", ["sequential"]),
             ("handles: @one", "handles", ["slot", "shared"]),
             ("block: 8 KiB, file: @4 KiB", "file", ["smaller than one block"]),
             ("sync: @end", "sync", ["op: write"]), ("op: read, sync: @each", "sync", ["op: write"]),
             ("@direct: true", "direct", ["belongs to wait: uring"])]
    with folder() as private:
        for words, key, expected in cases:
            head, _, tail = words.partition("@")
            text = f"workloads:\n  it: {{wait: file, tasks: 4, {head}{tail}}}\n"
            write(private / "job.yaml", text)
            for command in ("run", "plan"):
                line = check_refused(run_in(private, command, "job.yaml"))
                assert line.startswith("cual: job.yaml:2:") and f": it.{key}: " in line, line
                for word in expected:
                    assert word in line, f"{words}: no {word!r} in {line}"
        check_nothing_written(private, "job.yaml")


def test_open_files():
    """a depth beyond the limit of open files is infeasible: the limit is said, and how to raise it"""
    limited = ("prlimit", "--nofile=200:200")
    job = """
depth: [1, 512]
rounds: 1
workloads:
  slots:  {wait: file, file: 1 MiB, tasks: 64}
  shared: {wait: file, file: 1 MiB, tasks: 64, handles: shared, depth: 1}
"""
    with folder() as private:
        write(private / "job.yaml", job)
        result = run_in(private, "plan", "job.yaml", before=limited)
        assert result.status == 0, result
        said = [line for line in result.out.splitlines() if line.startswith("infeasible")]
        assert len(said) == 1 and "slots" in said[0] and "1×1×512@1" in said[0], result.out
        for words in ("may open 200", "ulimit", "handles: shared"):
            assert words in said[0], f"no {words!r} in {said[0]}"
        result = run_in(private, "run", "job.yaml", before=limited)
        assert result.status == 0, result
        assert set(samples.read(private / "job.h5")) == {("slots", 1, 1, 1, 1),
                                                         ("shared", 1, 1, 1, 1)}


def test_direct_in_memory():
    """direct: true on a file system in memory is a matter of storage, and says which it is"""
    if not available("uring"):
        raise Skipped("io_uring is not available")
    memory = pathlib.Path("/dev/shm")
    if not memory.is_dir() or not is_memory(memory) or not os.access(memory, os.W_OK):
        raise Skipped("/dev/shm is no tmpfs")
    before = set(os.listdir(memory))
    with folder() as private:
        write(private / "job.yaml",
              "workloads:\n  it: {wait: uring, direct: true, file: 1 MiB, tasks: 4}\n")
        result = run_in(private, "run", "job.yaml", "--set", f"scratch={memory}")
        said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
        assert result.status == 4 and len(said) == 1, result
        for words in ("it: direct: ", "tmpfs", "scratch"):
            assert words in said[0], f"no {words!r} in {said[0]}"
        check_nothing_written(private, "job.yaml")
    left = {name for name in set(os.listdir(memory)) - before if name.startswith("cual-")}
    assert not left, left


FULL = """
rounds: 6
scratch: {scratch}
workloads:
  fails: {{wait: {engine}, op: write, depth: {depth}, file: 16 MiB, tasks: 512}}
  stays: {{wait: timer, latency: 100 ms, tasks: 5}}
"""
MOUNT = 'mount -t tmpfs -o size=64m none "$1" || exit 77; shift; exec "$@"'


def fill(scratch: pathlib.Path) -> None:
    """Appends to a file of its own until there is no room."""
    with contextlib.suppress(OSError), (scratch / "other").open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def take_room(scratch: pathlib.Path) -> None:
    """Fills the disk with another file, and with what the scratch file had. That is done while the
    other workload is measured, which takes long: the cell that writes has been read back."""
    fill(scratch)
    file = next(scratch.glob("cual-*/0"))
    deadline = time.monotonic() + patience(20)
    while not 0.05 < time.time() - file.stat().st_mtime < 0.2:
        assert time.monotonic() < deadline, "the file is written all the time"
        time.sleep(0.005)
    subprocess.run(["fallocate", "--punch-hole", "--offset", "0", "--length", "16MiB", file],
                   check=True)
    fill(scratch)


def filled(private: pathlib.Path, engine: str, depth: int) -> tuple[int, str, str, list[str]]:
    """A run whose disk fills up after the warm-up: status, output, messages, what it left there."""
    scratch, output = private / "scratch", private / "out.h5"
    scratch.mkdir()
    job = write(private / "job.yaml", FULL.format(scratch=scratch, engine=engine, depth=depth))
    words = ["unshare", "--mount", "sh", "-c", MOUNT, "sh", scratch, CUAL, "run", "--all", job, "-o", output]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", cwd=private, stdin=subprocess.DEVNULL,
                          env=environment(TMPDIR=str(private))) as run_now:
        seen = pathlib.Path(f"/proc/{run_now.pid}/root{scratch}")  # in its namespace
        deadline = time.monotonic() + patience(30)
        while not output.exists() and run_now.poll() is None:
            assert time.monotonic() < deadline, "no run file"
            time.sleep(0.02)
        time.sleep(1.5)  # the warm-up
        held = os.open(seen, os.O_RDONLY)
        try:
            take_room(seen)
            out, err = run_now.communicate(timeout=patience(60))
            return run_now.returncode, out, err, os.listdir(held)
        finally:
            os.close(held)
            run_now.kill()


def check_disk_full(private: pathlib.Path, engine: str, depth: int) -> None:
    """The one message, the verdict of the other workload, and what the run file says."""
    status, out, err, left = filled(private, engine, depth)
    assert status == 4 and left == ["other"], (engine, depth, status, left, err)
    said = [line for line in err.splitlines() if line.startswith("cual: ")]
    assert len(said) == 1, err
    for words in ("fails", f"1×1×{depth}@1", "No space left on device"):
        assert words in said[0], f"no {words!r} in {said}"
    assert re.search(r"^stays ", out, re.MULTILINE), out
    with h5py.File(private / "out.h5") as file:
        names = [name.decode() for name in file["workload"][...]]
        found, times = file["status"][...], file["time"][...]
    fails, stays = names.index("fails"), names.index("stays")
    assert 3 in found[fails] and 1 not in found[fails], found
    assert 1 in found[stays] and 3 not in found[stays], found
    assert numpy.count_nonzero(~numpy.isnan(times[stays]), axis=-1).max() == 6, times[stays]


def test_disk_full():
    """a disk that fills up ends that workload alone: the reason is said, the other goes to its end"""
    check_tried(("unshare", "--mount"), "no mount namespace can be made here")
    for engine in filter(available, ("file", "uring")):
        for depth in (1, 8):
            with folder() as private:
                check_disk_full(private, engine, depth)


def test_helpers_are_counted():
    """the CPU time of threads that carry out what is in flight is in cpu"""
    job = """
threads: 1
depth: [1, 64]
rounds: 5
workloads:
  it: {wait: file, file: 16 MiB, block: 1 MiB, tasks: 512}
"""
    with folder() as private:
        write(private / "job.yaml", job)
        result = run_in(private, "run", "job.yaml")
        assert result.status == 0, result
        cpu = samples.read(private / "job.h5", "cpu")
        # A block is copied out of the page cache by a helper, and checked by the worker. The copy
        # alone is a good part of what one after the other costs, where the worker does both.
        alone, helped = (float(numpy.median(cpu["it", 1, 1, depth, 1])) for depth in (1, 64))
        assert helped > 0.8 * alone, f"{helped} s with helpers, {alone} s without"
