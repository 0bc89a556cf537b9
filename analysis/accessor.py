"""`run.cual` of a dataset of xarray: the questions that people ask of a run, in a line each."""

import functools
import re
from collections.abc import Sequence
from typing import Any

import numpy
import pandas
import xarray

from .variables import AXES


def _whole(run: xarray.Dataset) -> xarray.Dataset:
    """The run with all six dimensions of its samples in their order; one that was selected by a single
    value has length 1. Raises ValueError where a dataset is no run."""
    lacking = [name for name in ("time", *AXES) if name not in run.variables]
    if lacking:
        raise ValueError(f"this is no run with its samples: it has no {', '.join(lacking)}")
    missing = [axis for axis in AXES if axis not in run.dims]
    along = [name for name, one in run.coords.items() if name not in AXES and not one.dims]
    samples = run[["time", *(["flags"] if "flags" in run else [])]].reset_coords(along)
    return samples.expand_dims(missing).transpose(*AXES, ...).set_coords(along) if missing else run


def _one_dimension(run: xarray.Dataset) -> xarray.Dataset:
    """What describes a task, along the workloads only."""
    others = [axis for axis in AXES if axis != "workload"]
    return run.assign_coords({name: one.isel(dict.fromkeys(set(one.dims) & set(others), 0), drop=True)
                              for name, one in run.coords.items() if name not in AXES})


def _pattern(text: str) -> re.Pattern:
    """A glob of * and ?; brackets stand for themselves, as names of families have them."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


@xarray.register_dataset_accessor("cual")
class Questions:
    """What is asked of a run. A speed-up is over serial, 1×1×1@1, which must be among what is selected; it
    compares as the verdicts do, round by round, and only valid samples count."""

    def __init__(self, run: xarray.Dataset):
        self._run = run

    @functools.cached_property
    def _cells(self) -> Any:
        """The measured cells. Raises ValueError where the dataset is no run."""
        from .pictures import cells  # which loads matplotlib
        run = _whole(self._run)
        return cells.of(run if run is self._run else _one_dimension(run))

    def sel(self, workload: str | Sequence[str] = "*", **axes: Any) -> xarray.Dataset:
        """The part of a run whose workloads match a glob, or any of several: * stands for any text, ? for any
        letter. `axes` select from the others as `Dataset.sel` does; `workload` stays a dimension.

        Raises KeyError where no workload matches, or an axis has no such value."""
        globs = [_pattern(text) for text in ([workload] if isinstance(workload, str) else workload)]
        names = [str(name) for name in numpy.atleast_1d(self._run["workload"].values)]
        places = [i for i, name in enumerate(names) if any(glob.fullmatch(name) for glob in globs)]
        if not places:
            raise KeyError(f"no workload is called {workload!r}; there are {', '.join(names)}")
        run = self._run if "workload" in self._run.dims else self._run.expand_dims("workload")
        return run.isel(workload=places).sel(axes)

    def speed_up(self) -> xarray.DataArray:
        """How many times as fast as serial each cell is: (workload, cores, ranks, threads, depth) without
        those of which a single value was selected, unit 1. NaN where a cell has no valid sample, or where
        serial has none.

        Raises ValueError where the dataset is no run with its samples."""
        cells = self._cells
        axes = {axis: cells.run[axis] for axis in AXES[:5]}
        values = numpy.full([len(axis) for axis in axes.values()], numpy.nan)
        values[tuple(cells.index.T)] = cells.speed_up.median
        about = {"units": "1", "long_name": "times as fast as serial"}
        array = xarray.DataArray(values, axes, AXES[:5], "speed_up", about)
        return array.isel({axis: 0 for axis in AXES[:5] if axis not in self._run.dims})

    def cells(self) -> pandas.DataFrame:
        """A row for each cell that has a valid sample: workload, point, model, cores, ranks, threads, depth;
        samples (how many are valid); the median of its time and the ends of its 95 % interval in s, of all
        tasks; its speed-up with the ends of its 95 % interval. NaN where a number is not known.

        Raises ValueError where the dataset is no run with its samples."""
        cells = self._cells
        seconds, speed_up = cells.seconds, cells.speed_up
        return pandas.DataFrame({
            "workload": [cells.names[w] for w in cells.workload],
            "point": [cells.point(row) for row in range(len(cells))], "model": cells.model,
            "cores": cells.cores, "ranks": cells.ranks, "threads": cells.threads, "depth": cells.depth,
            "samples": seconds.n, "time_s": seconds.median, "time_s_low": seconds.low, "time_s_high": seconds.high,
            "speed_up": speed_up.median, "speed_up_low": speed_up.low, "speed_up_high": speed_up.high})

    def fastest(self) -> pandas.DataFrame:
        """A row for each workload and number of cores, as `cells` has them: the point with the least centre of
        its times. Others may tie with it; the choice of a verdict is the simplest of those.

        Raises ValueError where the dataset is no run with its samples."""
        cells = self._cells
        rows = [cells.of_workload(w, cores)[numpy.nanargmin(one.centre[:one.points])]
                for (w, cores), one in sorted(cells.contests.items())]
        return self.cells().iloc[rows].reset_index(drop=True)
