"""Opens a run file with xarray, h5py and h5dump and checks that it is what docs/runfile.md says.

Usage: check_runfile.py FILE.h5; exit status 0 when all holds.
"""

import pathlib
import subprocess
import sys

import h5py
import numpy as np
import xarray as xr

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))
import variables  # noqa: E402

CELL = ("workload", "cores", "ranks", "threads", "depth")
SAMPLE = CELL + ("round",)
SAMPLES = {
    "time": "s", "cpu": "s", "switches_voluntary": "1", "switches_involuntary": "1",
    "faults": "1", "memory": "byte", "depth_achieved": "1", "depth_most": "1",
    "service_busy": "s", "start_skew": "s", "flags": "1", "order": "1", "start": "s",
}
COORDINATES = {
    "compute", "wait", "storage", "compute_time", "wait_time", "tasks", "bytes", "flops", "lock", "waits",
    "work", "weak",
}
GROUPS = ("provenance", "machine", "per_rank")
GROUPS_OF_AN_ENDED_RUN = ("verdict", "claims")


def open_group(path: str, group: str | None) -> xr.Dataset:
    """The whole group in memory; fails when it cannot be decoded."""
    with xr.open_dataset(path, engine="h5netcdf", group=group) as dataset:
        return dataset.load()


def check_table(path: str) -> None:
    """Every row of the table of variables stands in the file as it says."""
    many = "quantile" in open_group(path, "per_rank").sizes
    with h5py.File(path, "r") as file:
        for row in variables.variables():
            if not many and row.name in ("time_quantile", "slowest", "fastest"):
                continue
            item, name = file[f"{row.group}/{row.name}"], (row.group, row.name)
            assert tuple(scales[0].name.split("/")[-1] for scales in item.dims) == row.axes, name
            assert item.dtype == row.dtype, name
            assert item.attrs.get("units") == row.unit and item.attrs["long_name"] == row.long_name, name
            assert ("coordinates" in item.attrs) == (row.role == "HAS_COORDINATES"), name
            assert row.dtype == "O" or np.array_equal(item.fillvalue, row.fill, equal_nan=True), name
            named = row.name in file["time"].attrs["coordinates"].split()
            assert row.group != "/" or named == (row.role == "COORDINATE"), name


def check_texts(dataset: xr.Dataset) -> None:
    """Texts are str, not bytes, in variables and attributes."""
    for name, variable in dataset.variables.items():
        if variable.dtype == object:
            assert all(isinstance(text, str) for text in variable.values.flat), name
        assert variable.dtype.kind != "S", name
        for key, value in variable.attrs.items():
            assert not isinstance(value, bytes), (name, key)
    assert all(not isinstance(value, bytes) for value in dataset.attrs.values())


def check_units(dataset: xr.Dataset) -> None:
    """Every number has a unit, and none that would be taken for a date or a duration."""
    for name, variable in dataset.variables.items():
        assert variable.dtype.kind not in "mM", name
        if variable.dtype != object:
            assert variable.attrs["units"] in ("s", "1", "byte", "s-1"), name
            assert variable.attrs.get("long_name") or "row" in variable.dims, name


def check_root(root: xr.Dataset) -> None:
    """Axes, coordinates, sample variables, flags and status of the root group."""
    assert set(root.dims) == set(SAMPLE)
    for dimension in root.dims:
        assert dimension in root.coords, dimension
    assert COORDINATES <= set(root.coords), COORDINATES - set(root.coords)
    assert {"Conventions", "title", "source"} <= set(root.attrs)
    for name, unit in SAMPLES.items():
        assert root[name].dims == SAMPLE, name
        assert root[name].attrs["units"] == unit, name
    assert root.flags.dtype == np.uint32 and root.order.dtype == np.int32
    masks = np.atleast_1d(root.flags.attrs["flag_masks"])
    assert list(masks) == [1 << bit for bit in range(len(masks))]
    assert len(root.flags.attrs["flag_meanings"].split()) == len(masks)
    assert root.status.dims == CELL and root.status.dtype == np.uint8
    assert list(root.status.attrs["flag_values"]) == [0, 1, 2, 3]
    assert root.status.attrs["flag_meanings"] == "empty done infeasible failed"
    assert root.checksum.dims == ("workload",) and root.checksum.dtype == np.uint64
    unmeasured = np.isnan(root.time.values)
    for name in {row.name for row in variables.samples()} - {"flags", "order"}:
        assert np.isnan(root[name].values[unmeasured]).all(), name
    assert (root.order.values[unmeasured] == -1).all() and (root.flags.values[unmeasured] == 0).all()
    infeasible = root.status.values != 1
    assert unmeasured[infeasible].all()


def check_groups(path: str, ended: bool) -> None:
    """Every subgroup opens by itself, with its own axes."""
    if ended:
        assert np.atleast_1d(open_group(path, "verdict").attrs["tie_ratio"]).tolist() == [1.02]
    ranks = open_group(path, "per_rank")
    assert ranks.time.dims == SAMPLE + ("rank",)
    assert ("time_quantile" in ranks) == (ranks.sizes["rank"] == 64), ranks.sizes  # made with 100
    if "time_quantile" in ranks:
        assert ranks.time_quantile.dims == SAMPLE + ("quantile",)
        assert ranks["quantile"].values.tolist() == [0, 0.25, 0.5, 0.75, 1]
        extremes = ranks[["slowest", "fastest"]]
        assert all(one.dims == SAMPLE and one.dtype == np.int32 for one in extremes.values())
        unmeasured = np.isnan(ranks.time_quantile.sel(quantile=0.5).values)
        assert (extremes.slowest.values[unmeasured] == -1).all()
        assert (extremes.slowest.values[~unmeasured] >= 0).all() and not unmeasured.all()
    assert open_group(path, "machine").cores_worth.dims == ("workload", "cores")
    for name in GROUPS + (GROUPS_OF_AN_ENDED_RUN if ended else ()):
        group = open_group(path, name)
        check_texts(group)
        check_units(group)
        assert all(dimension in group.coords for dimension in group.dims), name
    if ended:
        assert all(variable.dims == ("row",) for variable in open_group(path, "verdict").values())


def check_layout(dataset: h5py.Dataset, ended: bool) -> None:
    """Compressed in pieces that readers can keep, or with all its space and a round together."""
    if dataset.compression:
        assert ended and dataset.compression == "gzip" and dataset.shuffle, dataset.name
        assert np.prod(dataset.chunks) * dataset.dtype.itemsize <= 16 << 20, dataset.name
        return
    assert dataset.chunks[:5] == dataset.shape[:5], dataset.name
    parts = -(-dataset.shape[5] // dataset.chunks[5])
    assert dataset.id.get_num_chunks() == parts, dataset.name  # its space is there already


def check_library(path: str) -> bool:
    """What h5py sees; True when the run has ended."""
    with h5py.File(path, "r") as file:
        ended = "verdict" in file
        for name in (row.name for row in variables.samples()):
            dataset = file[name]
            assert dataset.maxshape == dataset.shape, name
            check_layout(dataset, ended)
            assert {"compute", "wait", "storage"} <= set(dataset.attrs["coordinates"].split()), name
            assert [scales[0].name for scales in dataset.dims] == ["/" + axis for axis in SAMPLE]
        names: list[bytes] = []
        file.id.links.iterate(names.append, idx_type=h5py.h5.INDEX_CRT_ORDER)
        assert [name.decode() for name in names[:6]] == list(SAMPLE), names
        text = h5py.check_string_dtype(file["workload"].dtype)
        assert text.encoding == "utf-8" and text.length is None
        return ended


def check_dump(path: str) -> None:
    """h5dump reads every header."""
    dump = subprocess.run(["h5dump", "-H", path], capture_output=True, text=True, check=True)
    assert not dump.stderr, dump.stderr
    assert 'DATASET "time"' in dump.stdout


def main() -> None:
    path = sys.argv[1]
    ended = check_library(path)
    root = open_group(path, None)
    check_texts(root)
    check_units(root)
    check_root(root)
    check_table(path)
    check_groups(path, ended)
    check_dump(path)


if __name__ == "__main__":
    main()
