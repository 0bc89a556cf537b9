"""A comparison for programs: the JSON of `cual compare A B --json` and the JUnit XML of `--junit`."""

import json
import math
import xml.etree.ElementTree as xml
from typing import Any, NamedTuple, TextIO

from . import models
from .reading import RunFile
from .text import escaped, printable, seconds, significant

VERSION = 1  # of docs/compare.schema.json
WORDS = ("slower", "faster", "cannot tell", "same")


class Cell(NamedTuple):
    """A cell that both runs have; times per task in s."""

    workload: str
    cores: int
    ranks: int
    threads: int
    depth: int
    a: float  # median
    b: float
    ratio: float  # B over A
    low: float  # of the interval; NaN where there are too few samples
    high: float
    word: str

    @property
    def point(self) -> str:
        """R×T×D@C."""
        return models.point(self.ranks, self.threads, self.depth, self.cores)


class Comparison(NamedTuple):
    """What is said of two runs."""

    a: RunFile
    b: RunFile
    tolerance: float  # so much slower is still the same
    notes: list[str]  # what does not enter, a sentence each
    cells: list[Cell]


def ordered(cells: list[Cell]) -> list[Cell]:
    """The slower first, and of each kind what has grown most."""
    return sorted(cells, key=lambda cell: (WORDS.index(cell.word), -cell.ratio))


def counts(cells: list[Cell]) -> dict[str, int]:
    """How many cells are what."""
    return {word: sum(cell.word == word for cell in cells) for word in WORDS}


# -- JSON --

def _number(value: float) -> float | None:
    """A number as JSON has it; None where there is none."""
    return float(value) if math.isfinite(value) else None


def _run(file: RunFile) -> dict[str, str]:
    """Which run it is."""
    return {"file": escaped(str(file.path)), "run": escaped(file.attributes.get("id", "")),
            "machine": escaped(str(file.machine.get("summary", ""))),
            "date": escaped(str(file.provenance.get("started", "")))}


def _cell(cell: Cell) -> dict[str, Any]:
    """A cell, its keys in the order in which it is read."""
    named = cell._asdict()
    return {"workload": escaped(cell.workload), "point": cell.point,
            "model": models.name(cell.ranks, cell.threads, cell.depth, cell.cores),
            **{axis: named[axis] for axis in ("cores", "ranks", "threads", "depth")},
            **{key: _number(named[key]) for key in ("a", "b", "ratio", "low", "high")}, "is": cell.word}


def json_of(comparison: Comparison) -> str:
    """One object by the schema in docs/compare.schema.json; null where a number is not known."""
    answer = {"version": VERSION, "a": _run(comparison.a), "b": _run(comparison.b),
              "tolerance": comparison.tolerance,
              "counts": {word.replace(" ", "_"): n for word, n in counts(comparison.cells).items()},
              "notes": [escaped(note) for note in comparison.notes],
              "cells": [_cell(cell) for cell in ordered(comparison.cells)]}
    return json.dumps(answer, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


# -- JUnit --

def _told(cell: Cell) -> str:
    """What became of a cell, as a sentence."""
    between = f" ({significant(cell.low)}–{significant(cell.high)})" if math.isfinite(cell.low) else ""
    return (f"B takes {significant(cell.ratio)}{between} times as long as A: {seconds(cell.b)} instead of "
            f"{seconds(cell.a)} a task.")


def write_junit(comparison: Comparison, out: TextIO) -> None:
    """JUnit XML: a testcase for each cell, with its time a task of B in s. What is slower is a failure, and
    what cannot be told is skipped."""
    number = counts(comparison.cells)
    totals = {"name": "cual compare", "tests": str(len(comparison.cells)), "errors": "0",
              "failures": str(number["slower"]), "skipped": str(number["cannot tell"])}
    suites = xml.Element("testsuites", totals)
    suite = xml.SubElement(suites, "testsuite", totals)
    properties = xml.SubElement(suite, "properties")
    for side, file in (("a", comparison.a), ("b", comparison.b)):
        for key, text in _run(file).items():
            xml.SubElement(properties, "property", name=f"{side}.{key}", value=text)
    for cell in ordered(comparison.cells):
        case = xml.SubElement(suite, "testcase", classname=printable(cell.workload), name=cell.point,
                              time=f"{cell.b:.12f}")
        if cell.word in ("slower", "cannot tell"):
            kind = "failure" if cell.word == "slower" else "skipped"
            told = xml.SubElement(case, kind, message=_told(cell))
            if kind == "failure":
                told.set("type", cell.word)
    if comparison.notes:
        xml.SubElement(suite, "system-err").text = "\n".join(map(escaped, comparison.notes))
    xml.indent(suites)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suites, encoding="unicode") + "\n")
