"""The package as people type it: load, and run.cual of a dataset."""

import pathlib
import subprocess
import sys
import types
import warnings

import numpy
import pandas
import xarray

import analysis
from analysis import load
from end_to_end.program import ROOT, Skipped, folder
from tests.analysis import made

WORKLOADS = [{"name": "wait", "wait": "timer", "wait_time": 1e-3},
             {"name": "mixed[wait_fraction=0.5]", "compute_time": 5e-4, "wait_time": 5e-4, "wait_fraction": 0.5},
             {"name": "mixed[wait_fraction=0.9]", "compute_time": 1e-4, "wait_time": 9e-4, "wait_fraction": 0.9}]
CUBE = {"workloads": WORKLOADS, "cores": (1, 2), "ranks": (1, 2), "threads": (1, 2), "depth": (1, 16), "rounds": 8}


def made_run(private: pathlib.Path, **changes) -> pathlib.Path:
    """A run some of whose samples are excluded."""
    flags = numpy.where(numpy.random.default_rng(2).random((3, 2, 2, 2, 2, 8)) < 0.1, 16, 0)
    return made.run_file(private / "a.h5", **(CUBE | {"flags": flags} | changes))


def raised(kind: type[Exception], call: types.FunctionType) -> str:
    """What an error of a kind says that a call raises."""
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")


def test_load_is_called():
    """load is a function and the module that has it, as people type it"""
    with folder() as private:
        path = str(made_run(private))
        assert load(path).identical(analysis.load.load(path)) and load(path).identical(analysis.load(path))
        assert isinstance(load, types.ModuleType) and load.NotTogether is analysis.NotTogether
        assert load(path, flagged=True).time.notnull().sum() > load(path).time.notnull().sum()
        done = subprocess.run([sys.executable, "-W", "error", "-c", "from analysis import load; import analysis.load; "
                               f"print(load({path!r}).cual.fastest().shape, analysis.load.load)"], cwd=ROOT,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0 and done.stdout.startswith("(6, 14) <function load"), done


def test_cells():
    """run.cual.cells() is a table with a row for each cell, its time and its speed-up as the verdicts have it"""
    with folder() as private:
        run = load(made_run(private))
        table = run.cual.cells()
        assert isinstance(table, pandas.DataFrame) and len(table) == int(run.time.notnull().any("round").sum())
        for row in table.itertuples():
            cell = run.time.sel(workload=row.workload, cores=row.cores, ranks=row.ranks, threads=row.threads,
                                depth=row.depth).values
            assert row.samples == numpy.count_nonzero(~numpy.isnan(cell)) and row.time_s == numpy.nanmedian(cell)
            assert row.point == f"{row.ranks}×{row.threads}×{row.depth}@{row.cores}"
        said = analysis.answers(made_run(private))[0].verdicts
        rows = table.set_index(["workload", "point"])
        for verdict in said:
            found = rows.loc[(verdict["workload"], verdict["threads_point"])]
            assert abs(found.speed_up / verdict["threads_speed_up"] - 1) < 1e-12
            assert abs(found.speed_up_low / verdict["threads_speed_up_low"] - 1) < 1e-12


def test_speed_up_and_fastest():
    """run.cual has the speed-up of each cell as an array, and the fastest point for each workload and cores"""
    with folder() as private:
        run = load(made_run(private))
        speed_up, table = run.cual.speed_up(), run.cual.cells()
        assert speed_up.dims == made.AXES[:5] and speed_up.attrs["units"] == "1"
        assert int(speed_up.notnull().sum()) == len(table)
        fastest = run.cual.fastest()
        assert list(zip(fastest.workload, fastest.cores)) == [
            (workload["name"], cores) for workload in WORKLOADS for cores in (1, 2)]
        for row in fastest.itertuples():
            of_row = table[(table.workload == row.workload) & (table.cores == row.cores)]
            assert row.speed_up == of_row.speed_up.max(), row
            assert row.speed_up == float(speed_up.sel(workload=row.workload, cores=row.cores, ranks=row.ranks,
                                                      threads=row.threads, depth=row.depth))


def test_selected():
    """run.cual.sel takes a glob, in which brackets stand for themselves, and other parts of a run answer, too"""
    with folder() as private:
        path = made_run(private)
        run = load(path)
        assert run.cual.sel(workload="mixed*").workload.values.tolist() == [w["name"] for w in WORKLOADS[1:]]
        assert run.cual.sel("*[wait_fraction=0.?]", cores=1).cual.fastest().cores.tolist() == [1, 1]
        assert run.cual.sel(workload=["wait", "*0.9]"]).sizes["workload"] == 2
        assert "wait, mixed" in raised(KeyError, lambda: run.cual.sel(workload="mixed[wait]"))
        raised(KeyError, lambda: run.cual.sel("wait", cores=3))
        whole = run.cual.cells()
        for part in (run.sel(workload="wait"), run.sel(workload="wait", cores=1), run.sel(threads=1)):
            found = part.cual.cells()
            known = whole.merge(found[["workload", "point"]])
            assert 0 < len(found) < len(whole) and found.time_s.tolist() == known.time_s.tolist()
            assert set(found.query("point == '1×1×1@1'").speed_up) == {1.0}
        part = run.sel(workload="wait", cores=1).cual.speed_up()
        assert part.equals(run.cual.speed_up().sel(workload="wait", cores=1)) and part.dims == made.AXES[2:5]
        assert run.sel(cores=2).cual.speed_up().isnull().all(), "speed-up over what is not there"
        for part in (xarray.Dataset(), run[["time"]].median("round"), run[["cpu"]]):
            assert "this is no run" in raised(ValueError, part.cual.cells)
        with xarray.open_dataset(path, engine="h5netcdf") as raw:
            assert raw.cual.cells().equals(whole), "samples that are excluded count"


def opened(path: pathlib.Path, engine: str, group: str) -> xarray.Dataset:
    """A group in memory, without a warning of xarray's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="(?!xarray)")
        with xarray.open_dataset(path, engine=engine, group=group) as data:
            return data.load()


def test_engines():
    """both engines of xarray open every group of a run file without a warning, and give the same"""
    try:
        import netCDF4
    except ImportError:
        netCDF4 = None
    with folder() as private:
        path = made_run(private, per_rank=True)
        for group in ("/", "verdict", "claims", "machine", "per_rank"):
            one = opened(path, "h5netcdf", group)
            assert one.sizes, group
            if netCDF4:
                xarray.testing.assert_equal(one, opened(path, "netcdf4", group))
    if netCDF4 is None:
        raise Skipped("netCDF4 is not installed")


def test_many_files():
    """xarray.open_mfdataset opens several runs as one dataset"""
    import importlib.util
    if not importlib.util.find_spec("dask"):
        raise Skipped("dask is not installed")
    with folder() as private:
        paths = [made.run_file(private / f"{i}.h5", **(CUBE | {"depth": depth}), seed=i)
                 for i, depth in enumerate(((1, 16), (1, 32)))]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="(?!xarray)")
            with xarray.open_mfdataset(paths, engine="h5netcdf", combine="nested", concat_dim="run") as both:
                assert both.sizes["run"] == 2 and both.depth.values.tolist() == [1, 16, 32]
                for i, path in enumerate(paths):
                    alone = xarray.open_dataset(path, engine="h5netcdf")
                    assert both.time.isel(run=i).sel(depth=alone.depth).load().equals(alone.time.load())
