"""What controlling a cell takes on simulated clusters, over the ranks that it uses.

usage: BUILD=build tests/simulated/cluster.py [RANKS]…

The control part of the program as it is (tests/simulated/control.c) is carried out by 64, 256, 1024
and 4096 simulated ranks. Prints a table of simulated time, in µs, and how a + b·log2 R and a + b·R
fit it and the messages that rank 0 sends, from two nodes on. Exit status 0 when the first one fits
better, where there are enough numbers of ranks to tell. (Ranks of one node wake each other, first
ranks of others look every 2 ms: two laws, of which the second counts.)
"""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

import numpy

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
CONTROL = BUILD / "simulated/control"
SIZES = (64, 256, 1024, 4096)
VISITS = 24576  # of launched ranks, in all rounds: more ranks are fewer rounds
FIT_RANKS = 1024  # with fewer, there are fewer than five numbers of ranks that take several nodes
FEW_RANKS = 256  # as many numbers tell the law of messages, which vary little
PHASES = ("command", "start", "end", "gather", "all", "messages")

# Nodes of 32 cores under a fat tree of two levels, 16 nodes to a switch: 100 Gbit/s, 0.3 µs a link,
# so that 1.2 µs lie between nodes under different switches. Within a node 0.2 µs and 10 GB/s.
# SimGrid 4.0 crashes over a cluster that is in no zone.
CORES = 32
LEAF = 16
PLATFORM = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="all" routing="Full">
    <cluster id="cluster" prefix="node-" suffix="" radical="0-{last}" speed="10Gf" core="{cores}"
             bw="12.5GBps" lat="300ns" loopback_bw="10GBps" loopback_lat="200ns"
             topology="FAT_TREE" topo_parameters="2;{leaf},{leaves};1,{leaf};1,1"/>
  </zone>
</platform>
"""
# The collectives are those of SimGrid that need no preparation of their own, as large as R², for every
# communicator: only the start and the first visits have any. A message takes its sender and its receiver 0.3 µs each, a look for one 0.5 µs; computing, of which
# the control part has next to none, takes nothing.
OPTIONS = ("smpi/simulate-computation:no", "smpi/bcast:binomial_tree", "smpi/allreduce:rdb", "smpi/allgather:rdb", "smpi/barrier:ompi_bruck", "smpi/os:0:3e-7:0", "smpi/ois:0:3e-7:0",
           "smpi/or:0:3e-7:0", "smpi/test:5e-7", "smpi/grow-injected-times:no",
           "smpi/lat-factor:0:1", "smpi/bw-factor:0:0.95")


@dataclasses.dataclass
class Fit:
    """Least squares of y over some function of R: a + b·f(R), and the root mean square of what is
    left, all in s."""

    a: float
    b: float
    left: float


@contextlib.contextmanager
def cluster(ranks: int) -> Iterator[pathlib.Path]:
    """A private folder with the platform and the list of hosts for so many ranks."""
    nodes = -(-ranks // CORES)
    leaves = -(-nodes // LEAF)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cual-simulated-"))
    try:
        (folder / "platform.xml").write_text(PLATFORM.format(
            last=leaves * LEAF - 1, cores=CORES, leaf=LEAF, leaves=leaves))
        (folder / "hosts").write_text("".join(f"node-{rank // CORES}\n" for rank in range(ranks)))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rounds_for(ranks: int) -> int:
    """Few enough to end within a minute on a quiet machine, and enough for a mean."""
    return max(2, min(12, VISITS // ranks))


def simulate(ranks: int, rounds: int) -> list[tuple[str, int, int, numpy.ndarray]]:
    """Every visit to a cell of so many launched ranks: workload, R, round (0: the first) and the
    seconds of each phase."""
    with cluster(ranks) as folder:
        done = subprocess.run(
            ["smpirun", "-np", str(ranks), "-platform", folder / "platform.xml", "-hostfile",
             folder / "hosts", "-no-privatize", *(f"--cfg={option}" for option in OPTIONS),
             f"--cfg=smpi/tmpdir:{folder}", "--log=root.thres:warning", CONTROL, str(rounds)],
            capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(f"{ranks} simulated ranks: status {done.returncode}: {done.stderr}")
    visits = [line.split() for line in done.stdout.splitlines()]
    return [(words[0], int(words[1]), int(words[2]), numpy.array(words[3:], float))
            for words in visits]


def costs(visits: list[tuple[str, int, int, numpy.ndarray]]) -> dict[int, numpy.ndarray]:
    """By R, the mean seconds of each phase of a visit, the first ones left out."""
    ranks = sorted({visit[1] for visit in visits})
    return {r: numpy.mean([phases for _, of, number, phases in visits if of == r and number > 0],
                          axis=0) for r in ranks}


def control(phases: numpy.ndarray) -> float:
    """Seconds of all that is not the gather."""
    return float(phases[PHASES.index("all")] - phases[PHASES.index("gather")])


def fit(x: numpy.ndarray, y: numpy.ndarray) -> Fit:
    """Least squares of y = a + b·x."""
    design = numpy.stack([numpy.ones_like(x), x], axis=1)
    (a, b), *_ = numpy.linalg.lstsq(design, y, rcond=None)
    return Fit(a, b, float(numpy.sqrt(numpy.mean((y - a - b * x) ** 2))))


def messages(phases: numpy.ndarray) -> float:
    """Messages that rank 0 sends, but for the gather."""
    return float(phases[PHASES.index("messages")])


def fits(found: dict[int, numpy.ndarray],
         what: Callable[[numpy.ndarray], float]) -> tuple[Fit, Fit]:
    """Something of each cell on several nodes over log2 R and over R."""
    ranks = numpy.array([r for r in found if r > CORES], float)
    values = numpy.array([what(found[int(r)]) for r in ranks])
    return fit(numpy.log2(ranks), values), fit(ranks, values)


def show(launched: int, found: dict[int, numpy.ndarray]) -> bool:
    """Prints the table of one cluster and its fits; True when the cost grows with log R."""
    print(f"\n{launched} ranks on {-(-launched // CORES)} nodes, µs for a cell of R ranks")
    print(f"{'R':>6} {'command':>8} {'start':>8} {'end':>8} {'together':>9} {'gather':>8} {'messages':>9}")
    for r, phases in found.items():
        command, start, end, gather, *_ = 1e6 * phases
        print(f"{r:6d} {command:8.1f} {start:8.1f} {end:8.1f} {1e6 * control(phases):9.1f} "
              f"{gather:8.1f} {messages(phases):9.1f}")
    good = True
    for name, what, unit, least in (("together", control, 1e6, FIT_RANKS),
                                    ("messages", messages, 1, FEW_RANKS)):
        if max(found) <= 2 * CORES:
            continue  # one point
        by_log, by_ranks = fits(found, what)
        print(f"{name}: {unit * by_log.a:.4g} + {unit * by_log.b:.4g}·log2 R, off by "
              f"{unit * by_log.left:.3g}; {unit * by_ranks.a:.4g} + {unit * by_ranks.b:.4g}·R, "
              f"off by {unit * by_ranks.left:.3g}")
        good &= launched < least or by_log.left < by_ranks.left
    return good


def main() -> int:
    # An end from outside unwinds like an error, so that nothing is left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    grows = [show(size, costs(simulate(size, rounds_for(size)))) for size in sizes]
    return 0 if all(grows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, RuntimeError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
