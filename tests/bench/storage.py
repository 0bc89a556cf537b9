"""Reads and writes of files beside fio, on the same file system and the same core.

Both sides alternate, and a figure is the ratio of the medians of operations per second. Both are
held to the first core: where the disk has one interrupt queue, the core that serves it reads up to
1.6 times as many blocks one by one as another does, whatever the program. Our side checks every byte
that it reads and reads back what it wrote when the clock has stopped; fio checks nothing.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import tempfile

import h5py

from commands import CUAL, run

REPETITIONS = 5
CORE = min(os.sched_getaffinity(0))
FILE_MIB = 256
JOB = """
rounds: 1
threads: {threads}
depth: {depth}
scratch: {folder}
workloads:
  it: {{{workload}, file: {file} MiB, tasks: {tasks}}}
"""
URING = "wait: uring, direct: true"
COLD = "wait: file, cache: cold"


@dataclasses.dataclass
class Side:
    """A way to do it: how a row calls it, and how it is measured."""

    name: str
    workload: str = ""               # ours
    fio: tuple[str, ...] = ()        # the peer's
    threads: int = 1
    depth: int = 1
    tasks: int = 4000

    def measure(self, folder: pathlib.Path) -> tuple[float, float]:
        """Operations per second and CPU seconds per operation."""
        return self._ours(folder) if self.workload else self._peer(folder)

    def _ours(self, folder: pathlib.Path) -> tuple[float, float]:
        job = folder / "job.yaml"
        job.write_text(JOB.format(folder=folder, file=FILE_MIB, **dataclasses.asdict(self)))
        run([str(CUAL), "run", str(job), "-o", str(folder / "run.h5"), "--force"])
        with h5py.File(folder / "run.h5") as file:
            time_s, cpu_s = (float(file[name][0, 0, 0, 0, 0, 0]) for name in ("time", "cpu"))
        return self.tasks / time_s, cpu_s / self.tasks

    def _peer(self, folder: pathlib.Path) -> tuple[float, float]:
        text = run(["fio", "--name=peer", "--thread", f"--size={FILE_MIB}m", "--overwrite=1",
                    f"--filename={folder}/peer", f"--cpus_allowed={CORE}", "--runtime=1",
                    "--time_based", "--randrepeat=0", "--output-format=json", "--group_reporting",
                    f"--iodepth={self.depth}", f"--numjobs={self.threads}", *self.fio])
        job = json.loads(text[text.index("{"):])["jobs"][0]
        found = job["read"] if job["read"]["total_ios"] else job["write"]
        # With group_reporting job_runtime is the sum over the threads, and so are the shares.
        cpu_s = (job["usr_cpu"] + job["sys_cpu"]) / 100 * job["job_runtime"] / 1e3
        return found["iops"], cpu_s / found["total_ios"]


def fio(engine: str, rw: str, block: str, direct: bool) -> tuple[str, ...]:
    """Arguments of a peer."""
    fast = ("--fixedbufs", "--registerfiles") if engine == "io_uring" else ()
    return (f"--ioengine={engine}", f"--rw={rw}", f"--bs={block}", f"--direct={int(direct)}", *fast)


def pairs() -> list[tuple[str, Side, Side, float, float]]:
    """What, ours, the peer, the least ratio of rates and the most of CPU per operation asked for."""
    found = []
    for depth, tasks in ((1, 6000), (16, 25000), (64, 40000)):
        found.append((f"4 KiB random reads, direct, 1×1×{depth}",
                      Side("uring", f"{URING}, op: read", depth=depth, tasks=tasks),
                      Side("fio io_uring", fio=fio("io_uring", "randread", "4k", True),
                           depth=depth), 0.97, 1.1))
    for threads, tasks in ((16, 25000), (64, 40000)):
        found.append((f"4 KiB random reads, direct, 1×{threads}×1",
                      Side("uring", f"{URING}, op: read", threads=threads, tasks=tasks),
                      Side("fio psync", fio=fio("psync", "randread", "4k", True),
                           threads=threads), 0.97, 0))
    for depth, tasks in ((1, 6000), (16, 25000), (64, 40000)):
        found.append((f"4 KiB random writes, direct, 1×1×{depth}",
                      Side("uring", f"{URING}, op: write", depth=depth, tasks=tasks),
                      Side("fio io_uring", fio=fio("io_uring", "randwrite", "4k", True),
                           depth=depth), 0.97, 0))
    for rw in ("read", "write"):
        for depth in (1, 16):
            found.append((f"1 MiB sequential {rw}s, direct, 1×1×{depth}",
                          Side("uring", f"{URING}, op: {rw}, order: sequential, block: 1 MiB",
                               depth=depth, tasks=768),
                          Side("fio io_uring", fio=fio("io_uring", rw, "1m", True), depth=depth),
                          0.97, 0))
    each = Side("file", f"{COLD}, handles: slot", depth=64, tasks=12000)
    what = "4 KiB random reads, cold, 1×1×64"
    found.append((what, each, Side("handles: shared", f"{COLD}, handles: shared", depth=64,
                                   tasks=6000), 3, 0))
    found.append((what, each, Side("fio posixaio", fio=fio("posixaio", "randread", "4k", False),
                                   depth=64), 1.5, 0))
    return found


def verdict(asked: str, reached: bool) -> str:
    """The last column."""
    return f"{asked} {'reached' if reached else 'missed'}"


def compare(folder: pathlib.Path, what: str, ours: Side, peer: Side, rate_asked: float,
            cpu_asked: float) -> list[list[str]]:
    """The rows of one pair."""
    found = [(ours.measure(folder), peer.measure(folder)) for _ in range(REPETITIONS)]
    rate, rate_peer = (statistics.median(pair[side][0] for pair in found) for side in (0, 1))
    cpu, cpu_peer = (1e6 * statistics.median(pair[side][1] for pair in found) for side in (0, 1))
    what = f"{ours.name}, {what}"
    rows = [[what, f"{rate:.0f} /s", f"{rate_peer:.0f} /s ({peer.name})", f"{rate / rate_peer:.3f}",
             verdict(f"≥ {rate_asked}", rate >= rate_asked * rate_peer)]]
    if cpu_asked:
        rows.append([f"{what}: CPU each", f"{cpu:.2f} µs", f"{cpu_peer:.2f} µs ({peer.name})",
                     f"{cpu / cpu_peer:.3f}", verdict(f"≤ {cpu_asked}", cpu <= cpu_asked * cpu_peer)])
    return rows


def rows() -> list[list[str]]:
    """One row per pair and figure."""
    found = []
    has_fio = shutil.which("fio") is not None
    if not has_fio:
        print("skipped: fio is not installed (Debian package fio)")
    with tempfile.TemporaryDirectory() as name:
        for what, ours, peer, rate_asked, cpu_asked in pairs():
            if has_fio or not peer.fio:
                found += compare(pathlib.Path(name), what, ours, peer, rate_asked, cpu_asked)
    return found
