"""The small parts of a run file as they are stored: axes, columns, rows and facts. What
takes an HDF5 object is called only in the process that reads a file, which may crash over it."""

import math
import pathlib
import re
import resource
from typing import Any

import h5py
import numpy

from . import integrity
from .text import escaped
from .variables import AXES, COLUMNS, POINT_AXES

RANKS_MOST = 64  # that have times of their own
AXIS_MOST = 4096  # values of an axis, but for the rounds
TEXT_MOST = 2**24  # characters of one text
ROWS_MOST = 1_000_000
TIE_RATIO = 1.02  # of files that do not say it
DATASETS_MOST = 256
ROOM_BYTES = 2**30  # for the library, beside the samples
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

Datasets = dict[str, h5py.Dataset]


class Refused(Exception):
    """Raised in the child: why, and the exit status."""


def damage(what: str) -> Refused:
    """What is raised when something in the file cannot be."""
    return Refused(f"is damaged: {what}", 4)


def limit_memory(more_bytes: int) -> None:
    """Allows this process so many bytes beside what it has now."""
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + more_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS,
                       (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _text(value: Any, lines: bool = False) -> str:
    """A text as it can be printed anywhere, whoever wrote the file: what cannot be is escaped, but
    for the ends of `lines`."""
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    if len(raw) > TEXT_MOST:
        raise damage("a text is too long")
    return escaped(raw.decode("utf-8", "surrogateescape"), lines)


def _plain(value: Any, lines: bool = False) -> Any:
    """A value of an attribute or dataset as JSON holds it."""
    if isinstance(value, numpy.ndarray | numpy.generic):
        if value.size > ROWS_MOST:
            raise damage("a list is too long")
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(one, lines) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | bytes):
        return _text(value, lines)
    return None  # references and other things that no run file says anything with


def attributes_of(item: h5py.HLObject, lines: bool = False) -> dict[str, Any]:
    """Attributes of an object without those of the library."""
    unsaid = {name.decode() for name in integrity.UNHASHED} | {"coordinates"}
    names = [name for name in list(item.attrs)[:DATASETS_MOST]
             if name not in unsaid and not name.startswith("_Netcdf4")]
    return {_text(name): _plain(item.attrs[name], lines) for name in names}


def datasets_of(found: integrity.Objects, group: str) -> Datasets:
    """The datasets of a group by name; what has no proper name is left out."""
    inside = {path.removeprefix(f"{group}/"): item for path, item in found.items()
              if path.startswith(f"{group}/")}
    return {name: item for name, item in inside.items()
            if _NAME.fullmatch(name) and isinstance(item, h5py.Dataset)}


def _values(item: h5py.Dataset, length: int) -> list:
    """A column of so many values."""
    if item.shape != (length,):
        raise damage(f"{_text(item.name)} has the wrong length")
    return _plain(item[...])


def tie_ratio_of(said: Any) -> float:
    """The tie ratio that a file says; that of files which say none where it is missing or none."""
    one = said[0] if isinstance(said, list) and len(said) == 1 else said
    return one if isinstance(one, float) and 1 <= one < 2 else TIE_RATIO


def rows_of(columns: Datasets) -> list[dict[str, Any]]:
    """The rows of /advice, /verdict or /claims, column → value."""
    axis = columns.pop("row", None)
    if axis is None:
        return []
    if axis.ndim != 1 or axis.shape[0] > ROWS_MOST:
        raise damage(f"{_text(axis.name)} has an impossible length")
    values = {name: _values(item, axis.shape[0]) for name, item in columns.items()}
    return [{name: column[i] for name, column in values.items()} for i in range(axis.shape[0])]


def facts_of(found: integrity.Objects, group: str) -> dict[str, Any]:
    """What /provenance or /machine says: attributes, and texts too long for one."""
    if group not in found:
        return {}
    texts = {name: _plain(item[()], lines=True) for name, item in datasets_of(found, group).items()
             if item.ndim == 0}
    return attributes_of(found[group], lines=True) | texts


def axes_of(root: Datasets) -> tuple[list[str], dict[str, list[int]], int]:
    """The workloads, the values of the other axes, and how many rounds there is room for."""
    for name in AXES:
        if name not in root or root[name].ndim != 1:
            raise damage(f"it lacks the axis {name}")
        if not 0 < root[name].shape[0] <= (ROWS_MOST if name == "round" else AXIS_MOST):
            raise damage(f"the axis {name} has an impossible length")
    found = {name: root[name] for name in AXES}
    workloads = _values(found["workload"], found["workload"].shape[0])
    if not all(isinstance(name, str) for name in workloads):
        raise damage("workloads have no names")
    if len(set(workloads)) < len(workloads):
        raise damage("two workloads have one name")
    points = {name: _values(found[name], found[name].shape[0]) for name in POINT_AXES}
    for name, values in points.items():
        whole = all(isinstance(value, int) and 1 <= value < 2**31 for value in values)
        if not whole or any(a >= b for a, b in zip(values, values[1:])):
            raise damage(f"the axis {name} holds impossible values")
    return workloads, points, found["round"].shape[0]


def columns_of(root: Datasets, count: int) -> dict[str, list]:
    """What a task of each workload is: all that stands along the axis of workloads."""
    found = {name: _values(item, count) for name, item in root.items()
             if name not in AXES and item.shape == (count,)}
    for name, values in found.items():
        column = COLUMNS.get(name)
        if column and not column.text and not all(_is_amount(value) for value in values):
            raise damage(f"{name} holds impossible values")
        if column and column.text and not all(isinstance(value, str) for value in values):
            raise damage(f"{name} holds no texts")
    if "tasks" not in found or not all(value >= 1 for value in found["tasks"]):
        raise damage("there is a workload without tasks")
    return found


def _is_amount(value: Any) -> bool:
    """A number that is not negative, or NaN, which is: not known."""
    return isinstance(value, int | float) and not value < 0 and not math.isinf(value)


def worth_of(item: h5py.Dataset | None, shape: tuple[int, int]) -> list[list[float]] | None:
    """The cores' worth by workload and cores."""
    if item is None or item.shape != shape or item.dtype.kind != "f":
        return None
    worth = item[...]
    return numpy.where(numpy.isfinite(worth) & (worth > 0), worth, numpy.nan).tolist()
