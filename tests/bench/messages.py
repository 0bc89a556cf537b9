"""Messages to a service rank beside a plain MPI ping-pong between two ranks on the same two cores."""

import pathlib
import statistics
import tempfile

import h5py

from commands import CUAL, run

REPETITIONS = 7
PINGPONG = pathlib.Path(__file__).resolve().parent / "peers/pingpong.c"
SIZES = (64, 4096)
ROUND_TRIPS = 20_000
JOB = """
cores: 1
rounds: 9
workloads:
  none: {{wait: message, size: {size} B, tasks: {tasks}, depth: 1}}
"""
IN_FLIGHT = 256
LATENCY = """
cores: 1
rounds: 3
depth: [1, 256]
workloads:
  some: {wait: message, latency: 1 ms, tasks: 10240}
"""


def ours(folder: pathlib.Path, size: int) -> float:
    """The time of a round trip at 1×1×1@1 in ns."""
    (folder / "job.yaml").write_text(JOB.format(size=size, tasks=ROUND_TRIPS))
    run([str(CUAL), "run", str(folder / "job.yaml"), "-o", str(folder / "run.h5"), "--force"])
    with h5py.File(folder / "run.h5") as file:
        return statistics.median(file["time"][0, 0, 0, 0, 0]) / ROUND_TRIPS * 1e9


def peer(folder: pathlib.Path, size: int) -> float:
    """The same of the ping-pong."""
    text = run(["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none",
                "--mca", "mpi_yield_when_idle", "0", "-n", "2", str(folder / "pingpong"),
                str(size), str(ROUND_TRIPS)])
    return float(text.split()[-1])


def round_trips(folder: pathlib.Path) -> list[list[str]]:
    """One row per size."""
    run(["mpicc", "-O2", "-D_GNU_SOURCE", "-o", str(folder / "pingpong"), str(PINGPONG)])
    found = []
    for size in SIZES:
        pairs = [(ours(folder, size), peer(folder, size)) for _ in range(REPETITIONS)]
        mine, other = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        found.append([f"message, {size} B, no latency, 1×1×1: round trip", f"{mine:.0f} ns",
                      f"{other:.0f} ns (MPI ping-pong)", f"{mine / other:.3f}",
                      f"≤ 1.15 {'reached' if mine <= 1.15 * other else 'missed'}"])
    return found


def in_flight(folder: pathlib.Path) -> list[list[str]]:
    """Requests per second with many in flight, beside what the service can answer."""
    (folder / "job.yaml").write_text(LATENCY)
    run([str(CUAL), "run", str(folder / "job.yaml"), "-o", str(folder / "run.h5"), "--force"])
    with h5py.File(folder / "run.h5") as file:
        at = (0, 0, 0, 0, list(file["depth"][:]).index(IN_FLIGHT))
        tasks = int(file["tasks"][0])
        rate = tasks / statistics.median(file["time"][at])
        answers = tasks / statistics.median(file["service_busy"][at])
        limit = file["verdict/limit"].asstr()[0]
    possible = min(IN_FLIGHT / 1e-3, answers)
    return [[f"message, 1 ms, 1×1×{IN_FLIGHT}: requests", f"{rate:.0f} /s",
             f"{possible:.0f} /s (256 per ms, or the service's {answers:.0f})",
             f"{rate / possible:.3f}",
             f"≥ 0.95 {'reached' if rate >= 0.95 * possible else 'missed'}; limit: {limit}"]]


def rows() -> list[list[str]]:
    """All of it."""
    with tempfile.TemporaryDirectory() as name:
        return round_trips(pathlib.Path(name)) + in_flight(pathlib.Path(name))
