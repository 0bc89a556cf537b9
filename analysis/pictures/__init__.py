"""Pictures of a run: a module each, in the order in which they are worth looking at.

A picture's module has `draw(run, answers, cells) -> Iterator[Picture]`. It decides by itself
whether the run has something to show, and yields nothing when it has not. `cells` are the measured
cells with their medians and intervals (cells.py), made once for all pictures.
"""

import importlib
from collections.abc import Collection, Iterator

import matplotlib
import xarray

from ..load import Answer
from . import cells as measured
from .frame import SETTINGS, Picture

PICTURES = ("bars", "tree", "throughput", "wait_fraction", "map", "scaling", "roofline", "heat",
            "pareto", "costs", "timeline", "topology")


def draw(run: xarray.Dataset, answers: list[Answer],
         only: Collection[str] = PICTURES) -> Iterator[Picture]:
    """All pictures that the run has something to show for, the most telling first, or `only` some.

    `run` is what load.load gives. With its flagged samples (`flagged=True`) the picture of rounds
    over time shows them; all other pictures exclude them.
    """
    cells = measured.of(run)
    for name in (name for name in PICTURES if name in only):
        module = importlib.import_module(f"{__name__}.{name}")
        # A reader's own matplotlibrc has no say; it has again while the caller goes on.
        with matplotlib.rc_context(SETTINGS):
            pictures = list(module.draw(run, answers, cells))
        yield from pictures
