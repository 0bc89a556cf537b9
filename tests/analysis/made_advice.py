"""The advice of made run files."""

import math
from collections.abc import Sequence
from typing import Any


def rows(workloads: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A tree of two lines that names the workloads."""
    names = ", ".join(workload["name"] for workload in workloads[:4])
    none = {f"{end}_speed_up{part}": math.nan for end in ("least", "most") for part in ("", "_low", "_high")}
    some = {f"{end}_speed_up{part}": value for end, of in (("least", 1.5), ("most", 21.0))
            for part, value in (("", of), ("_low", 0.9 * of), ("_high", 1.1 * of))}
    rounds = {f"{end}_speed_up_rounds": 12 for end in ("least", "most")}
    return [{"branch": 1, "what": f"for speed: {names}", "use": "async in one thread", "model": "async", "cores": 1,
             "workloads": 2, "note": f"see {names}"} | some | rounds,
            {"branch": 2, "what": "one list: not measured", "use": "", "model": "", "cores": 0, "workloads": 0,
             "note": ""} | none | rounds]
