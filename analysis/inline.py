"""A picture as a part of the page, so that a pointer that rests on a mark is told what it is.

What matplotlib has drawn is read as XML and written again with the few elements and attributes that a picture
takes: no name of one picture meets that of another, and nothing in it acts, or comes from elsewhere.
"""

import re
from xml.etree import ElementTree

import numpy

from .pictures import words
from .pictures.frame import Picture

ELEMENTS = frozenset(("svg", "defs", "style", "g", "path", "rect", "use", "clipPath", "text", "tspan", "title",
                      "image"))
ATTRIBUTES = frozenset(("class", "clip-path", "d", "height", "href", "id", "preserveAspectRatio", "style", "transform",
                        "type", "viewBox", "width", "x", "y"))
ADDRESS = re.compile(r"#[\w-]+|data:image/png;base64,[\w+/=\s]*")
POINTS = 72  # of an inch, as SVG counts here
LEAST = 7.0  # points of a spot, each way
BEYOND = 1e6  # points; no picture is so large
NEAR = LEAST / 2 + 0.5  # points between the centres of spots that cover each other's
TEXTS_MOST = 3  # of marks that lie on each other


def _plain(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def _own(text: str, name: str) -> str:
    """A style or attribute whose references are to the picture's own names."""
    return re.sub(r"url\(#([\w-]+)\)", rf"url(#{name}-\1)", text)


def _rules(text: str, name: str) -> str:
    """A style sheet that holds for this picture alone; colours are the page's."""
    text = text.partition("}}")[2] if text.startswith(":root") else text
    text = re.sub(r"\.(s\d+)\{", rf".{name}-\1{{", text)
    return _own(re.sub(r"(?<![\w.])\*\{", f"#{name}-picture *{{", text), name)


def _clean(element: ElementTree.Element, name: str, used: set[str]) -> None:
    """Leaves of an element what a picture takes, in place."""
    element.tag = _plain(element.tag)
    given = {_plain(key): value for key, value in element.attrib.items()}
    element.attrib.clear()
    for key, value in given.items():
        if key not in ATTRIBUTES or key == "href" and not ADDRESS.fullmatch(value):
            continue
        if key == "id":
            if value in used:
                element.set(key, f"{name}-{value}")
        elif key == "href" and value.startswith("#"):
            element.set(key, f"#{name}-{value[1:]}")
        elif key == "class":
            element.set(key, f"{name}-{value}")
        else:
            element.set(key, _own(value, name))
    if element.tag == "style":
        element.text = _rules(element.text or "", name)
    for inner in list(element):
        if _plain(inner.tag) in ELEMENTS and not (element.tag == "svg" and _plain(inner.tag) == "title"):
            _clean(inner, name, used)
        else:
            element.remove(inner)


def _boxes(picture: Picture) -> numpy.ndarray:
    """Where the spots are, in points from the lower left corner: (spots, 2, 2), the lower corner first."""
    scale = POINTS / picture.figure.dpi
    ends = numpy.array([scale * spot.axes.transData.transform((spot.low, spot.high)) for spot in picture.spots])
    low, high = ends.min(axis=1), ends.max(axis=1)
    wider = (LEAST - (high - low)).clip(0) / 2
    return numpy.stack((low - wider, high + wider), axis=1)


def _texts(picture: Picture, boxes: numpy.ndarray) -> list[str]:
    """What each spot says: its own text, and those of others whose marks lie on its mark."""
    centres = boxes.mean(axis=1)
    is_mark = numpy.array([spot.low == spot.high for spot in picture.spots])
    told = []
    for i, spot in enumerate(picture.spots):
        near = is_mark & is_mark[i] & (abs(centres - centres[i]) < NEAR).all(axis=1)
        others = [picture.spots[j].text for j in numpy.flatnonzero(near) if j != i]
        told.append(words.listed([spot.text, *others], TEXTS_MOST, "\n\n"))
    return told


def _spots(picture: Picture) -> ElementTree.Element:
    """What a pointer finds: boxes that are not drawn, with their texts."""
    group = ElementTree.Element("g", {"style": "fill: none; stroke: none; pointer-events: all"})
    if not picture.spots:
        return group
    height, boxes = POINTS * picture.figure.get_figheight(), _boxes(picture)
    for box, text in zip(boxes, _texts(picture, boxes), strict=True):
        if abs(box).max() < BEYOND:  # not what has no place
            (left, bottom), (right, top) = box
            place = {"x": left, "y": height - top, "width": right - left, "height": top - bottom}
            one = ElementTree.SubElement(group, "rect", {name: f"{value:.1f}" for name, value in place.items()})
            ElementTree.SubElement(one, "title").text = text
    return group


def svg(picture: Picture, size: tuple[int, int]) -> str:
    """The picture as an element of HTML, `size` pixels wide and high, with its spots."""
    text = picture.svg(plain=False)
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', text))
    root = ElementTree.fromstring(text)
    _clean(root, picture.name, used)
    root.append(_spots(picture))
    root.attrib |= {"id": f"{picture.name}-picture", "role": "img", "aria-label": picture.alt,
                    "width": str(size[0]), "height": str(size[1])}
    return ElementTree.tostring(root, encoding="unicode")
