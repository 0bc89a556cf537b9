"""What the bounds predict for few tasks beside what is measured: 1 to 40 tasks on two cores, and as
many waits with eight in flight."""

import math
import os
import pathlib
import tempfile
from dataclasses import dataclass

import h5py

from commands import CUAL, run

MOST = 40
NEAR = 0.03  # that a prediction may be off
TASKS = ", ".join(map(str, range(1, MOST + 1)))


@dataclass(frozen=True)
class Kind:
    """A family over the number of tasks, and its limits when nothing else limits."""

    what: str
    workload: str
    cores: int
    at_a_time: int
    limits: tuple[str, ...]


KINDS = (
    Kind(f"tasks of 5 ms, 1 … {MOST} on 2 cores",
         "compute: primes, task: 5 ms, cores: [1, 2], threads: [1, 2], depth: 1", 2, 2,
         ("too few tasks", "the last wave", "the cores")),
    Kind(f"waits of 5 ms, 1 … {MOST}, 8 in flight",
         "wait: timer, latency: 5 ms, cores: 1, threads: 1, depth: [1, 8]", 1, 8,
         ("the wait", "the last wave", "the depth")),
)


def measured(kind: Kind, folder: pathlib.Path) -> list[tuple[int, float, float, str]]:
    """Of each number of tasks: what a sample takes, and takes at least by the lowest bound, in s;
    and the limit."""
    job, output = folder / "job.yaml", folder / "run.h5"
    job.write_text(f"seed: 1\nranks: 1\nrounds: 9\nworkloads:\n  few: {{{kind.workload}, "
                   f"tasks: [{TASKS}]}}\n")
    run([str(CUAL), "run", str(job), "-o", str(output), "--force"])
    with h5py.File(output) as file:
        verdict, tasks = file["verdict"], file["tasks"][...]
        bounds = [verdict[name][...] for name in verdict if name.startswith("bound_")]
        rows = zip(verdict["workload_index"][...], verdict["cores"][...], verdict["throughput"][...],
                   verdict["limit"].asstr()[...], *bounds, strict=True)
        return [(int(tasks[w]), tasks[w] / rate, tasks[w] / min(b for b in bound if b > 0), limit)
                for w, cores, rate, limit, *bound in rows
                if cores == kind.cores and rate > 0 and any(b > 0 for b in bound)]


def row_of(kind: Kind) -> list[str]:
    """The worst prediction, and how many limits are as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        found = measured(kind, pathlib.Path(folder))
    if os.environ.get("CUAL_BENCH_ALL"):
        for tasks, time_s, least_s, limit in found:
            print(f"{kind.what}: {tasks:2d} {1e3 * time_s:8.2f} ms, at least {1e3 * least_s:8.2f} "
                  f"ms, {time_s / least_s:.3f}  {limit}")
    if not found:
        return [kind.what, "no valid samples", "–", "–", f"≤ {1 + NEAR}"]
    tasks, time_s, least_s, _ = max(found, key=lambda one: abs(math.log(one[1] / one[2])))
    named = sum(limit.startswith(kind.limits) for *_, limit in found)
    reached = abs(time_s / least_s - 1) <= NEAR and named == len(found) == MOST
    return [kind.what, f"{1e3 * time_s:.2f} ms for {tasks}",
            f"{1e3 * least_s:.2f} ms predicted; {named} of {MOST} limits named",
            f"{time_s / least_s:.3f}", f"≤ {1 + NEAR} {'reached' if reached else 'missed'}"]


def rows() -> list[list[str]]:
    """A row for each kind."""
    return [row_of(kind) for kind in KINDS]
