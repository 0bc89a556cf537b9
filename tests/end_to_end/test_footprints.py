"""Equal work: a worker walks through as much memory at every point, and the level that holds it is named."""

import pathlib
import re

import h5py

from end_to_end.program import ROOT, folder, run, write
from end_to_end.quiet import within_tries
from end_to_end.samples import fact

QUICK = ROOT / "jobs/quick.yaml"
# 768 MiB of L3 cache in 8 instances; no L3 cache; no cache that is known.
LARGE = "pack:1 l3:8(size=96MiB) l2:8(size=512KiB) l1d:1(size=32KiB) core:1 pu:1"
SMALL = "pack:1 l2:2(size=1MiB) l1d:2(size=48KiB) core:1 pu:1"
UNKNOWN = "core:2 pu:1"
JOB = """
cores: [1, all]
threads: [1, all]
workloads:
  tri: {compute: triad, memory: 64 KiB, task: 1 ms, tasks: 16}
  half: {compute: triad, memory: 0.5 L2, task: 1 ms, tasks: 16}
  walk: {compute: chase, memory: 0.5 L2, task: 1 ms, tasks: 16}
  far: {compute: triad, memory: 4 LLC, task: 4 ms, tasks: 16}
"""


def planned(machine: str, *settings: str) -> str:
    """What `cual plan` says of the quick job on a machine that is only described."""
    result = run("plan", QUICK, *[part for setting in settings for part in ("--set", setting)],
                 HWLOC_SYNTHETIC=machine)
    assert result.status == 0, result
    return result.out


def test_sizes_in_caches():
    """sizes in caches are those of one instance, in bytes; the shipped sizes suit every machine"""
    for machine, triad, chase in ((LARGE, "384 MiB", "192 MiB"), (SMALL, "4 MiB", "2 MiB"),
                                  (UNKNOWN, "128 MiB", "64 MiB")):
        out = planned(machine)
        assert f"footprint   triad  {triad} for each worker" in out, out
        assert f"footprint   chase  {chase} for each process" in out, out
        assert "\nwarning" not in out, out


def test_unknown_cache():
    """a size in a cache that the machine does not tell is an error that says what to write instead"""
    for machine in (SMALL, UNKNOWN):
        result = run("plan", QUICK, "--set", "triad.memory=4L3", HWLOC_SYNTHETIC=machine)
        assert result.status == 2 and result.out == "", result
        for words in ("--set triad.memory=4L3", "`4L3` cannot be had", "its L3 cache is: write LLC", "or bytes"):
            assert words in result.err, result.err


def test_warning():
    """`cual plan` warns, in a line, of footprints that lie in other levels at other points"""
    out = planned(LARGE, "triad.memory=12MiB", "chase.memory=48MiB")
    lines = [line for line in out.splitlines() if line.startswith("warning")]
    assert [line.split()[1] for line in lines] == ["triad", "chase"], out
    for line in lines:
        assert re.search(r"lies in the L3 cache at 1×1×1@1.* and between the L3 cache and the memory at "
                         r".*; a difference between these points may come from the caches\.$", line), line


def check_limits(private: pathlib.Path) -> None:
    """One attempt: the limits of what lies in a cache, and in the memory."""
    job, output = write(private / "job.yaml", JOB), private / "out.h5"
    result = run("run", job, "-o", output, "--rounds", "12", TMPDIR=str(private))
    assert result.status == 0, result.err
    with h5py.File(output) as file:
        said: dict[str, list[tuple[str, str]]] = {}
        for name, *texts in zip(*(file["verdict"][column].asstr()[:]
                                  for column in ("workload", "limit", "reason")), strict=True):
            said.setdefault(name, []).append(tuple(texts))
    for name, limit, words in (("tri", r"the L[12]", "cache"), ("half", "the L2", "is the L2 cache"),
                               ("far", "the memory", "is the memory bus")):
        for short, reason in said[name]:
            assert re.match(limit, short), (name, short, reason)
            assert words in reason, (name, short, reason)
            assert name == "far" or "memory" not in reason, (name, short, reason)
    assert re.match("the L2: ", said["walk"][0][0]) and "latency of the L2 cache" in said["walk"][0][1], said["walk"]
    effective = fact(output, "provenance", "job_effective")
    assert "    memory: 64 KiB\n" in effective, effective
    assert not re.search(r"memory: [0-9.]+ ?L", effective), effective


def test_limit_is_where_the_data_lies():
    """what lies in a cache is limited by that cache, and what lies in the memory by the memory bus"""
    within_tries(check_limits)
