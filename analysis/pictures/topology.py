"""The machine's topology as nested boxes: packages, memory, caches, cores and hardware threads."""

import dataclasses
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..load import Answer
from . import words
from .cells import Cells
from .frame import DOUBLE, INK, SINGLE, SMALL, Picture

LARGEST = 8 * 2**20  # letters of XML that are looked at
DEEPEST = 40  # objects in objects
OBJECTS = 20_000
MOST = 3  # machines that differ
FEW = 2  # cores of one package: nothing that a picture has to tell
BOXES, HIGHEST = 150, 5.5 * 72  # in a picture, and its height in points
LETTER, LINE, GAP = 4.5, 10.5, 3  # width and height of text, and room around boxes, in points
WIDTH = DOUBLE * 72 - 8
NAMES = {"NUMANode": "NUMA node", "Package": "package", "Die": "die", "Core": "core", "PU": "PU",
         "Machine": "machine", "Group": "group"}
CPUS = re.compile("0x[0-9a-f]{1,8}(,(0x[0-9a-f]{1,8})?)*")
CACHE = re.compile(r"L[1-5]Cache")
FILL = {"PU": ("#56b4e9", 0.55), "Cache": (INK, 0.1), "NUMANode": ("#e69f00", 0.3)}


@dataclasses.dataclass(frozen=True)
class Box:
    """An object of the topology, with what is below it."""

    kind: str  # "PU", "Core", "Cache" … ; "more" stands for several that are not drawn
    label: str
    usable: bool  # for a PU: it may be used
    inside: tuple["Box", ...]
    alike: int  # equal for boxes that differ in nothing but their numbers

    def count(self, kind: str) -> int:
        """Boxes of a kind, itself included."""
        return (self.kind == kind) + sum(box.count(kind) for box in self.inside)


@dataclasses.dataclass
class Laid:
    """A box in its place: x, y in the box around it, from the upper left, and its size, in
    points."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    rows: list[list["Laid"]]  # what is inside


def draw(run: xarray.Dataset, answers: list[Answer], cells: Cells) -> Iterator[Picture]:
    """A figure for each of the machines that differ and are more than a few cores."""
    seen: dict[int, tuple[Answer, Box]] = {}
    for answer in answers:
        machine = read(answer.machine.get("topology_xml"))
        if machine is not None and (_sharing(machine) > FEW or machine.count("Package") > 1):
            seen.setdefault(machine.alike, (answer, machine))
    for i, (answer, machine) in enumerate(list(seen.values())[:MOST]):
        laid, whole = _fitting(machine)
        host = words.clean(answer.machine.get("host", ""), 30)
        what = f"Machine {host}".strip()
        allowed = words.clean(answer.machine.get("cores", ""), 160)
        yield Picture(
            name="topology" + (f"-{i + 1}" if i else ""), title=f"{what}: what shares what",
            reading="A box holds what belongs to it; what stands below a cache or a NUMA node "
                    "shares it. Blue: may be used; hatched: not allowed.",
            alt=_message(machine),
            caption=f"{words.clean(answer.summary, 160)}."
                    + (f" Cores: {allowed}." if allowed else "")
                    + ("" if whole else " Equal neighbours are summed up as “and N more”."),
            figure=_figure(laid))


# -- from XML to boxes --

def read(text: object) -> Box | None:
    """The machine of hwloc's XML; None where it is none, is not sound, or defines entities."""
    if not isinstance(text, str) or len(text) > LARGEST or "<!ENTITY" in text:
        return None
    try:
        # Without its declaration it can be in no encoding that hides what it defines.
        plain = re.sub(r"^\s*<\?xml[^>]*>", "", text)
        root = ElementTree.fromstring(plain.encode("utf-8", "replace"))
    except (ElementTree.ParseError, ValueError):
        return None
    machine = root.find("object") if root.tag == "topology" else None
    if machine is None or machine.get("type") != "Machine":
        return None
    if sum(1 for _ in machine.iter("object")) > OBJECTS:
        return None
    (box,) = _boxes(machine, _mask(machine.get("allowed_cpuset")), 0)
    return box if box.count("PU") else None


def _mask(text: str | None) -> int:
    """A set of CPUs as bits; all of them where it does not say."""
    if not text or len(text) > 4096 or not CPUS.fullmatch(text):
        return -1
    mask = 0
    for word in text.split(","):
        mask = mask << 32 | int(word or "0", 16)
    return mask


def _boxes(element: ElementTree.Element, allowed: int, depth: int) -> list[Box]:
    """The box of an object; those inside it where it is of a kind that is not drawn."""
    kind = element.get("type", "")
    cache = CACHE.fullmatch(kind)
    inside = [] if depth > DEEPEST else [box for child in element.findall("object")
                                         for box in _boxes(child, allowed, depth + 1)]
    if not (cache or kind in NAMES):
        return inside
    # Memory stands above what shares it.
    inside.sort(key=lambda box: box.kind != "NUMANode")
    usable = kind != "PU" or _mask(element.get("cpuset")) & allowed != 0
    size = _bytes(element.get("cache_size") if cache else element.get("local_memory"))
    number = "" if kind == "Machine" else element.get("os_index", "")
    label = kind[:2] if cache else words.clean(f"{NAMES[kind]} {number}".strip(), 24)
    label += f"{'' if cache else ','} {words.size(size)}" if size else ""
    if kind == "Package":
        model = [info.get("value", "") for info in element.findall("info")
                 if info.get("name") == "CPUModel"]
        label += f": {words.clean(model[0], 40)}" if model else ""
    kind = "Cache" if cache else kind
    alike = hash((kind, size, usable, tuple(box.alike for box in inside)))
    return [Box(kind, label, usable, tuple(inside), alike)]


def _bytes(text: str | None) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,18}", text) else 0


# -- from boxes to places --

def _fitting(machine: Box) -> tuple[Laid, bool]:
    """The boxes in their places, with as few summed up as fit; True when none is."""
    for most in (64, 16, 8, 4, 3, 2):
        shown = _summed_up(machine, most, False)
        laid = _laid(shown, WIDTH)
        if _count(shown) <= BOXES and laid.width <= WIDTH and laid.height <= HIGHEST:
            return laid, shown == machine
    return _laid(_summed_up(machine, 1, True), WIDTH), False


def _count(box: Box) -> int:
    return 1 + sum(map(_count, box.inside))


def _summed_up(box: Box, most: int, unlike: bool) -> Box:
    """The box with at most so many neighbours that are alike, or any where `unlike`."""
    inside: list[Box] = []
    for run in _runs(box.inside, unlike):
        kept = run if len(run) <= most else run[:max(1, most - 1)]
        inside += [_summed_up(one, most, unlike) for one in kept]
        if len(kept) < len(run):
            left = run[len(kept):]
            inside.append(Box("more", f"and {len(left)} more", all(one.usable for one in left), (),
                              0))
    return dataclasses.replace(box, inside=tuple(inside))


def _runs(boxes: tuple[Box, ...], unlike: bool) -> list[list[Box]]:
    """Neighbours that are alike, together."""
    runs: list[list[Box]] = []
    for box in boxes:
        if runs and (unlike or runs[-1][0].alike == box.alike):
            runs[-1].append(box)
        else:
            runs.append([box])
    return runs


def _laid(box: Box, most: float) -> Laid:
    """The box and all inside it, at 0, 0, in rows that are at most so wide where that can be."""
    around = _around(box)
    rows: list[list[Laid]] = [[]]
    for child in box.inside:
        one = _laid(child, most - 2 * around)
        wide = sum(other.width + GAP for other in rows[-1]) + one.width
        memory = bool(rows[-1]) and "NUMANode" in (child.kind, rows[-1][0].box.kind)
        if memory or wide > most - 2 * around:
            rows.append([])
        rows[-1].append(one)
    width, y = len(box.label) * LETTER + 2 * GAP, LINE + GAP + around
    for row in rows if rows[0] else []:
        x = around
        for one in row:
            one.x, one.y = x, y
            x += one.width + GAP
        width = max(width, x - GAP + around)
        y += max(one.height for one in row) + GAP
    height = y - GAP + around if rows[0] else LINE + GAP
    return Laid(box, 0, 0, width, height, rows if rows[0] else [])


def _around(box: Box) -> float:
    """A cache is a strip that its cores stand below; other boxes are drawn around what they
    hold."""
    return 0 if box.kind == "Cache" else GAP


def _stretch(laid: Laid, width: float) -> None:
    """Makes the box so wide, and what is inside as wide as there is room for."""
    around = _around(laid.box)
    # Memory has a row of its own, and is as wide as what shares it; a last row that is not full
    # keeps to the width of the others.
    longest = max((len(row) for row in laid.rows), default=1)
    laid.width = width
    for row in laid.rows:
        left = width - 2 * around - sum(one.width + GAP for one in row) + GAP
        each = left / (longest if len(row) > 1 else 1)
        for i, one in enumerate(row):
            one.x += i * each
            _stretch(one, one.width + each)


def _figure(laid: Laid) -> Figure:
    """The boxes, drawn at their size."""
    width, height = max(laid.width, SINGLE * 72 - 8), laid.height
    _stretch(laid, width)
    figure = Figure(figsize=((width + 8) / 72, (height + 8) / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-4, width + 4)
    axes.set_ylim(height + 4, -4)
    _put(axes, laid, 0, 0)
    return figure


def _put(axes: Axes, laid: Laid, x: float, y: float) -> None:
    """Draws the box and what is inside; x, y: where the box around it is."""
    box, x, y = laid.box, x + laid.x, y + laid.y
    height = LINE + GAP if box.kind == "Cache" else laid.height
    colour, alpha = FILL.get(box.kind, (INK, 0.03)) if box.usable else (INK, 0.0)
    if box.kind != "more":
        axes.add_patch(Rectangle((x, y), laid.width, height, facecolor=colour, alpha=alpha,
                                 linewidth=0))
        axes.add_patch(Rectangle((x, y), laid.width, height, fill=False, edgecolor=INK,
                                 linewidth=0.5, hatch="" if box.usable else "/////"))
    axes.text(x + GAP, y + LINE - 1, box.label, fontsize=SMALL, ha="left", va="baseline")
    for row in laid.rows:
        for one in row:
            _put(axes, one, x, y)


def _message(machine: Box) -> str:
    """How many of each there are."""
    counted = [(name, machine.count(kind)) for kind, name in (
        ("Package", "package"), ("NUMANode", "NUMA node"), ("Core", "core"),
        ("PU", "hardware thread"))]
    said = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counted if n)
    caches = sorted({(box.label, _sharing(box)) for box in _all(machine) if box.kind == "Cache"})
    shared = "; ".join(f"{label} for each {n} core{'' if n == 1 else 's'}"
                       for label, n in caches[:6] if n)
    usable = sum(box.usable for box in _all(machine) if box.kind == "PU")
    return (f"{said}, of which {usable} hardware thread{'' if usable == 1 else 's'} may be used"
            + (f"; {shared}" if shared else "") + ".")


def _sharing(box: Box) -> int:
    return box.count("Core") or box.count("PU")


def _all(box: Box) -> Iterator[Box]:
    yield box
    for child in box.inside:
        yield from _all(child)
