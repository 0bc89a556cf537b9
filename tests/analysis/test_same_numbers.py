"""Equal numbers have equal texts: terminal, page, JSON and CSV show what the run file holds."""

import csv
import io
import json
import math
import pathlib
from typing import Any

import h5py
import numpy

from analysis.pictures import words
from end_to_end.program import folder, run
from tests.analysis import made
from tests.analysis.test_report import Page

WORK = [{"name": f"work{i}", "compute": "flops", "compute_time": 1e-4 * (i + 1), "wait": "timer", "waits": 1,
         "wait_time": 1e-3 * i, "tasks": 64} for i in range(5)]
AXES = ("workload", "cores", "ranks", "threads", "depth", "round")
SAMPLES = {"time_s": "time", "start_s": "start", "ordinal": "order", "flag_bits": "flags", "cpu": "cpu",
           "memory": "memory", "depth_achieved": "depth_achieved", "faults": "faults",
           "switches_voluntary": "switches_voluntary", "switches_involuntary": "switches_involuntary"}
VERDICT = {"time_s": "choice_time", "serial_time_s": "serial_time", "loss": "loss", "half_width": "half_width",
           "serial_time_per_task_s": "serial_time_per_task"}
GROUPS = ("serial", "threads", "processes", "async", "mix")
LEAST = 3000  # numbers


def same(said: Any, held: float) -> bool:
    """Whether a number of a text is that of the file; what is not known is empty or null."""
    return not math.isfinite(held) if said in ("", None) else float(said) == held


def in_csv(path: pathlib.Path, file: h5py.File) -> int:
    """How many numbers of samples the CSV has; each is that of the file."""
    text = run("export", path, "--format", "csv").out
    axes = {name: [str(one) for one in (file[name].asstr() if name == "workload" else file[name])[...]]
            for name in AXES}
    held = {column: file[name][...].astype(float) for column, name in SAMPLES.items()}
    count = 0
    for row in csv.DictReader(io.StringIO(text)):
        at = tuple(axes[name].index(row["round_number" if name == "round" else name]) for name in AXES)
        for column, values in held.items():
            assert same(row[column], values[at]), (column, at, row[column], values[at])
            count += 1
    assert count == len(SAMPLES) * numpy.count_nonzero(~numpy.isnan(held["time_s"])), count
    return count


def in_json(path: pathlib.Path, rows: h5py.Group) -> int:
    """How many numbers of verdicts the JSON has; each is that of the file."""
    count = 0
    for i, row in enumerate(json.loads(run("show", path, "--json").out)["verdicts"]):
        pairs = [(row[key], rows[column][i]) for key, column in VERDICT.items()]
        told = {"choice": row["speed_up"]} | {group: best["speed_up"] for group, best in row["best"].items()}
        for group, speed_up in told.items():
            pairs += [(speed_up[end], rows[f"{group}_speed_up{part}"][i])
                      for end, part in (("median", ""), ("low", "_low"), ("high", "_high"))]
        for said, held in pairs:
            assert same(said, float(held)), (i, said, held)
        count += len(pairs)
    return count


def shown(rows: h5py.Group, group: str, i: int) -> str:
    """A speed-up of a verdict as people read it."""
    return words.interval(*(float(rows[f"{group}_speed_up{end}"][i]) for end in ("", "_low", "_high")))


def in_terminal_and_page(path: pathlib.Path, rows: h5py.Group) -> int:
    """How many speed-ups of best points the table of the terminal and the page's have; each is the file's."""
    why = run("show", path, "--why").out
    assert run("report", path).status == 0
    listed = Page(path.with_suffix(".html").read_text(encoding="utf-8")).rows
    heads = [text for text, _ in listed[0]]
    page = {(row[0][0], row[1][0]): row[heads.index("speed-up")][0] for row in listed[1:]}
    count = 0
    for i, name in enumerate(rows["workload"].asstr()[...]):
        for group in GROUPS:
            point = rows[f"{group}_point"].asstr()[i]
            if point:
                said = shown(rows, group, i)
                assert page[name, point] == said, (name, point, page[name, point], said)
                assert group == "serial" or said.replace(" ", "") in why, (said, why)
                count += 1 if group == "serial" else 2
    return count


def test_same_numbers() -> None:
    """3 000 numbers and more that terminal, page, JSON and CSV show of a run are those of its file, in equal texts"""
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=WORK, ranks=(1, 2), threads=(1, 2), depth=(1, 16), rounds=12)
        with h5py.File(path) as file:
            count = in_csv(path, file) + in_json(path, file["verdict"]) + in_terminal_and_page(path, file["verdict"])
    assert count >= LEAST, count
