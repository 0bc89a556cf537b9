"""What cual compare says to programs: JSON by its schema, and JUnit XML."""

import json
import xml.etree.ElementTree as xml

import jsonschema

from end_to_end.program import ROOT, folder
from tests.analysis import made
from tests.analysis.test_compare import CUBE, WORKLOADS, called, slower

ODD = 'a<b> & "c" \x1b[31m\n]]>'
ODD_SHOWN = 'a<b> & "c" \\x1b[31m\\x0a]]>'


def no_number(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def test_json():
    """cual compare --json is by its schema, counts what it lists, and has null where there is no interval"""
    schema = json.loads((ROOT / "docs/compare.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with folder() as private:
        a = made.run_file(private / "a.h5", **CUBE, noise=0.003, identity="aa")
        b = made.run_file(private / "b.h5", **CUBE, noise=0.003, seed=1, time=slower(1.1))
        status, out, _ = called(a, b, "--json")
        answer = json.loads(out, parse_constant=no_number)
        validator.validate(answer)
        assert status == 1 and answer["counts"] == {"slower": 2, "faster": 0, "cannot_tell": 0, "same": 26}
        assert answer["a"]["run"] == "aa" and answer["tolerance"] == 0.02 and answer["notes"] == []
        assert [cell["point"] for cell in answer["cells"][:2]] in (
            ["1×2×1@1", "1×2×1@2"], ["1×2×1@2", "1×2×1@1"])
        for cell in answer["cells"][:2]:
            assert cell["is"] == "slower" and 1.08 < cell["low"] < cell["ratio"] < cell["high"] < 1.12
            assert abs(cell["b"] / cell["a"] - 1.1) < 0.02
        few = made.run_file(private / "few.h5", **(CUBE | {"rounds": 2}), seed=3)
        answer = json.loads(called(a, few, "--json")[1], parse_constant=no_number)
        validator.validate(answer)
        assert all(cell["low"] is None and cell["is"] == "cannot tell" for cell in answer["cells"])
        for lacking in ("version", "cells", "counts"):
            less = {key: value for key, value in answer.items() if key != lacking}
            assert not validator.is_valid(less), f"the schema allows what lacks {lacking}"
        assert not validator.is_valid(answer | {"more": 1}), "the schema allows what it does not name"


def test_junit():
    """a JUnit report has a test case for each cell that both runs have; what is slower has failed, what
    cannot be told is skipped, and names are escaped"""
    cube = CUBE | {"workloads": [WORKLOADS[1], WORKLOADS[1] | {"name": ODD}]}
    with folder() as private:
        a = made.run_file(private / "a.h5", **cube, noise=0.003)
        b = made.run_file(private / "b.h5", **cube, noise=0.003, seed=1, time=slower(1.1))
        report = private / "report.xml"
        status, out, _ = called(a, b, "--junit", report)
        assert status == 1 and "2 of 28 cells slower" in out, out
        suites = xml.fromstring(report.read_bytes())
        assert suites.tag == "testsuites" and [one.tag for one in suites] == ["testsuite"]
        cases = suites.findall("testsuite/testcase")
        assert suites.get("tests") == "28" and len(cases) == 28
        assert len({(case.get("classname"), case.get("name")) for case in cases}) == 28
        failed = [case for case in cases if case.find("failure") is not None]
        assert suites.get("failures") == "2" and {(case.get("classname"), case.get("name")) for case in failed} == {
            ("wait", "1×2×1@1"), ("wait", "1×2×1@2")}
        assert all("1.1" in case.find("failure").get("message") for case in failed)
        assert {case.get("classname") for case in cases} == {"wait", ODD_SHOWN}
        assert all(float(case.get("time")) > 0 for case in cases)
        few = made.run_file(private / "few.h5", **(cube | {"rounds": 2}), seed=3)
        assert called(a, few, "--junit", report)[0] == 2, "it wrote over a report"
        assert called(a, few, "--junit", report, "--force")[0] == 0
        again = xml.fromstring(report.read_bytes())
        assert len(again.findall("testsuite/testcase/skipped")) == 28 == int(again.get("skipped"))
        assert called(a, b, "--junit", private / "none" / "x.xml")[0] == 4
