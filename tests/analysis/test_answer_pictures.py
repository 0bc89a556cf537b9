"""The tree, the roofline and the lines between marks: nothing is drawn that was not measured or said."""

import contextlib
import functools
import math
import warnings
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from analysis import models, pictures
from analysis.load import answers, load
from analysis.pictures import joined
from analysis.pictures.frame import Picture
from end_to_end.program import folder
from tests.analysis import made

KERNELS = [
    {"name": "peak", "compute": "flops", "compute_time": 2e-4, "flops": 2e6},
    {"name": "stream", "compute": "triad", "compute_time": 1e-3, "flops": 1e6, "bytes": 1.2e7},
    {"name": "near[memory=1]", "compute": "triad", "compute_time": 5e-4, "flops": 1e6, "bytes": 1.2e7},
    {"name": "jumps", "compute": "chase", "compute_time": 1e-3, "bytes": 4e5}]
READ = {"name": "read", "wait": "file", "bytes": 4096.0, "wait_time": 1e-5}
MIXED = [{"name": f"mixed[wait_fraction={f}]", "compute": "primes", "compute_time": 1e-3 * (1 - f),
          "wait": "timer", "wait_time": 1e-3 * f, "wait_fraction": f} for f in (0.0, 0.5, 0.9)]
SPEED_UPS = {f"{end}_speed_up{part}": value for end in ("least", "most")
             for part, value in (("", 2.0), ("_low", 1.9), ("_high", 2.1))}
ADVICE = [{"branch": branch, "what": what, "use": use, "model": model, "note": note, "workloads": 1,
           **(SPEED_UPS if use else {})} for branch, what, use, model, note in (
    (0, "computing: peak, jumps", "a thread per core", "threads", "1 core: nothing helps"),
    (0, "bandwidth: stream", "2 processes × 4 threads", "processes+threads", "memory: 12.0 GB/s"),
    (1, "for speed: wait", "async in one thread", "async", ""),
    (2, "one list: not measured; the job question has it", "", "", ""))]


@contextlib.contextmanager
def drawn(*only: str, advice: list[dict] | None = None, **options) -> Iterator[dict[str, Picture]]:
    """Pictures of a made run by name, with an answer at a glance; any warning is an error."""
    with folder() as private, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = made.run_file(private / "made.h5", **options)
        said = [answer._replace(advice=advice or [], measured="made · 12 rounds") for answer in answers(path)]
        yield {picture.name: picture for picture in pictures.draw(load(path, flagged=True), said, only)}


@functools.cache
def told() -> dict[str, Picture]:
    """The tree and the roofline of a made run."""
    with drawn("tree", "roofline", workloads=[*KERNELS, READ], threads=(1, 2), advice=ADVICE) as found:
        return found


def lines(axes: Axes, label: str) -> list[numpy.ndarray]:
    """x and y of the lines with a label."""
    return [line.get_xydata() for line in axes.lines if line.get_label() == label]


# -- the tree --

def test_tree():
    """Tree: each question, branch, kind of work, use and gain stands in it once, in its model's colour"""
    picture = told()["tree"]
    (axes,) = picture.figure.axes
    texts = [text.get_text() for text in axes.texts]
    for text, times in (("no", 1), ("yes", 2), ("a thread per core", 1), ("2 processes × 4 threads", 1),
                        ("async in one thread", 1), ("2.0×", 3), ("1 core: nothing helps", 1)):
        assert texts.count(text) == times, (text, texts)
    whole = " ".join(texts)
    assert "Does your work wait?" in whole and "Do all workers share one list?" in whole, texts
    assert "not measured" in whole, texts
    colours = [patch.get_facecolor() for patch in axes.patches if patch.get_width() == 4]
    assert len(colours) == 3, "a line without a use has no box"
    assert "Does your work wait? yes: for speed: wait: async in one thread, 2.0×" in picture.alt
    assert picture.caption.startswith("made · 12 rounds."), picture.caption


def test_tree_of_models():
    """Tree: what to use is drawn in the colour of its model, whatever its words; an unknown one as serial"""
    names = [*models.STYLE, "<b>"]
    advice = [ADVICE[0] | {"use": "async in 4 processes", "model": name} for name in names]
    with drawn("tree", workloads=KERNELS, advice=advice) as found:
        (axes,) = found["tree"].figure.axes
        colours = [to_hex(patch.get_facecolor()) for patch in axes.patches if patch.get_width() == 4]
    assert colours == [models.STYLE.get(name, models.STYLE["serial"]).colour for name in names], colours


def test_no_tree():
    """Tree: none is drawn where the file has no advice, or none that names something to use"""
    for advice in ([], ADVICE[-1:]):
        with drawn("tree", workloads=KERNELS, advice=advice) as found:
            assert not found, advice


# -- the roofline --

def test_roofline():
    """Roofline: the roof is the least of the measured peak and the widest measured bandwidth, each slope
    is a measured bandwidth, and no mark is above the roof"""
    axes = told()["roofline"].figure.axes
    assert [a.get_title("left") for a in axes] == ["1 core", "2 cores"]
    for a, cores in zip(axes, (1, 2), strict=True):
        peak, widest = cores * 2e6 / 2e-4, cores * 1.2e7 / 5e-4
        (flat,), (slope,) = lines(a, "_peak"), lines(a, "_roof")
        assert numpy.allclose(flat[:, 1], peak, rtol=0.03), flat
        assert numpy.allclose(slope[:, 1], slope[:, 0] * widest, rtol=0.03), slope
        assert numpy.allclose(slope[-1], flat[0], rtol=0.03), "the roof has a gap"
        others = [line[0, 1] / line[0, 0] for line in lines(a, "_slope")]
        assert numpy.allclose(others, (cores * 1.2e7 / 1e-3, cores * 4e5 / 1e-3), rtol=0.03), others
        marked = numpy.array([line.get_xydata()[0] for line in a.lines if line.get_marker() != "None"])
        assert len(marked) == 3, "chase has no flops, and what is read from files is no memory traffic"
        roof = numpy.minimum(peak, widest * marked[:, 0])
        assert (marked[:, 1] <= 1.05 * roof).all() and (marked[:, 1] > 0.4 * roof).all(), marked
        texts = {text.get_text() for text in a.texts}
        assert any(text.startswith("near 1 ") and text.endswith("GB/s") for text in texts), texts
        assert any(text.startswith("jumps ") and text.endswith("MB/s") for text in texts), texts


def test_roofline_of_the_verdict():
    """Roofline: the roof is as high as the verdict's bounds where these are above what was reached"""
    rows = [{"workload": w["name"], "cores": c, "bound_cores": 3 * c / w["compute_time"],
             "bound_memory": 2 * c / w["compute_time"] if w.get("bytes") else math.nan}
            for w in KERNELS for c in (1, 2)]
    with drawn("roofline", workloads=KERNELS, verdict=rows) as found:
        axes = found["roofline"].figure.axes[0]
        (flat,), (slope,) = lines(axes, "_peak"), lines(axes, "_roof")
        assert numpy.allclose(flat[:, 1], 3 * 2e6 / 2e-4), flat
        assert numpy.allclose(slope[:, 1] / slope[:, 0], 2 * 1.2e7 / 5e-4), slope


def test_no_roofline():
    """Roofline: a run without a peak or without a bandwidth has none"""
    for workloads in (KERNELS[:1], KERNELS[1:], [KERNELS[0], READ], [{"name": "primes", "compute": "primes",
                                                                       "compute_time": 1e-3}]):
        with drawn("roofline", workloads=workloads) as found:
            assert not found, workloads


# -- lines between marks --

def test_joined():
    """Lines: two marks are joined when one follows from the other, not far off, and nothing in between has
    the other order"""
    assert joined.follows((1, 2, 1), (1, 4, 1)) and not joined.follows((1, 4, 1), (1, 2, 1))
    assert not joined.follows((2, 4, 1), (4, 2, 1)) and not joined.follows((1, 2, 1), (1, 4, 2))
    assert joined.follows((2, 2, 1), (4, 4, 1), ways=3)
    ends = numpy.array([(1.0, 10.0), (4.0, 40.0)])
    for between, holds in (((2, 20), True), ((2, 9.9), True), ((2, 5), False), ((2, 60), False),
                           ((4, 60), True), ((8, 5), True)):
        assert joined.in_order(ends, numpy.array([between])) == holds, between
    none = numpy.empty((0, 2))
    assert joined.in_order(ends * (1, -1) + (0, 50), none)
    assert not joined.in_order(numpy.array([(1.0, 10.0), (128.0, 40.0)]), none)
    x, y = joined.broken((1, 2, 4), (3, 5, 7), (True, False))
    numpy.testing.assert_array_equal(numpy.stack((x, y)), [[1, 2, math.nan, 4], [3, 5, math.nan, 7]])


def test_throughput_is_not_joined_over_what_lies_between():
    """Lines: no line leads from few to many threads over processes that are slower, nor over a far way"""
    def time_of(workload: dict, cores: int, ranks: int, threads: int, depth: int) -> float:
        return (9.0 if ranks > 1 and slow else 1.0) / (ranks * threads * depth)

    work = [{"name": "wait", "wait": "timer", "wait_time": 1e-3}]
    for slow in (False, True):
        with drawn("throughput", workloads=work, cores=(1,), ranks=(1, 4), threads=(1, 8), depth=(1, 64),
                   time=time_of, noise=0.0) as found:
            (axes,) = found["throughput"].figure.axes
            led = {line.get_color() for line in axes.lines if line.get_label() == "_from_serial"}
        threads, asynchronous = (models.STYLE[model].colour for model in ("threads", "async"))
        assert (threads in led) == (not slow), (slow, led)
        assert asynchronous not in led, "64 in flight are far from one"


def test_scaling_is_not_joined_over_cores_without_a_mark():
    """Lines: where a model has no valid sample at a number of cores, its line is interrupted"""
    counts = (1, 2, 4)
    keep = numpy.ones((1, 3, 3, 3, 1, 12), bool)
    keep[0, 1, 0, 1] = False  # threads on two cores
    with drawn("scaling", workloads=[KERNELS[0]], cores=counts, ranks=counts, threads=counts,
               keep=keep) as found:
        for axes in found["scaling_strong"].figure.axes:
            marked = {line.get_color(): line.get_xydata() for line in axes.lines
                      if line.get_marker() not in ("", "None", None)}
            numpy.testing.assert_array_equal(marked[models.STYLE["threads"].colour][:, 0],
                                             [1, math.nan, 4])
            numpy.testing.assert_array_equal(marked[models.STYLE["processes"].colour][:, 0], counts)


def test_wait_fraction_is_not_joined_over_a_fraction_without_a_mark():
    """Lines: where a model has no valid sample at a fraction, its line is interrupted"""
    keep = numpy.ones((3, 1, 1, 2, 2, 12), bool)
    keep[1, 0, 0, 1, 0] = False  # threads, at the fraction in the middle
    with drawn("wait_fraction", workloads=MIXED, cores=(1,), threads=(1, 2), depth=(1, 16),
               keep=keep) as found:
        (axes,) = found["wait_fraction"].figure.axes
        marked = {line.get_color(): line.get_ydata() for line in axes.lines
                  if line.get_marker() not in ("", "None", None)}
        broken = {model: numpy.isnan(marked[models.STYLE[model].colour]).tolist()
                  for model in ("threads", "async")}
        assert broken == {"threads": [False, True, False], "async": [False] * 3}, broken


def test_scaling_of_what_waits():
    """Scaling: what the wait limits is named and not drawn, with a verdict and without one"""
    wait = {"name": "wait[latency=1 ms]", "wait": "timer", "wait_time": 1e-3}
    for verdict in (True, False):
        with drawn("scaling", workloads=[KERNELS[0], wait], depth=(1, 64), verdict=verdict) as found:
            picture = found["scaling_strong"]
        assert [a.get_title("left") for a in picture.figure.axes][0::2] == ["peak"], verdict
        assert "the wait limits them and not the cores: wait 1 ms." in picture.caption, picture.caption
        with drawn("scaling", workloads=[wait], depth=(1, 64), verdict=verdict) as found:
            assert not found


# -- no picture without information --

def test_few_sizes_of_memory():
    """Time and memory: points of only two sizes of memory are no picture, three are one"""
    for ranks, count in (((1, 2), 0), ((1, 2, 4), 1)):
        with drawn("pareto", workloads=KERNELS[:1], ranks=ranks, cores=(1,), threads=(1, 2)) as found:
            assert len(found) == count, ranks


def test_small_machine():
    """Topology: two cores of one package are no picture, two packages are one"""
    core = '<object type="Core" os_index="{0}"><object type="PU" os_index="{0}"/></object>'
    two = core.format(0) + core.format(1)
    for inside, count in ((two, 0), (two + core.format(2), 1)):
        xml = f'<topology version="2.0"><object type="Machine"><object type="Package">{inside}</object></object></topology>'
        with drawn("topology", workloads=KERNELS[:1], machine={"topology_xml": xml}) as found:
            assert len(found) == count, inside
    packages = "".join(f'<object type="Package">{core.format(i)}</object>' for i in (0, 1))
    xml = f'<topology version="2.0"><object type="Machine">{packages}</object></topology>'
    with drawn("topology", workloads=KERNELS[:1], machine={"topology_xml": xml}) as found:
        assert len(found) == 1


def test_short_names():
    """Names: a member of a family has the same short name in every picture"""
    with drawn(*pictures.PICTURES, workloads=MIXED, cores=(1, 2), ranks=(1, 2, 4), threads=(1, 2),
               depth=(1, 16)) as found:
        assert len(found) >= 8, list(found)
        for name, picture in found.items():
            said = "\n".join((picture.svg(), picture.alt, picture.caption, picture.title))
            assert "wait_fraction=" not in said, name
            assert name == "topology" or "mixed 0.9" in said, name


def test_hostile_texts():
    """Names and advice from a file are text: no mathematics, no markup, no control characters, no end"""
    name = "$\\frac{$<script>\x1b[31m\u202e" + "w" * 5000
    advice = [{"branch": branch, "what": name, "use": name, "note": name, "workloads": 1,
               "least_speed_up": 1e300} for branch in (0, 99, "no number", 2)]
    workloads = [kernel | {"name": f"{name}{i}"} for i, kernel in enumerate(KERNELS)]
    with drawn("tree", "roofline", workloads=workloads, advice=advice) as found:
        assert set(found) == {"tree", "roofline"}
        for one in found.values():
            text = one.svg()
            ElementTree.fromstring(text)
            assert "<script" not in text and "w" * 300 not in text + one.alt + one.caption, one.name
            assert "\x1b" not in text + one.alt + one.caption, one.name
