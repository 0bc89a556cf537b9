"""Damaged run files: what is read of them is what was measured, and what cannot be is refused."""

import pathlib
import shutil

import h5py
import numpy

from analysis import integrity
from analysis.load import Unreadable, load
from analysis.reading import read
from end_to_end import integrity as slow
from end_to_end.program import folder, run
from tests.analysis import damage, made

WORKLOADS = [{"name": "cpu", "compute": "primes", "compute_time": 2e-4},
             {"name": "wait", "wait": "timer", "wait_time": 1e-3}]
CELL = (0, 0, 0, 1, 0)  # one that is measured …
INFEASIBLE = (0, 1, 0, 0, 0)  # … and one that is not


def test_mutants():
    """of 300 damaged files none gives another number, and what show refuses is refused"""
    with folder() as private:
        counts = damage.check_mutants(private, 300, seed=1)
        assert counts.refused and counts.left_out and counts.whole, counts


def test_hashes():
    """the hashes are those of the description, worked out by another program, and of the program"""
    with folder() as private:
        files = [*damage.measured(private),
                 made.run_file(private / "made.h5", workloads=WORKLOADS, rounds=3, per_rank=True)]
        for path in files:
            slow.check_objects(path)
            file = read(path)
            with h5py.File(path) as raw:
                expected = (slow.samples(raw) != 0).any(axis=-1)
            there = ~numpy.isnan(file.samples["time"])
            begun = expected[:, : there.shape[-1]]
            assert begun.any() and not expected[:, there.shape[-1] :].any(), path
            assert (there.reshape(begun.shape) == begun).all(), path
            assert file.damaged == 0, path
        words = numpy.random.default_rng(1).integers(0, 2**64, (12, 5), "u8")
        for count in range(1, 13):
            hashes = integrity.of_words(list(words[:count])).tolist()
            assert hashes == [slow.xxh64(one.tobytes()) for one in words[:count].T], count
        shown = run("show", files[-1])
        assert shown.status == 0, f"show refuses what the tests make: {shown}"


def changed(path: pathlib.Path, name: str, place: tuple, value: float) -> pathlib.Path:
    """A copy of a run file with one number changed."""
    copy = shutil.copy(path, path.with_name("changed.h5"))
    with h5py.File(copy, "r+") as file:
        file[name][place] = value
    return copy


def test_damaged_samples():
    """a sample that is not as it was written is left out and counted; what has no hash is none"""
    with folder() as private:
        path = made.run_file(private / "made.h5", workloads=WORKLOADS, rounds=4, per_rank=True)
        whole = read(path)
        for name, place in (("time", ()), ("cpu", ()), ("flags", ()), ("order", ()), ("start", ()),
                            ("check", ()), ("per_rank/time", (0,))):
            copy = changed(path, name, (*CELL, 2, *place), 8)
            file = read(copy)
            damage.check_same(file, whole)
            assert file.damaged == 1 and numpy.isnan(file.samples["time"][CELL][2]), name
            assert load(copy).notes == "changed.h5: 1 samples are damaged and left out", name
        said = run("report", copy)
        assert said.status == 0 and said.err == f"note: {load(copy).notes}.\n", said
        assert load(copy).notes in (private / "changed.html").read_text(encoding="utf-8")
        assert load(copy).notes in run("export", copy).err
        for name, counted in (("cpu", 0), ("flags", 0), ("time", 1), ("check", 1)):
            file = read(changed(path, name, (*INFEASIBLE, 2), 8))
            damage.check_same(file, whole)
            assert file.damaged == counted, name


def test_damaged_status():
    """what became of a cell is told by its samples, and failed is a workload as a whole"""
    with folder() as private:
        keep = numpy.ones((2, 2, 1, 2, 1, 4), bool)
        keep[1, 0, 0, 0, 0] = False
        path = made.run_file(private / "made.h5", workloads=WORKLOADS, rounds=4, keep=keep)
        whole = read(path)
        assert whole.status[1].ravel().tolist() == [0, 1, 2, 1]
        for place, value in ((CELL, 0), (CELL, 3), ((1, 0, 0, 0, 0), 1), ((1, 0, 0, 0, 0), 3)):
            found = read(changed(path, "status", place, value)).status
            assert (found == whole.status).all(), (place, value)
        failed = made.run_file(private / "failed.h5", workloads=WORKLOADS, rounds=4,
                               status=numpy.reshape([1, 1, 2, 1, 3, 3, 2, 3], (2, 2, 1, 2, 1)))
        assert read(failed).status[1].ravel().tolist() == [3, 3, 2, 3]


def test_damaged_objects():
    """whatever else is not as it was written is refused by name, with the status that show has"""
    with folder() as private:
        path = made.run_file(private / "made.h5", workloads=WORKLOADS, rounds=2)

        def attribute(file: h5py.File) -> None:
            file["machine"].attrs["summary"] = "64 cores of another"

        def number(file: h5py.File) -> None:
            file["verdict/choice_speed_up"][0] *= 2

        def unit(file: h5py.File) -> None:
            file["time"].attrs["units"] = "ms"

        def member(file: h5py.File) -> None:
            file["claims/more"] = 1

        def no_hash(file: h5py.File) -> None:
            del file["wait_time"].attrs["xxh64"]

        for change, name in ((attribute, "/machine"), (number, "/verdict/choice_speed_up"),
                             (unit, "/time"), (member, "/claims/more"), (no_hash, "/wait_time")):
            copy = shutil.copy(path, private / "changed.h5")
            with h5py.File(copy, "r+") as file:
                change(file)
            try:
                raise AssertionError(f"{name} is not refused: {read(copy)}")
            except Unreadable as error:
                assert str(error).startswith(f"{copy}: is damaged: {name} "), error
                assert error.status == 4 and "\n" not in str(error), error
        for command in (("report", copy), ("compare", path, copy), ("export", copy)):
            done = run(*command)
            assert done.status == 4 and done.out == "", done
            assert done.err == f"cual: {copy}: is damaged: /wait_time has no hash.\n", done


def test_impossible_packing():
    """a dataset that is packed as no run file is, or claims more than its bytes can be expanded to, is
    refused for that"""
    with folder() as private:
        path = made.run_file(private / "made.h5", workloads=WORKLOADS, rounds=2)
        for length, packed, why in ((2, {"fletcher32": True}, "packed in a way that no run file is"),
                                    (2**30, {"compression": "gzip"}, "an impossible size")):
            copy = shutil.copy(path, private / "changed.h5")
            with h5py.File(copy, "r+") as file:
                del file["wait_time"]
                item = file.create_dataset("wait_time", (length,), "f8", chunks=(2,), **packed)
                item[:2] = 1
            for command in ("report", "export"):
                done = run(command, copy)
                assert done.status == 4 and why in done.err and "/wait_time" in done.err, done


def test_other_versions():
    """run files of another version are refused by it, with what to do"""
    with folder() as private:
        path = made.run_file(private / "made.h5", workloads=WORKLOADS, rounds=2)
        for version in (2, 4):
            with h5py.File(path, "r+") as file:
                file.attrs["source"] = f"cual run file, version {version}"
                made.seal(file)
            shown, told = run("show", path), run("report", path)
            assert shown.status == told.status == 2, (shown, told)
            for words in (f"version {version};", "reads version 3"):
                assert words in shown.err and words in told.err, (shown, told)
            assert "measure again" in told.err, told
