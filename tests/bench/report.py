"""What loading and reporting take: of a million samples, and of jobs/question.yaml.

CUAL_BENCH_QUESTION=FILE.h5 takes a run of jobs/question.yaml that is there; else one is made (4 minutes).
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from commands import CUAL, ROOT, run

sys.path.insert(0, str(ROOT))
from tests.analysis import made  # noqa: E402

TURNS = 5
LOAD = "from analysis.load import load; import sys; load([sys.argv[1]])"


def timed(command: list[str]) -> float:
    """Seconds that a command takes, the median of several turns."""
    taken_s = []
    for _ in range(TURNS):
        start = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        taken_s.append(time.monotonic() - start)
    return statistics.median(taken_s)


def row(what: str, found: float, most: float, unit: str) -> list[str]:
    """A row of the table."""
    reached = "reached" if found <= most else "missed"
    return [what, f"{found:.2f} {unit}", "–", "–", f"≤ {most:g} {unit} {reached}"]


def rows() -> list[list[str]]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        page = folder / "page.html"
        question = os.environ.get("CUAL_BENCH_QUESTION")
        if not question:
            question = str(folder / "question.h5")
            run([str(CUAL), "run", str(ROOT / "jobs/question.yaml"), "-o", question])
        report = [str(CUAL), "report", "-o", str(page), "--force"]
        found = [row("report of jobs/question.yaml", timed([*report, question]), 5, "s"),
                 row("report of jobs/question.yaml, size", page.stat().st_size / 1e6, 3, "MB")]
        axis = range(1, 11)
        million = str(made.run_file(folder / "million.h5", workloads=[{"tasks": 64}], cores=axis,
                                    ranks=axis, threads=axis, depth=axis, rounds=100, status=1,
                                    verdict=False))
        found += [row("a million samples, load", timed([sys.executable, "-c", LOAD, million]), 3,
                      "s"),
                  row("a million samples, report", timed([*report, million]), 20, "s")]
        most_bytes = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return found + [row("… memory of the largest process", most_bytes / 1e9, 1.5, "GB")]
