"""What people look at: run files as an xarray Dataset, pictures, a report, comparisons, exports.

This folder is installed as the package `cual`, and found under that name in python/ of a build, too: its
modules import each other relative to it."""

from . import accessor, load
from .load import Answer, NotTogether, Unreadable, answers

__all__ = ["Answer", "NotTogether", "Unreadable", "accessor", "answers", "load"]
