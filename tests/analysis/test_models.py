"""How models are called and drawn."""

import itertools

from analysis import models


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


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
    for name, style in models.STYLE.items():
        shade = luminance(style.colour) + 0.05
        assert 1.05 / shade >= 2.5 and shade / (luminance("#141414") + 0.05) >= 2.5, name
