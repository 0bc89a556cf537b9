"""The answer at a glance, as the run file holds it in /advice: what a reader needs in three seconds."""

import math
from typing import Any, NamedTuple

from .load import Answer
from .pictures import words
from .rows import number_of, text_of
from .text import printable

TEXT_MOST = 256  # characters of a text of a line
LOSS = 0.05  # that is certain enough, as VERDICT_LOSS in src/answer/verdict.h
# By the number that `branch` holds: the question that a branch answers, how, and how in a headline.
BRANCHES = (("Does your work wait?", "no", "No waits"),
            ("Does your work wait?", "yes", "Waits"),
            ("Do all workers share one list?", "yes", "One shared list"))


class Line(NamedTuple):
    """A line of the tree, fit to be shown."""

    question: str  # empty where it is that of the line before
    branch: str  # likewise
    what: str
    use: str  # empty: the job did not measure it
    model: str  # of that use
    gain: str
    note: str


class Glance(NamedTuple):
    """The tree, what it says in a sentence or two, and how sure that is."""

    headline: str
    summary: str
    lines: list[Line]
    sure: str


def _branch(row: dict[str, Any]) -> int:
    value = row.get("branch")
    return value if isinstance(value, int) and 0 <= value < len(BRANCHES) else 0


def gain(row: dict[str, Any]) -> str:
    """By how much a line's workloads are faster than serial, as the terminal has it."""
    least, most = ([number_of(row, f"{end}_speed_up{part}") for part in ("", "_low", "_high")]
                   for end in ("least", "most"))
    if math.isnan(least[0]):
        return ""
    ends = [words.interval(*values).split(" ")[0] for values in (least, most)]
    return "–".join(dict.fromkeys(ends)) + "×"


def sure(rows: list[dict[str, Any]]) -> str:
    """What is lost at most by following the rows of the verdict, as the terminal has it; the bound is
    rounded up."""
    losses = [number_of(row, "loss") for row in rows
              if row.get("choice_ranks") and number_of(row, "points") > 1]
    good = [loss for loss in losses if loss <= LOSS]
    plural = "" if len(losses) == 1 else "s"
    if not losses:
        return "Nothing was compared: no workload has two points with valid samples."
    if not good:
        return "Not sure yet: more rounds are needed to say what is lost by following this."
    if len(good) < len(losses):
        return (f"Sure (95 %): this is at most {100 * LOSS:.0f} % slower than the best in {len(good)} of "
                f"{len(losses)} row{plural}; the others need more rounds.")
    return (f"Sure (95 %): this is at most {math.ceil(1000 * max(losses) - 1e-9) / 10:.1f} % slower than the best, "
            f"in each of {len(losses)} row{plural}.")


def _headline(rows: list[dict[str, Any]]) -> str:
    """Of each branch the line that speaks of the most workloads."""
    said = []
    for branch, (_, _, short) in enumerate(BRANCHES):
        measured = [row for row in rows if _branch(row) == branch and row.get("use")]
        if measured:
            row = max(measured, key=lambda row: number_of(row, "workloads"))
            times = gain(row)
            said.append(f"{short}: {text_of(row, 'use', TEXT_MOST)}{f', {times}' if times else ''}.")
    return " ".join(said)


def of(answer: Answer) -> Glance | None:
    """What a run file says; None where it has no advice."""
    if not answer.advice:
        return None
    lines, question, branch = [], "", -1
    for row in answer.advice:
        asked, answered, _ = BRANCHES[_branch(row)]
        lines.append(Line(asked if asked != question else "",
                          answered if _branch(row) != branch else "",
                          *(text_of(row, name, TEXT_MOST) for name in ("what", "use", "model")), gain(row),
                          text_of(row, "note", TEXT_MOST)))
        question, branch = asked, _branch(row)
    return Glance(_headline(answer.advice), printable(answer.measured, 512), lines,
                  sure(answer.verdicts))
