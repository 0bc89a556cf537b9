"""The run file of docs/design.md, section 8: what stock tools find in it, and that it says what was run."""

import contextlib
import itertools
import os
import pathlib
import re
import signal
import subprocess
import time
import warnings

import h5py
import numpy
import xarray

from end_to_end import samples
from end_to_end.program import (CUAL, Result, catches, environment, environment_in, folder, patience,
                                processes_of, run, write)

JOB = """
seed: 7
cores: [1, all]
ranks: [1, 2]
threads: [1, 4]
depth: [1, 8]
rounds: 6
workloads:
  primes: {compute: primes, work: 3000, tasks: 8}
  wait: {wait: timer, latency: [100 us, 200 us], tasks: 16}
  read: {wait: file, file: 64 KiB, tasks: 64, depth: 1, lock: true}
"""
CUBE = ("workload", "cores", "ranks", "threads", "depth")
UNITS = {"time": "s", "cpu": "s", "start": "s", "memory": "byte", "switches_voluntary": "1",
         "switches_involuntary": "1", "faults": "1", "depth_achieved": "1", "flags": "1",
         "order": "1"}
COORDINATES = {"compute": None, "wait": None, "compute_time": "s", "wait_time": "s", "tasks": "1",
               "bytes": "byte", "flops": "1", "lock": "1", "latency": "s"}
PROVENANCE = ("command", "job", "job_effective", "seed", "compiler", "flags", "mpi", "hdf5", "hwloc",
              "environment", "started")
MACHINE = ("summary", "host", "kernel", "topology_xml")


def measure(private: pathlib.Path, name: str, *options: str) -> tuple[pathlib.Path, Result]:
    """Runs the job into a file of a name."""
    output = private / f"{name}.h5"
    result = run("run", write(private / "job.yaml", JOB), "-o", output, *options,
                 TMPDIR=str(private))
    assert result.status in (0, 1), result.err  # 1: with six rounds a busy machine is not believed
    return output, result


def check_xarray(output: pathlib.Path) -> None:
    """What xarray finds in the root group."""
    with xarray.open_dataset(output, engine="h5netcdf") as data:
        for name, unit in UNITS.items():
            assert data[name].dims == (*CUBE, "round"), f"{name}: {data[name].dims}"
            assert data[name].attrs["units"] == unit, f"{name}: {data[name].attrs}"
            assert data[name].attrs["long_name"], name
        for name, unit in COORDINATES.items():
            assert name in data["time"].coords, f"{name} is no coordinate of time: {data.coords}"
            assert data[name].dims == ("workload",), f"{name}: {data[name].dims}"
            assert data[name].attrs.get("units") == unit, f"{name}: {data[name].attrs}"
        for name in (*CUBE, "round"):
            assert data.indexes[name].is_unique, f"{name} is no index"
        assert data["status"].dims == CUBE and data["checksum"].dims == ("workload",)
        assert data["status"].attrs["flag_meanings"] == "empty done infeasible failed"
        assert data["status"].attrs["flag_values"].tolist() == [0, 1, 2, 3]
        masks, meanings = data["flags"].attrs["flag_masks"], data["flags"].attrs["flag_meanings"]
        assert len(masks) == len(meanings.split()), meanings
        one = data["time"].sel(workload="primes", cores=1, ranks=2, threads=4, depth=1)
        assert one.dtype == "f8" and (one > 0).all(), one
        assert data["wait"].values.tolist() == ["none", "timer", "timer", "file"]
        assert data["latency"].values[1:3].tolist() == [1e-4, 2e-4], data["latency"].values
        empty = data["time"].sel(workload="read", depth=8)
        assert numpy.isnan(empty).all() and (data["status"].sel(workload="read", depth=8) != 1).all()
    check_engines(output)


def check_engines(output: pathlib.Path) -> None:
    """Each engine that is installed opens each group and reads it without a warning."""
    engines = ["h5netcdf"]
    with contextlib.suppress(ImportError):
        import netCDF4  # noqa: F401 - warns when it is loaded
        engines.append("netcdf4")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="(?!xarray)")
        for engine, group in itertools.product(engines, ("/", "advice", "verdict", "per_rank", "machine",
                                                         "provenance", "claims")):
            with xarray.open_dataset(output, engine=engine, group=group) as data:
                data.load()


def check_h5py(output: pathlib.Path) -> None:
    """What h5py finds: a scale on every axis, texts as UTF-8 of any length, and where it is from."""
    with h5py.File(output) as file:
        def look(name: str, item: h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE":
                for axis in item.dims:
                    assert len(axis) == 1, f"{name}: an axis without a scale"
            if isinstance(item, h5py.Dataset) and item.dtype.kind in "OS":
                text = h5py.check_string_dtype(item.dtype)
                assert text and text.encoding == "utf-8" and text.length is None, name
        file.visititems(look)
        for group, facts in (("provenance", PROVENANCE), ("machine", MACHINE)):
            for fact in facts:
                assert fact in file[group].attrs, f"/{group} lacks {fact}: {list(file[group].attrs)}"
        assert file["provenance"].attrs["job"] == JOB
        assert "work: 3000" in file["provenance"].attrs["job_effective"]
        assert "<topology" in file["machine"].attrs["topology_xml"]
        assert file["per_rank/time"].shape == (*file["time"].shape, 2)
        done = file["status"][...] == 1
        per_rank, total = file["per_rank/time"][...][done], file["time"][...][done]
        assert (numpy.nanmax(per_rank, axis=-1) <= total * 1.0001).all(), "a rank took longer"


def check_h5dump(output: pathlib.Path) -> None:
    """h5dump reads all of it without a complaint."""
    dump = subprocess.run(["h5dump", output], capture_output=True, text=True, errors="replace",
                          check=False)
    assert dump.returncode == 0 and dump.stderr == "", dump.stderr
    for name in (*CUBE, "round", *UNITS, *COORDINATES, "status", "checksum"):
        assert f'DATASET "{name}"' in dump.stdout, f"h5dump shows no {name}"


def check_rounds(output: pathlib.Path) -> dict:
    """Each round visits every cell once, one after the other. Returns the order by point."""
    order, start = samples.read(output, "order"), samples.read(output, "start")
    times = samples.read(output)
    cores = {point[4] for point in order}
    feasible = sum(r * t >= c for c in cores for r in (1, 2) for t in (1, 4))
    assert len(order) == feasible * (2 + 2 * 2 + 1), f"{len(order)} cells"  # workloads × depths
    places = numpy.array(list(order.values()))
    assert (numpy.sort(places, axis=0).T == numpy.arange(len(order))).all(), "no permutation"
    starts, ends = (numpy.array([values[point] for point in order])
                    for values in (start, {p: start[p] + times[p] for p in start}))
    for place, begin, end in zip(places.T, starts.T, ends.T, strict=True):
        by_place = numpy.argsort(place)
        assert (begin[by_place][1:] >= end[by_place][:-1]).all(), "cells overlap"
    assert (starts[:, 1:].min(axis=0) > starts[:, :-1].max(axis=0)).all(), "rounds overlap"
    assert all((values >= 0).all() for values in times.values())
    assert any((a != b).any() for a, b in zip(places.T, places.T[1:])), "the order never changes"
    return {point: values.tolist() for point, values in order.items()}


def check_verdict(output: pathlib.Path) -> None:
    """The verdict's serial times are those of the samples, and its ratios lie in their intervals."""
    times, flags = samples.read(output), samples.read(output, "flags")
    with h5py.File(output) as file:
        verdict = {name: file["verdict"][name][...] for name in file["verdict"]}
        tasks = dict(zip((name.decode() for name in file["workload"]), file["tasks"], strict=True))
    assert len(verdict["workload"]) == 4 * len({point[4] for point in times}), verdict["workload"]
    for row, name in enumerate(name.decode() for name in verdict["workload"]):
        serial = times[name, 1, 1, 1, 1]
        valid = flags[name, 1, 1, 1, 1] == 0
        if not valid.any():  # others computed all the time
            assert numpy.isnan(verdict["serial_time"][row]), name
            continue
        assert numpy.isclose(verdict["serial_time"][row], numpy.median(serial[valid])), name
        assert numpy.isclose(verdict["serial_time_per_task"][row],
                             numpy.median(serial[valid]) / tasks[name]), name
        point = (name, *(int(verdict[f"choice_{axis}"][row])
                         for axis in ("ranks", "threads", "depth", "cores")))
        if verdict["choice_ranks"][row] == 0:
            assert "are excluded" in verdict["reason"][row].decode(), verdict["reason"][row]
            continue
        low, high = verdict["choice_speed_up_low"][row], verdict["choice_speed_up_high"][row]
        assert low <= verdict["choice_speed_up"][row] <= high or numpy.isnan(low), point


def test_run_file():
    """the run file holds what docs/runfile.md says, for xarray, h5py and h5dump, and it all fits together"""
    with folder() as private:
        output, result = measure(private, "a")
        check_xarray(output)
        check_h5py(output)
        check_h5dump(output)
        order = check_rounds(output)
        check_verdict(output)
        shown = run("show", output)
        assert shown.status == 0 and shown.out == result.out, f"{result.out}\n{shown.out}"
        again, _ = measure(private, "b", "--rounds", "2")
        other, _ = measure(private, "c", "--rounds", "2", "--set", "seed=8")
        repeated = {point: values.tolist() for point, values in samples.read(again, "order").items()}
        different = {point: values.tolist() for point, values in samples.read(other, "order").items()}
        assert repeated == {point: values[:2] for point, values in order.items()}, "another order"
        assert different != repeated, "the same order with another seed"
        with h5py.File(output) as a, h5py.File(again) as b:
            assert (a["checksum"][...] == b["checksum"][...]).all(), "other checksums"
        assert sorted(os.listdir(private)) == ["a.h5", "b.h5", "c.h5", "job.yaml"]


LONG_JOB = """
ranks: [1, 2]
rounds: 1000
workloads:
  wait: {wait: timer, latency: 10 ms, tasks: 10}
  read: {wait: file, file: 1 MiB, tasks: 64}
"""


def interrupt(number: int, private: pathlib.Path) -> tuple[int, str, str, float]:
    """Starts a long run, sends it a signal in its third round; what it left behind, and how soon."""
    job, output = write(private / "job.yaml", LONG_JOB), private / "out.h5"
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, start_new_session=True,
                          env=environment_in(private)) as program:
        try:
            deadline = time.monotonic() + patience(20)
            while not output.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.7)
            assert list(private.glob("cual-*")), "no scratch folder while it runs"
            program.send_signal(number)
            sent = time.monotonic()
            out, err = program.communicate(timeout=patience(20))
            return program.returncode, out, err, time.monotonic() - sent
        finally:
            program.kill()


def check_interrupted(number: int) -> None:
    """Status 3, a file that opens with the rounds so far and a verdict, and nothing else left."""
    with folder() as private:
        status, out, err, took_s = interrupt(number, private)
        assert status == 3, f"status {status}: {err}"
        assert took_s < patience(5), f"it took {took_s:.1f} s to end"
        assert re.search(r"^cual: interrupted; what was measured is kept\.$", err, re.MULTILINE), err
        assert "mpirun" not in err, err
        times = samples.read(private / "out.h5")
        rounds = {len(values) for values in times.values()}
        assert times and max(rounds) >= 1 and max(rounds) - min(rounds) <= 1, rounds
        xarray.open_dataset(private / "out.h5", engine="h5netcdf").close()
        shown = run("show", private / "out.h5")
        assert shown.status == 0 and shown.out == out, f"{out}\n{shown.out}"
        assert sorted(os.listdir(private)) == ["job.yaml", "out.h5"], os.listdir(private)
        assert processes_of(private) == [], processes_of(private)


def test_interrupted_at_the_terminal():
    """SIGINT ends a run with status 3, the table so far, a whole file, and nothing left behind"""
    check_interrupted(signal.SIGINT)


def test_terminated():
    """SIGTERM does the same"""
    check_interrupted(signal.SIGTERM)


def test_told_by_a_batch_system():
    """SIGUSR1, which batch systems send before the end, does the same"""
    check_interrupted(signal.SIGUSR1)


def test_killed():
    """killed without a word, it leaves a file that opens, with the rounds that were acknowledged"""
    with folder() as private:
        status, _, _, _ = interrupt(signal.SIGKILL, private)
        assert status == -signal.SIGKILL, status
        deadline = time.monotonic() + patience(10)
        while processes_of(private) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert processes_of(private) == [], processes_of(private)
        xarray.open_dataset(private / "out.h5", engine="h5netcdf").close()
        assert len(samples.read(private / "out.h5")["wait", 1, 1, 1, 1]) >= 1


LONG_CELL = """rounds: 2
workloads:
  wait: {wait: timer, latency: 1 s, tasks: 60}
"""


def signalled(private: pathlib.Path, again_s: float) -> tuple[int, str, float]:
    """A run of one long cell that gets SIGTERM as soon as it heeds it, and again some time later:
    status, what it said, and seconds from the last signal to its end."""
    job = write(private / "job.yaml", LONG_CELL)
    with subprocess.Popen([CUAL, "run", job, "-o", private / "out.h5"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=environment()) as program:
        try:
            deadline = time.monotonic() + patience(20)
            while not catches(pathlib.Path(f"/proc/{program.pid}"), signal.SIGTERM):
                assert time.monotonic() < deadline, "it never heeds signals"
                time.sleep(0.01)
            for pause_s in (0.01, again_s):
                time.sleep(pause_s)
                program.send_signal(signal.SIGTERM)
            last = time.monotonic()
            _, err = program.communicate(timeout=patience(90))
        finally:
            program.kill()
    time.sleep(0.5)
    assert processes_of(private) == [], processes_of(private)
    return program.returncode, err, time.monotonic() - last


def test_signal_while_mpirun_starts():
    """a signal that comes while mpirun starts is not lost and ends with status 3"""
    with folder() as private:
        status, err, took_s = signalled(private, 2.5)
        assert status == 3 and "interrupted" in err, (status, err)
        assert took_s < patience(10), f"it took {took_s:.1f} s"
