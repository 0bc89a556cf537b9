"""A picture within the page: it says what its marks are, and does nothing else."""

import functools
import re
from xml.etree import ElementTree

import numpy

from analysis import inline, pictures
from analysis.load import answers, load
from end_to_end.program import folder
from tests.analysis import made

EVIL = "</title></svg><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
SIZE = (980, 300)
HOSTILE = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 1 1" onload="alert(1)"><title>t</title><script>alert(2)</script><foreignObject><p/></foreignObject>
 <defs><path id="a" d="M 0 0"/><path id="unused" d="M 1 1"/></defs><a href="javascript:alert(3)"><text>x</text></a>
 <use xlink:href="http://127.0.0.1/x#a"/><use xlink:href="#a"/><image href="javascript:alert(4)" width="1"/>
 <animate attributeName="href"/><g style="clip-path: url(#a)" class="s0" onclick="alert(5)"><text>&lt;b&gt;</text></g>
 </svg>"""


@functools.cache
def drawn() -> list[pictures.Picture]:
    """The pictures that have spots, of workloads with names that are markup."""
    workloads = [{"name": f"{EVIL}{i}", "wait": "timer", "wait_time": 1e-3} for i in range(2)]
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=workloads, threads=(1, 2, 16), depth=(1, 16))
        return [picture for picture in pictures.draw(load(path, flagged=True), answers(path)) if picture.spots]


def test_names_of_a_picture():
    """no name of a picture is that of another or of the page, and every reference meets its name"""
    found = {picture.name: inline.svg(picture, SIZE) for picture in drawn()}
    assert {"bars", "throughput", "costs"} <= set(found), list(found)
    for name, text in found.items():
        own = re.findall(r' id="([^"]+)"', text)
        assert own and len(own) == len(set(own)) and all(one.startswith(f"{name}-") for one in own), own
        asked = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
        assert asked and asked <= set(own), asked - set(own)
        root = ElementTree.fromstring(text)
        classes = {one.get("class") for one in root.iter()} - {None}
        rules = next(root.iter("style")).text
        assert classes and all(one.startswith(f"{name}-s") and f".{one}{{" in rules for one in classes), classes
        beyond = [rule for rule in re.findall(r"([^{}]+)\{", rules) if not re.match(rf"[.#]{name}-", rule)]
        assert beyond == [], beyond  # a rule that the page would follow, too


def test_marks_of_a_picture():
    """each bar and each mark has a box around it with a text, which holds a name of markup as text"""
    for picture in drawn():
        root = ElementTree.fromstring(inline.svg(picture, SIZE))
        boxes = [one for one in root.iter("rect") if one.find("title") is not None]
        told = [one.find("title").text for one in boxes]
        assert [text.split("\n\n")[0] for text in told] == [spot.text for spot in picture.spots], told
        assert len(told) > 3, told
        assert all(" rounds" in text and EVIL[:10] in text for text in told), told
        assert all(float(one.get(side)) >= 6.9 for one in boxes for side in ("width", "height")), told
        assert not {"script", "img"} & {one.tag for one in root.iter()}


def test_spots_lie_on_what_is_drawn():
    """a box of a bar has its height and middle, and a box of a mark has its mark in the middle"""
    found = {picture.name: ElementTree.fromstring(inline.svg(picture, SIZE)) for picture in drawn()}
    for name, root in found.items():
        boxes = [[float(one.get(side)) for side in ("x", "y", "width", "height")]
                 for one in root.iter("rect") if one.find("title") is not None]
        numbers = [numpy.array(re.findall(r"[\d.]+", one.get("d")), float) for one in root.iter("path")]
        bars = [(one[::2].min() + one[::2].max(), one[1::2].min(), one[1::2].max()) for one in numbers if len(one) == 8]
        marks = [(float(one.get("x")), float(one.get("y"))) for one in root.iter("use")]
        for x, y, width, height in boxes:
            there, places = (((2 * x + width, y, y + height), bars) if name == "bars" else
                             ((x + width / 2, y + height / 2), marks))
            assert numpy.isclose(there, places, atol=0.3).all(axis=1).any(), (name, there)


def test_nothing_acts_in_a_picture():
    """scripts, handlers, foreign elements and addresses of elsewhere do not come into the page"""
    class Given:
        """A picture that is hostile."""

        name, alt, spots, figure = "given", EVIL, (), drawn()[0].figure

        def svg(self, plain: bool) -> str:
            """Its text."""
            return HOSTILE

    text = inline.svg(Given(), SIZE)
    root = ElementTree.fromstring(text)
    assert root.get("aria-label") == EVIL
    root.attrib.pop("aria-label")
    text = ElementTree.tostring(root, encoding="unicode")
    for part in ("alert", "script", "foreign", "animate", "http", "onload", "unused", "<a", "<title"):
        assert part not in text, (part, text)
    assert 'href="#given-a"' in text and "url(#given-a)" in text and "&lt;b&gt;" in text, text
