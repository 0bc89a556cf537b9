"""The samples of a run file and the times of their ranks, in memory that the parent of the process
that reads them sees."""

import math
import mmap
import os
import warnings
from collections.abc import Iterator
from typing import Any

import h5py
import numpy

from . import integrity
from .stored import RANKS_MOST, ROOM_BYTES, Datasets, damage, datasets_of, limit_memory
from .variables import (AXES, DONE, EMPTY, FAILED, INFEASIBLE, NEEDED, QUANTILES, RESERVED, nothing,
                        rank_time)

SAMPLES_MOST = 2**31
BLOCK = 2**22  # numbers of samples, or all of one round, that are hashed together


class Shelf:
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
        return mapped(self.descriptor, shape, dtype, start)


def mapped(descriptor: int, shape: tuple[int, ...], dtype: str, start: int) -> numpy.ndarray:
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
            raise damage(f"{name} does not agree with the axes")
    for name in (*NEEDED, integrity.CHECK):
        if name not in found:
            raise damage(f"it lacks {name}")
        if found[name].dtype.kind != NEEDED.get(name, "u"):
            raise damage(f"{name} is of another type")
    samples = int(numpy.prod(shape, dtype=object))
    if samples > SAMPLES_MOST:
        raise damage(f"{samples} samples are more than there can be")
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


def read_samples(found: integrity.Objects, shelf: Shelf,
                  shape: tuple[int, ...]) -> tuple[numpy.ndarray, dict[str, int]]:
    """Puts the samples, cut after the last round, on the shelf. Returns where there is one, and the
    numbers of the fields `rounds`, `damaged` and `left_out`."""
    items, variables = _samples(datasets_of(found, ""), shape), integrity.sample_variables(found)
    limit_memory(8 * _numbers(variables, shape) + ROOM_BYTES)
    times, check = _begun(items, shape)
    arrays = {"time": shelf.put("time", times.shape, "f8")}
    arrays["time"][...] = times
    del times
    for name in [name for name in items if name not in ("time", integrity.CHECK)]:
        arrays[name] = shelf.put(name, check.shape, nothing(items[name].dtype)[0])
        items[name].read_direct(arrays[name], source_sel=numpy.s_[..., : check.shape[-1]])
    sound = _sound(variables, arrays, check)
    damaged = ((check != 0) | ~numpy.isnan(arrays["time"])) & ~sound
    left_out = 0
    for name, values in arrays.items():
        values[~sound] = nothing(values.dtype)[1]
        left_out += _clean(name, values)
    measured = ~numpy.isnan(arrays["time"])
    rounds = measured.any(axis=tuple(range(measured.ndim - 1)))
    return measured, {"rounds": int(rounds.sum()), "damaged": int(damaged.sum()),
                      "left_out": left_out}


def read_status(item: h5py.Dataset | None, shelf: Shelf, measured: numpy.ndarray) -> None:
    """Puts the status of the cells on the shelf, where it is in the file. No hash tells done and
    failed from empty: done is what has a sample, and a workload fails with all of its cells."""
    if item is None:
        return
    if item.shape != measured.shape[:-1] or item.dtype.kind not in "iu":
        raise damage("status does not agree with the axes")
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


def read_ranks(found: integrity.Objects, shelf: Shelf,
                measured: numpy.ndarray) -> dict[str, dict[str, Any]]:
    """Puts what there is of the times of ranks on the shelf, where a sample was `measured`: a
    variable for each quantile, and who was slowest and fastest. Returns how they are described."""
    items = datasets_of(found, "/per_rank")
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
            raise damage(f"per_rank/{name} does not agree with the axes")
    numbers = measured.size * sum(math.prod(more) for more in stored.values())
    limit_memory(4 * 8 * numbers + 8 * measured.size * (len(QUANTILES) + 2) + ROOM_BYTES)
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
