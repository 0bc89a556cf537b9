"""Many more ranks than cores: 256, or CUAL_BENCH_RANKS."""

import os
import pathlib
import sys
import tempfile

from commands import ROOT

sys.path.append(str(ROOT / "tests"))
from end_to_end import crowd  # noqa: E402

RANKS = int(os.environ.get("CUAL_BENCH_RANKS", "256"))


def rows() -> list[list[str]]:
    """A study of 1, 2, 4 … ranks, and what parked ranks take of it."""
    with tempfile.TemporaryDirectory(prefix="cual-bench-") as private:
        found = crowd.measure(pathlib.Path(private), RANKS, 3600)
    share = 100 * found.parked / ((RANKS - 1) / 32)
    return [
        [f"{RANKS} ranks: study of 1 … {RANKS}", f"{found.run_s:.0f} s", "", "",
         f"{len(found.cells)} cells, exit status {found.status}"],
        [f"{RANKS} ranks: until a rank is ready", found.rank_start, "", "", ""],
        ["parked ranks, 32 together", f"{share:.2f} % of a core", "", "", "≤ 5 %"],
        ["a parked rank beyond an empty one, PSS", f"{found.memory_bytes / 1e6:.2f} MB", "", "",
         "≤ 4 MB"],
        ["of that private", f"{found.private_bytes / 1e6:.2f} MB", "", "", "≤ 4 MB"],
    ]
