"""Reads one run file in a process of its own: HDF5 crashes and hangs over some damaged files."""

import dataclasses
import errno
import faulthandler
import json
import os
import pathlib
import re
import resource
import signal
import stat
import time
from typing import Any, NoReturn

import h5py
import numpy

from . import integrity
from .samples import Shelf, mapped, read_ranks, read_samples, read_status
from .stored import (ROOM_BYTES, Refused, attributes_of, axes_of, columns_of, damage,
                     datasets_of, facts_of, limit_memory, rows_of, tie_ratio_of,
                     worth_of)
from .text import printable

SOURCE = re.compile(r"cual run file, version (-?\d+)")  # how a run file is known
VERSION = 3
CPU_S = 60
LOCKED_S = 2  # a run that goes on holds its file for moments
TRIES = 5  # while a run writes to it


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
    advice: list[dict[str, Any]]  # the answer at a glance, a row a line
    measured: str  # what was measured, in a line
    not_believed: str | None
    tie_ratio: float  # up to so many times the fastest's time, a point is as good as it
    ended: bool  # it has a verdict
    rounds: int  # in which anything was measured
    damaged: int  # samples that do not match their hash and are left out
    left_out: int  # numbers among the samples that no measurement gives
    samples: dict[str, numpy.ndarray]  # [workload, cores, ranks, threads, depth, round]
    status: numpy.ndarray | None  # [workload, cores, ranks, threads, depth]


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
                raise Refused(f"cannot be opened: {os.strerror(error.errno)}", 2) from error
            if "signature not found" in str(error):
                raise Refused("is not an HDF5 file, so it is not a run file", 2) from error
            raise


def _check_version(file: h5py.File) -> None:
    """Refuses what is no run file, and run files of other versions."""
    source = file.attrs.get("source", "")
    if not isinstance(source, str):
        raise damage("its source is not a text")
    version = SOURCE.match(source)
    if not version:
        raise Refused("is not a run file", 2)
    if int(version[1]) != VERSION:
        raise Refused(f"is a run file of version {version[1]}; this program reads version "
                       f"{VERSION}: read it with the program that wrote it, or measure again", 2)


def _look(path: pathlib.Path, shelf: Shelf, ranks: bool) -> dict[str, Any]:
    """All fields of RunFile but the arrays, which go to the shelf."""
    with _open(path) as file:
        _check_version(file)
        found = integrity.verify(file)
        root = datasets_of(found, "")
        workloads, points, rounds = axes_of(root)
        shape = (len(workloads), *(len(values) for values in points.values()), rounds)
        attributes, ended = attributes_of(file), "/verdict" in found
        said = attributes_of(found["/verdict"]) if ended else {}
        believed = said.get("not_believed")
        worth = datasets_of(found, "/machine").get("cores_worth")
        fields = {
            "attributes": {name: value for name, value in attributes.items()
                           if isinstance(value, str)},
            "workloads": workloads, "axes": points,
            "columns": columns_of(root, len(workloads)), "cores_worth": worth_of(worth, shape[:2]),
            "descriptions": {name: attributes_of(item) for name, item in root.items()},
            "provenance": facts_of(found, "/provenance"), "machine": facts_of(found, "/machine"),
            "verdicts": rows_of(datasets_of(found, "/verdict")),
            "claims": rows_of(datasets_of(found, "/claims")),
            "advice": rows_of(datasets_of(found, "/advice")),
            "measured": str(attributes_of(found["/advice"]).get("summary", "")) if "/advice" in found else "",
            "ended": ended and attributes.get("complete", "1") == "1",
            "not_believed": None if believed is None else str(believed),
            "tie_ratio": tie_ratio_of(said.get("tie_ratio")),
        }
        measured, counts = read_samples(found, shelf, shape)
        read_status(root.get("status"), shelf, measured)
        if ranks:
            fields["descriptions"] |= read_ranks(found, shelf, measured)
        return fields | counts


def _limit_itself() -> None:
    """A crash leaves neither a core nor a word; what does not end is ended."""
    faulthandler.disable()
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    limit_memory(ROOM_BYTES)


def _child(path: pathlib.Path, bulk: int, rest: int, ranks: bool) -> NoReturn:
    """Reads, and writes what it found, or why nothing, to `rest`."""
    said: dict[str, Any]
    try:
        _limit_itself()
        shelf = Shelf(bulk)
        said = {"fields": _look(path, shelf, ranks), "arrays": shelf.arrays}
    except integrity.Damaged as damaged:
        said = {"why": f"is damaged: {printable(str(damaged))}", "status": 4}
    except Refused as refused:
        said = {"why": refused.args[0], "status": refused.args[1]}
    except MemoryError:
        said = {"why": "needs more memory than there is", "status": 4}
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
        why = os.strerror(error.errno) if isinstance(error, OSError) else "this is not the name of a file"
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
        raise Unreadable(path, "is damaged: the HDF5 library does not come to an end when it reads the file")
    if waited < 0:
        raise Unreadable(path, "is damaged: the HDF5 library crashes when it reads the file")
    if waited > 0:
        raise Unreadable(path, "needs more memory than there is")


def _collect(path: pathlib.Path, bulk: int, rest: int) -> RunFile:
    """What the child left behind."""
    with open(rest, encoding="utf-8", closefd=False) as answer:
        answer.seek(0)
        said = json.load(answer)
    if "why" in said:
        raise Unreadable(path, said["why"], said["status"])
    arrays = {name: mapped(bulk, tuple(shape), dtype, start)
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
