"""Cores that are not equally fast."""

import h5py

from end_to_end.program import FAULTS, Skipped, folder, run, write

JOB = """
seed: 1
cores: [1, 2]
threads: [1, 2]
ranks: 1
depth: 1
rounds: 8
workloads:
  limps: {compute: limps, task: 500 us, tasks: 64}
"""


def test_unequal_cores_are_named():
    """a core of half the speed is measured as such, and named with the core of serial; nothing of it
    is called sharing"""
    with folder() as private:
        output = private / "out.h5"
        result = run("run", write(private / "job.yaml", JOB), "-o", output, program=FAULTS,
                     TMPDIR=str(private))
        assert result.status in (0, 2), result.err
        if not output.exists():
            raise Skipped("there is one core")
        with h5py.File(output) as file:
            cpus = file["machine/core"][...].tolist()
            low, high = (file[f"machine/core_speed_{end}"][0] for end in ("low", "high"))
            reasons = dict(zip(file["verdict/cores"][...].tolist(),
                               file["verdict/reason"].asstr()[...], strict=True))
        if not (cpus[0] == 0 and 0.4 < low[1] and high[1] < 0.6):
            raise Skipped(f"others computed: CPU {cpus[1]} has {low[1]:.2f} to {high[1]:.2f} of the "
                          f"speed of CPU {cpus[0]}")
        assert "as if they shared" not in reasons[2], reasons[2]
        if "No verdict" in reasons[2]:
            raise Skipped("no sample was left alone")
        assert f"CPU {cpus[1]} has 0." in reasons[2], reasons[2]
        assert "of the speed of CPU 0, where serial ran" in reasons[2], reasons[2]
        assert "CPU" not in reasons[1], reasons[1]
