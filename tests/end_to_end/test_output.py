"""Output that is lost is never a success, and what is printed on stdout and stderr does not tangle."""

import contextlib
import os
import pathlib
import re
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

from end_to_end import together
from end_to_end.program import CUAL, ONE_RANK, Result, environment, folder, patience, run, write
from tests.analysis import made

TIMELESS = True

JOB = """
rounds: 1
budget: 5 s
workloads:
  wait: {wait: timer, latency: 1 ms, tasks: 2}
"""
# What an output can be: a redirection in a shell, # standing for the number of the output.
OUTPUTS = {"kept": "", "closed": "#>&-", "full": "#>/dev/full", "broken": "#>&9"}
BOTH = tuple((out, err) for out in OUTPUTS for err in OUTPUTS if out != "kept" or err != "kept")
# The same for commands that take long: those that hide the most, then the others.
FEW = (("broken", "kept"), ("closed", "closed"), ("kept", "full"), ("full", "kept"))


class Command(NamedTuple):
    """Words of a command, and in which ways its outputs are lost."""

    words: str
    ways: tuple[tuple[str, str], ...] = BOTH


COMMANDS = (Command("--help"), Command("--version"), Command("list"), Command("plan job.yaml --cells"),
            Command("show run.h5"), Command("show doubted.h5"), Command("show none.h5"), Command("nonsense"),
            Command("doctor --help", FEW), Command("doctor", FEW[1:2]), Command("run job.yaml --force", FEW),
            Command("report doubted.h5 -o page.html", FEW[:1]), Command("report --help", FEW[:2]),
            Command("compare run.h5 other.h5", FEW[:2]), Command("export doubted.h5", FEW),
            Command("export doubted.h5 --format extrap", FEW[:1]),
            Command("export doubted.h5 -o out.csv --force", FEW[1:3]))


@contextlib.contextmanager
def broken_pipe() -> Iterator[int]:
    """A descriptor of a pipe whose reader has left."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


def outcome(private: pathlib.Path, words: str, out: str, err: str) -> Result:
    """What a command does whose outputs are so."""
    with broken_pipe() as pipe:
        redirected = [OUTPUTS[way].replace("#", number) for number, way in (("1", out), ("2", err))]
        script = f'exec "$@" 9>&{pipe} {" ".join(redirected)} 9>&-'
        done = subprocess.run(["bash", "-c", script, "sh", CUAL, *words.split()], cwd=private, text=True,
                              capture_output=True, timeout=patience(120), check=False, pass_fds=[pipe],
                              env=environment(TMPDIR=str(private), **ONE_RANK))
    return Result(done.returncode, done.stdout, done.stderr)


def check(private: pathlib.Path, words: str, out: str, err: str, whole: Result) -> None:
    """The status is 4 where something of what the command says when all is kept is lost, and else what
    it is then; a reader that has left hears nothing of it."""
    found = outcome(private, words, out, err)
    is_lost = (out != "kept" and whole.out) or (err != "kept" and whole.err)
    assert found.status == (whole.status or (4 if is_lost else 0)), (found, whole)
    assert "Traceback" not in found.err and "Exception ignored" not in found.err, found
    if (out, err) == ("broken", "kept") and whole.out:
        assert "Broken pipe" not in found.err and found.err.count("cual: ") <= whole.err.count("cual: "), found


def check_command(command: Command) -> None:
    """All ways of a command, in a folder of its own."""
    with folder() as private:
        write(private / "job.yaml", JOB)
        workloads = [{"name": "wait", "wait": "timer", "wait_time": 1e-3}]
        for name, more in (("run", {}), ("other", {"seed": 1}), ("doubted", {"not_believed": "too fast"})):
            made.run_file(private / f"{name}.h5", workloads=workloads, **more)
        whole = outcome(private, command.words, "kept", "kept")
        assert whole.out or whole.err or "-o" in command.words, whole
        written = {file.name: file.read_bytes() for file in private.glob("*.csv")}
        for out, err in command.ways:
            check(private, command.words, out, err, whole)
        assert written == {file.name: file.read_bytes() for file in private.glob("*.csv")}, "not the same file"


def test_lost_output():
    """whatever of its output a command cannot write, it ends with status 4, and says so where it can"""
    together.each(check_command, [(command,) for command in COMMANDS])


def test_closed_from_the_start():
    """a run whose descriptors 0 to 2 are closed opens no file there: what it prints is in none"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        done = subprocess.run(["bash", "-c", 'exec "$@" <&- >&- 2>&-', "sh", CUAL, "run", "job.yaml"],
                              cwd=private, check=False, env=environment(TMPDIR=str(private), **ONE_RANK))
        assert done.returncode == 4, done
        shown = run("show", private / "job.h5")
        assert shown.status == 0 and "wait" in shown.out, shown
        assert b"workload cores" not in (private / "job.h5").read_bytes()


def test_reader_that_leaves():
    """a reader that has had enough costs a run nothing but the rest of its table, without a word"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        done = subprocess.run(["bash", "-c", '"$@" | head -1; exit ${PIPESTATUS[0]}', "sh", CUAL, "run",
                               "job.yaml"], cwd=private, capture_output=True, text=True, check=False,
                              env=environment(TMPDIR=str(private), **ONE_RANK))
        assert done.returncode == 4 and len(done.stdout.splitlines()) == 1, done
        assert "cual: " not in done.stderr, done
        assert run("show", private / "job.h5").status == 0


def both_in_one(private: pathlib.Path, *words: str, **changes: str) -> list[str]:
    """The lines that a run leaves in one file for stdout and stderr."""
    with (private / "log").open("wb") as log:
        subprocess.run([CUAL, *words], cwd=private, check=False, stdout=log, stderr=log,
                       env=environment(TMPDIR=str(private), **ONE_RANK | changes))
    return (private / "log").read_text(encoding="utf-8").splitlines()


def test_one_file_for_both():
    """stdout and stderr in one file: whole lines, in the order in which they were printed"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        lines = both_in_one(private, "run", "job.yaml")
        machine, legend, summary = (next(i for i, line in enumerate(lines) if re.match(start, line)) for start in
                                    (r"\d+ cores? of ", "Does your work wait", "1 round of 1 cells "))
        assert machine == 0 and legend < summary, lines
        assert all(i < legend for i, line in enumerate(lines) if line.startswith("note: ")), lines
        assert re.search(r"; the samples are in job\.h5\.$", lines[summary]), lines
        apart = run("run", "job.yaml", "--force", cwd=private, TMPDIR=str(private), **ONE_RANK)
        assert "the samples are in" in apart.err and "the samples are in" not in apart.out, apart


# Prints in turns what belongs together, as what stands between a rank and this program may do.
PIECES = """#!/usr/bin/python3
import os, time
for out, text in ((1, "a line "), (2, "a mes"), (1, "of stdout"), (2, "sage\\n"), (1, "\\nand "), (2, "no end"),
                  (1, "x" * 5000), (1, "\\n")):
    os.write(out, text.encode())
    time.sleep(0.05)
"""


def test_pieces_of_lines():
    """what comes from the ranks in pieces stands in one file as whole lines"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        write(private / "mpirun", PIECES).chmod(0o755)
        lines = both_in_one(private, "run", "job.yaml", PATH=f"{private}:{os.environ['PATH']}")
        assert sorted(lines) == sorted(["a message", "a line of stdout", "and " + "x" * 5000, "no end"]), lines
