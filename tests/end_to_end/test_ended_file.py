"""The file of a run that has ended: compressed, and never lost while that is done."""

import contextlib
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import h5py
import numpy

from end_to_end import faults, integrity, resuming
from end_to_end.program import (BUILD, CUAL, ONE_RANK, ROOT, Skipped, environment_in, folder, patience,
                                processes_of, ranks_of, run, write)

TIMELESS = True

JOB = """
seed: 3
threads: [1, 2, 3, 4]
depth: [1, 2, 3, 4]
rounds: 400
workloads:
  none: {compute: none, tasks: [2, 3, 4, 5, 6]}
"""
CELLS, ROUNDS = 80, 400
LEAST_BYTES = 450_000  # a file without a sample, which says what was run
SAMPLE_BYTES = 180  # twenty numbers, shorter than they are by themselves


def is_compressed(output: pathlib.Path) -> bool:
    """Whether all samples are, or none."""
    with h5py.File(output) as file:
        kinds = {item.compression for item in (*file.values(), *file["per_rank"].values())
                 if isinstance(item, h5py.Dataset) and item.ndim >= len(resuming.SIX)}
    assert kinds in ({None}, {"gzip"}), kinds
    return kinds == {"gzip"}


def space_of(job: pathlib.Path) -> tuple[float, float]:
    """What `plan` says that the run file takes: bytes while the run goes on, and at most in the end."""
    words = re.search(r"([\d.]+) MiB for the run file and at most ([\d.]+) MiB", run("plan", job).out)
    return float(words[1]) * 2**20, float(words[2]) * 2**20


def check_size(output: pathlib.Path, least: float, most: float) -> None:
    """A file that is so large, and for which the disk keeps no more than it is."""
    found = output.stat()
    assert least <= found.st_size <= most, (least, found.st_size, most)
    assert found.st_blocks * 512 <= found.st_size + 2**16, found.st_blocks


def test_planned_size():
    """of the question job, plan asks for no space at the end for cells that are not measured"""
    going_on, ended = space_of(ROOT / "jobs" / "question.yaml")
    assert ended < going_on / 4, (going_on, ended)


def test_size():
    """a run that has ended leaves at most 180 bytes for each sample, and the room for others is
    free again; plan says how much space the file takes"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        going_on, ended = space_of(job)
        assert going_on > CELLS * ROUNDS * 20 * 8
        for rounds in (2, 20):
            done = run("run", job, "-o", output, "--rounds", rounds, "--force", TMPDIR=str(private))
            assert done.status in (0, 1), done
            assert faults.samples_of(output) == CELLS * rounds and is_compressed(output)
            check_size(output, 0, min(LEAST_BYTES + CELLS * rounds * SAMPLE_BYTES, ended))
        with subprocess.Popen([CUAL, "run", job, "-o", private / "more.h5"], text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              env=environment_in(private)) as program:
            resuming.until_measuring(program, private / "more.h5", CELLS)
            check_size(private / "more.h5", going_on - 1.1 * 2**20, going_on + 2**16)
            program.send_signal(signal.SIGINT)
            err = program.communicate(timeout=patience(60))[1]
        assert program.returncode == 3, err
        kept = faults.samples_of(private / "more.h5")
        check_size(private / "more.h5", 0, min(LEAST_BYTES + kept * SAMPLE_BYTES, ended))


def test_continued():
    """a run that has come to its end is expanded, goes on with a larger budget, and keeps the samples
    that it had"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        first = run("run", job, "-o", output, "--budget", "2s", TMPDIR=str(private))
        assert first.status in (0, 1) and is_compressed(output), first
        before = faults.samples_at(output)
        held = before[..., 2] != 0
        more = run("run", job, "-o", output, "--resume", "--force", "--budget", "300s",
                   TMPDIR=str(private))
        assert more.status in (0, 1) and is_compressed(output), more
        after = faults.samples_at(output)
        assert held.any() and (after[..., 2] != 0).all() and (after[held] == before[held]).all()
        integrity.check_objects(output)
        resuming.check_order(output)


def test_full_disk_at_the_end():
    """when the disk is full while the samples are compressed, the file stays as it was, and the run
    can be ended later"""
    with folder() as private:
        _, done = faults.measure(private, FAIL_COUNT=str(private / "count"))
        assert done.status in (0, 1), done
        operations, hits = int((private / "count").read_text(encoding="utf-8")), 0
        for before_the_end in (5, 20, 60):
            output, failed = faults.measure(private, "--force", FAIL_WITH="ENOSPCON",
                                            FAIL_AT=str(operations - before_the_end))
            if failed.status != 4:
                continue  # there were fewer operations this time
            assert "no space left" in failed.err, failed
            assert os.listdir(output.parent) == ["out.h5"], os.listdir(output.parent)
            with h5py.File(output) as file:
                hits += "verdict" not in file and not numpy.isnan(file["time"][...]).all()
            faults.samples_of(output)
            assert not is_compressed(output)
        assert hits > 0, "the disk was never full while the samples were compressed"
        resuming.to_the_end(private / "job.yaml", output, 4)
        assert is_compressed(output)


SLOW_JOB = """
threads: [1, 2]
depth: [1, 2]
rounds: 40
workloads:
  wait: {wait: timer, latency: 10 ms, tasks: 4}
"""
# A disk that somebody else fills as soon as the run file is there.
FULL = """
mount -t tmpfs -o size=64m none "$1" || exit 9
"$2" run "$3" -o "$1/out.h5" & run=$!
while kill -0 $run && [ ! -e "$1/out.h5" ]; do sleep 0.02; done
cat /dev/zero >"$1/others" 2>/dev/null
wait $run; status=$?
stat -c %s "$1/others"
cp "$1/out.h5" "$3.h5"
exit $status
"""


def test_disk_filled_by_others():
    """on a disk that others fill while it goes on, a run ends in the space that it has reserved"""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        raise Skipped("a disk that is full needs root")
    with folder() as private:
        job = write(private / "job.yaml", SLOW_JOB)
        (private / "disk").mkdir()
        done = subprocess.run(["unshare", "--mount", "sh", "-c", FULL, "sh", private / "disk", CUAL, job],
                              capture_output=True, text=True, check=False, env=environment_in(private))
        if done.returncode == 9:
            raise Skipped(f"no disk can be mounted: {done.stderr}")
        assert done.returncode in (0, 1), done
        assert int(done.stdout.split()[-1]) > 2**20, "the disk was full before"
        output = private / "job.yaml.h5"
        assert faults.samples_of(output) == 2 * 2 * 40 and is_compressed(output)


def kill_at_the_end(private: pathlib.Path, after_s: float) -> tuple[pathlib.Path, bool]:
    """Kills all processes of a run some time after the part file of its end has come; NaN: while the
    part is synced. The file, and whether it has no answer yet."""
    job, output, slow = write(private / "job.yaml", faults.JOB), private / "out.h5", private / "slow"
    held = pathlib.Path(f"{slow}.at")
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True,
                          env=environment_in(private) | ONE_RANK | {
                              "LD_PRELOAD": str(BUILD / "fail.so"), "FAIL_FOLDER": str(private),
                              "FAIL_SLOW": str(slow)}) as program:
        try:
            ranks: dict = {}
            while program.poll() is None:
                ranks = ranks or ranks_of(job)
                if ranks and output.exists() and list(private.glob(".out.h5.*.part")):
                    break
            if math.isnan(after_s):
                slow.touch()
                while program.poll() is None and not held.exists():
                    time.sleep(0.001)
            else:
                time.sleep(after_s)
        finally:
            for process in (program.pid, *(int(rank.name) for rank in ranks.values())):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
    slow.unlink(missing_ok=True)
    held.unlink(missing_ok=True)
    deadline = time.monotonic() + patience(20)
    while processes_of(private) and time.monotonic() < deadline:
        time.sleep(0.05)
    with h5py.File(output) as file:
        return output, "verdict" not in file


def test_killed_at_the_end():
    """killed while the samples are compressed, a run leaves the file of before or of after, with all
    samples; the next run removes the part of a copy"""
    before = 0
    for after_s in (math.nan, math.nan, 0, 0.003, 0.02):
        with folder() as private:
            output, unanswered = kill_at_the_end(private, after_s)
            assert unanswered != is_compressed(output)
            assert faults.samples_of(output) == 2 * 2 * 2 * 4, "samples are lost"
            words = faults.samples_at(output)
            resuming.to_the_end(private / "job.yaml", output, 4)
            assert (faults.samples_at(output) == words).all() and is_compressed(output)
            assert sorted(os.listdir(private)) == ["job.yaml", "out.h5"], os.listdir(private)
            before += unanswered
    assert before > 0, "none was killed before its end"
