"""Exports for programs that watch benchmarks hold the times of cells, in formats that they read."""

import contextlib
import io
import json
import math
import pathlib
import re

import jsonschema
import numpy

from analysis import export
from analysis.load import load
from end_to_end.program import Skipped, folder
from tests.analysis import made
from tests.analysis.test_export import exported

NAMES = ["cpu", 'a "quoted" \\ name\nin two lines', "x" * 2000]
CUBE = {"workloads": [{"name": name, "compute_time": 1e-3} for name in NAMES], "cores": (1, 2),
        "threads": (1, 2), "rounds": 12}
# What bencher.dev/bmf.json says.
BENCHER = {"type": "object", "patternProperties": {".+": {"type": "object", "patternProperties": {".+": {
    "type": "object", "required": ["value"], "additionalProperties": False,
    "properties": dict.fromkeys(("value", "lower_value", "upper_value"), {"type": "number"})}}}}}
LABEL = r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"([a-z_]+)\{{({LABEL}(?:,{LABEL})*)\}} (\S+)")


def made_run(private: pathlib.Path, **changes) -> pathlib.Path:
    """A run with excluded samples."""
    return made.run_file(private / "run.h5", **(CUBE | {"identity": "ab12"} | changes))


def test_bencher():
    """Bencher reads the time of each cell in ns with its interval, where there is one; names are no longer
    than it takes"""
    with folder() as private:
        path = made_run(private, flags=numpy.array([0, 16] + [0] * 10))
        found = json.loads(exported(private, path, "--format", "bencher"))
        jsonschema.validate(found, BENCHER)
        table = load(path).cual.cells()
        assert len(found) == len(table) == 9 and max(map(len, found)) <= 1024
        of_cpu = {f"{row.workload} {row.point}": row for row in table[table.workload == "cpu"].itertuples()}
        for name, row in of_cpu.items():
            expected = {"value": row.time_s, "lower_value": row.time_s_low, "upper_value": row.time_s_high}
            assert found[name] == {"latency": {end: value * 1e9 for end, value in expected.items()}}
        few = made_run(private, rounds=3)
        found = json.loads(exported(private, few, "--format", "bencher"))
        assert all(list(measures["latency"]) == ["value"] for measures in found.values()), found


def read_openmetrics(text: str) -> tuple[dict, dict]:
    """What families are said to be, and their numbers by labels, as the specification defines them."""
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1
    about, numbers, family = {}, {}, None
    for line in text.splitlines()[:-1]:
        told = re.fullmatch(r"# (TYPE|UNIT|HELP) (\w+) (.*)", line)
        if told:
            if told[2] != family:
                family = told[2]
                assert family not in about, f"{family} comes in two pieces"
            assert told[1] not in about.setdefault(family, {}), line
            about[family][told[1]] = told[3]
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample and sample[1] == family + "_info" * (about[family]["TYPE"] == "info"), line
        labels = {key: re.sub(r"\\(.)", lambda one: {"n": "\n"}.get(one[1], one[1]), value)
                  for key, value in re.findall(LABEL, sample[2])}
        key = sample[1], labels.get("workload"), labels.get("point")
        assert key not in numbers, f"{key} comes twice"
        numbers[key] = labels, float(sample[sample.lastindex])
    return about, numbers


def test_openmetrics():
    """OpenMetrics has a gauge with type, unit and help for each kind of number, texts of files escaped, and
    an end"""
    with folder() as private:
        path = made_run(private, machine={"host": 'h"o\\st'})
        about, numbers = read_openmetrics(exported(private, path, "--format", "openmetrics"))
        assert all({"TYPE", "HELP"} <= set(said) for said in about.values())
        for family, said in about.items():
            assert family.endswith(f"_{said['UNIT']}" if "UNIT" in said else ("cual_run", "_samples")), family
        assert numbers["cual_run_info", None, None][0] == {
            "run": "ab12", "file": "run.h5", "host": 'h"o\\st', "date": "2026-01-01T00:00:00Z"}
        table = load(path).cual.cells()
        for row in table.itertuples():
            for kind, value in (("time_seconds", row.time_s), ("time_low_seconds", row.time_s_low),
                                ("speed_up_ratio", row.speed_up), ("valid_samples", row.samples)):
                labels, number = numbers[f"cual_{kind}", row.workload, row.point]
                assert number == value and labels["model"] == row.model and labels["run"] == "ab12"
        assert r'a "quoted" \ name\x0ain two lines' in set(table.workload)
        few = made_run(private, rounds=3)
        text = exported(private, few, "--format", "openmetrics")
        assert "cual_time_low_seconds{" not in text and not re.search("nan", text, re.IGNORECASE)


def test_openmetrics_of_prometheus():
    """the parser of Prometheus reads what is exported as OpenMetrics"""
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    except ImportError as missing:
        raise Skipped("prometheus_client is not installed") from missing
    with folder() as private:
        text = exported(private, made_run(private), "--format", "openmetrics")
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert len(families["cual_time_seconds"].samples) == 9
        assert families["cual_time_seconds"].unit == "seconds" and families["cual_run"].type == "info"


def test_nothing_valid():
    """a run without a valid sample is no empty report but an error"""
    with folder() as private:
        path, err = made_run(private, flags=16), io.StringIO()
        with contextlib.redirect_stderr(err):
            for name in ("bencher", "openmetrics"):
                output = private / "out"
                assert export.main([str(path), "--format", name, "-o", str(output)]) == 2
                assert not output.exists()
        assert err.getvalue().count("no cell has a valid sample") == 2, err.getvalue()
        assert all(math.isnan(x) for x in load(path).cual.speed_up().values.ravel())
