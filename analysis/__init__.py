"""What people look at: run files as an xarray Dataset, pictures, a report, comparisons, exports."""

from analysis.load import Answer, NotTogether, Unreadable, answers, load

__all__ = ["Answer", "NotTogether", "Unreadable", "answers", "load"]
