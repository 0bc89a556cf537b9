"""Many more ranks than cores."""

import pathlib

import h5py
import numpy

from end_to_end import crowd, integrity, samples
from end_to_end.program import SLOWER, folder, mpirun, run, write
from end_to_end.quiet import within_tries

RANKS = 32
PARKED_MOST = 0.05  # of a core, for 32 ranks
MEMORY_MOST = 4e6

MANY = 66
JOB = f"""
cores: 1
rounds: 2
workloads:
  wait: {{wait: timer, latency: 1 ms, tasks: {MANY}, ranks: [1, 64, {MANY}]}}
"""


def attempt(private: pathlib.Path) -> None:
    """A study of up to 32 ranks."""
    found = crowd.measure(private, RANKS, 300)
    assert list(found.cells) == [1, 2, 4, 8, 16, 32], found
    if SLOWER > 1:
        return  # what it takes is the sanitizer's
    if found.parked > 10 * PARKED_MOST or found.memory_bytes > 2 * MEMORY_MOST:
        raise RuntimeError(f"much too much, no matter what others do: {found}")
    assert found.parked <= PARKED_MOST, found
    assert found.memory_bytes <= MEMORY_MOST and found.private_bytes <= MEMORY_MOST, found


def test_many_ranks_are_small_and_asleep():
    """a study of 1 to 32 ranks on few cores ends; 31 parked ranks together use ≤ 5 % of a core, and
    each has ≤ 4 MB more than a rank of an empty MPI program"""
    within_tries(attempt)


def test_times_of_more_than_64_ranks():
    """with more than 64 ranks launched quantiles of their times are kept, who was slowest and who
    fastest, and each one's time in cells of up to 64"""
    with folder() as private:
        output = private / "out.h5"
        result = run("run", write(private / "job.yaml", JOB), "-o", output, before=mpirun(MANY),
                     TMPDIR=str(private))
        assert result.status == 0, result.err
        integrity.check_objects(output)
        with h5py.File(output) as file:
            assert (integrity.samples(file)[..., 2] != 0).sum() == 3 * 2  # all match their hashes
            total, ranks = file["time"][...], file["per_rank"]
            times, quantiles = ranks["time"][...], ranks["time_quantile"][...]
            slowest, fastest = ranks["slowest"][...], ranks["fastest"][...]
            axis = file["ranks"][...].tolist()
        assert times.shape[-1] == 64 and quantiles.shape[-1] == 5
        done = ~numpy.isnan(total)
        assert (numpy.diff(quantiles[done], axis=-1) >= 0).all()
        assert (quantiles[..., 4][done] <= total[done] * 1.0001).all()
        whole = numpy.isnan(times[:, :, axis.index(64)]).sum() == 0
        assert whole and numpy.isnan(times[:, :, axis.index(MANY)]).all()
        of_64 = times[:, :, axis.index(64)]
        assert numpy.allclose(numpy.quantile(of_64, [0, 0.25, 0.5, 0.75, 1], axis=-1),
                              numpy.moveaxis(quantiles[:, :, axis.index(64)], -1, 0))
        assert (slowest[:, :, axis.index(64)] == of_64.argmax(axis=-1)).all()
        assert (fastest[:, :, axis.index(64)] == of_64.argmin(axis=-1)).all()
        of_many = slowest[:, :, axis.index(MANY)]
        assert ((of_many >= 0) & (of_many < MANY)).all(), of_many
        again = run("run", private / "job.yaml", "-o", output, "--resume", before=mpirun(MANY),
                    TMPDIR=str(private))  # complete: is read and shown
        assert again.status == 0 and "damaged" not in again.err, again.err
