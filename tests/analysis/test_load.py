"""Run files as one dataset: what stands in it, what belongs together, and files that lie."""

import contextlib
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys

import h5py
import numpy
import xarray

from analysis import integrity, reading
from analysis.load import NotTogether, Unreadable, answers, load
from end_to_end.program import ROOT, folder
from end_to_end.quiet import alone, within_tries
from tests.analysis import made

WORKLOADS = [{"name": "cpu", "compute": "primes", "compute_time": 2e-4, "work": 5000},
             {"name": "wait", "wait": "timer", "wait_time": 1e-3},
             {"name": "mixed[wait_fraction=0.5]", "compute": "primes", "compute_time": 5e-4,
              "wait": "timer", "wait_time": 5e-4, "work": 9000, "wait_fraction": 0.5},
             {"name": "weak", "compute": "triad", "compute_time": 1e-3, "weak": 1, "bytes": 1e6}]
CUBE = {"workloads": WORKLOADS, "cores": (1, 2, 4), "ranks": (1, 4), "threads": (1, 2, 4),
        "depth": (1, 16), "rounds": 8}
OF_FILES = ["source", "file", "id", "provenance", "machine"]


def whole(private: pathlib.Path, name: str = "whole.h5", **changes) -> pathlib.Path:
    """A run of all, with flags on some samples."""
    rng = numpy.random.default_rng(3)
    flags = numpy.where(rng.random((4, 3, 2, 3, 2, 8)) < 0.1, 16, 0)
    return made.run_file(private / name, **(CUBE | {"flags": flags} | changes))


def refused(kind: type[ValueError], paths: list, *words: str, **options) -> str:
    """Loading fails in one line that holds the words."""
    try:
        load(paths, **options)
    except kind as error:
        assert all(word in str(error) for word in words), f"{words} are not in: {error}"
        assert "\n" not in str(error)
        return str(error)
    raise AssertionError(f"{paths} were not refused: {words}")


def test_made_files():
    """the files that these tests make are run files, as far as the check of run files can tell"""
    with folder() as private:
        check = ROOT / "tests" / "unit" / "runfile" / "check_runfile.py"
        done = subprocess.run([sys.executable, check, made.run_file(
            private / "a.h5", workloads=WORKLOADS, rounds=2, per_rank=True, tie_ratio=1.02)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_ranks():
    """times of ranks come as quantiles, with the slowest and fastest, whichever of both is stored"""
    with folder() as private:
        given = {"workloads": WORKLOADS, "rounds": 3, "ranks": (1, 2)}
        many = made.run_file(private / "many.h5", per_rank=True, spread=True, **given)
        few = made.run_file(private / "few.h5", per_rank=True, seed=1, **given)
        none = made.run_file(private / "none.h5", seed=2, **given)
        run = load(many, ranks=True, flagged=True)
        assert run["rank_time"].dims == (*made.AXES, "quantile")
        assert run["quantile"].values.tolist() == list(made.QUANTILES)
        assert run["rank_time"].attrs["units"] == "s"
        half = run["rank_time"].sel(quantile=0).values
        assert numpy.array_equal(half, run["time"].values / 2, equal_nan=True)
        there = ~numpy.isnan(run["time"].values)
        assert there.any() and set(run["slowest"].values[there]) == {1}
        assert set(run["fastest"].values[~there]) == {-1} and run["fastest"].dtype == "i4"
        both = load([many, few, none], ranks=True, flagged=True)
        assert both["rank_time"].dims == (*made.AXES, "quantile")
        of_few = both.where(both["source"] == both["file"].values.tolist().index("few.h5"))
        exact = (of_few["rank_time"] == of_few["time"]) | of_few["time"].isnull()
        assert exact.all() and of_few["time"].notnull().any()  # made with equal times
        assert both["rank_time"].where(
            both["source"] == both["file"].values.tolist().index("none.h5")).isnull().all()
        assert "rank_time" not in load(many)


def test_ranks_damaged():
    """times of ranks that do not agree with the axes are refused"""
    with folder() as private:
        for name in ("time_quantile", "slowest"):
            path = made.run_file(private / "a.h5", workloads=WORKLOADS, rounds=3, per_rank=True,
                                 spread=True)
            with h5py.File(path, "r+") as file:
                values = file[f"per_rank/{name}"][...]
                del file[f"per_rank/{name}"]
                file[f"per_rank/{name}"] = values[:1]
            try:
                load(path, ranks=True)
                raise AssertionError(f"{name} was read")
            except Unreadable as refused:
                assert name in str(refused), refused


def test_dataset():
    """a run file is a dataset with the valid samples; flagged ones come when asked for"""
    with folder() as private:
        path = whole(private)
        run, raw = load(path), load([str(path)], flagged=True)
        with h5py.File(path) as file:
            time_s, flags = file["time"][...], file["flags"][...]
            names = [name for name, item in file.items()
                     if isinstance(item, h5py.Dataset) and item.ndim == 6 and name != "check"]
        assert set(names) == set(made.SAMPLES)
        assert all(run[name].dims == made.AXES for name in (*names, "source"))
        assert numpy.array_equal(raw["time"].values, time_s, equal_nan=True)
        valid = numpy.where(flags == 0, time_s, numpy.nan)
        assert numpy.array_equal(run["time"].values, valid, equal_nan=True)
        assert (numpy.isnan(valid) & ~numpy.isnan(time_s)).any(), "no sample is flagged"
        assert run["flags"].dtype == "u4" and run["order"].dtype.kind == "i"
        assert run["flags"].attrs["flag_meanings"] == " ".join(made.FLAGS)
        assert run["time"].attrs["units"] == "s" and run["memory"].attrs["units"] == "byte"
        assert run["status"].attrs["flag_meanings"] == "empty done infeasible failed"
        assert {"compute", "wait", "tasks", "weak", "wait_fraction"} <= set(run.coords)
        assert run["compute"].values.tolist() == ["primes", "none", "primes", "triad"]
        assert run["cores_worth"].dims == ("workload", "cores")
        assert ((run["source"] == 0) == ~numpy.isnan(time_s)).all()
        assert run["file"].values.tolist() == ["whole.h5"]
        assert json.loads(run["provenance"].values[0])["job_file"] == "made.yaml"
        assert "<topology" in json.loads(run["machine"].values[0])["topology_xml"]
        answer = answers(path)[0]
        assert answer.complete and answer.rounds == 8 and len(answer.verdicts) == 4 * 3
        assert answer.claims == made.CLAIMS and answer.not_believed is None
        assert answer.summary.startswith("4 cores of Made Processor")


SPLITS = {  # of 8 shards, by axis
    "workload": [{"workload": [w], "round": range(r, r + 4)} for w in range(4) for r in (0, 4)],
    "cores": [{"cores": [c], "round": r} for c in (0, 2) for r in (range(3), range(3, 6), [6, 7])]
    + [{"cores": [1], "round": r} for r in (range(5), range(5, 8))],
    "round": [{"round": [r]} for r in range(8)],
    "points": [{"depth": [d], "ranks": [r], "workload": w} for d in (0, 1) for r in (0, 1)
               for w in ([0, 3], [1, 2])],
}


def test_shards():
    """8 shards give the same dataset as one run of all, bit for bit, in whatever order they come"""
    with folder() as private:
        few = {"time", "cpu", "flags", "order", "start"}
        path = whole(private, verdict=False, without=set(made.SAMPLES) - few)
        expected = load(path, flagged=True).drop_vars(OF_FILES)
        for axis, shards in SPLITS.items():
            assert len(shards) == 8
            files = [made.part(path, private / f"{axis}{i}.h5", identity=f"{axis}{i}",
                               started=f"2026-01-01T00:00:0{i}Z", **kept)
                     for i, kept in enumerate(shards)]
            random.Random(axis).shuffle(files)
            merged = load(files, flagged=True)
            xarray.testing.assert_identical(merged.drop_vars(OF_FILES), expected)
        xarray.testing.assert_identical(load(files[::-1], flagged=True), merged)


def test_rounds_stay_together():
    """rounds of a cell that several files have follow each other; those of a file stay together"""
    with folder() as private:
        path = whole(private, flags=0, verdict=False)
        first = made.part(path, private / "a.h5", identity="a", started="1", round=range(3),
                          depth=[0])
        second = made.part(path, private / "b.h5", identity="b", started="2", round=range(3, 6))
        third = made.part(path, private / "c.h5", identity="c", started="3", round=range(6, 8),
                          depth=[1])
        merged, all_of_it = load([second, third, first]), load(path)
        assert merged.sizes["round"] == 8
        assert merged["file"].values.tolist() == ["a.h5", "b.h5", "c.h5"]
        both = merged.sel(depth=1, workload="cpu", cores=1, ranks=1, threads=1)
        assert both["source"].values.tolist() == [0] * 3 + [1] * 3 + [-1] * 2
        later = merged.sel(depth=16, workload="cpu", cores=1, ranks=1, threads=1)
        assert later["source"].values.tolist() == [-1] * 3 + [1] * 3 + [2] * 2, "torn apart"
        for depth, rounds in ((1, slice(1, 6)), (16, slice(4, 8))):
            found, expected = (run["time"].sel(depth=depth, round=rounds)
                               for run in (merged, all_of_it))
            assert numpy.array_equal(found, expected, equal_nan=True), depth


def test_other_nodes():
    """runs on other cores of nodes of one shape merge; their axes are the union"""
    with folder() as private:
        shape = {"machine": {"summary": "8 cores of A, 4.0 GiB; Linux"}}
        files = [made.run_file(private / f"{c}.h5", workloads=WORKLOADS[:2], cores=c, seed=c[0],
                               threads=(1, 2, 4, 8), machine=shape["machine"] | {"host": str(c)},
                               started=str(c), cores_worth=numpy.array(c, float))
                 for c in ((1, 4), (2, 8))]
        run = load(files)
        assert run["cores"].values.tolist() == [1, 2, 4, 8] and run.sizes["round"] == 12
        assert run["cores_worth"].values.tolist() == [[1, 2, 4, 8]] * 2
        assert (run["status"].sel(cores=8, threads=8) == 1).all()
        assert (run["status"].sel(cores=8, threads=2) == 2).all()


def changed(workload: dict) -> dict:
    """The cube with another first workload."""
    return {"workloads": [WORKLOADS[0] | workload, *WORKLOADS[1:]], "seed": 5}


REFUSED = [
    ({"seed": 0}, ("the same run",)),
    (changed({"tasks": 65}), ("cpu", "not the same work", "tasks 64 and 65")),
    (changed({"compute": "flops"}), ("compute primes and flops",)),
    (changed({"work": 5200}), ("work", "5000 and 5200", "3.8 %")),
    (changed({"compute_time": 2.1e-4}), ("compute_time", "4.8 %", "--across")),
    (changed({"checksum": 1}), ("checksum",)),
    ({"seed": 5, "provenance": {"job_effective": 'workloads:\n  "cpu":\n    block: 4 KiB\n'}},
     ("block 8 KiB and 4 KiB",)),
    ({"seed": 5, "not_believed": "too fast"}, ("not credible", "too fast")),
    ({"seed": 5, "machine": {"summary": "4 cores of Other, 8.0 GiB"}},
     ("different machines", "Other", "--across")),
    ({"seed": 5, "cores": (1, 2)}, ("different machines", "4 cores", "2 cores")),
]


def test_not_together():
    """what does not belong together is refused, and what differs is named"""
    with folder() as private:
        options = {"job_effective": 'workloads:\n  "cpu":\n    block: 8 KiB\n'}
        cube = CUBE | {"rounds": 2, "verdict": [], "claims": []}
        first = made.run_file(private / "first.h5", **cube, started="1", provenance=options)
        for i, (changes, words) in enumerate(REFUSED):
            other = made.run_file(private / f"{i}.h5", **(cube | {"started": "2"} | changes))
            refused(NotTogether, [first, other], f"{i}.h5", *words)
            if "--across" in words:
                load([first, other], across=True)
        near = made.run_file(private / "near.h5", **(cube | changed({"work": 5050})))
        assert "work of a task is 5000 and 5050, 0.99 % apart" in load([first, near]).notes
        not_believed = made.run_file(private / "no.h5", **cube, not_believed="too fast")
        assert answers(not_believed)[0].not_believed == "too fast"
        assert load(not_believed).sizes["round"] == 2


def test_tie_ratio():
    """how much slower is as good is what the file says; 1.02 where it says nothing, or nonsense"""
    said = [(None, 1.02), (1.5, 1.5), ([1.25], 1.25), (numpy.nan, 1.02), (0.5, 1.02), ("1.5", 1.02)]
    with folder() as private:
        for i, (tie_ratio, taken) in enumerate(said):
            path = made.run_file(private / f"{i}.h5", **CUBE, seed=i, tie_ratio=tie_ratio)
            assert answers(path)[0].tie_ratio == taken, (tie_ratio, answers(path)[0].tie_ratio)


def test_part_of_a_run():
    """runs that did not end, or of older versions, are loaded as far as they go"""
    with folder() as private:
        keep = numpy.arange(8) < 3
        path = whole(private, verdict=False, keep=keep, flags=0, without=("others", "steal"))
        run, answer = load(path), answers(path)[0]
        assert run.sizes["round"] == 3 and "others" not in run
        assert not answer.complete and answer.rounds == 3
        assert answer.verdicts == [] and answer.claims == []
        nothing = whole(private, "nothing.h5", keep=False, seed=9)
        assert load(nothing).sizes["round"] == 1 and load(nothing)["time"].isnull().all()
        assert answers(nothing)[0].rounds == 0
        assert load([path, nothing]).sizes["round"] == 3, "a run without a round was no shard"
        odd = made.run_file(private / "odd.h5", workloads=WORKLOADS[:1], rounds=4, noise=0,
                            time=numpy.array([1, -1, numpy.inf, 0]))
        run = load(odd)
        assert numpy.isfinite(run["time"].sel(cores=1, threads=1)).sum() == 1
        assert "left out" in run.notes


def damaged_files(private: pathlib.Path) -> list[pathlib.Path]:
    """A small run file with bytes changed or cut off, at random but always the same."""
    source = made.run_file(private / "small.h5", workloads=WORKLOADS[:2], rounds=2).read_bytes()
    rng, files = random.Random(1), []
    for i in range(40):
        raw = bytearray(source)
        if i % 6 == 0:
            del raw[rng.randrange(len(raw)):]
        for _ in range(rng.choice([1, 8, 64])):
            at = rng.randrange(max(len(raw), 1))
            raw[at : at + 1] = bytes([rng.randrange(256)])
        files.append(private / f"damaged{i}.h5")
        files[-1].write_bytes(raw)
    return files


def test_damaged():
    """a damaged or foreign file is refused in one line; whatever HDF5 makes of it, we go on"""
    with folder() as private:
        good = bad = 0
        for path in damaged_files(private):
            try:
                load(path)
                answers(path)
                good += 1
            except Unreadable as error:
                assert error.status in (2, 4) and "\n" not in str(error), error
                assert path.name in str(error), error
                bad += 1
        assert bad > 10 and good + bad == 40, f"{bad} of 40 were refused"
        (private / "empty.h5").touch()
        (private / "text.h5").write_text("no HDF5", encoding="ascii")
        os.mkfifo(private / "pipe.h5")
        with h5py.File(private / "foreign.h5", "w") as file:
            file["time"] = 1.0
        for name, words in {"empty.h5": "not an HDF5 file", "text.h5": "not an HDF5 file",
                            "pipe.h5": "is not a file", "foreign.h5": "not a run file",
                            "none.h5": "No such file", ".": "is a folder", "a\0b": "file"}.items():
            refused(Unreadable, [private / name], words)


def test_lies():
    """sizes that a file only claims, and other files that it points to, are refused at once"""
    with folder() as private:
        base = made.run_file(private / "base.h5", workloads=WORKLOADS[:1], rounds=2)
        raw = base.read_bytes()

        def lying(name: str, change) -> pathlib.Path:
            path = private / name
            path.write_bytes(raw)
            with h5py.File(path, "r+") as file:
                change(file)
                with contextlib.suppress(integrity.Damaged):
                    made.seal_objects(file)  # up to the lie, where the lie has no hash
            return path

        def huge(file: h5py.File) -> None:
            for name in ("round", *made.SAMPLES):
                shape = (1_000_000,) if name == "round" else (*file[name].shape[:-1], 1_000_000)
                del file[name]
                file.create_dataset(name, shape, "f8")

        def elsewhere(file: h5py.File) -> None:
            shape = file["time"].shape
            del file["time"]
            file.create_dataset("time", shape, "f8", external=[(str(base), 0, 1 << 20)])

        def linked(file: h5py.File) -> None:
            del file["time"]
            file["time"] = h5py.ExternalLink(str(base), "/time")

        def other_shape(file: h5py.File) -> None:
            del file["cpu"]
            file["cpu"] = numpy.zeros((1, 1, 1, 1, 1, 1))

        def twice(file: h5py.File) -> None:
            file["cores"][...] = 1

        def idle(file: h5py.File) -> None:
            file["tasks"][...] = 0

        for name, change, words in (("huge", huge, "/completion has an impossible size"),
                                    ("elsewhere", elsewhere, "does not stand in it"),
                                    ("linked", linked, "does not stand in it"),
                                    ("other", other_shape, "cpu does not agree"),
                                    ("idle", idle, "a workload without tasks"),
                                    ("twice", twice, "the axis cores holds impossible values")):
            refused(Unreadable, [lying(name, change)], "is damaged", words)


def test_more_than_known():
    """variables, groups and attributes that are not known do no harm; new sample variables are there"""
    with folder() as private:
        path = made.run_file(private / "a.h5", workloads=WORKLOADS[:2], rounds=3, per_rank=True)
        with h5py.File(path, "r+") as file:
            time_s = file["time"][...]
            file["later"] = time_s / 8
            file["later"].attrs["units"] = "s"
            del file["per_rank/time"]
            file["per_rank/quantile"] = numpy.repeat(time_s[..., None], 5, axis=-1)
            file["per_rank/slowest"] = numpy.zeros(time_s.shape, "i4")
            file.create_group("placement").attrs["machines"] = 2
            file["machine"].attrs["hosts"] = ["a", "b"]
            made.seal(file)
        run = load(path)
        assert run["later"].dims == made.AXES and run["later"].attrs["units"] == "s"
        assert numpy.array_equal(run["later"].values, time_s / 8, equal_nan=True)
        assert answers(path)[0].machine["hosts"] == ["a", "b"] and run.notes == ""
        with h5py.File(path, "r+") as file:
            file["per_rank/quantile"][0, 0, 0, 0, 0, 1, 3] = 0
        assert load(path).notes == "a.h5: 1 samples are damaged and left out"


def test_crash_and_hang():
    """a crash, a hang and a hunger of the HDF5 library end its own process and not ours"""
    looked, limit = reading._look, reading.CPU_S
    try:
        with folder() as private:
            path = made.run_file(private / "a.h5", workloads=WORKLOADS[:1], rounds=1)
            reading.CPU_S = 1

            def crash(*_):
                os.kill(os.getpid(), signal.SIGSEGV)

            def hang(*_):
                while True:
                    pass

            def hunger(*_):
                return bytearray(reading.ROOM_BYTES * 4)

            for misbehave, words in ((crash, "crashes"), (hang, "does not come to an end"),
                                     (hunger, "more memory")):
                reading._look = misbehave
                refused(Unreadable, [path], words)
    finally:
        reading._look, reading.CPU_S = looked, limit


MILLION = r"""
import re, sys
from analysis import load
run = load(sys.argv[1])
assert run.time.size == run.time.notnull().sum() == 1_000_000
print(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])  # not what has forked it
"""


# What any reader has to do: to start, to import the libraries, to read every number and to hash it.
READ_ALL = r"""
import sys
import h5py, numpy, xarray, xxhash

def look(name, item):
    if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu":
        xxhash.xxh3_64(numpy.ascontiguousarray(item[()])).digest()

h5py.File(sys.argv[1]).visititems(look)
"""
READINGS_MOST = 5  # each variable is read and hashed piece by piece in a child, and read again


def cpu_seconds(script: str, path: pathlib.Path) -> tuple[float, str]:
    """CPU time of a script and what it prints."""
    def used() -> float:
        of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return of_children.ru_utime + of_children.ru_stime
    before = used()
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, cwd=ROOT,
                          check=False)
    assert done.returncode == 0, done.stderr
    return used() - before, done.stdout


@alone
def test_million_samples():
    """a million samples are loaded in little memory, and in little more time than reading and hashing them takes"""
    with folder() as private:
        axes = {"cores": range(1, 11), "ranks": range(1, 11), "threads": range(1, 11),
                "depth": range(1, 11)}
        path = made.run_file(private / "million.h5", workloads=WORKLOADS[:1], rounds=100, **axes,
                             status=1, verdict=False)

        def attempt(_: pathlib.Path) -> None:
            seconds, printed = cpu_seconds(MILLION, path)
            assert int(printed) < 400 * 1024, f"{int(printed) // 1024} MiB"
            reading_s, _ = cpu_seconds(READ_ALL, path)
            assert seconds <= READINGS_MOST * reading_s, f"{seconds:.1f} s, reading alone {reading_s:.1f} s"

        within_tries(attempt)
