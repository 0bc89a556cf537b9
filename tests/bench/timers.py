"""A million waits at a time beside libuv, asyncio and Node; ten thousand as operations in flight
and as threads."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy

from commands import CUAL, run

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
MILLION = 1_000_000
WAIT_S = 10
# The small workload tells what the process takes that has next to nothing in flight.
LARGE = f"""
cores: 1
depth: [1000, {MILLION}]
rounds: 3
workloads:
  few: {{wait: timer, latency: 10 ms, tasks: 1000, depth: 1000}}
  many: {{wait: timer, latency: {WAIT_S} s, tasks: {MILLION}, depth: {MILLION}}}
"""
THREADS = """
cores: 1
threads: [1, 10000]
depth: [1, 10000]
rounds: 3
workloads:
  flight: {wait: timer, latency: 1 s, tasks: 10000, threads: 1, depth: 10000}
  threads: {wait: timer, latency: 1 s, tasks: 10000, threads: 10000, depth: 1}
"""


def measured(job: str, folder: pathlib.Path, *variables: str) -> dict[str, dict[str, float]]:
    """Runs a job whose workloads have one cell each: medians over rounds, by workload and
    variable."""
    (folder / "job.yaml").write_text(job)
    run([str(CUAL), "run", str(folder / "job.yaml"), "-o", str(folder / "run.h5"), "--force"])
    with h5py.File(folder / "run.h5") as file:
        return {name: {variable: float(numpy.nanmedian(file[variable][w]))
                       for variable in variables}
                for w, name in enumerate(file["workload"].asstr()[:])}


def libuv(folder: pathlib.Path) -> list[str] | str:
    """The command of the peer, which is compiled for it, or why there is none."""
    found = subprocess.run(["pkg-config", "--cflags", "--libs", "libuv"], capture_output=True,
                           text=True, check=False) if shutil.which("pkg-config") else None
    if not found or found.returncode != 0:
        return "libuv is not installed (Debian package libuv1-dev)"
    run(["cc", "-O2", "-o", str(folder / "timers_uv"), str(PEERS / "timers_uv.c"),
         *found.stdout.split()])
    return [str(folder / "timers_uv")]


def asyncio(_folder: pathlib.Path) -> list[str] | str:
    """Likewise, with the Python that runs this."""
    return [sys.executable, str(PEERS / "timers_asyncio.py")]


def node(_folder: pathlib.Path) -> list[str] | str:
    """Likewise."""
    return (["node", str(PEERS / "timers_node.js")] if shutil.which("node")
            else "Node is not installed (Debian package nodejs)")


def of_peer(command: list[str]) -> tuple[float, float]:
    """Seconds until the last of a million waits has ended, and bytes for each at the peak."""
    time_s, before, most = map(float, run([*command, str(MILLION), str(WAIT_S)]).split())
    return time_s, (most - before) / MILLION


def judged(value: float, most: float, asked: str) -> str:
    """What was asked, and whether it was reached."""
    return f"≤ {asked} {'reached' if value <= most else 'missed'}"


def large_rows(folder: pathlib.Path) -> list[list[str]]:
    """A million waits of 10 s on one thread: time and memory, a row for each and each peer."""
    ours = measured(LARGE, folder, "time", "memory")
    time_s = ours["many"]["time"]
    each = (ours["many"]["memory"] - ours["few"]["memory"]) / MILLION
    what = "timer, 1 000 000 of 10 s, 1×1×1000000@1"
    found = []
    for name, find in (("libuv", libuv), ("asyncio", asyncio), ("Node", node)):
        command = find(folder)
        if isinstance(command, str):
            print(f"skipped: {command}")
            continue
        peer_s, peer_each = of_peer(command)
        found.append([what, f"{time_s:.3f} s", f"{peer_s:.3f} s ({name})",
                      f"{time_s / peer_s:.3f}", judged(time_s, 10.12, "10.12 s")])
        found.append([what + ", memory each", f"{each:.1f} B", f"{peer_each:.1f} B ({name})",
                      f"{each / peer_each:.3f}", judged(each, 64, "64 B")])
    return found


def threads_rows(folder: pathlib.Path) -> list[list[str]]:
    """Ten thousand waits of 1 s: in flight on one thread beside a thread for each."""
    ours = measured(THREADS, folder, "time", "memory", "switches_voluntary")
    flight, threads = ours["flight"], ours["threads"]
    told = {name: f"{cell['time']:.3f} s, {cell['memory'] / 2**20:.0f} MiB, "
                  f"{cell['switches_voluntary']:.0f} switches" for name, cell in ours.items()}
    return [["timer, 10 000 of 1 s, 1×1×10000@1", told["flight"],
             f"{told['threads']} (1×10000×1@1)", f"{flight['time'] / threads['time']:.3f}",
             judged(flight["time"], 1.005, "1.005 s")]]


def rows() -> list[list[str]]:
    """All rows."""
    found = []
    for part in (threads_rows, large_rows):
        with tempfile.TemporaryDirectory() as folder:
            found += part(pathlib.Path(folder))
    return found
