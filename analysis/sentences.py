"""The sentences of the verdict, as the run file holds them, in groups of one family of workloads each."""

import itertools
import math
from typing import Any

from . import models
from .pictures import words
from .rows import number_of, text_of
from .text import printable

OPEN_MOST = 16  # rows of a file up to which its groups stand open
MODELS_MOST = 3  # that the line of a group names, for each number of cores
CORES_MOST = 4  # numbers of cores that the line of a group tells of


def _head(rows: list[dict[str, Any]]) -> str:
    """Whose verdict it is: "wait, 1 and 2 cores"."""
    cores = [printable(str(row.get("cores"))) for row in rows]
    told = " and ".join(filter(None, (", ".join(cores[:-1]), cores[-1])))
    return f"{text_of(rows[0], 'workload')}, {told} core{'' if cores[-1] == '1' else 's'}"


def _is_faster(row: dict[str, Any]) -> bool:
    """Whether a row has a choice that is compared with serial and is not serial itself."""
    return text_of(row, "choice_model") not in ("", "serial") and math.isfinite(number_of(row, "choice_speed_up"))


def _verdict(rows: list[dict[str, Any]]) -> dict[str, str]:
    """One sentence of the verdict, for one row or for several that have one reason."""
    model = text_of(rows[0], "choice_model")
    style = models.STYLE.get(model)
    speed_up = [number_of(rows[0], f"choice_speed_up{end}") for end in ("", "_low", "_high")]
    unsure = "" if math.isfinite(speed_up[2] - speed_up[1]) else " ±?"
    return {"head": _head(rows), "reason": text_of(rows[0], "reason"), "model": model,
            "colour": style.colour if style else "",
            "speed_up": words.interval(*speed_up) + unsure if _is_faster(rows[0]) else ""}


def _verdicts(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The sentences as `cual show` has them: what made a workload fail is told once."""
    def told_with(row: dict[str, Any]) -> object:
        """What rows that are told together share."""
        return id(row) if row.get("choice_ranks") else (row.get("workload"), row.get("reason"))

    return [_verdict(list(together)) for _, together in itertools.groupby(rows, told_with)]


def _choice(rows: list[dict[str, Any]]) -> str:
    """What rows on the same cores say to use, and how many times as fast as serial that is."""
    named = list(dict.fromkeys(text_of(row, "choice_model") for row in rows))
    told = words.listed([name or "no answer" for name in named], MODELS_MOST)
    speeds = sorted(number_of(row, "choice_speed_up") for row in rows if _is_faster(row))
    if not speeds:
        return told
    ends = dict.fromkeys(words.number(speed) for speed in (speeds[0], speeds[-1]))
    return f"{told}, {'–'.join(ends)}×"


def _line(family: str, rows: list[dict[str, Any]]) -> dict[str, str]:
    """What is seen of a group while it is folded."""
    members = len({str(row.get("workload")) for row in rows})
    by_cores: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_cores.setdefault(printable(str(row.get("cores"))), []).append(row)
    told = [f"{cores} core{'' if cores == '1' else 's'}: {_choice(alike)}" for cores, alike in by_cores.items()]
    return {"name": printable(family), "members": f" ({members} workloads)" if members > 1 else "",
            "choice": words.listed(told, CORES_MOST, "; ")}


def groups(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first `most` rows in the order of the file, a group a family: its line, and its sentences."""
    families: dict[str, list[dict[str, Any]]] = {}
    for row in rows[:most]:
        families.setdefault(words.family(str(row.get("workload") or "")), []).append(row)
    return [_line(family, of_family) | {"sentences": _verdicts(of_family), "open": len(rows) <= OPEN_MOST}
            for family, of_family in families.items()]
