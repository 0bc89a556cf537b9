"""Exports: what other programs read is what stands in the run file."""

import contextlib
import csv
import io
import json
import math
import pathlib
import re
import subprocess
import sys

import h5py
import numpy

from analysis import export
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
                         flags=rng.choice([0, 0, 16, 80], shape))
    with h5py.File(path, "r+") as file:
        file["lost"][...] = math.nan  # what was not counted
        made.seal(file)
    return path


def check_rows(path: pathlib.Path, rows: list[dict]) -> None:
    """A row for each sample of the file, with its numbers and words."""
    with h5py.File(path) as file:
        data = {name: file[name][...] for name in file if isinstance(file[name], h5py.Dataset)}
    there = ~numpy.isnan(data["time"])
    assert len(rows) == there.sum()
    for row, place in zip(rows, numpy.argwhere(there), strict=True):
        axes = [data[axis][i] for axis, i in zip(made.AXES, place, strict=True)]
        assert [row[axis] for axis in made.AXES] == [escaped(axes[0].decode()), *axes[1:]]
        assert row["lost"] is None
        for name in set(made.SAMPLES) - {"flags", "lost"}:
            assert row[name] == data[name][tuple(place)], name
        flags = data["flags"][tuple(place)]
        words = [word for bit, word in enumerate(made.FLAGS) if flags >> bit & 1]
        assert row["flags"] == " ".join(words) and row["valid"] == (flags == 0)
        assert row["file"] == "run.h5" and row["compute"] == data["compute"][place[0]].decode()
        fraction = data["wait_fraction"][place[0]]
        assert row["wait_fraction"] == (None if math.isnan(fraction) else fraction)


def test_csv():
    """CSV holds every sample with all that is known of it, and reads back to the last bit"""
    with folder() as private:
        path = some_run(private)
        text = exported(private, path)
        assert text.startswith("workload,cores,ranks,threads,depth,round,model,valid,flags,")
        assert "nan" not in text and text.endswith("\r\n")
        assert "\r\n\\x3d1+1 \\x2d>x\\u2028," in text and "\n=" not in text, "a name is a formula"
        words = {"workload", "model", "flags", "file", "compute", "wait", "storage"}

        def read(key: str, value: str) -> str | float | None:
            if key in words:
                return re.sub(r"\\x(2d|3d)", lambda sign: chr(int(sign[1], 16)), value)
            return float(value) if value else None

        rows = [{key: read(key, value) for key, value in row.items()}
                for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)]
        check_rows(path, rows)
        assert {row["model"] for row in rows} >= {"serial", "threads", "processes+threads+async"}


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
