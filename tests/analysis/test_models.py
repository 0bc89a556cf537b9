"""How models are called and drawn."""

import itertools

import numpy

from analysis import models

GROUNDS = ("#ffffff", "#16181c")
# What eyes see that lack a kind of cones, from linear RGB: Machado, Oliveira and Fernandes (2009),
# doi:10.1109/TVCG.2009.113.
EYES = {
    "all cones": numpy.eye(3),
    "no red": numpy.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                           [-0.003882, -0.048116, 1.051998]]),
    "no green": numpy.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                             [-0.011820, 0.042940, 0.968881]])}
TO_XYZ = numpy.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                      [0.0193339, 0.1191920, 0.9503041]])
WHITE = numpy.array([0.95047, 1, 1.08883])


def linear(colour: str) -> numpy.ndarray:
    """Linear RGB (3,) of "#rrggbb"."""
    parts = numpy.array([int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)])
    return numpy.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", as WCAG defines it."""
    return float(linear(colour) @ TO_XYZ[1])


def contrast(one: str, other: str) -> float:
    """Contrast of two colours after WCAG 2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, eyes: numpy.ndarray) -> numpy.ndarray:
    """A colour as eyes see it, in CIE L*a*b* (3,)."""
    ratio = TO_XYZ @ (eyes @ linear(colour)).clip(0, 1) / WHITE
    root = numpy.where(ratio > 216 / 24389, numpy.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return numpy.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_every_model_has_a_style():
    """every point has a model, every model a style of its own that shows on white and on dark"""
    points = list(itertools.product((1, 2, 100), repeat=3))
    assert {models.name(*point, 1) for point in points} == set(models.STYLE)
    assert models.name(1, 1, 1, 4) == "serial" and models.name(4, 1, 16, 4) == "processes+async"
    assert models.point(2, 1, 16, 4) == "2×1×16@4"
    styles = list(models.STYLE.values())
    assert [style.order for style in styles] == list(range(8))
    for part in ("colour", "marker", "line"):
        assert len({getattr(style, part) for style in styles}) == 8, part


def test_contrast():
    """every model's colour has a contrast of 3:1 and more to a white page and to a dark one"""
    assert abs(contrast("#000000", "#ffffff") - 21) < 0.01 and contrast("#777777", "#ffffff") < 4.5
    for name, style in models.STYLE.items():
        for ground in GROUNDS:
            assert contrast(style.colour, ground) >= 3, (name, ground, contrast(style.colour, ground))


def test_colours_differ_to_every_eye():
    """any two models' colours are far apart, also to eyes that see no red or no green"""
    for eyes, seen in EYES.items():
        for (one, a), (other, b) in itertools.combinations(models.STYLE.items(), 2):
            apart = numpy.linalg.norm(lab(a.colour, seen) - lab(b.colour, seen))
            assert apart >= 24, (eyes, one, other, apart)
