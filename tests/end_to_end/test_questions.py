"""Twenty questions of a reader: each is answered by the first lines of an answer, or by one command."""

import pathlib
import re

from end_to_end.program import ROOT, run
from end_to_end.quiet import within_tries

ROW = re.compile(r"^\| (.+\?) \| `(cual [^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
QUESTIONS = ROOT / "docs/questions.md"
FIRST_LINES = 15


def check_answers(private: pathlib.Path) -> None:
    """One attempt: on a very busy machine a kind of work may have no valid sample."""
    ran = run("run", ROOT / "jobs/quick.yaml", "-o", private / "FILE.h5", "--rounds", "8", TMPDIR=str(private))
    assert ran.status == 0, ran
    said = {}
    for question, command, answer in ROW.findall(QUESTIONS.read_text(encoding="utf-8")):
        if command not in said:
            words = command.replace("jobs/", f"{ROOT}/jobs/").split()[1:]
            said[command] = run(*words, cwd=private).out
        text = said[command]
        if command == "cual show FILE.h5":
            assert len(text.splitlines()) <= FIRST_LINES, text
        assert answer in text, f"{question} {command}: no {answer!r} in\n{text}"


def test_each_is_answered() -> None:
    """docs/questions.md has twenty questions, and the command beside each prints what it says"""
    rows = ROW.findall(QUESTIONS.read_text(encoding="utf-8"))
    assert len(rows) == 20 and len({question for question, _, _ in rows}) == 20, rows
    within_tries(check_answers)
