"""Reads of a file through io_uring beside fio, past the page cache, on the same file system.

Both sides alternate; a figure is the ratio of the medians of operations per second.
"""

import json
import pathlib
import shutil
import statistics
import tempfile

import h5py

from commands import CUAL, run

REPETITIONS = 5
FILE = "256 MiB"
JOB = """
rounds: 3
depth: {depth}
scratch: {folder}
workloads:
  read: {{wait: uring, direct: true, block: 4 KiB, file: {file}, tasks: {tasks}}}
"""
TASKS = {1: 4000, 16: 20000, 64: 20000}


def ours(folder: pathlib.Path, depth: int) -> tuple[float, float]:
    """Operations per second and CPU seconds per operation, medians over rounds."""
    job = folder / "job.yaml"
    job.write_text(JOB.format(depth=depth, folder=folder, file=FILE, tasks=TASKS[depth]))
    run([str(CUAL), "run", str(job), "-o", str(folder / "run.h5"), "--force"])
    with h5py.File(folder / "run.h5") as file:
        time_s = [t for t in file["time"][0, 0, 0, 0, 0] if t == t]
        cpu_s = [t for t in file["cpu"][0, 0, 0, 0, 0] if t == t]
    return (TASKS[depth] / statistics.median(time_s), statistics.median(cpu_s) / TASKS[depth])


def peer(folder: pathlib.Path, depth: int) -> tuple[float, float]:
    """The same of fio, for two seconds."""
    text = run(["fio", "--name=peer", "--ioengine=io_uring", "--fixedbufs", "--registerfiles",
                "--direct=1", "--rw=randread", "--bs=4k", "--size=256m", f"--iodepth={depth}",
                f"--filename={folder}/peer", "--runtime=2", "--time_based", "--randrepeat=0",
                "--output-format=json", "--thread"])
    job = json.loads(text[text.index("{"):])["jobs"][0]
    operations = job["read"]["total_ios"]
    cpu_s = (job["usr_cpu"] + job["sys_cpu"]) / 100 * job["job_runtime"] / 1e3
    return job["read"]["iops"], cpu_s / operations


def rows() -> list[list[str]]:
    """One row per depth and figure."""
    if not shutil.which("fio"):
        print("skipped: fio is not installed (Debian package fio)")
        return []
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for depth in TASKS:
            pairs = [(ours(folder, depth), peer(folder, depth)) for _ in range(REPETITIONS)]
            rate, rate_peer = (statistics.median(p[side][0] for p in pairs) for side in (0, 1))
            cpu, cpu_peer = (1e6 * statistics.median(p[side][1] for p in pairs) for side in (0, 1))
            what = f"uring direct 4 KiB random reads, 1×1×{depth}"
            found.append([what, f"{rate:.0f} /s", f"{rate_peer:.0f} /s (fio io_uring)",
                          f"{rate / rate_peer:.3f}",
                          f"≥ 0.97 {'reached' if rate >= 0.97 * rate_peer else 'missed'}"])
            found.append([what + ", CPU each", f"{cpu:.2f} µs", f"{cpu_peer:.2f} µs (fio)",
                          f"{cpu / cpu_peer:.3f}",
                          f"≤ 1.1 {'reached' if cpu <= 1.1 * cpu_peer else 'missed'}"])
    return found
