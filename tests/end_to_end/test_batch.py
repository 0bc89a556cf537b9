"""What a batch system says in the environment is heeded, also where there is none."""

import time

from end_to_end import resuming
from end_to_end.program import SLOWER, folder, run, write

JOB = """
rounds: 1000
workloads:
  wait: {wait: timer, latency: 50 ms, tasks: 4}
"""


def test_time_is_up():
    """before the batch system ends its job a run ends by itself, and what it measured is safe"""
    with folder() as private:
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        end = time.time() + 15 + 10 * SLOWER
        result = run("run", job, "-o", output, TMPDIR=str(private), SLURM_JOB_ID="7",
                     SLURM_JOB_END_TIME=f"{end:.0f}")
        assert time.time() < end - 10, "it has cut it fine"
        assert result.status == 3, result
        assert "cual: interrupted: job 7 of Slurm has 1" in result.err, result.err
        assert "resume with: " in result.err, result.err
        assert resuming.count(output) > 0, result.err
        for left_s in (0, -1000):
            over = run("run", job, "-o", output, "--resume", TMPDIR=str(private), SLURM_JOB_ID="7",
                       SLURM_JOB_END_TIME=f"{time.time() + left_s:.0f}")
            assert over.status == 3 and "job 7 of Slurm has 0 s left" in over.err, over


def test_strangers():
    """tasks of srun that cannot find each other do not measure; one of them says why"""
    for rank in (0, 1):
        for command in (("run", "job.yaml"), ("doctor",)):
            with folder() as private:
                write(private / "job.yaml", JOB)
                result = run(*command, cwd=private, SLURM_JOB_ID="7", SLURM_STEP_ID="0",
                             SLURM_STEP_NUM_TASKS="2", SLURM_PROCID=str(rank))
                assert result.status == 5 and result.out == "", result
                assert ("2 processes that cannot find each other" in result.err) == (rank == 0)
                assert len(result.err.splitlines()) == (rank == 0), result.err
