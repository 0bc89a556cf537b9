"""Pictures of scaling and the map: what is drawn is what was measured, fitted and decided."""

import contextlib
import warnings
from collections.abc import Iterator

import numpy
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex

from analysis import models, pictures, scaling
from analysis.load import answers, load
from analysis.pictures import map as the_map
from analysis.pictures.frame import Picture
from tests.analysis import made
from tests.end_to_end.program import folder

CORES = (1, 2, 4, 8, 16, 32)
WORTH = (1, 2, 4, 6, 6, 6)  # of cores: a bus that is full
WORK = {"name": "work", "compute": "triad", "compute_time": 1e-3, "tasks": 64}
FRACTIONS = (0.0, 0.9)
MIXED = [{"name": f"mixed[wait_fraction={f}]", "compute": "primes", "compute_time": 1e-3 * (1 - f),
          "wait": "timer", "wait_time": 1e-3 * f, "wait_fraction": f, "tasks": 64}
         for f in FRACTIONS]
POINTS = {"cores": (1, 2), "ranks": (1, 2), "threads": (1, 2, 16), "depth": (1, 16)}


@contextlib.contextmanager
def drawn(only: str, **options) -> Iterator[tuple[dict[str, Picture], "load", list]]:
    """Pictures of a made run by name, its dataset and its answers; any warning is an error."""
    with folder() as private, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = made.run_file(private / "made.h5", **options)
        run, said = load(path, flagged=True), answers(path)
        found = {picture.name: picture for picture in pictures.draw(run, said, (only,))}
        for picture in found.values():
            assert picture.svg().startswith("<?xml"), picture.name
        yield found, run, said


def by_law(workload: dict, cores: int, ranks: int, threads: int, depth: int) -> float:
    """Amdahl's law with a serial fraction of 0.1; processes are a little slower."""
    tasks = workload["tasks"] * (cores if workload["weak"] else 1)
    return 1e-3 * tasks * (0.1 + 0.9 / min(cores, ranks * threads)) * (1 + 0.01 * (ranks > 1))


def line(axes: Axes, label: str) -> numpy.ndarray:
    """x and y of the one line with a label (n, 2)."""
    found = [one.get_xydata() for one in axes.lines if one.get_label() == label]
    assert len(found) == 1, f"{len(found)} lines {label}"
    return found[0]


def is_extrapolated(axes: Axes) -> bool:
    """Whether a panel says so."""
    return any(text.get_text() == "extrapolated" for text in axes.texts)


SCALED = {"cores": CORES, "ranks": CORES, "threads": CORES, "time": by_law, "cores_worth": WORTH}


def test_speed_up_and_efficiency():
    """each model has a line of medians with an interval at each, beside the ideal and the bound"""
    with drawn("scaling", workloads=[WORK], **SCALED) as (found, run, _):
        curves = {curve.model: curve for curve in scaling.curves(run, "work")}
    assert list(found) == ["scaling_strong"] and len(curves) == 3
    picture = found["scaling_strong"]
    above, below = picture.figure.axes
    assert (above.get_ylabel(), below.get_ylabel()) == ("speed-up", "efficiency")
    assert below.get_xlabel() == "cores" and above.get_title("left") == "work"
    by_colour = {one.get_color(): one.get_xydata() for one in above.lines
                 if one.get_marker() not in ("", "None", None)}
    for model, curve in curves.items():
        expected = numpy.stack((curve.cores, curve.speed_up.median), axis=-1)
        drawn_at = by_colour[models.STYLE[model].colour]
        numpy.testing.assert_allclose(drawn_at[numpy.isfinite(drawn_at[:, 0])], expected)
        # Between one core and four there is no mix, but threads and processes on two cores.
        assert numpy.isnan(drawn_at[1, 0]) == (model == "processes+threads"), drawn_at
    for axes in (above, below):
        segments = [s for one in axes.collections if isinstance(one, LineCollection)
                    and one.get_label() == "_interval" for s in one.get_segments()]
        assert len(segments) == sum(len(curve.cores) for curve in curves.values())
    ideal = line(above, "_ideal")
    numpy.testing.assert_allclose(ideal[:, 1], ideal[:, 0])
    # Reached: more than the 6 cores' worth that calibration found.
    reached = max(curve.speed_up.median[-1] for curve in curves.values())
    bound = line(above, "_bound")
    numpy.testing.assert_allclose(bound[:4, 1], WORTH[:4], rtol=1e-2)
    assert bound[-1, 1] == reached > 6, (bound, reached)
    assert "work 6" in picture.caption and "(1.00 ms a task)" in picture.caption, picture.caption
    assert "times serial on 32 cores" in picture.alt, picture.alt


def test_extrapolation_is_drawn_as_such():
    """beyond the most cores the law is dashed, with its interval, on ground named extrapolated"""
    with drawn("scaling", workloads=[WORK], **SCALED) as (found, run, _):
        curve = next(c for c in scaling.curves(run, "work") if c.model == "threads")
    picture, fit = found["scaling_strong"], scaling.fit(curve)[0]
    for axes in picture.figure.axes:
        fitted, beyond = line(axes, "_law"), line(axes, "_extrapolated")
        assert (fitted[0, 0], fitted[-1, 0], beyond[0, 0]) == (1, 32, 32)
        numpy.testing.assert_allclose(beyond[-1, 0], 128)
        assert is_extrapolated(axes)
        dashed = next(one for one in axes.lines if one.get_label() == "_extrapolated")
        assert dashed.get_linestyle() != "-" and dashed.get_alpha() < 1
        assert any(patch.get_label() == "_beyond" for patch in axes.patches)
        assert sum(isinstance(one, PolyCollection) for one in axes.collections) == 1
    above = picture.figure.axes[0]
    time = fit.predict(line(above, "_extrapolated")[:, 0])[0]
    numpy.testing.assert_allclose(line(above, "_extrapolated")[:, 1], curve.serial_s / time)
    assert f"threads: {fit.law.name}, {fit.parameters[0].name} 0." in picture.caption
    assert f"{fit.law.name}'s law of threads, extrapolated to 128 cores" in picture.alt


def test_no_extrapolation_below_five_points():
    """four core counts are drawn without a law, and the caption says what one takes"""
    few = {"cores": CORES[:4], "threads": CORES[:4], "time": by_law}
    with drawn("scaling", workloads=[WORK], **few) as (found, _, _):
        picture = found["scaling_strong"]
    labels = {one.get_label() for axes in picture.figure.axes for one in axes.lines}
    assert not labels & {"_law", "_extrapolated"}, labels
    assert not any(map(is_extrapolated, picture.figure.axes))
    assert "nothing extrapolated: that needs 5 core counts" in picture.caption, picture.caption


def test_strong_and_weak_apart():
    """strong and weak scaling have a figure each; what is not drawn is named"""
    works = [WORK | {"name": f"work{i}", "weak": int(i == 0)} for i in range(8)]
    few = {"cores": CORES[:2], "threads": CORES[:2], "time": by_law}
    with drawn("scaling", workloads=works, **few) as (found, _, _):
        assert list(found) == ["scaling_strong", "scaling_weak"]
    assert len(found["scaling_weak"].figure.axes) == 2
    assert found["scaling_weak"].figure.axes[0].get_ylabel() == "scaled speed-up"
    assert len(found["scaling_strong"].figure.axes) == 12
    assert "Not drawn for want of room: work7;" in found["scaling_strong"].caption


def rectangles(axes: Axes, label: str) -> dict[tuple[int, int], str]:
    """Colours of a map's rectangles by column and row."""
    one = next(one for one in axes.collections if one.get_label() == label)
    corners = [tuple(path.vertices.min(axis=0).astype(int)) for path in one.get_paths()]
    colours = [to_hex(colour) for colour in one.get_facecolors()]
    return dict(zip(corners, colours or [""] * len(corners), strict=True))


def places(axes: Axes) -> dict[tuple[int, int], tuple[str, bool]]:
    """Letters of each place of a map by column and row, and whether it is hatched."""
    letters = {tuple(numpy.floor(text.get_position()).astype(int)): text.get_text()
               for text in axes.texts}
    by_letters = {letter: models.STYLE[model].colour for model, letter in the_map.LETTERS.items()}
    assert rectangles(axes, "_places") == {at: by_letters[text] for at, text in letters.items()}
    return {at: (text, at in rectangles(axes, "_hatched")) for at, text in letters.items()}


def test_map():
    """the map names each place's winner, hatched where others are as good; on top the verdict's"""
    keep = numpy.ones((2, 2, 2, 3, 2, 1), bool)
    keep[1, 0, 0, 0, 0] = False  # no serial at 0.9: nothing with 1 in flight
    with drawn("map", workloads=MIXED, **POINTS, keep=keep) as (found, _, said):
        picture = found["map"]
    assert [axes.get_title("left") for axes in picture.figure.axes] == [
        "mixed, 1 core", "mixed, 2 cores"]
    one = picture.figure.axes[0]
    counts = [label.get_text() for label in one.get_yticklabels()]
    assert counts == ["1", "2", "4", "16", "32", "64", "256", "512"], counts
    assert [label.get_text() for label in one.get_xticklabels()] == ["0", "0.9"]
    shown = places(one)
    assert shown[0, 0] == ("S", False) and (1, 0) not in shown, shown
    assert shown[0, 1] == ("S", True), shown  # on one core nothing helps compute
    assert shown[1, 1] == ("T", True), shown  # threads and processes, two waits at once
    assert shown[1, 2] == ("PT", False), shown  # nothing else has four
    assert shown[1, 3] == ("A", True), shown
    named = {(row["workload"], row["cores"]): row["choice_model"] for row in said[0].verdicts}
    for axes, cores in zip(picture.figure.axes, POINTS["cores"], strict=True):
        shown, top = places(axes), max(row for _, row in places(axes))
        for column, work in enumerate(MIXED):
            assert shown[column, top][0] == the_map.LETTERS[named[work["name"], cores]], shown
    assert "mixed on 2 cores, at most 512 in flight" in picture.alt, picture.alt


def test_map_ties_as_the_file_does():
    """what a file calls as good as the fastest is hatched, and the simplest of it is named"""
    def by_threads(workload: dict, cores: int, ranks: int, threads: int, depth: int) -> float:
        return 1.0 if threads == 1 else 0.9

    for tie_ratio, named, hatched in ((None, "T", False), (1.5, "S", True)):
        with drawn("map", workloads=MIXED, cores=(1,), ranks=(1,), threads=(1, 2), time=by_threads,
                   verdict=[], tie_ratio=tie_ratio) as (found, _, _):
            shown = places(found["map"].figure.axes[0])
        assert shown[0, 1] == (named, hatched), (tie_ratio, shown)


def test_tied_without_a_common_round():
    """a model without valid samples in the rounds of the winner was not shown to be slower: the map hatches it"""
    keep = numpy.zeros((2, 1, 2, 2, 1, 12), bool)
    keep[..., :4] = True
    keep[:, :, 1, 0] = ~keep[:, :, 1, 0]
    keep[:, :, 1, 0, :, :8] = False  # processes: only the last rounds, too far from the first
    with drawn("map", workloads=MIXED, cores=(1,), ranks=(1, 2), threads=(1, 2), rounds=12,
               keep=keep) as (found, _, _):
        shown = places(found["map"].figure.axes[0])
    assert shown[1, 0] == ("S", False) and shown[1, 1] == ("T", True), shown


def test_nothing_to_show():
    """of no samples, one core or one fraction there is no picture; hostile names do no harm"""
    times = numpy.ones((3, 2, 1, 2, 1, 3))
    times[0] = numpy.nan
    times[1, 1] = numpy.nan
    flags = numpy.zeros((3, 1, 1, 1, 1, 1), int)
    flags[2] = 1
    works = [WORK | {"name": name} for name in ("nothing", "one core", "flagged")]
    with drawn("scaling", workloads=works, time=times, rounds=3, flags=flags) as (found, _, _):
        assert found == {}
    with drawn("map", workloads=MIXED[:1], **POINTS) as (found, _, _):
        assert found == {}
    name = "<script>$x_1$\x07" + "y" * 10000
    hostile = [work | {"name": f"{name}[wait_fraction={f}]"}
               for work, f in zip(MIXED, FRACTIONS, strict=True)]
    for only in ("map", "scaling"):
        with drawn(only, workloads=hostile, **POINTS, rounds=1) as (found, _, _):
            assert len(found) == 1
            picture, = found.values()
            assert len(picture.caption) < 3000 and "\x07" not in picture.svg()
