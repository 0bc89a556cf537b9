"""The table of a run file's variables, src/runfile/runfile_variables.c, as the tests walk it."""

import math
import pathlib
import re
from typing import NamedTuple

TABLE = pathlib.Path(__file__).parents[1] / "src/runfile/runfile_variables.c"
TYPES = {"STORE_FLOAT64": "f8", "STORE_INT64": "i8", "STORE_INT32": "i4", "STORE_UINT64": "u8",
         "STORE_UINT32": "u4", "STORE_UINT8": "u1", "STORE_TEXT": "O"}
CELL = ("workload", "cores", "ranks", "threads", "depth")
SPANS = {"WORKLOADS": CELL[:1], "WORTHS": CELL[:2], "SPEEDS": ("workload", "core"), "CELLS": CELL, "SAMPLES": (*CELL, "round"),
         "RANKS": (*CELL, "round", "rank"), "QUANTILES": (*CELL, "round", "quantile")}
_TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+|NULL)'
_ROW = re.compile(rf'\{{{_TEXT},\s*{_TEXT},\s*(STORE_\w+),\s*{_TEXT},\s*{_TEXT},\s*RUNFILE_(\w+),'
                  r'\s*RUNFILE_(\w+),\s*(\S+),')


class Variable(NamedTuple):
    """A row, without where its values stand in memory."""

    group: str
    name: str
    dtype: str  # of numpy; "O": texts
    unit: str | None
    long_name: str
    axes: tuple[str, ...]
    role: str  # PLAIN, COORDINATE or HAS_COORDINATES
    fill: float


def _text(literal: str) -> str:
    """What C makes of string literals side by side."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal))


def variables() -> list[Variable]:
    """All rows, in their order."""
    code = TABLE.read_text(encoding="utf-8")
    table = code[code.index("runfile_variables[] = {") : code.index("const size_t runfile_variable_count")]
    rows = [Variable(_text(group), _text(name), TYPES[type_], _text(unit) or None, _text(long_name),
                     SPANS[span], role, math.nan if fill == "NAN" else float(fill))
            for group, name, type_, unit, long_name, span, role, fill in _ROW.findall(table)]
    assert len(rows) == table.count('{"/'), "a row of the table is not understood"
    return rows


def samples() -> list[Variable]:
    """The variables of the root with a value for each sample, without the hashes."""
    return [row for row in variables()
            if row.group == "/" and row.axes == SPANS["SAMPLES"] and row.name != "check"]


def columns() -> list[Variable]:
    """What a task of each workload is."""
    return [row for row in variables() if row.role == "COORDINATE"]
