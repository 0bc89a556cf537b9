"""The samples of a run file, by workload and point."""

import pathlib

import h5py
import numpy

Point = tuple[str, int, int, int, int]  # workload, ranks, threads, depth, cores


def read(output: pathlib.Path, variable: str = "time") -> dict[Point, numpy.ndarray]:
    """One variable of every cell that was measured, over the rounds that were carried out."""
    with h5py.File(output) as file:
        axes = [file[axis][...].tolist() for axis in ("cores", "ranks", "threads", "depth")]
        names = [name.decode() for name in file["workload"][...]]
        values, status, times = file[variable][...], file["status"][...], file["time"][...]
    found = {}
    for index in zip(*numpy.nonzero(status == 1), strict=True):
        cores, ranks, threads, depth = (axis[i] for axis, i in zip(axes, index[1:], strict=True))
        done = ~numpy.isnan(times[index])
        found[names[index[0]], ranks, threads, depth, cores] = values[index][done]
    return found


def fact(output: pathlib.Path, group: str, name: str) -> str:
    """A text attribute of a group."""
    with h5py.File(output) as file:
        return str(file[group].attrs[name])
