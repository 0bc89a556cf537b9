"""The pictures: each holds what the run holds, and none is drawn of nothing."""

import contextlib
import functools
import re
import time
import warnings
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from analysis import models, pictures
from analysis.load import answers, load
from analysis.pictures import cells, pareto, topology, words
from analysis.pictures.frame import Picture
from end_to_end.program import folder
from tests.analysis import made

FRACTIONS = (0.0, 0.5, 0.9)
WORKLOADS = [
    {"name": "flops", "compute": "flops", "compute_time": 2e-4, "tasks": 128},
    {"name": "wait", "wait": "timer", "wait_time": 1e-3, "tasks": 1024},
    *({"name": f"mixed[wait_fraction={f}]", "compute": "primes", "compute_time": 1e-3 * (1 - f),
       "wait": "timer", "wait_time": 1e-3 * f, "wait_fraction": f, "tasks": 64}
      for f in FRACTIONS)]
POINTS = {"cores": (1, 2), "ranks": (1, 2), "threads": (1, 2, 16), "depth": (1, 16)}
OURS = ("throughput", "wait_fraction", "heat", "pareto", "costs", "timeline", "topology")


@contextlib.contextmanager
def drawn(*only: str, flagged: bool = True,
          **changes) -> Iterator[tuple[cells.Cells, dict[str, Picture]]]:
    """Pictures of a made run, by name, with its cells; any warning is an error."""
    with folder() as private, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = made.run_file(private / "made.h5", **({"workloads": WORKLOADS} | POINTS | changes))
        run = load(path, flagged=flagged)
        found = {picture.name: picture
                 for picture in pictures.draw(run, answers(path), only or OURS)}
        yield cells.of(run), found


@functools.cache
def usual() -> tuple[cells.Cells, dict[str, Picture]]:
    """The cells and pictures of the run as it is made without changes."""
    with drawn() as found:
        return found


def lines(axes: Axes, label: str) -> list[numpy.ndarray]:
    """x and y of the lines with a label."""
    return [line.get_xydata() for line in axes.lines if line.get_label() == label]


def intervals(axes: Axes) -> numpy.ndarray:
    """The ends of all intervals: (intervals, 2, 2)."""
    found = [segment for one in axes.collections if isinstance(one, LineCollection)
             and one.get_label() == "_interval" for segment in one.get_segments()]
    return numpy.array(found).reshape(-1, 2, 2)


def titled(picture: Picture, text: str) -> Axes:
    """The panel whose title begins with a text."""
    return next(a for a in picture.figure.axes if a.get_title("left").startswith(text))


def test_said():
    """Every picture has a title, says how to read it, what it shows in numbers, and its baseline"""
    table, found = usual()
    assert list(found) == list(OURS), list(found)
    for name in OURS:
        picture = found[name]
        assert picture.title and picture.reading.endswith("."), name
        assert any(c.isdigit() for c in picture.alt) and picture.alt.endswith("."), picture.alt
        assert name == "topology" or "Serial (1×1×1@1) takes: " in picture.caption, name
    serial = table.seconds.median[table.serial[1]]
    said = f"wait {words.seconds(serial)} ({words.seconds(serial / 1024)} a task)"
    assert said in found["throughput"].caption, found["throughput"].caption


def test_units():
    """Every axis of every picture has ticks, and a label on the outermost of each row"""
    units = {"throughput": "tasks/s", "pareto": "memory (PSS)", "wait_fraction": "speed-up",
             "costs": "CPU time a task", "timeline": "run began, s", "heat": "threads"}
    _, found = usual()
    for name, unit in units.items():
        axes = [a for a in found[name].figure.axes if a.get_visible()]
        labels = [label for a in axes for label in (a.get_xlabel(), a.get_ylabel())]
        assert any(unit in label for label in labels), f"{name}: {labels}"
        for a in axes:
            assert len(a.get_xticks()) and len(a.get_yticks()), f"{name}: an axis is empty"


def test_throughput():
    """Throughput: every point with its interval, a line for each model, below its roof"""
    table, found = usual()
    axes = titled(found["throughput"], "wait, 2 cores")
    rows = table.of_workload(1, 2)
    marked = [line for line in axes.lines if line.get_marker() != "None"]
    assert sum(len(line.get_xdata()) for line in marked) == len(rows)
    joined = {line.get_color() for line in marked if line.get_linestyle() != "None"}
    assert joined == {models.STYLE[m].colour for m in set(table.model[rows])}
    ends = intervals(axes)
    assert len(ends) == len(rows)
    rate = 1024 / table.seconds.median[rows]
    assert all(((ends[:, 0, 1] <= r) & (r <= ends[:, 1, 1])).any() for r in rate)
    (roof,) = lines(axes, "_roof")
    # One wait of 1 ms each: so many as are in flight, but no more than there are tasks.
    assert numpy.allclose(roof[:, 1], numpy.minimum(roof[:, 0], 1024) / 1e-3), roof
    (flat,) = lines(titled(found["throughput"], "flops, 2 cores"), "_roof")
    assert numpy.allclose(flat[-1, 1], 2 / 2e-4), flat


def test_wait_fraction():
    """Wait fraction: speed-ups of each model with intervals, below 1/(1 − f) and C*/(1 − f); of what was
    asked for where no verdict tells what was waited"""
    with drawn("wait_fraction", cores_worth=numpy.array([1.0, 1.5]), verdict=False) as (table, found):
        axes = titled(found["wait_fraction"], "mixed, 2 cores")
        assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "0.5", "0.9"]
        (bound,), (all_cores,) = lines(axes, "_bound"), lines(axes, "_bound_cores")
        assert numpy.allclose(bound[-1], (10, 10)) and numpy.allclose(all_cores[-1], (10, 15))
        shown = set(table.model[table.cores == 2])
        assert len(intervals(axes)) == len(FRACTIONS) * len(shown)
        best = table.speed_up.median[table.of_workload(4, 2)].max()
        assert any(numpy.isclose(line.get_ydata()[-1], best) for line in axes.lines)
        assert "is 10.0" in found["wait_fraction"].alt, found["wait_fraction"].alt


def test_measured_wait_fraction():
    """Wait fraction: f is what serial waited, not what was asked for, so no point is above its bound"""
    def time_of(workload: dict, *point: int) -> float:
        return made.time_of(workload | {"compute_time": 0.8 * workload["compute_time"]}, *point)

    rows = [{"workload": workload["name"], "cores": cores,
             "bound_cores": cores / (0.8 * workload["compute_time"])}
            for workload in WORKLOADS[2:] for cores in (1, 2)]
    with drawn("wait_fraction", verdict=rows, time=time_of) as (_, found):
        for cores, label in ((1, "_bound"), (2, "_bound_cores")):
            axes = titled(found["wait_fraction"], f"mixed, {words.cores(cores)}")
            (bound,) = lines(axes, label)
            asked, waited = 10, (0.08 + 0.9) / 0.08
            assert numpy.allclose(bound[-1], (waited, cores * waited), rtol=0.03), bound
            marked = numpy.concatenate([line.get_xydata() for line in axes.lines
                                        if line.get_marker() != "None"])
            possible = numpy.interp(marked[:, 0], *bound.T)
            assert (marked[:, 1] <= 1.05 * possible).all(), marked
            assert (marked[:, 1] > 1.1 * cores * asked).any(), marked  # above that of what was asked


def test_heat():
    """Heat: speed-up and interval in each cell, what is infeasible hatched; all maps in words"""
    table, found = usual()
    axes = titled(found["heat"], "wait, 2 cores, D=1")
    rows = [row for row in table.of_workload(1, 2) if table.depth[row] == 1]
    of = table.speed_up
    text = {t.get_text() for t in axes.texts}
    for row in rows:
        value, half = words.interval(of.median[row], of.low[row], of.high[row]).split(" ")
        assert {value, half} <= text, f"{value} {half} not in {text}"
    hatched = [p.get_xy() for p in axes.patches if p.get_hatch()]
    assert hatched == [(0, 0)], hatched  # 1 × 1 on two cores
    maps = len(found["heat"].figure.axes)
    assert maps > 4 and found["heat"].alt.endswith(f"and {maps - 4} more."), found["heat"].alt


def test_heat_names_the_verdict():
    """Heat: framed is what the verdict names, though another be as fast or faster"""
    choice = {"choice_ranks": 1, "choice_threads": 16, "choice_depth": 1}
    with drawn("heat", verdict=[{"workload": "wait", "cores": 2} | choice]) as (_, found):
        framed = {axes.get_title("left"): [tuple(map(int, patch.get_xy())) for patch in axes.patches
                                           if patch.get_linewidth() > 1]
                  for axes in found["heat"].figure.axes}
    told = {title: places for title, places in framed.items() if places}
    assert told == {"wait, 2 cores, D=1": [(2, 0)]}, framed


def test_pareto():
    """Time and memory: every point with intervals, the front joined, and nothing beats the front"""
    table, found = usual()
    axes = titled(found["pareto"], "wait, 2 cores")
    rows = table.of_workload(1, 2)
    memory = table.interval("memory", rows).median
    each = table.seconds.median[rows] / 1024
    (front,) = lines(axes, "_front")
    assert len(intervals(axes)) == 2 * len(rows)
    for x, y in front:
        assert not ((memory <= x) & (each < y)).any(), (x, y)
    assert numpy.isclose(front[:, 1].min(), each.min())
    kept = pareto.front(numpy.array([3.0, 2, 2, 1]), numpy.array([1.0, 2, 3, 4]))
    assert kept.tolist() == [0, 1, 3], kept


def test_costs():
    """Costs: switches and CPU time per task of the fastest point of each model; none stands as 0"""
    table, found = usual()
    switches, cpu = found["costs"].figure.axes
    drawn_at = {(x, y) for line in cpu.lines for x, y in line.get_xydata()}
    serial = table.interval("cpu", table.serial[:1]).median[0] / 128
    assert any(numpy.isclose(x, serial) and y == 0 for x, y in drawn_at), drawn_at
    assert [t.get_text() for t in switches.get_yticklabels()][:2] == ["flops", "wait"]
    assert len(intervals(cpu)) == sum(len(line.get_xdata()) for line in cpu.lines)
    with drawn("costs", without=("switches_involuntary",)) as (_, found):
        (cpu,) = found["costs"].figure.axes
        assert cpu.get_xlabel() == "CPU time a task" and cpu.get_yticklabels()[0].get_text()


def test_timeline():
    """Timeline: every sample of a cell with a valid one, flagged ones by kind, each on its own line"""
    flags = numpy.zeros((5, 2, 2, 3, 2, 12), "u4")
    flags[0, ..., 3], flags[1, ..., 4], flags[2] = 16, 33, 128
    with drawn("timeline", flags=flags) as (table, found):
        above, below = found["timeline"].figure.axes
        labels = [t.get_text() for t in below.get_yticklabels()]
        counts = [int((table.workload == w).sum()) for w in (0, 1)]
        assert labels == [f"misbound {counts[1]}", f"crowded {counts[0]}", f"stolen {counts[1]}",
                          f"frequency {12 * counts[0]}"], labels
        (valid,), (crowded,) = lines(above, "_valid"), lines(above, "_crowded")
        assert len(valid) == int(table.valid.sum()) and len(crowded) == counts[0]
        assert numpy.allclose(numpy.quantile(valid[:, 1], (0.02, 0.5, 0.98)), 1, atol=0.1)
        (states,) = lines(above, "_states")
        assert len(states) == 13 and numpy.allclose(states[:, 1], 1, atol=0.05), states
    with drawn("timeline", flags=flags, flagged=False) as (_, found):
        hidden = sum(counts) + 12 * counts[0]
        assert f"{hidden} excluded ones were not loaded" in found["timeline"].caption


def machine(packages: int, cores: int, allowed: str = "") -> str:
    """hwloc's XML of a machine whose cores have two threads."""
    said = f' allowed_cpuset="{allowed}"' if allowed else ""
    inner = "".join(
        f'<object type="Package" os_index="{p}"><object type="NUMANode" local_memory="1073741824"/>'
        + "".join(f'<object type="Core" os_index="{c}">' + "".join(
            f'<object type="PU" os_index="{n}" cpuset="{mask(n)}"/>'
            for n in (2 * (p * cores + c), 2 * (p * cores + c) + 1)) + "</object>"
            for c in range(cores)) + "</object>" for p in range(packages))
    return (f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE topology SYSTEM "hwloc2.dtd">'
            f'<topology version="2.0"><object type="Machine"{said}>{inner}</object></topology>')


def mask(bit: int) -> str:
    """A set of one CPU as hwloc writes it."""
    return ",".join([f"0x{1 << bit % 32:08x}"] + ["0x0"] * (bit // 32))


def test_topology():
    """Topology: a box for each object, hatched where not allowed, summed up where there are many"""
    with drawn("topology", machine={"topology_xml": machine(1, 3, "0x1f")}) as (_, found):
        axes = found["topology"].figure.axes[0]
        labels = [t.get_text() for t in axes.texts]
        assert labels == ["machine", "package 0", "NUMA node, 1 GiB", "core 0", "PU 0", "PU 1",
                          "core 1", "PU 2", "PU 3", "core 2", "PU 4", "PU 5"], labels
        assert [bool(p.get_hatch()) for p in axes.patches].count(True) == 1
        assert "6 hardware threads, of which 5" in found["topology"].alt, found["topology"].alt
    with drawn("topology", machine={"topology_xml": machine(4, 128)}) as (_, found):
        labels = [t.get_text() for t in found["topology"].figure.axes[0].texts]
        assert len(labels) <= topology.BOXES and labels.count("package 1") == 1, labels
        assert any("more" in one for one in labels), labels
        assert "512 cores, 1024 hardware threads" in found["topology"].alt


def test_topology_of_version_3():
    """Topology: hwloc's XML of version 3, with information beside the objects, is the same machine"""
    old = machine(2, 2, "0x7")
    new = old.replace("hwloc2.dtd", "hwloc3.dtd").replace('version="2.0"', 'version="3.0"')
    new = re.sub("<object ", '<object gp_index="7" id="obj7" ', new)
    new = new.replace("</topology>", '<cpukind cpuset="0xff"/><info name="Backend" value="Linux"/></topology>')
    assert new.count('id="obj7"') == 17 and topology.read(new) == topology.read(old) is not None


def test_topology_refused():
    """Topology: XML with entities, of something else, cut short or nested too deep draws nothing"""
    bomb = machine(1, 2).replace('SYSTEM "hwloc2.dtd"', '[<!ENTITY a "0"><!ENTITY b "&a;&a;">]')
    bomb = bomb.replace('os_index="0"', 'os_index="&b;"')
    deep = "<topology>" + '<object type="Machine">' * 5000 + "</object>" * 5000 + "</topology>"
    for text in (bomb, deep, machine(1, 2)[:200], "<html/>", "", "\0", None, 7):
        assert topology.read(text) is None, repr(text)[:80]
    assert topology.read(machine(1, 2)).count("PU") == 4


def test_svg():
    """SVG for a page: the same bytes each time, well-formed, with ink that follows the page"""
    _, found = usual()
    with drawn() as (_, again):
        for name, picture in found.items():
            text = picture.svg(plain=False)
            assert text == again[name].svg(plain=False), f"{name} differs"
            assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
            assert "var(--ink, #1a1a1a)" in text and "prefers-color-scheme:dark" in text, name
            aged = re.findall(r"([a-z]+): #1a1a1a; \1: var\(--ink, #1a1a1a\)", text)  # without variables
            assert len(aged) == text.count("var(") > 2, f"{name}: ink that some programs do not draw"
            assert "stroke: #000000" not in text and "fill: #000000" not in text, name


def test_names():
    """Names from a file are text: no mathematics, no markup, no control characters, no end"""
    names = ["$\\frac{$", "<script>alert(1)</script>", "\x1b[31m\u202e", "w" * 10000,
             "计算 & \U0001f600"]
    workloads = [dict(WORKLOADS[1], name=name) for name in names]
    with drawn(workloads=workloads) as (_, found):
        for name, picture in found.items():
            text = picture.svg()
            ElementTree.fromstring(text)
            assert "<script" not in text and "\x1b" not in text and "w" * 100 not in text, name
            said = picture.title + picture.alt + picture.caption
            assert "\x1b" not in said and "w" * 100 not in said, name
        assert "$\\frac{$" in found["costs"].svg()


def test_nothing():
    """A run of NaN only draws no sample; what one cell or one round can say is drawn"""
    with drawn(keep=numpy.array(False)) as (table, found):
        assert not len(table) and set(found) <= {"topology"}, list(found)
    one = {"cores": (1,), "ranks": (1,), "threads": (1,), "depth": (1,), "rounds": 1}
    with drawn(workloads=WORKLOADS[:1], **one) as (_, found):
        assert set(found) == {"timeline", "topology"}, list(found)
    with drawn(rounds=1, verdict=False) as (_, found):
        assert list(found) == list(OURS), list(found)
        for name in OURS:
            # Serial is as fast as itself, and that is sure.
            assert not any(numpy.ptp(intervals(a), axis=1).any()
                           for a in found[name].figure.axes), name
            found[name].svg()


def test_many():
    """10 000 cells are drawn in 8 s and 2 MB, thinned, and it is said that they are"""
    workloads = [dict(WORKLOADS[i % 2], name=f"w{i}") for i in range(40)]
    axes = {"cores": (1, 4), "ranks": (1, 2, 4, 8, 16), "threads": (1, 2, 4, 8, 16),
            "depth": (1, 4, 16, 64, 256)}
    with drawn("timeline", workloads=workloads, rounds=8, **axes) as (table, found):
        assert len(table) > 9000, len(table)
        start = time.process_time()
        found = {picture.name: picture for picture in pictures.draw(table.run, [], OURS)}
        size = sum(len(picture.svg()) for picture in found.values())
        took = time.process_time() - start
        assert took < 8, took
        assert size < 2e6, size
        assert "at most 2000 valid ones" in found["timeline"].caption
        assert "Not drawn" in found["throughput"].caption


def test_words():
    """Numbers are written with the digits that the terminal writes; names are kept short"""
    said = [words.interval(*one) for one in ((15.87, 15.6, 16.2), (257.3, 254, 260),
                                             (1.007, 1.002, 1.01), (4.2, 3, 5), (2.0, 2.0, 2.0))]
    assert said == ["15.9 ±0.3", "257 ±3", "1.01 ±0.01", "4 ±1", "2.00 ±0.00"], said
    times = [words.seconds(t) for t in (2.39e-6, 0.2764, 0.99961e-3, 61)]
    assert times == ["2.39 µs", "276 ms", "1.00 ms", "61.0 s"], times
    assert words.workload("mixed[wait_fraction=0.9]") == "mixed 0.9"
    assert words.clean("a" * 99, 10) == "aaaaaa…aaa"


def test_chosen():
    """Of too many workloads the most telling are drawn, one of each family before a second"""
    names = ["a[x=1]", "a[x=2]", "b", "c"]
    assert cells.choose({0: 9.0, 1: 8.0, 2: 1.0, 3: 2.0}, names, 3) == ([0, 3, 2], [1])
