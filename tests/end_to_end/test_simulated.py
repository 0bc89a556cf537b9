"""The control part over simulated ranks."""

import shutil

from end_to_end.program import Skipped
from simulated import cluster


def test_simulated_ranks():
    """over 64 and 256 simulated ranks on 2 and 8 nodes, what rank 0 sends for a cell grows with
    log R, and each step down the tree of nodes takes no more than a nap"""
    if shutil.which("smpirun") is None or not cluster.CONTROL.exists():
        raise Skipped("the simulation is not built: without SimGrid (libsimgrid-dev), and beside a sanitizer")
    for launched in (64, 256):
        found = cluster.costs(cluster.simulate(launched, rounds=2))
        assert list(found) == [2**i for i in range(launched.bit_length())], sorted(found)
        if launched >= cluster.FEW_RANKS:
            by_log, by_ranks = cluster.fits(found, cluster.messages)
            assert by_log.left < by_ranks.left, {r: cluster.messages(p) for r, p in found.items()}
        most = max(cluster.messages(phases) for phases in found.values())
        assert most <= 5 * (launched.bit_length() + 1), most  # command, agreement, start, end
        for ranks, phases in found.items():
            steps = max(0, (ranks // cluster.CORES).bit_length() - 1)
            nap_s = 2.1e-3  # with what a timer is late
            assert cluster.control(phases) <= 4e-4 + steps * nap_s, (ranks, phases)
