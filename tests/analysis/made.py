"""Makes run files as src/runfile/runfile_create.c writes them, with made-up times: for tests of analysis."""

import itertools
import math
import pathlib
import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

import h5py
import numpy

import variables
from analysis import contest, integrity, models, statistics
from tests.analysis import made_advice

AXES = ("workload", "cores", "ranks", "threads", "depth", "round")
LONG_NAMES = {"workload": "name of the workload", "cores": "cores that all share",
              "ranks": "MPI processes", "threads": "threads in each rank",
              "depth": "operations each thread keeps in flight",
              "round": "number of the visit to every cell, the warm-up being 0",
              "rank": "number of the MPI process"}
SAMPLES = {row.name: row for row in variables.samples()}
COLUMNS = {row.name: row for row in variables.columns()}
FILLS = {(row.group, row.name): row.fill for row in variables.variables()}
FLAGS = ("misbound", "too_short", "shallow", "cache", "crowded", "stolen", "throttled", "frequency",
         "slowed")
STATUS = ("empty", "done", "infeasible", "failed")
WORKLOAD = {name: {"O": "", "f8": 0.0}.get(row.dtype, 0) for name, row in COLUMNS.items()}
WORKLOAD |= {"compute": "none", "wait": "none", "tasks": 64}
TEXT = h5py.string_dtype()
TOPOLOGY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
  <object type="Machine" os_index="0" cpuset="0xf" complete_cpuset="0xf" allowed_cpuset="0xf">
    <object type="NUMANode" os_index="0" cpuset="0xf" local_memory="8589934592"/>
    <object type="Package" os_index="0" cpuset="0xf">
      <info name="CPUModel" value="Made Processor"/>
      <object type="L3Cache" cpuset="0xf" cache_size="33554432" depth="3" cache_type="0">
        <object type="Core" os_index="0" cpuset="0x1">
          <object type="PU" os_index="0" cpuset="0x1"/>
        </object>
        <object type="Core" os_index="1" cpuset="0x2">
          <object type="PU" os_index="1" cpuset="0x2"/>
        </object>
        <object type="Core" os_index="2" cpuset="0x4">
          <object type="PU" os_index="2" cpuset="0x4"/>
        </object>
        <object type="Core" os_index="3" cpuset="0x8">
          <object type="PU" os_index="3" cpuset="0x8"/>
        </object>
      </object>
    </object>
  </object>
</topology>
"""

TimeOf = Callable[[dict, int, int, int, int], float]


def time_of(workload: dict, cores: int, ranks: int, threads: int, depth: int) -> float:
    """Seconds for all tasks by the bounds of cores and depth, plus a little for each worker."""
    tasks = workload["tasks"] * (cores if workload["weak"] else 1)
    in_flight = min(ranks * threads * depth, tasks)
    compute, wait = workload["compute_time"], workload["wait_time"]
    each = max(compute / min(ranks * threads, cores), (compute + wait) / in_flight)
    return tasks * max(each, 1e-7) * (1 + 1e-3 * (ranks * threads - 1))


def _filled(workloads: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Workloads with all columns; a family's values stay as they are."""
    filled = [{"name": f"work{i}"} | WORKLOAD | given for i, given in enumerate(workloads)]
    for workload in filled:
        workload["waits"] = workload["waits"] or int(workload["wait"] != "none")
    return filled


def _times(workloads: list[dict], axes: Sequence[Sequence[int]], rounds: int,
           time: TimeOf | numpy.ndarray, noise: float,
           rng: numpy.random.Generator) -> numpy.ndarray:
    """Times of all samples, also of cells that are not feasible."""
    shape = (len(workloads), *map(len, axes), rounds)
    if not callable(time):
        return numpy.array(numpy.broadcast_to(time, shape), dtype=float)
    exact = [time(workload, *point) for workload in workloads for point in itertools.product(*axes)]
    return (numpy.reshape(exact, (*shape[:-1], 1))
            * numpy.exp(noise * rng.standard_normal(shape)))


def _status(count: int, axes: Sequence[Sequence[int]]) -> numpy.ndarray:
    """Done where a cell is feasible: C ≤ R·T."""
    cores, ranks, threads, _ = numpy.meshgrid(*axes, indexing="ij")
    return numpy.array([numpy.where(cores <= ranks * threads, 1, 2)] * count, dtype="u1")


def _samples(times: numpy.ndarray, axes: Sequence[Sequence[int]], workloads: list[dict],
             rng: numpy.random.Generator) -> dict[str, numpy.ndarray]:
    """Everything beside the times, in plain proportion to them."""
    column = (-1, 1, 1, 1, 1, 1)
    cores, ranks, threads, depth = (numpy.reshape(axis, numpy.roll([-1, 1, 1, 1, 1], place))
                                    for place, axis in enumerate(axes))
    workers = (ranks * threads)[None]
    tasks = numpy.reshape([w["tasks"] for w in workloads], column)
    compute = numpy.reshape([w["compute_time"] for w in workloads], column)
    waits = numpy.reshape([w["waits"] for w in workloads], column)
    cells, rounds = times[..., 0].size, times.shape[-1]
    order = numpy.array([rng.permutation(cells) for _ in range(rounds)]).T.reshape(times.shape)
    start = numpy.cumsum(numpy.full(rounds, numpy.nansum(times[..., 0]) + 1e-3)) + order * 1e-6
    zero = numpy.zeros(times.shape)
    return {name: zero.copy() for name in SAMPLES} | {
        "time": times, "cpu": zero + compute * tasks + 2e-6 * workers * tasks,
        "switches_voluntary": zero + tasks * waits / depth[None] + workers,
        "switches_involuntary": zero + numpy.maximum(workers - cores[None], 0),
        "faults": zero + 100 * workers, "memory": zero + 4e6 * ranks[None] + 1e5 * workers,
        "depth_achieved": zero + depth[None], "depth_most": zero + depth[None],
        "setup": zero + 1e-4 * workers, "order": order, "start": start,
    }


# -- the file --

def _encoded(texts: Sequence[str]) -> list[bytes]:
    """Texts as bytes, as which a surrogate stands for a byte that is no UTF-8."""
    return [text.encode("utf-8", "surrogateescape") for text in texts]


def _scale(group: h5py.Group, name: str, values: Any) -> None:
    """An axis."""
    if name == "workload":
        axis = group.create_dataset(name, data=_encoded(values), dtype=TEXT)
    else:
        axis = group.create_dataset(name, data=numpy.asarray(values, "i8"))
        axis.attrs["units"] = "1"
    axis.attrs["long_name"] = LONG_NAMES.get(name, "row")
    axis.make_scale(name)


def _variable(group: h5py.Group, name: str, axes: Sequence[str], values: Any, unit: str | None,
              long_name: str, dtype: Any = "f8") -> h5py.Dataset:
    """A dataset with its axes attached."""
    shape = numpy.shape(values)
    rounds = (*shape[:-1], 1) if len(shape) == len(AXES) and 0 not in shape else None
    fill = None if dtype == TEXT else FILLS.get((group.name, name))
    values = _encoded(values) if dtype == TEXT else values
    item = group.create_dataset(name, data=values, dtype=dtype, chunks=rounds, fillvalue=fill)
    for dimension, axis in zip(item.dims, axes, strict=True):
        dimension.attach_scale(group[axis])
    item.attrs["long_name"] = long_name
    if unit:
        item.attrs["units"] = unit
    return item


def _write_workloads(file: h5py.File, workloads: list[dict]) -> str:
    """The columns along the axis of workloads; their names."""
    names = [key for key in dict.fromkeys(itertools.chain(*workloads))
             if key not in ("name", "checksum")]
    for name in names:
        values = [workload.get(name) for workload in workloads]
        long_name = COLUMNS[name].long_name if name in COLUMNS else name
        if any(isinstance(value, str) for value in values):
            _variable(file, name, ["workload"], [value or "" for value in values], None, long_name, TEXT)
        else:
            numbers = [math.nan if value is None else value for value in values]
            unit, dtype = (COLUMNS[name].unit, COLUMNS[name].dtype) if name in COLUMNS else ("1", "f8")
            _variable(file, name, ["workload"], numbers, unit, long_name, dtype)
    sums = [workload.get("checksum", 1000 + len(workload["name"])) for workload in workloads]
    item = _variable(file, "checksum", ["workload"], sums, "1",
                     "sum that the workload must reach at every point", "u8")
    item.attrs["coordinates"] = " ".join(names)
    return " ".join(names)


def _write_samples(file: h5py.File, samples: dict[str, numpy.ndarray], status: numpy.ndarray,
                   coordinates: str) -> None:
    for name, values in samples.items():
        row = SAMPLES[name]
        item = _variable(file, name, AXES, values, row.unit, row.long_name, row.dtype)
        item.attrs["coordinates"] = coordinates
    if "flags" in samples:
        file["flags"].attrs["flag_masks"] = 1 << numpy.arange(len(FLAGS), dtype="u4")
        file["flags"].attrs["flag_meanings"] = " ".join(FLAGS)
    _variable(file, integrity.CHECK, AXES, numpy.zeros(samples["time"].shape, "u8"), "1",
              "hash of the sample; 0: there is none", "u8")
    item = _variable(file, "status", AXES[:5], status, "1", "whether the cell was measured", "u1")
    item.attrs["flag_values"] = numpy.arange(4, dtype="u1")
    item.attrs["flag_meanings"] = " ".join(STATUS)
    item.attrs["coordinates"] = coordinates


def _write_rows(file: h5py.File, name: str, rows: list[dict[str, Any]]) -> None:
    """A row per line of the advice, verdict or claim."""
    group = file.create_group(name)
    group.attrs["comment"] = name
    if not rows:
        return
    _scale(group, "row", range(len(rows)))
    for column, value in rows[0].items():
        kind = TEXT if isinstance(value, str) else "i8" if isinstance(value, int) else "f8"
        per_second = column == "throughput" or column.startswith("bound_")
        unit = "s-1" if per_second else "s" if "time" in column else "1"
        _variable(group, column, ["row"], [row[column] for row in rows],
                  None if kind == TEXT else unit, column, kind)


def job_text(workloads: list[dict], axes: Sequence[Sequence[int]]) -> str:
    """The effective job."""
    lists = "".join(f"{{0}}{axis}: {list(values)}\n"
                    for axis, values in zip(AXES[1:5], axes, strict=True))
    text = "precision: 1 %\n" + lists.format(*[""] * 4) + "seed: 1\nrounds: 100\nworkloads:\n"
    for workload in workloads:
        quoted = workload["name"].replace("\\", "\\\\").replace('"', '\\"')
        text += f'  "{quoted}":\n    compute: {workload["compute"]}\n    wait: {workload["wait"]}\n'
        text += lists.replace("{0}", "    ")
        text += f"    tasks: {workload['tasks']}\n    waits: {workload['waits']}\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def _write_facts(file: h5py.File, facts: dict[str, dict[str, Any]]) -> None:
    """The attributes of /provenance and /machine; what is too long for one is a dataset."""
    for name, of_group in facts.items():
        group = file.require_group(name)
        for key, value in of_group.items():
            if isinstance(value, str) and len(value) > 32768:
                group.create_dataset(key, data=value, dtype=TEXT)
            else:
                group.attrs[key] = value


# -- the answer --

def verdicts(workloads: list[dict], axes: Sequence[Sequence[int]],
             samples: dict[str, numpy.ndarray], status: numpy.ndarray) -> list[dict[str, Any]]:
    """A row per workload and cores: the fastest point, simply, and the best of each group."""
    times = numpy.where(samples["flags"] == 0, samples["time"], math.nan)
    rows = []
    for w, workload in enumerate(workloads):
        tasks = [workload["tasks"] * (c if workload["weak"] else 1) for c in axes[0]]
        times[w] /= numpy.reshape(tasks, (-1, 1, 1, 1, 1))
        has_serial = status[w, 0, 0, 0, 0] == 1 and all(axis[0] == 1 for axis in axes)
        serial = times[w, 0, 0, 0, 0] if has_serial else numpy.full(times.shape[-1], math.nan)
        for c, cores in enumerate(axes[0]):
            if (status[w, c] == 1).any():
                rows.append(_verdict(workload, w, cores, axes, serial,
                                     numpy.where((status[w, c] == 1)[..., None], times[w, c],
                                                 math.nan)))
    return rows


def _speed_up(cores: int, serial: numpy.ndarray, times: numpy.ndarray) -> list[numpy.ndarray]:
    """The columns of the speed-ups of a row's points, in the shape of the points."""
    row, serial = (numpy.where((values > 0) & (values < math.inf), values, math.nan)
                   for values in (times.reshape(-1, times.shape[-1]), serial))
    has_serial = cores == 1 and not numpy.isnan(serial).all()
    found = contest.of(row, serial=0) if has_serial else contest.of(row, guest=serial)
    return [part.reshape(times.shape[:-1]) for part in found.speed_up()]


def _verdict(workload: dict, w: int, cores: int, axes: Sequence[Sequence[int]],
             serial: numpy.ndarray, times: numpy.ndarray) -> dict[str, Any]:
    speed_up = _speed_up(cores, serial, times)
    median = statistics.interval(times).median
    tasks = workload["tasks"] * (cores if workload["weak"] else 1)
    serial_task = float(statistics.interval(serial).median)
    row: dict[str, Any] = {
        "workload": workload["name"], "workload_index": w, "cores": cores,
        "serial_time": serial_task * workload["tasks"], "serial_time_per_task": serial_task,
        "points": int((~numpy.isnan(median)).sum()), "ties": 0, "undecided": 0,
        "rounds": int((~numpy.isnan(times)).any(axis=(0, 1, 2)).sum()), "half_width": 0.01, "loss": 0.02,
        "certain": 1}
    groups = {"serial": {"serial"}, "threads": {"threads"}, "processes": {"processes"},
              "async": {"async"}, "mix": {name for name in models.STYLE if "+" in name}}
    points = [point for point in itertools.product(*map(range, median.shape))
              if not math.isnan(median[point])]
    for group, named in ({"choice": set(models.STYLE)} | groups).items():
        among = [p for p in points if models.name(*_values(axes, p)) in named]
        best = min(among, key=lambda p: median[p], default=None)
        if group == "serial" and not math.isnan(serial_task):
            point, of = (1, 1, 1, 1), statistics.Interval(1.0, 1.0, 1.0, len(serial))
        elif best is not None:
            point = (*_values(axes, best), cores)
            of = statistics.Interval(*(part[best] for part in speed_up))
        else:
            point, of = (0, 0, 0, 0), statistics.Interval(math.nan, math.nan, math.nan, 0)
        row |= {f"{group}_{axis}": int(value) for axis, value in
                zip(("ranks", "threads", "depth", "cores"), point, strict=True)}
        row |= {f"{group}_speed_up{end}": float(value) for end, value in
                zip(("", "_low", "_high"), of[:3], strict=True)}
        row[f"{group}_speed_up_rounds"] = int(of.n)
        row[f"{group}_point"] = models.point(*point) if point[0] else ""
        if group == "choice":
            row["choice_time"] = float(median[best]) * tasks if best else math.nan
            row["choice_model"] = models.name(*point) if best else ""
    return row | _reason(workload, row, tasks)


def _values(axes: Sequence[Sequence[int]], place: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis[i] for axis, i in zip(axes[1:], place, strict=True))


def _reason(workload: dict, row: dict[str, Any], tasks: int) -> dict[str, Any]:
    """The bounds, and the sentence."""
    compute, wait = workload["compute_time"], workload["wait_time"]
    in_flight = row["choice_ranks"] * row["choice_threads"] * row["choice_depth"]
    reached = tasks / row["choice_time"] if row["choice_time"] > 0 else math.nan
    cores = row["cores"] / compute if compute else math.nan
    depth = in_flight / (compute + wait) if compute + wait else math.nan
    bound = "depth" if not cores <= depth and depth == depth else "cores" if cores == cores else ""
    text = (f"Use {row['choice_model']} {row['choice_point']}: {row['choice_speed_up']:.3g} times "
            f"as fast as serial, {row['choice_time']:.3g} s instead of {row['serial_time']:.3g} s. "
            f"The limit is the {bound}.") if row["choice_point"] else "No sample is valid."
    return {"throughput": reached, "bound_cores": cores, "bound_depth": depth,
            "bound_memory": math.nan, "bound_lock": math.nan, "bound_waves": math.nan,
            "bound": bound,
            "limit": f"{bound}: made up", "reason": text}


CLAIMS = [{"number": number, "claim": claim, "outcome": outcome, "rule": "made up for tests",
           "reason": f"{claim}: 1.98 (1.96–2.00); the rule asks for at least 1.1.", "threshold": 1.1,
           "effect": 1.98, "effect_low": 1.96, "effect_high": 2.0, "effect_rounds": 12}
          for number, claim, outcome in (
              (1, "on one core nothing helps compute", "holds here"),
              (8, "very long waits make threads inefficient", "does not hold here"),
              (12, "async is reproducible", "cannot tell"),
              (16, "creating workers costs", "not tried"))]


def _write_advice(file: h5py.File, workloads: Sequence[dict[str, Any]], rounds: int) -> None:
    _write_rows(file, "advice", made_advice.rows(workloads))
    file["advice"].attrs["summary"] = f"made · {rounds} rounds"


def run_file(path: str | pathlib.Path, *, workloads: Sequence[dict[str, Any]],
             cores: Sequence[int] = (1, 2), ranks: Sequence[int] = (1,),
             threads: Sequence[int] = (1, 2), depth: Sequence[int] = (1,), rounds: int = 12,
             time: TimeOf | numpy.ndarray = time_of, noise: float = 0.02,
             flags: numpy.ndarray | int = 0, status: numpy.ndarray | None = None,
             keep: numpy.ndarray | None = None, seed: int = 0, per_rank: bool = False,
             spread: bool = False,
             verdict: list[dict] | bool = True, claims: list[dict] = CLAIMS,
             not_believed: str | None = None, tie_ratio: Any = None, started: str = "2026-01-01T00:00:00Z",
             machine: dict[str, Any] | None = None, provenance: dict[str, Any] | None = None,
             identity: str | None = None, without: Collection[str] = (),
             cores_worth: numpy.ndarray | None = None) -> pathlib.Path:
    """Writes a run file and returns its path.

    `workloads`: name, compute, wait, compute_time (s), wait_time (s), tasks … and family values.
    `time`: (workload, cores, ranks, threads, depth) → seconds for all tasks, to which `noise` (a
    standard deviation of the logarithm) is added; or the times of all samples, NaN where there is
    none. `flags`, `keep` (False: no such sample) broadcast to the samples; `status` to the cells;
    cells with C > R·T are infeasible unless it says otherwise. `verdict`: False for a run that did
    not end. `without`: variables left out, as in files of older versions."""
    rng = numpy.random.default_rng(seed)
    given, axes = _filled(workloads), [list(axis) for axis in (cores, ranks, threads, depth)]
    times = _times(given, axes, rounds, time, noise, rng)
    status = _status(len(given), axes) if status is None else numpy.broadcast_to(
        numpy.asarray(status, "u1"), times.shape[:-1])
    there = (status == 1)[..., None] & (True if keep is None else keep)
    times[~numpy.broadcast_to(there, times.shape)] = math.nan
    samples = _samples(times, axes, given, rng)
    missing = numpy.isnan(times)
    for name, values in samples.items():
        values[missing] = SAMPLES[name].fill
    samples["flags"] = numpy.where(missing, 0, numpy.broadcast_to(flags, times.shape))
    rows = verdicts(given, axes, samples, status) if verdict is True else verdict
    path = pathlib.Path(path)
    facts = {
        "provenance": {"command": "cual run made.yaml", "started": started, "job": "made up",
                       "job_file": "made.yaml", "seed": str(seed),
                       "job_effective": job_text(given, axes)} | (provenance or {}),
        "machine": {"summary": f"{max(cores)} cores of Made Processor, 8.0 GiB; Linux 6.1; "
                               "Open MPI v4.1.4",
                    "host": "made", "warnings": "", "topology_xml": TOPOLOGY} | (machine or {})}
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs["id"] = identity or uuid.UUID(bytes=rng.bytes(16)).hex
        _write_root(file, given, axes, {k: v for k, v in samples.items() if k not in without},
                    status)
        _write_machine(file, given, axes, cores_worth)
        _write_facts(file, facts)
        if per_rank:
            _write_per_rank(file, given, axes, samples["time"], spread)
        if rows is not False:
            _write_advice(file, given, rounds)
            _write_rows(file, "verdict", rows)
            _write_rows(file, "claims", claims)
            if not_believed is not None:
                file["verdict"].attrs["not_believed"] = not_believed
            if tie_ratio is not None:
                file["verdict"].attrs["tie_ratio"] = tie_ratio
        file.attrs["complete"] = str(int(rows is not False))
        seal(file)
    return path


def seal(file: h5py.File) -> None:
    """Gives every sample and every object the hash of what stands there."""
    variables = integrity.sample_variables(dict(integrity.objects(file)))
    hashes = integrity.of_samples([item[...] for item in variables], 0)
    there = ~numpy.isnan(file["time"][...])
    file[integrity.CHECK][...] = numpy.where(there, hashes.reshape(there.shape), 0)
    seal_objects(file)


def seal_objects(file: h5py.File) -> None:
    """Gives every object the hash of what stands there."""
    for path, item in integrity.objects(file):
        item.attrs[integrity.HASH] = integrity.of_object(item, path)


def _write_root(file: h5py.File, workloads: list[dict], axes: Sequence[Sequence[int]],
                samples: dict[str, numpy.ndarray], status: numpy.ndarray) -> None:
    """Axes, workloads and samples."""
    file.attrs.update({"Conventions": "CF-1.10", "title": "cual run of made.yaml",
                       "source": "cual run file, version 3"})
    rounds = range(1, samples["time"].shape[-1] + 1)
    for axis, values in zip(AXES, ([w["name"] for w in workloads], *axes, rounds), strict=True):
        _scale(file, axis, values)
    _write_samples(file, samples, status, _write_workloads(file, workloads))


def _write_machine(file: h5py.File, workloads: list[dict], axes: Sequence[Sequence[int]],
                   worth: numpy.ndarray | None) -> None:
    group = file.create_group("machine")
    _scale(group, "workload", [workload["name"] for workload in workloads])
    _scale(group, "cores", axes[0])
    shape = (len(workloads), len(axes[0]))
    values = numpy.broadcast_to(numpy.array(axes[0], float) if worth is None else worth, shape)
    for end, which in (("", ""), ("_low", "low end of the 95 % interval of "),
                       ("_high", "high end of the 95 % interval of ")):
        _variable(group, f"cores_worth{end}", ["workload", "cores"], values, "1",
                  f"{which}cores_worth" if end else
                  "times the speed of one core that so many cores reach with the workload's kernel")
    _variable(group, "calibration_disturbed", ["workload", "cores"], numpy.zeros(shape[:2]), "1",
              "1: others computed on the cores while cores_worth was measured", "u1")
    _variable(group, "huge_pages", ["workload"], numpy.full(len(workloads), numpy.nan), "1",
              "part of a worker's footprint that was in huge pages")
    _scale(group, "core", range(max(axes[0])))
    for end, which in (("", "times the speed of the first core that a core has with the workload's kernel, "
                            "alone"),
                       ("_low", "low end of the 95 % interval of core_speed, where it was looked at closely"),
                       ("_high", "high end of the 95 % interval of core_speed, where it was looked at "
                                 "closely")):
        _variable(group, f"core_speed{end}", ["workload", "core"], numpy.ones((len(workloads), max(axes[0]))),
                  "1", which)


QUANTILES = (0, 0.25, 0.5, 0.75, 1)


def _write_per_rank(file: h5py.File, workloads: list[dict], axes: Sequence[Sequence[int]],
                    times: numpy.ndarray, spread: bool) -> None:
    group = file.create_group("per_rank", track_order=True)
    most = 64 if spread else max(axes[1])
    for axis, values in zip((*AXES, "rank"), ([w["name"] for w in workloads], *axes,
                                              range(1, times.shape[-1] + 1), range(most)),
                            strict=True):
        _scale(group, axis, values)
    working = numpy.arange(most) < numpy.reshape(axes[1], (1, 1, -1, 1, 1, 1, 1))
    _variable(group, "time", (*AXES, "rank"), numpy.where(working, times[..., None], math.nan), "s",
              "time of the rank")
    if spread:  # rank 1 has always taken the whole time, rank 0 half of it
        group.create_dataset("quantile", data=QUANTILES).attrs["units"] = "1"
        group["quantile"].attrs["long_name"] = "part of the ranks that took less"
        group["quantile"].make_scale("quantile")
        parts = 0.5 + 0.5 * numpy.array(QUANTILES)
        _variable(group, "time_quantile", (*AXES, "quantile"), times[..., None] * parts, "s",
                  "quantiles of the times of the cell's ranks")
        for name, rank in (("slowest", 1), ("fastest", 0)):
            _variable(group, name, AXES, numpy.where(numpy.isnan(times), -1, rank), "1", name, "i4")


def part(whole: str | pathlib.Path, path: str | pathlib.Path, *, started: str, identity: str,
         **kept: Sequence[int]) -> pathlib.Path:
    """Writes a shard of a run file that has no answer: of an axis only the places (from 0) that are
    given. Its variables have no dimension scales."""
    with h5py.File(whole) as source, h5py.File(path, "w", track_order=True) as file:
        for group in ("/", "/machine", "/provenance"):
            into = file.require_group(group)
            into.attrs.update(source[group].attrs.items())
            for name in integrity.in_order(source) if group == "/" else source[group]:
                if isinstance(source[group][name], h5py.Dataset):
                    _copy_part(source[group][name], into, name, kept)
        file.attrs["id"], file["provenance"].attrs["started"] = identity, started
        seal(file)
    return pathlib.Path(path)


def _copy_part(item: h5py.Dataset, group: h5py.Group, name: str,
               kept: dict[str, Sequence[int]]) -> None:
    """Copies the kept places of a variable; axes that it spans are the first ones."""
    values = item[()]
    for dimension, axis in enumerate((name,) if name in AXES else AXES[: item.ndim]):
        if axis in kept:
            values = numpy.take(values, kept[axis], axis=dimension)
    copy = group.create_dataset(name, data=values, dtype=item.dtype)
    for key in {"units", "long_name", "flag_masks", "flag_values", "flag_meanings"} & {*item.attrs}:
        copy.attrs[key] = item.attrs[key]
