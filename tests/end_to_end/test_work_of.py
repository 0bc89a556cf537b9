"""Shards of a study do the same work, whatever calibration would find now."""

import h5py

from end_to_end.program import folder, run, write

TIMELESS = True

JOB = """
cores: {cores}
rounds: {rounds}
workloads:
  count: {{compute: {kernel}, task: {task}, tasks: 8}}
  fixed: {{compute: primes, work: 1000, tasks: 8}}
  wait: {{wait: timer, latency: 1 ms, tasks: 8}}
"""


def test_work_of():
    """a run with --work-of does the work that another run has found, and one that has not is refused"""
    with folder() as private:
        def go(name: str, *options: str, rounds: int = 2, cores: str = "[1, all]",
               kernel: str = "primes", task: str = "1 ms"):
            job = write(private / f"{name}.yaml",
                        JOB.format(rounds=rounds, cores=cores, kernel=kernel, task=task))
            return run("run", job, "-o", private / f"{name}.h5", *options, TMPDIR=str(private))

        def work(name: str) -> list[int]:
            with h5py.File(private / f"{name}.h5") as file:
                return file["work"][...].tolist()

        # A task of another length stands for a machine of another speed.
        first = go("slow", task="5 ms")
        assert first.status == 0, first
        other = go("other", "--work-of", private / "slow.h5", rounds=3, cores="1")
        assert other.status == 0 and work("other") == work("slow"), other
        assert go("other", "--work-of", private / "slow.h5", "--resume", rounds=3,
                  cores="1").status == 0
        for name, changes, message in (
                ("slow.h5", {"kernel": "flops"}, "its run has no workload count that computes flops"),
                ("none.h5", {}, "none.h5: cannot be read"),
                ("slow.yaml", {}, "slow.yaml: is not an HDF5 file")):
            refused = go("refused", "--work-of", private / name, **changes)
            assert refused.status == 2 and message in refused.err, refused
            assert not (private / "refused.h5").exists()
