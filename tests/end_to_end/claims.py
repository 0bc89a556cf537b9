"""What becomes of the claims of a job."""

import pathlib
import re

import h5py

from end_to_end.program import FAULTS, run, write


def numbers() -> set[int]:
    """The numbers of all claims, as `cual list` gives them."""
    claims = run("list").out.partition("\nclaims, ")[2]
    return {int(number) for number in re.findall(r"^ {2,3}(\d+) ", claims, re.MULTILINE)}


def outcomes(text: str, private: pathlib.Path) -> dict[int, tuple[str, str]]:
    """Outcome and reason of each claim of a job, by number."""
    output = private / "out.h5"
    result = run("run", write(private / "job.yaml", text), "-o", output, program=FAULTS, TMPDIR=str(private),
                 CUAL_FAULT="undisturbed")
    assert result.status in (0, 1) and output.exists(), result
    with h5py.File(output) as file:
        rows = (file["claims"][name][()] for name in ("number", "outcome", "reason"))
        return {int(number): (outcome.decode(), reason.decode())
                for number, outcome, reason in zip(*rows, strict=True)}
