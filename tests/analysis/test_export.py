"""Exports: what other programs read is what stands in the run file."""

import contextlib
import csv
import io
import json
import math
import pathlib
import re
import sqlite3
import subprocess
import sys

import h5py
import numpy
import pandas
import xarray

from analysis import export, fields, models
from analysis.load import load
from analysis.text import escaped
from end_to_end.program import ROOT, folder
from tests.analysis import made

NAMES = ["cpu", 'say "hello", world\r\nand more', "=1+1 ->x\u2028"]
WORKLOADS = [{"name": NAMES[0], "compute": "primes", "compute_time": 2e-5, "tasks": 1},
             {"name": NAMES[1], "wait": "timer", "wait_time": 1e-3},
             {"name": NAMES[2], "compute": "primes", "compute_time": 5e-4, "wait": "timer",
              "wait_time": 5e-4, "wait_fraction": 0.5}]
CUBE = {"workloads": WORKLOADS, "cores": (1, 2, 4), "ranks": (1, 2, 4), "threads": (1, 2, 4),
        "depth": (1, 16), "rounds": 5}
RENAMED = {"time": "time_s", "start": "start_s", "order": "ordinal", "round": "round_number",
           "flags": "flag_bits"}
IDENTITY = "0123456789abcdef"


def exported(private: pathlib.Path, *arguments: str | pathlib.Path) -> str:
    """What an export that goes well writes."""
    output = private / "out"
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        status = export.main([*map(str, arguments), "--force", "-o", str(output)])
    assert status == 0, err.getvalue()
    return output.read_bytes().decode("utf-8")


def some_run(private: pathlib.Path) -> pathlib.Path:
    """A run with flags and holes."""
    rng = numpy.random.default_rng(6)
    shape = (3, 3, 3, 3, 2, 5)
    path = made.run_file(private / "run.h5", **CUBE, keep=rng.random(shape) < 0.9,
                         flags=rng.choice([0, 0, 16, 80], shape), identity=IDENTITY)
    with h5py.File(path, "r+") as file:
        file["lost"][...] = math.nan  # what was not counted
        made.seal(file)
    return path


def check_cell(run: xarray.Dataset, row: dict, place: tuple[int, ...]) -> None:
    """A row says which cell it is of, and where and when it was measured."""
    cores, ranks, threads, depth = (int(row[axis]) for axis in made.AXES[1:5])
    assert row["point"] == f"{ranks}×{threads}×{depth}@{cores}"
    assert row["model"] == models.name(ranks, threads, depth)
    assert (row["run"], row["host"], row["date"]) == (IDENTITY, "made", "2026-01-01T00:00:00Z")
    speed_up = run.cual.speed_up().values[place[:5]]
    assert row["speed_up"] == (None if math.isnan(speed_up) else speed_up)


def check_rows(path: pathlib.Path, rows: list[dict]) -> None:
    """A row for each sample of the file, with its numbers and words."""
    with h5py.File(path) as file:
        data = {name: file[name][...] for name in file if isinstance(file[name], h5py.Dataset)}
    there, run = ~numpy.isnan(data["time"]), load(path)
    assert len(rows) == there.sum()
    for row, place in zip(rows, numpy.argwhere(there), strict=True):
        axes = [data[axis][i] for axis, i in zip(made.AXES, place, strict=True)]
        assert [row[RENAMED.get(axis, axis)] for axis in made.AXES] == [escaped(axes[0].decode()), *axes[1:]]
        assert row["lost"] is None
        for name in set(made.SAMPLES) - {"lost"}:
            assert row[RENAMED.get(name, name)] == data[name][tuple(place)], name
        flags = data["flags"][tuple(place)]
        words = [word for bit, word in enumerate(made.FLAGS) if flags >> bit & 1]
        assert row["flag_words"] == " ".join(words) and row["valid"] == (flags == 0)
        check_cell(run, row, tuple(place))
        assert row["file_name"] == "run.h5" and row["compute"] == data["compute"][place[0]].decode()
        fraction = data["wait_fraction"][place[0]]
        assert row["wait_fraction"] == (None if math.isnan(fraction) else fraction)


def test_csv():
    """CSV holds every sample with all that is known of it, and reads back to the last bit"""
    with folder() as private:
        path = some_run(private)
        text = exported(private, path)
        assert text.startswith("workload,cores,ranks,threads,depth,round_number,point,model,")
        assert "nan" not in text and text.endswith("\r\n")
        assert "\r\n\\x3d1+1 \\x2d>x\\u2028," in text and "\n=" not in text, "a name is a formula"
        words = {"workload", "point", "model", "flag_words", "run", "host", "date", "file_name", "compute", "wait",
                 "storage"}

        def read(key: str, value: str) -> str | float | None:
            if key in words:
                return re.sub(r"\\x(2d|3d)", lambda sign: chr(int(sign[1], 16)), value)
            return float(value) if value else None

        rows = [{key: read(key, value) for key, value in row.items()}
                for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]
        check_rows(path, rows)
        assert {row["model"] for row in rows} >= {"serial", "threads", "processes+threads+async"}


def test_csv_in_sql():
    """the columns of CSV are names that SQL and pandas take without quotes, whatever a job calls its keys"""
    keys = {"Select": 1.0, "GROUP": 2.0, "TIME_S": 3.0, "table": 4.0, "wait_fraction": 0.5}
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[WORKLOADS[0] | keys, WORKLOADS[1]], rounds=3)
        text = exported(private, path)
        header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        for name in header:
            assert re.fullmatch("[A-Za-z_]+", name) and name.lower() not in fields.WORDS | {
                "time", "order", "start", "lock", "file"}, name
        assert {"Select_", "GROUP_", "TIME_S_", "table_", "wait_fraction"} <= set(header), header
        ours = set(header) - {"Select_", "GROUP_", "TIME_S_", "table_"}
        assert not [name for name in ours if hasattr(pandas.DataFrame, name)], ours
        with contextlib.closing(sqlite3.connect(":memory:")) as base:
            base.execute(f"CREATE TABLE samples ({', '.join(header)})")
            base.executemany(f"INSERT INTO samples VALUES ({', '.join('?' * len(header))})", lines)
            (count, least), = base.execute("SELECT count(*), min(CAST(time_s AS REAL)) FROM samples "
                                           "WHERE valid = '1' AND workload = 'cpu' AND ordinal >= 0")
        table = pandas.read_csv(io.StringIO(text))
        assert list(table.columns) == header and len(table) == len(lines)
        of_cpu = table.query("valid == 1 and workload == 'cpu'")
        assert (len(of_cpu), of_cpu.time_s.min()) == (count, least), (count, least)
        serial = of_cpu[of_cpu.point == "1×1×1@1"]
        assert set(serial.speed_up) == {1.0} and set(serial.round_number) == {1, 2, 3}, serial


def test_no_formulas():
    """a text is no formula to a spreadsheet, and a number stays what it is"""
    with folder() as private:
        names = ["=A1", "+x", "-2+3", "@SUM(A1)", "-5", "-1e-05", "a=b", "", " =1", "a;=1",
                 "\uff1d1", "\u22121", "\tx"]
        path = made.run_file(private / "run.h5", rounds=1, cores=[1], threads=[1],
                             workloads=[{"name": name} for name in names])
        rows = csv.DictReader(io.StringIO(exported(private, path), newline=""), strict=True)
        assert [row["workload"] for row in rows] == [
            r"\x3dA1", r"\x2bx", r"\x2d2+3", r"\x40SUM(A1)", "-5", "-1e-05", "a=b", "", r" \x3d1",
            r"a;\x3d1", r"\uff1d1", r"\u22121", r"\x09x"]


def test_jsonl():
    """JSON lines hold the same, null where nothing is known"""
    with folder() as private:
        path = some_run(private)
        lines = exported(private, path, "--format", "jsonl").split("\n")
        assert lines.pop() == ""

        def no_number(text: str) -> None:
            raise AssertionError(f"{text} is no JSON")

        check_rows(path, [json.loads(line, parse_constant=no_number) for line in lines])


def read_extrap(text: str) -> tuple[list[str], list[tuple], dict[tuple[str, str], list]]:
    """Parameters, points, and data by metric and region, as Extra-P's file-formats.md defines."""
    parameters, points, data = [], [], {}
    metric = region = None
    for line in text.splitlines():
        assert line.isascii() and line.isprintable(), line
        word, _, rest = line.partition(" ")
        if word == "PARAMETER":
            parameters += rest.split()
        elif word == "POINTS":
            points += [tuple(float(n) for n in point.strip("()").split())
                       for point in (rest.split(") (") if "(" in rest else rest.split())]
        elif word == "METRIC":
            metric = rest
            assert metric not in {key[0] for key in data}, "a metric comes twice"
        elif word == "REGION":
            region = rest
            assert all(part.strip() for part in region.split("->")), region
            assert (metric, region) not in data, "a region comes twice"
            data[metric, region] = []
        else:
            assert word == "DATA" and set(rest) <= set("0123456789. "), line
            data[metric, region].append([float(n) for n in rest.split()])
    assert all(len(values) == len(points) and all(values) for values in data.values())
    return parameters, points, data


def test_extrap():
    """Extra-P reads the valid samples, over cores, for each workload and model"""
    with folder() as private:
        path = made.run_file(private / "run.h5", **CUBE, flags=numpy.array([0, 16, 0, 0, 0]))
        parameters, points, data = read_extrap(exported(private, path, "--format", "extrap"))
        assert parameters == ["cores"] and points == [(1,), (2,), (4,)]
        assert {metric for metric, _ in data} == {"time", "cpu"}
        regions = [region for metric, region in data if metric == "time"]
        names = {region.split("->")[0] for region in regions}
        assert names == {"cpu", 'say "hello", world\\x0d\\x0aand more', "=1+1 -x\\u2028"}, names
        models = {region.split("->")[1] for region in regions}
        assert models == {"threads", "processes", "threads+async", "processes+async",
                          "processes+threads", "processes+threads+async"}, models
        run = load(path)
        for c, values in zip((1, 2, 4), data["time", "cpu->threads->1xCx1"], strict=True):
            cell = run["time"].sel(workload="cpu", cores=c, ranks=1, threads=c, depth=1)
            assert values == cell.values[[0, 2, 3, 4]].tolist()
        for c, values in zip((1, 2, 4), data["cpu", "cpu->processes->4x1x1"], strict=True):
            cell = run["cpu"].sel(workload="cpu", cores=c, ranks=4, threads=1, depth=1)
            assert values == cell.values[[0, 2, 3, 4]].tolist()


def test_export_fails_cleanly():
    """what cannot be exported leaves no file, says one line and has its exit status"""
    with folder() as private:
        path = made.run_file(private / "run.h5", **CUBE, keep=False)
        err, output = io.StringIO(), private / "out.txt"
        with contextlib.redirect_stderr(err):
            assert export.main([str(path), "--format", "extrap", "-o", str(output)]) == 2
            assert export.main([str(private / "none.h5")]) == 2
            path.write_bytes(path.read_bytes()[:4000])
            assert export.main([str(path), "-o", str(output)]) == 4
            output.touch()
            assert export.main([str(path), "-o", str(output)]) == 2
            output.unlink()
        assert sorted(file.name for file in private.iterdir()) == ["run.h5"]
        assert err.getvalue().count("\n") == 4, err.getvalue()
        good = made.run_file(private / "run.h5", **CUBE)
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([sys.executable, "-m", "analysis", "export", good], stdout=full, text=True,
                                  stderr=subprocess.PIPE, cwd=ROOT, check=False)
        assert done.returncode == 4 and done.stderr.count("\n") == 1, done.stderr
