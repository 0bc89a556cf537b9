"""Reads one run file in a process of its own: HDF5 crashes and hangs over some damaged files."""

import dataclasses
import errno
import faulthandler
import json
import math
import mmap
import os
import pathlib
import re
import resource
import signal
import stat
import time
import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

import h5py
import numpy

from analysis import integrity
from analysis.text import printable

AXES = ("workload", "cores", "ranks", "threads", "depth", "round")
POINT_AXES = AXES[1:5]
RESERVED = {"check", "source", "file", "provenance", "machine", "cores_worth", "status"}  # of the dataset
NEEDED = ("time", "cpu", "flags")  # sample variables that nothing goes without
SOURCE = re.compile(r"cual run file, version (-?\d+)")  # how a run file is known
VERSION = 2
EMPTY, DONE, INFEASIBLE, FAILED = range(4)  # what status says of a cell
TEXTS = {"compute", "wait", "storage"}  # of what a task is
NUMBERS = {"compute_time", "wait_time", "tasks", "bytes", "flops", "lock", "waits", "work", "weak",
           "checksum"}
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the times of a sample's ranks
RANKS_MOST = 64  # that have times of their own
SAMPLES_MOST = 2**31
AXIS_MOST = 4096  # values of an axis, but for the rounds
TEXT_MOST = 2**24  # characters of one text
ROWS_MOST = 1_000_000
DATASETS_MOST = 256
CPU_S = 60
ROOM_BYTES = 2**30  # for the library, beside the samples
BLOCK = 2**22  # numbers of samples, or all of one round, that are hashed together
LOCKED_S = 2  # a run that goes on holds its file for moments
TRIES = 5  # while a run writes to it
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Unreadable(ValueError):
    """A file that cannot be read; `status` is the exit status that says so: 2 when it is not there
    or no run file, 4 when it is damaged."""

    def __init__(self, path: str | os.PathLike, why: str, status: int = 4):
        super().__init__(f"{printable(os.fspath(path), 4096)}: {why}")
        self.path, self.why, self.status = path, why, status


@dataclasses.dataclass
class RunFile:
    """What stands in a run file and matches its hashes. Rounds at the end that hold nothing are left
    out, but for one where there is no other."""

    path: pathlib.Path
    attributes: dict[str, str]
    workloads: list[str]
    axes: dict[str, list[int]]  # cores, ranks, threads, depth
    columns: dict[str, list]  # by workload: what a task is
    cores_worth: list[list[float]] | None  # [workload][cores]
    descriptions: dict[str, dict[str, Any]]  # attributes of the variables
    provenance: dict[str, Any]
    machine: dict[str, Any]
    verdicts: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    not_believed: str | None
    ended: bool  # it has a verdict
    rounds: int  # in which anything was measured
    damaged: int  # samples that do not match their hash and are left out
    left_out: int  # numbers among the samples that no measurement gives
    samples: dict[str, numpy.ndarray]  # [workload, cores, ranks, threads, depth, round]
    status: numpy.ndarray | None  # [workload, cores, ranks, threads, depth]


Datasets = dict[str, h5py.Dataset]


def nothing(name: str) -> tuple[str, float]:
    """The type of a sample variable, and what stands where there is no sample."""
    return {"flags": ("u4", 0), "order": ("i4", -1), "slowest": ("i4", -1),
            "fastest": ("i4", -1)}.get(name, ("f8", math.nan))


class _Refused(Exception):
    """Raised in the child: why, and the exit status."""


def _damaged(what: str) -> _Refused:
    """What is raised when something in the file cannot be."""
    return _Refused(f"is damaged: {what}", 4)


# -- in the child: small parts --

def _text(value: Any) -> str:
    """A text as it can be stored anywhere: UTF-8 with what is none replaced."""
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    if len(raw) > TEXT_MOST:
        raise _damaged("a text is too long")
    return raw.decode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """A value of an attribute or dataset as JSON holds it."""
    if isinstance(value, numpy.ndarray | numpy.generic):
        if value.size > ROWS_MOST:
            raise _damaged("a list is too long")
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | bytes):
        return _text(value)
    return None  # references and other things that no run file says anything with


def _attributes(item: h5py.HLObject) -> dict[str, Any]:
    """Attributes of an object without those of the library."""
    unsaid = {name.decode() for name in integrity.UNHASHED} | {"coordinates"}
    names = [name for name in list(item.attrs)[:DATASETS_MOST]
             if name not in unsaid and not name.startswith("_Netcdf4")]
    return {_text(name): _plain(item.attrs[name]) for name in names}


def _datasets(found: integrity.Objects, group: str) -> Datasets:
    """The datasets of a group by name; what has no proper name is left out."""
    inside = {path.removeprefix(f"{group}/"): item for path, item in found.items()
              if path.startswith(f"{group}/")}
    return {name: item for name, item in inside.items()
            if _NAME.fullmatch(name) and isinstance(item, h5py.Dataset)}


def _values(item: h5py.Dataset, length: int) -> list:
    """A column of so many values."""
    if item.shape != (length,):
        raise _damaged(f"{_text(item.name)} has the wrong length")
    return _plain(item[...])


def _rows(columns: Datasets) -> list[dict[str, Any]]:
    """The rows of /verdict or /claims, column → value."""
    axis = columns.pop("row", None)
    if axis is None:
        return []
    if axis.ndim != 1 or axis.shape[0] > ROWS_MOST:
        raise _damaged(f"{_text(axis.name)} has an impossible length")
    values = {name: _values(item, axis.shape[0]) for name, item in columns.items()}
    return [{name: column[i] for name, column in values.items()} for i in range(axis.shape[0])]


def _facts(found: integrity.Objects, group: str) -> dict[str, Any]:
    """What /provenance or /machine says: attributes, and texts too long for one."""
    if group not in found:
        return {}
    texts = {name: _plain(item[()]) for name, item in _datasets(found, group).items()
             if item.ndim == 0}
    return _attributes(found[group]) | texts


def _axes(root: Datasets) -> tuple[list[str], dict[str, list[int]], int]:
    """The workloads, the values of the other axes, and how many rounds there is room for."""
    for name in AXES:
        if name not in root or root[name].ndim != 1:
            raise _damaged(f"it lacks the axis {name}")
        if not 0 < root[name].shape[0] <= (ROWS_MOST if name == "round" else AXIS_MOST):
            raise _damaged(f"the axis {name} has an impossible length")
    found = {name: root[name] for name in AXES}
    workloads = _values(found["workload"], found["workload"].shape[0])
    if not all(isinstance(name, str) for name in workloads):
        raise _damaged("workloads have no names")
    if len(set(workloads)) < len(workloads):
        raise _damaged("two workloads have one name")
    points = {name: _values(found[name], found[name].shape[0]) for name in POINT_AXES}
    for name, values in points.items():
        whole = all(isinstance(value, int) and 1 <= value < 2**31 for value in values)
        if not whole or any(a >= b for a, b in zip(values, values[1:])):
            raise _damaged(f"the axis {name} holds impossible values")
    return workloads, points, found["round"].shape[0]


def _columns(root: Datasets, count: int) -> dict[str, list]:
    """What a task of each workload is: all that stands along the axis of workloads."""
    found = {name: _values(item, count) for name, item in root.items()
             if name not in AXES and item.shape == (count,)}
    for name, values in found.items():
        if name in NUMBERS and not all(_is_amount(value) for value in values):
            raise _damaged(f"{name} holds impossible values")
        if name in TEXTS and not all(isinstance(value, str) for value in values):
            raise _damaged(f"{name} holds no texts")
    if "tasks" not in found or not all(value >= 1 for value in found["tasks"]):
        raise _damaged("there is a workload without tasks")
    return found


def _is_amount(value: Any) -> bool:
    """A number that is not negative, or NaN, which is: not known."""
    return isinstance(value, int | float) and not value < 0 and not math.isinf(value)


def _worth(item: h5py.Dataset | None, shape: tuple[int, int]) -> list[list[float]] | None:
    """The cores' worth by workload and cores."""
    if item is None or item.shape != shape or item.dtype.kind != "f":
        return None
    worth = item[...]
    return numpy.where(numpy.isfinite(worth) & (worth > 0), worth, numpy.nan).tolist()


# -- in the child: samples, in memory that the parent sees --

class _Shelf:
    """Arrays in the memory behind a descriptor."""

    def __init__(self, descriptor: int):
        self.descriptor, self.end = descriptor, 0
        self.arrays: list[tuple[str, str, tuple[int, ...], int]] = []

    def put(self, name: str, shape: tuple[int, ...], dtype: str) -> numpy.ndarray:
        """A new array of zeros, known to the parent by its name."""
        size = numpy.dtype(dtype).itemsize * int(numpy.prod(shape, dtype=object))
        start = self.end
        self.end += -(-size // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        os.ftruncate(self.descriptor, self.end)
        self.arrays.append((name, dtype, shape, start))
        return _mapped(self.descriptor, shape, dtype, start)


def _mapped(descriptor: int, shape: tuple[int, ...], dtype: str, start: int) -> numpy.ndarray:
    """The array of a shape that begins so many bytes into the memory behind a descriptor."""
    size = numpy.dtype(dtype).itemsize * int(numpy.prod(shape, dtype=object))
    return numpy.frombuffer(mmap.mmap(descriptor, size, offset=start), dtype).reshape(shape)


def _samples(root: Datasets, shape: tuple[int, ...]) -> Datasets:
    """All sample variables and their hashes, each with the shape of the axes."""
    found = {name: item for name, item in root.items()
             if item.ndim == len(AXES) and item.dtype.kind in "fiu"
             and name not in RESERVED - {integrity.CHECK}}
    for name, item in found.items():
        if item.shape != shape:
            raise _damaged(f"{name} does not agree with the axes")
    for name in (*NEEDED, integrity.CHECK):
        if name not in found:
            raise _damaged(f"it lacks {name}")
    samples = int(numpy.prod(shape, dtype=object))
    if samples > SAMPLES_MOST:
        raise _damaged(f"{samples} samples are more than there can be")
    return found


def _clean(name: str, values: numpy.ndarray) -> int:
    """Takes out what no measurement gives: infinities, and times that are not positive. Returns
    how many numbers those were."""
    if values.dtype.kind != "f":
        return 0
    bad = numpy.isinf(values)
    if name == "time":
        bad |= values <= 0
    values[bad] = numpy.nan
    return int(bad.sum())


def _begun(found: Datasets, shape: tuple[int, ...]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Times and hashes, cut after the last round that holds anything."""
    times, check = numpy.empty(shape), numpy.empty(shape, "u8")
    found["time"].read_direct(times)
    found[integrity.CHECK].read_direct(check)
    begun = (~numpy.isnan(times) | (check != 0)).any(axis=tuple(range(len(shape) - 1)))
    cut = numpy.s_[..., : int(begun.nonzero()[0][-1]) + 1 if begun.any() else 1]
    return times[cut], check[cut]


def _columns_of(variables: list[h5py.Dataset]) -> int:
    """How many numbers a sample has."""
    return sum(math.prod(item.shape[len(AXES) :]) for item in variables)


def _numbers(variables: list[h5py.Dataset], shape: tuple[int, ...]) -> int:
    """How many numbers there are in memory at most while samples are read: times, hashes and what
    is made of them beside the samples, and a block as it is hashed."""
    block = max(math.prod(shape[:-1]) * _columns_of(variables), BLOCK)
    return math.prod(shape) * (len(variables) + 6) + 3 * block


def _sound(variables: list[h5py.Dataset], arrays: dict[str, numpy.ndarray],
           check: numpy.ndarray) -> numpy.ndarray:
    """Where a sample stands that matches its hash. `arrays` are the variables by name; what is not
    among them is read."""
    sound = (check != 0) & ~numpy.isnan(arrays["time"])
    rounds = check.shape[-1]
    some = max(1, BLOCK * rounds // (check.size * _columns_of(variables)))
    for first in range(0, rounds, some):
        part = (*[slice(None)] * (check.ndim - 1), slice(first, min(first + some, rounds)))
        columns = [arrays.get(item.name[1:], item)[part] for item in variables]
        hashes = integrity.of_samples(columns, first)
        sound[part] &= hashes.reshape(sound[part].shape) == check[part]
    return sound


def _read_samples(found: integrity.Objects, shelf: _Shelf,
                  shape: tuple[int, ...]) -> tuple[numpy.ndarray, dict[str, int]]:
    """Puts the samples, cut after the last round, on the shelf. Returns where there is one, and the
    numbers of the fields `rounds`, `damaged` and `left_out`."""
    items, variables = _samples(_datasets(found, ""), shape), integrity.sample_variables(found)
    _limit_memory(8 * _numbers(variables, shape) + ROOM_BYTES)
    times, check = _begun(items, shape)
    arrays = {"time": shelf.put("time", times.shape, "f8")}
    arrays["time"][...] = times
    del times
    for name in [name for name in items if name not in ("time", integrity.CHECK)]:
        arrays[name] = shelf.put(name, check.shape, nothing(name)[0])
        items[name].read_direct(arrays[name], source_sel=numpy.s_[..., : check.shape[-1]])
    sound = _sound(variables, arrays, check)
    damaged = ((check != 0) | ~numpy.isnan(arrays["time"])) & ~sound
    left_out = 0
    for name, values in arrays.items():
        values[~sound] = nothing(name)[1]
        left_out += _clean(name, values)
    measured = ~numpy.isnan(arrays["time"])
    rounds = measured.any(axis=tuple(range(measured.ndim - 1)))
    return measured, {"rounds": int(rounds.sum()), "damaged": int(damaged.sum()),
                      "left_out": left_out}


def _read_status(item: h5py.Dataset | None, shelf: _Shelf, measured: numpy.ndarray) -> None:
    """Puts the status of the cells on the shelf, where it is in the file. No hash tells done and
    failed from empty: done is what has a sample, and a workload fails with all of its cells."""
    if item is None:
        return
    if item.shape != measured.shape[:-1] or item.dtype.kind not in "iu":
        raise _damaged("status does not agree with the axes")
    status = shelf.put("status", item.shape, "u1")
    item.read_direct(status)
    feasible = status != INFEASIBLE
    cells = tuple(range(1, status.ndim))
    failed = (~feasible | (status == FAILED)).all(axis=cells, keepdims=True)
    done = numpy.where(measured.any(axis=-1), DONE, EMPTY)
    status[...] = numpy.where(feasible, numpy.where(failed, FAILED, done), INFEASIBLE)


def _spread(times: numpy.ndarray) -> Iterator[tuple[str, numpy.ndarray]]:
    """From the times of each rank, along the last axis, to what there is for more ranks."""
    there = ~numpy.isnan(times)
    measured = there.any(axis=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing but NaN, where nothing is
        yield "time_quantile", numpy.moveaxis(numpy.nanquantile(times, QUANTILES, axis=-1), 0, -1)
    for name, least, find in (("slowest", -math.inf, numpy.argmax), ("fastest", math.inf, numpy.argmin)):
        yield name, numpy.where(measured, find(numpy.where(there, times, least), axis=-1), -1)


def _read_ranks(found: integrity.Objects, shelf: _Shelf,
                measured: numpy.ndarray) -> dict[str, dict[str, Any]]:
    """Puts what there is of the times of ranks on the shelf, where a sample was `measured`: a
    variable for each quantile, and who was slowest and fastest. Returns how they are described."""
    items = _datasets(found, "/per_rank")
    cells = measured.shape[:-1]
    stored = {"time_quantile": (len(QUANTILES),), "slowest": (), "fastest": ()}
    if not stored.keys() <= items.keys():
        ranks = items["time"].shape[-1] if "time" in items and items["time"].ndim else 0
        stored = {"time": (ranks,)} if 0 < ranks <= RANKS_MOST else {}
    for name, more in stored.items():
        item, dimensions = items[name], len(AXES)
        agrees = (item.shape[: dimensions - 1] == cells and item.shape[dimensions:] == more
                  and item.shape[dimensions - 1] >= measured.shape[-1])
        if not agrees or item.dtype.kind not in "fi":
            raise _damaged(f"per_rank/{name} does not agree with the axes")
    numbers = measured.size * sum(math.prod(more) for more in stored.values())
    _limit_memory(4 * 8 * numbers + 8 * measured.size * (len(QUANTILES) + 2) + ROOM_BYTES)
    rounds = (*[slice(None)] * len(cells), slice(measured.shape[-1]))
    values = {name: items[name][rounds] for name in stored}
    if "time" in values:
        values = dict(_spread(values["time"].astype("f8")))
    for name in values.keys() - {"time_quantile"}:
        shelf.put(name, measured.shape, "i4")[...] = numpy.where(measured, values[name], -1)
    for q in range(len(QUANTILES) if values else 0):
        shelf.put(rank_time(q), measured.shape, "f8")[...] = numpy.where(
            measured, values["time_quantile"][..., q], math.nan)
    return {name: {"long_name": text, "units": unit} for name, text, unit in (
        ("rank_time", "quantiles of the times of the cell's ranks", "s"),
        ("slowest", "rank of the cell that took longest", "1"),
        ("fastest", "rank of the cell that was done first", "1"))} if values else {}


def rank_time(quantile: int) -> str:
    """The variable of a quantile, by its number."""
    return f"rank_time_{quantile}"


# -- in the child: the file --

def _open(path: pathlib.Path) -> h5py.File:
    """Opens the file; while a run holds it, it is tried again for a moment."""
    end = time.monotonic() + LOCKED_S
    while True:
        try:
            return h5py.File(path, "r")
        except OSError as error:
            if "unable to lock" in str(error) and time.monotonic() < end:
                time.sleep(0.05)
                continue
            if error.errno in (errno.ENOENT, errno.EACCES, errno.EPERM):
                raise _Refused(f"cannot be opened: {os.strerror(error.errno)}", 2) from error
            if "signature not found" in str(error):
                raise _Refused("is not an HDF5 file, so it is no run file", 2) from error
            raise


def _check_version(file: h5py.File) -> None:
    """Refuses what is no run file, and run files of other versions."""
    source = file.attrs.get("source", "")
    if not isinstance(source, str):
        raise _damaged("its source is not a text")
    version = SOURCE.match(source)
    if not version:
        raise _Refused("is not a run file", 2)
    if int(version[1]) != VERSION:
        raise _Refused(f"is a run file of version {version[1]}; this program reads version "
                       f"{VERSION}: read it with the program that wrote it, or measure again", 2)


def _look(path: pathlib.Path, shelf: _Shelf, ranks: bool) -> dict[str, Any]:
    """All fields of RunFile but the arrays, which go to the shelf."""
    with _open(path) as file:
        _check_version(file)
        found = integrity.verify(file)
        root = _datasets(found, "")
        workloads, points, rounds = _axes(root)
        shape = (len(workloads), *(len(values) for values in points.values()), rounds)
        attributes, ended = _attributes(file), "/verdict" in found
        believed = _attributes(found["/verdict"]).get("not_believed") if ended else None
        worth = _datasets(found, "/machine").get("cores_worth")
        fields = {
            "attributes": {name: value for name, value in attributes.items()
                           if isinstance(value, str)},
            "workloads": workloads, "axes": points,
            "columns": _columns(root, len(workloads)), "cores_worth": _worth(worth, shape[:2]),
            "descriptions": {name: _attributes(item) for name, item in root.items()},
            "provenance": _facts(found, "/provenance"), "machine": _facts(found, "/machine"),
            "verdicts": _rows(_datasets(found, "/verdict")),
            "claims": _rows(_datasets(found, "/claims")),
            "ended": ended and attributes.get("complete", "1") == "1",
            "not_believed": None if believed is None else str(believed),
        }
        measured, counts = _read_samples(found, shelf, shape)
        _read_status(root.get("status"), shelf, measured)
        if ranks:
            fields["descriptions"] |= _read_ranks(found, shelf, measured)
        return fields | counts


def _limit_memory(more_bytes: int) -> None:
    """Allows this process so many bytes beside what it has now."""
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + more_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS,
                       (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _limit_itself() -> None:
    """A crash leaves neither a core nor a word; what does not end is ended."""
    faulthandler.disable()
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    _limit_memory(ROOM_BYTES)


def _child(path: pathlib.Path, bulk: int, rest: int, ranks: bool) -> NoReturn:
    """Reads, and writes what it found, or why nothing, to `rest`."""
    said: dict[str, Any]
    try:
        _limit_itself()
        shelf = _Shelf(bulk)
        said = {"fields": _look(path, shelf, ranks), "arrays": shelf.arrays}
    except integrity.Damaged as damaged:
        said = {"why": f"is damaged: {printable(str(damaged))}", "status": 4}
    except _Refused as refused:
        said = {"why": refused.args[0], "status": refused.args[1]}
    except MemoryError:
        said = {"why": "takes more memory than there is", "status": 4}
    except Exception as error:  # noqa: BLE001 - whatever the library makes of a damaged file
        words = printable(" ".join(" ".join(map(str, error.args)).split()), 160)
        said = {"why": f"is damaged: {words or type(error).__name__}", "status": 4}
    try:
        with open(rest, "w", encoding="utf-8", closefd=False) as out:
            json.dump(said, out)
        os._exit(0)
    finally:
        os._exit(1)


# -- in the parent --

def _when_written(path: pathlib.Path) -> int:
    """When the file was last written to, in ns. Refuses what opening would wait for, or what is not
    there."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) else "no name of a file"
        raise Unreadable(path, f"cannot be opened: {why}", 2) from None
    if not stat.S_ISREG(found.st_mode):
        is_folder = stat.S_ISDIR(found.st_mode)
        raise Unreadable(path, "is a folder" if is_folder else "is not a file", 2)
    return found.st_mtime_ns


def _wait_for(child: int, path: pathlib.Path) -> None:
    """Waits for the end of the child; raises Unreadable where it crashed."""
    try:
        waited = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    if waited in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Unreadable(path, "is damaged: the HDF5 library does not come to an end over it")
    if waited < 0:
        raise Unreadable(path, "is damaged: the HDF5 library crashes over it")
    if waited > 0:
        raise Unreadable(path, "takes more memory than there is")


def _collect(path: pathlib.Path, bulk: int, rest: int) -> RunFile:
    """What the child left behind."""
    with open(rest, encoding="utf-8", closefd=False) as answer:
        answer.seek(0)
        said = json.load(answer)
    if "why" in said:
        raise Unreadable(path, said["why"], said["status"])
    arrays = {name: _mapped(bulk, tuple(shape), dtype, start)
              for name, dtype, shape, start in said["arrays"]}
    return RunFile(path=path, **said["fields"], status=arrays.pop("status", None), samples=arrays)


def _read_once(path: pathlib.Path, ranks: bool) -> RunFile:
    """Reads a file as it stands at this moment."""
    bulk, rest = os.memfd_create("samples"), os.memfd_create("rest")
    try:
        child = os.fork()
        if child == 0:
            _child(path, bulk, rest, ranks)
        _wait_for(child, path)
        return _collect(path, bulk, rest)
    finally:
        os.close(bulk)
        os.close(rest)


def read(path: str | os.PathLike, *, ranks: bool = False) -> RunFile:
    """Reads a run file: samples, with `ranks` those of their ranks as well, verdicts, claims, and
    all that is said beside them. Raises Unreadable."""
    path = pathlib.Path(path)
    for _ in range(TRIES):
        written = _when_written(path)
        file = _read_once(path, ranks)
        if not file.damaged or _when_written(path) == written:
            break  # else they may have been written just then
    return file
