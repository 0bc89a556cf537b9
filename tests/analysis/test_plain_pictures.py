"""Pictures as files: every program draws all of them."""

import base64
import functools
import io
import pathlib
import shutil
import subprocess
from xml.etree import ElementTree

import numpy
from PIL import Image

from analysis.pictures.frame import Picture
from end_to_end.program import Skipped, folder
from tests.analysis import test_page
from tests.analysis.test_answer_pictures import MIXED, drawn, told
from tests.analysis.test_pictures import usual

WIDTH = 840  # pixels at which the pictures are compared
BLOCK = 8  # pixels of which the mean is taken: the edges of letters differ from program to program
MOST_APART = 0.3  # difference of the blocks, of all the ink that there is
TEXT = "{http://www.w3.org/2000/svg}text"


@functools.cache
def all_pictures() -> dict[str, Picture]:
    """A picture of each kind."""
    with drawn("bars", "map", "scaling", workloads=MIXED, ranks=(1, 2), depth=(1, 16)) as found:
        return usual()[1] | told() | found


def shades(pixels: bytes | pathlib.Path) -> numpy.ndarray:
    """The blocks of a picture on white, from 0 for black to 1."""
    with Image.open(io.BytesIO(pixels) if isinstance(pixels, bytes) else pixels) as image:
        height = round(image.height * WIDTH / image.width)
        small = image.convert("RGB").resize((WIDTH, height), Image.Resampling.BOX).convert("L")
        blocks = small.resize((WIDTH // BLOCK, height // BLOCK), Image.Resampling.BOX)
    return numpy.asarray(blocks, float) / 255


def by_rsvg(text: str) -> bytes:
    """A picture as rsvg-convert draws it, as PNG."""
    return subprocess.run(["rsvg-convert", "--background-color=white", f"--width={WIDTH}"],
                          input=text.encode(), capture_output=True, check=True).stdout


def by_cairosvg(text: str) -> bytes:
    """A picture as CairoSVG draws it, as PNG."""
    import cairosvg
    return cairosvg.svg2png(bytestring=text.encode(), background_color="white", output_width=WIDTH)


def compare(convert) -> None:
    """Holds what a program draws against matplotlib's own pixels, with all marks and without some."""
    with folder() as private:
        for name, picture in all_pictures().items():
            text = picture.svg()
            picture.save(private)
            expected, found = shades(private / f"{name}.png"), shades(convert(text))
            ink = (1 - expected).mean()
            apart = abs(expected - found).mean() / ink
            assert apart < MOST_APART, f"{name}: {apart}"
            # What lacks ink is told from what programs draw a little otherwise.
            bare = text.replace("stroke: #1a1a1a", "stroke: none").replace("fill: #1a1a1a", "fill: none")
            lacking = abs(expected - shades(convert(bare))).mean() / ink
            assert lacking > 2 * apart, f"{name}: {apart}, without ink {lacking}"


def test_plain_svg():
    """SVG in a file is plain: no variable, no media query, no class, the same bytes each time; all
    texts of the picture stand in it"""
    for name, picture in all_pictures().items():
        text = picture.svg()
        assert text == picture.svg(), name
        for foreign in ("var(", "--ink", "@media", "class=", ":root"):
            assert foreign not in text, f"{name}: {foreign}"
        written = {one.text for one in ElementTree.fromstring(text).iter(TEXT)}
        drawn = {line for one in picture.figure.findobj(lambda artist: hasattr(artist, "get_text"))
                 if one.get_visible() and one.get_text().strip() for line in one.get_text().split("\n")}
        shown = {text for axes in picture.figure.axes for text in
                 (axes.get_xlabel(), axes.get_ylabel(), axes.get_title("left"), *(
                     one.get_text() for one in axes.texts)) if text}
        assert shown <= written and len(written & drawn) > 5, (name, shown - written)


def test_rsvg():
    """rsvg-convert draws every picture's file as matplotlib draws its pixels"""
    if not shutil.which("rsvg-convert"):
        raise Skipped("rsvg-convert is not installed")
    compare(by_rsvg)


def test_cairosvg():
    """CairoSVG draws every picture's file as matplotlib draws its pixels"""
    try:
        by_cairosvg('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
    except ImportError:
        raise Skipped("python3-cairosvg is not installed") from None
    compare(by_cairosvg)


def test_chromium():
    """Chromium draws every picture's file as matplotlib draws its pixels"""
    with folder() as private, test_page.browser(private) as driver:
        def by_chromium(text: str) -> bytes:
            """A picture as Chromium draws it, as PNG."""
            (private / "picture.svg").write_text(text, encoding="utf-8")
            page = private / "page.html"
            page.write_text(f'<body style="margin: 0"><img src="picture.svg" width="{WIDTH}">', encoding="utf-8")
            driver.get(page.as_uri())
            height = driver.execute_script("return document.images[0].height")
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
            shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
            return base64.b64decode(shot["data"])

        compare(by_chromium)


def test_files():
    """each picture is saved as SVG, PNG and PDF, with the same bytes each time"""
    picture = all_pictures()["costs"]
    begins = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    with folder() as private:
        first = {path: path.read_bytes() for path in picture.save(private)}
        assert {path.suffix: content[:len(begins[path.suffix])] for path, content in first.items()} == begins
        assert {path: path.read_bytes() for path in picture.save(private)} == first
        assert (private / "costs.svg").read_text(encoding="utf-8") == picture.svg()
