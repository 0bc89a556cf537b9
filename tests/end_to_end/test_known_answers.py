"""Known answers: what waiting and computing must give on any machine."""

import pathlib
import time

import h5py
import numpy

from end_to_end import samples
from end_to_end.program import FAULTS, folder, needs_full_speed, run, write
from end_to_end.quiet import within_tries


def measure(text: str, private: pathlib.Path) -> dict[samples.Point, numpy.ndarray]:
    """The times of a job, in s by point and round."""
    job, output = write(private / "job.yaml", text), private / "out.h5"
    result = run("run", job, "-o", output, TMPDIR=str(private))
    # 1: the program found a speed-up impossible by itself; the samples show which.
    assert result.status in (0, 1) and output.exists(), result.err
    return samples.read(output)


def slept_s(times: int, seconds: float) -> float:
    """How long plain sleeping takes here: some machines wake their sleepers late."""
    start = time.monotonic()
    for _ in range(times):
        time.sleep(seconds)
    return time.monotonic() - start


def check_waiting(private: pathlib.Path) -> None:
    """One attempt at the known answers of waiting."""
    times_s = measure("""
threads: [1, 16]
depth: [1, 64]
rounds: 7
workloads:
  wait: {wait: timer, latency: 1 ms, tasks: 256}
""", private)
    serial = times_s["wait", 1, 1, 1, 1]
    assert len(serial) == 7, f"{len(serial)} rounds"
    most_s = 1.1 * slept_s(256, 1e-3)
    assert 0.256 <= numpy.median(serial) <= most_s, f"serial takes {numpy.median(serial):.3f} s"
    for point, least in ((("wait", 1, 1, 64, 1), 58), (("wait", 1, 16, 1, 1), 14)):
        speed_up = numpy.median(serial / times_s[point])
        assert speed_up >= least, f"{point} is {speed_up:.1f} times as fast as serial"
    for (_, ranks, threads, depth, _), times in times_s.items():
        least_s = 256e-3 / min(256, ranks * threads * depth)
        assert times.min() > 0.999 * least_s, f"{ranks}×{threads}×{depth} takes {times.min()} s"


def check_computing(private: pathlib.Path) -> None:
    """One attempt at the known answer of computing on one core."""
    time = measure("""
ranks: [1, 2, 16]
threads: [1, 2, 16]
depth: [1, 2, 16]
rounds: 9
workloads:
  flops: {compute: flops, task: 50 us, tasks: 128}
  primes: {compute: primes, task: 50 us, tasks: 128}
""", private)
    assert len(time) == 54, f"{len(time)} cells"
    # the low end of the 95 % interval of nine rounds: the second of their order statistics
    speed_up = {point: numpy.sort(time[point[0], 1, 1, 1, 1] / times)[1]
                for point, times in time.items()}
    most = max(speed_up, key=speed_up.get)
    assert speed_up[most] <= 1.05, f"{most} is ≥ {speed_up[most]:.3f} times as fast as serial"


def check_impossible(private: pathlib.Path) -> None:
    """One attempt at a wait engine that hurries; samples that others disturb convict nobody."""
    job = write(private / "job.yaml", """
depth: [1, 8]
rounds: 12
workloads:
  wait: {wait: hurries, latency: 5 ms, tasks: 16}
""")
    result = run("run", job, "-o", private / "out.h5", program=FAULTS, TMPDIR=str(private))
    assert result.status == 1, result
    assert "not credible: wait at 1×1×8@1 is" in result.err, result.err


def test_waiting():
    """256 waits of 1 ms take 0.256 s and 1.1 times plain sleeps at most, are ≥ 58 × as fast at 1×1×64, ≥ 14 × at 1×16×1"""
    needs_full_speed()
    within_tries(check_waiting)


def test_computing_on_one_core():
    """flops and primes on one core are at no point more than 1.05 times as fast as serial"""
    needs_full_speed()
    within_tries(check_computing)


def test_impossible_is_not_believed():
    """a speed-up that cannot be ends with exit status 1 and names the cell"""
    within_tries(check_impossible)


JOB = """
threads: [1, 2]
rounds: 1
workloads:
  none: {wait: none, tasks: 4}
"""


def known(file: pathlib.Path) -> dict[str, float]:
    """The known answers of a run, each beside the most that can be."""
    with h5py.File(file) as found:
        facts = found["machine"].attrs
        return {name: float(facts[f"known_{name}"].removesuffix(f" of {most}"))
                for name, most in (("waiting", 64), ("computing", 1))}


def test_known_answers_come_first():
    """known answers are tried for jobs with and without threads and stand in the run file"""
    with folder() as private:
        for number, text in enumerate((JOB, JOB.replace("[1, 2]", "1"))):
            output = private / f"{number}.h5"
            start = time.monotonic()
            result = run("run", write(private / "job.yaml", text), "-o", output, program=FAULTS,
                         TMPDIR=str(private))
            assert result.status == 0, result.err
            answers = known(output)
            busy = "note: the machine is too busy" in result.err
            assert 32 <= answers["waiting"] <= 65.3 or busy, answers
            assert 0 < answers["computing"] <= 1.05, answers
            with h5py.File(output) as file:
                launch = file["machine"].attrs["rank_start"]
            assert 0 < float(launch.removesuffix(" s")) < time.monotonic() - start, launch


def test_wrong_known_answers_are_not_believed():
    """a timer that is early and a kernel that skips work end the run with 1 before any round"""
    with folder() as private:
        for fault, words in (("timer", "the waits end too early"),
                             ("flops", "flops at 1×2×1@1, whose answer is known, gives a wrong")):
            result = run("run", write(private / "job.yaml", JOB), "-o", private / "out.h5",
                         program=FAULTS, TMPDIR=str(private), CUAL_FAULT=fault)
            assert result.status == 1, result
            assert "not credible: " in result.err and words in result.err, result.err
            assert not (private / "out.h5").exists() and "round" not in result.out, result
