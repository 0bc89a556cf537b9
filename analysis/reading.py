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

from analysis.text import printable

AXES = ("workload", "cores", "ranks", "threads", "depth", "round")
POINT_AXES = AXES[1:5]
RESERVED = {"check", "source", "file", "provenance", "machine", "cores_worth", "status"}  # of the dataset
NEEDED = ("time", "cpu", "flags")  # sample variables that every version has
SOURCE = "cual run file"  # how a run file is known
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
RATIO_MOST = 100  # bytes in memory for one of the file: more than compression gives
CPU_S = 60
ROOM_BYTES = 2**30  # for the library, beside the samples
LOCKED_S = 2  # a run that goes on holds its file for moments
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Unreadable(ValueError):
    """A file that cannot be read; `status` is the exit status that says so: 2 when it is not there
    or no run file, 4 when it is damaged."""

    def __init__(self, path: str | os.PathLike, why: str, status: int = 4):
        super().__init__(f"{printable(os.fspath(path), 4096)}: {why}")
        self.path, self.why, self.status = path, why, status


@dataclasses.dataclass
class RunFile:
    """What stands in a run file. Rounds that nothing was measured in at the end are left out, but
    for one where there is no other."""

    path: pathlib.Path
    attributes: dict[str, str]
    workloads: list[str]
    axes: dict[str, list[int]]  # cores, ranks, threads, depth
    columns: dict[str, list]  # by workload: what a task is
    cores_worth: list[list[float]] | None  # [workload][cores]
    descriptions: dict[str, dict[str, Any]]  # attributes of the variables
    provenance: dict[str, Any]
    machine: dict[str, Any]
    verdicts: list[dict[str, Any]]  # empty, as the claims, where the answer was not asked for
    claims: list[dict[str, Any]]
    not_believed: str | None
    ended: bool  # it has a verdict
    rounds: int  # in which anything was measured
    left_out: int  # numbers among the samples that no measurement gives
    samples: dict[str, numpy.ndarray]  # [workload, cores, ranks, threads, depth, round]
    status: numpy.ndarray | None  # [workload, cores, ranks, threads, depth]


Datasets = dict[str, h5py.Dataset]


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
    own = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "coordinates"}
    names = [name for name in list(item.attrs)[:DATASETS_MOST] if name not in own]
    return {_text(name): _plain(item.attrs[name]) for name in names}


def _dataset(group: h5py.Group, name: str) -> h5py.Dataset | None:
    """A dataset whose bytes stand in the file itself; None where there is none of that name."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        return None
    item = group[name]
    if not isinstance(item, h5py.Dataset):
        return None
    if item.is_virtual or item.external or item.shape is None:
        raise _damaged(f"{_text(item.name)} does not stand in it")
    return item


def _datasets(group: h5py.Group) -> Datasets:
    """The datasets of a group by name; what has no proper name is left out."""
    names = [name for name in list(group)[: 4 * DATASETS_MOST] if _NAME.fullmatch(name)]
    found = {name: _dataset(group, name) for name in names[:DATASETS_MOST]}
    return {name: item for name, item in found.items() if item is not None}


def _group(file: h5py.File, name: str) -> h5py.Group | None:
    """A group of the file itself, or None."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        return None
    return file[name] if isinstance(file[name], h5py.Group) else None


def _values(item: h5py.Dataset, length: int) -> list:
    """A column of so many values."""
    if item.shape != (length,):
        raise _damaged(f"{_text(item.name)} has the wrong length")
    return _plain(item[...])


def _rows(group: h5py.Group | None) -> list[dict[str, Any]]:
    """The rows of /verdict or /claims, column → value."""
    columns = _datasets(group) if group is not None else {}
    axis = columns.pop("row", None)
    if axis is None:
        return []
    if axis.ndim != 1 or axis.shape[0] > ROWS_MOST:
        raise _damaged(f"{_text(axis.name)} has an impossible length")
    values = {name: _values(item, axis.shape[0]) for name, item in columns.items()}
    return [{name: column[i] for name, column in values.items()} for i in range(axis.shape[0])]


def _facts(group: h5py.Group | None) -> dict[str, Any]:
    """What /provenance or /machine says: attributes, and texts too long for one."""
    if group is None:
        return {}
    texts = {name: _plain(item[()]) for name, item in _datasets(group).items() if item.ndim == 0}
    return _attributes(group) | texts


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


def _worth(machine: h5py.Group | None, shape: tuple[int, int]) -> list[list[float]] | None:
    """The cores' worth by workload and cores."""
    item = None if machine is None else _dataset(machine, "cores_worth")
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


def _sample_type(item: h5py.Dataset) -> str | None:
    """The type that samples of a dataset are held in: flags and places are whole numbers."""
    if item.dtype.kind not in "fiu":
        return None
    return {"/flags": "u4", "/order": "i4"}.get(item.name, "f8")


def _samples(file: h5py.File, root: Datasets, shape: tuple[int, ...]) -> Datasets:
    """All sample variables, each with the shape of the axes."""
    found = {name: item for name, item in root.items()
             if item.ndim == len(AXES) and _sample_type(item) and name not in RESERVED}
    for name, item in found.items():
        if item.shape != shape:
            raise _damaged(f"{name} does not agree with the axes")
    for name in NEEDED:
        if name not in found:
            raise _damaged(f"it lacks {name}")
    samples = int(numpy.prod(shape, dtype=object))
    if samples > SAMPLES_MOST:
        raise _damaged(f"{samples} samples are more than there can be")
    if 8 * samples * len(found) > RATIO_MOST * file.id.get_filesize():
        raise _damaged("it claims more samples than it can hold")
    _limit_memory(8 * samples * (len(found) + 1) + ROOM_BYTES)  # the times are held twice
    return found


def _count_rounds(times: numpy.ndarray) -> tuple[int, int]:
    """Rounds up to the last in which anything was measured, and how many those are."""
    measured = (~numpy.isnan(times)).any(axis=tuple(range(times.ndim - 1)))
    return int(measured.nonzero()[0][-1]) + 1 if measured.any() else 0, int(measured.sum())


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


def _read_samples(found: Datasets, shelf: _Shelf, shape: tuple[int, ...]) -> tuple[int, int]:
    """Puts the samples, cut after the last round, on the shelf. Returns how many rounds were
    measured, and how many numbers were left out."""
    times = numpy.empty(shape)
    found["time"].read_direct(times)
    left_out = _clean("time", times)
    upto, measured = _count_rounds(times)
    cut = (*shape[:-1], max(upto, 1))
    shelf.put("time", cut, "f8")[...] = times[..., : cut[-1]]
    del times
    for name, item in found.items():
        if name != "time":
            values = shelf.put(name, cut, _sample_type(item))
            item.read_direct(values, source_sel=numpy.s_[..., : cut[-1]])
            left_out += _clean(name, values)
    return measured, left_out


def _read_status(root: Datasets, shelf: _Shelf, shape: tuple[int, ...]) -> None:
    """Puts the status of the cells on the shelf, where it is in the file."""
    status = root.get("status")
    if status is not None:
        if status.shape != shape[:-1] or status.dtype.kind not in "iu":
            raise _damaged("status does not agree with the axes")
        status.read_direct(shelf.put("status", status.shape, "u1"))


def _spread(times: numpy.ndarray) -> Iterator[tuple[str, numpy.ndarray]]:
    """From the times of each rank, along the last axis, to what there is for more ranks."""
    there = ~numpy.isnan(times)
    measured = there.any(axis=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing but NaN, where nothing is
        yield "time_quantile", numpy.moveaxis(numpy.nanquantile(times, QUANTILES, axis=-1), 0, -1)
    for name, least, find in (("slowest", -math.inf, numpy.argmax), ("fastest", math.inf, numpy.argmin)):
        yield name, numpy.where(measured, find(numpy.where(there, times, least), axis=-1), -1)


def _read_ranks(group: h5py.Group | None, file: h5py.File, shelf: _Shelf,
                shape: tuple[int, ...], rounds: int) -> dict[str, dict[str, Any]]:
    """Puts what there is of the times of ranks on the shelf: a variable for each quantile, and who
    was slowest and fastest. Returns how they are described."""
    items = _datasets(group) if group is not None else {}
    stored = {"time_quantile": (*shape, len(QUANTILES)), "slowest": shape, "fastest": shape}
    if not stored.keys() <= items.keys():
        ranks = items["time"].shape[-1] if "time" in items and items["time"].ndim else 0
        stored = {"time": (*shape, ranks)} if 0 < ranks <= RANKS_MOST else {}
    for name, expected in stored.items():
        if items[name].shape != expected or items[name].dtype.kind not in "fi":
            raise _damaged(f"per_rank/{name} does not agree with the axes")
    bytes_ = 8 * sum(math.prod(expected) for expected in stored.values())
    if bytes_ > RATIO_MOST * file.id.get_filesize():
        raise _damaged("it claims more rank times than it can hold")
    _limit_memory(4 * bytes_ + 8 * math.prod(shape) * (len(QUANTILES) + 2) + ROOM_BYTES)
    found = {name: items[name][(slice(None),) * (len(shape) - 1) + (slice(rounds),)]
             for name in stored}
    if "time" in found:
        found = dict(_spread(found["time"].astype("f8")))
    for name, values in found.items():
        if name != "time_quantile":
            shelf.put(name, values.shape, "i4")[...] = values
            continue
        for q in range(len(QUANTILES)):
            shelf.put(rank_time(q), values.shape[:-1], "f8")[...] = values[..., q]
    return {name: {"long_name": text, "units": unit} for name, text, unit in (
        ("rank_time", "quantiles of the times of the cell's ranks", "s"),
        ("slowest", "rank of the cell that took longest", "1"),
        ("fastest", "rank of the cell that was done first", "1"))} if found else {}


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


def _look(path: pathlib.Path, shelf: _Shelf, answer: bool, ranks: bool) -> dict[str, Any]:
    """All fields of RunFile but the arrays, which go to the shelf."""
    with _open(path) as file:
        attributes = {name: value for name, value in _attributes(file).items()
                      if isinstance(value, str)}
        if not attributes.get("source", "").startswith(SOURCE):
            raise _Refused("is not a run file", 2)
        root = _datasets(file)
        workloads, points, rounds = _axes(root)
        shape = (len(workloads), *(len(values) for values in points.values()), rounds)
        samples, verdict = _samples(file, root, shape), _group(file, "verdict")
        machine = _group(file, "machine")
        believed = None if verdict is None else _attributes(verdict).get("not_believed")
        fields = {
            "attributes": attributes, "workloads": workloads, "axes": points,
            "columns": _columns(root, len(workloads)), "cores_worth": _worth(machine, shape[:2]),
            "descriptions": {name: _attributes(item) for name, item in root.items()},
            "provenance": _facts(_group(file, "provenance")), "machine": _facts(machine),
            "ended": verdict is not None and attributes.get("complete", "1") == "1",
            "not_believed": None if believed is None else str(believed),
        }
        if answer:
            rows = {"verdicts": _rows(verdict), "claims": _rows(_group(file, "claims"))}
            samples = {"time": samples["time"]}  # they say which rounds were measured
        else:
            rows = {"verdicts": [], "claims": []}
            _read_status(root, shelf, shape)
        measured, left_out = _read_samples(samples, shelf, shape)
        if ranks:
            kept = shelf.arrays[-1][2][-1]  # rounds
            fields["descriptions"] |= _read_ranks(_group(file, "per_rank"), file, shelf, shape, kept)
        return fields | rows | {"rounds": measured, "left_out": left_out}


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


def _child(path: pathlib.Path, bulk: int, rest: int, answer: bool, ranks: bool) -> NoReturn:
    """Reads, and writes what it found, or why nothing, to `rest`."""
    said: dict[str, Any]
    try:
        _limit_itself()
        shelf = _Shelf(bulk)
        said = {"fields": _look(path, shelf, answer, ranks), "arrays": shelf.arrays}
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

def _check_is_file(path: pathlib.Path) -> None:
    """Refuses what opening would wait for, or find nothing at."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) else "no name of a file"
        raise Unreadable(path, f"cannot be opened: {why}", 2) from None
    if not stat.S_ISREG(mode):
        raise Unreadable(path, "is a folder" if stat.S_ISDIR(mode) else "is not a file", 2)


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


def read(path: str | os.PathLike, *, answer: bool = False, ranks: bool = False) -> RunFile:
    """Reads the samples of a run file, with `ranks` those of their ranks as well, or the answer that
    stands in it: verdicts and claims, and of the samples the times. Raises Unreadable."""
    path = pathlib.Path(path)
    _check_is_file(path)
    bulk, rest = os.memfd_create("samples"), os.memfd_create("rest")
    try:
        child = os.fork()
        if child == 0:
            _child(path, bulk, rest, answer, ranks)
        _wait_for(child, path)
        return _collect(path, bulk, rest)
    finally:
        os.close(bulk)
        os.close(rest)
