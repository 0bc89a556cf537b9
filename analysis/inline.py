"""A picture as a part of the page, so that a pointer that rests on a mark is told what it is.

What matplotlib has drawn is read as XML and written again with the few elements and attributes that a picture
takes: no name of one picture meets that of another, and nothing in it acts, or comes from elsewhere.
"""

import re
from xml.etree import ElementTree

from .pictures.frame import Picture

ELEMENTS = frozenset(("svg", "defs", "style", "g", "path", "rect", "use", "clipPath", "text", "tspan", "title",
                      "image"))
ATTRIBUTES = frozenset(("class", "clip-path", "d", "height", "href", "id", "preserveAspectRatio", "style", "transform",
                        "type", "viewBox", "width", "x", "y"))
ADDRESS = re.compile(r"#[\w-]+|data:image/png;base64,[\w+/=\s]*")
POINTS = 72  # of an inch, as SVG counts here
LEAST = 7.0  # points of a spot, each way


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


def _spots(picture: Picture) -> ElementTree.Element:
    """What a pointer finds: boxes that are not drawn, with their texts."""
    group = ElementTree.Element("g", {"style": "fill: none; stroke: none; pointer-events: all"})
    scale, height = POINTS / picture.figure.dpi, POINTS * picture.figure.get_figheight()
    for spot in picture.spots:
        ends = scale * spot.axes.transData.transform((spot.low, spot.high))
        if not abs(ends).max() < 1e6:
            continue
        low, high = ends.min(axis=0), ends.max(axis=0)
        wider = (LEAST - (high - low)).clip(0) / 2
        (left, bottom), (right, top) = low - wider, high + wider
        box = ElementTree.SubElement(group, "rect", {
            "x": f"{left:.1f}", "y": f"{height - top:.1f}", "width": f"{right - left:.1f}",
            "height": f"{top - bottom:.1f}"})
        ElementTree.SubElement(box, "title").text = spot.text
    return group


def svg(picture: Picture, size: tuple[int, int]) -> str:
    """The picture as an element of HTML, `size` pixels wide and high, with its spots."""
    text = picture.svg()
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', text))
    root = ElementTree.fromstring(text)
    _clean(root, picture.name, used)
    root.append(_spots(picture))
    root.attrib |= {"id": f"{picture.name}-picture", "role": "img", "aria-label": picture.alt,
                    "width": str(size[0]), "height": str(size[1])}
    return ElementTree.tostring(root, encoding="unicode")
