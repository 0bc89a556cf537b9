"""The built program as the end-to-end tests use it."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
CUAL = BUILD / "cual"
FAULTS = BUILD / "cual-faults"


class Skipped(Exception):
    """Raised by a test that cannot be carried out here; says why."""


@dataclasses.dataclass
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str


@contextlib.contextmanager
def folder():
    """A private folder that is removed whatever happens."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="cual-test-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what steers OpenMP or MPI, plus `changes`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_", "OMPI_"))}
    if os.geteuid() == 0:
        kept |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return kept | changes


def run(*arguments, program: pathlib.Path = CUAL, before: tuple = (), timeout: float = 300,
        cwd: pathlib.Path | None = None, **changes: str) -> Result:
    """Runs `before... program arguments...`; `changes` are environment variables."""
    command = [str(a) for a in (*before, program, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=cwd,
                          timeout=timeout, env=environment(**changes), check=False,
                          stdin=subprocess.DEVNULL)
    return Result(done.returncode, done.stdout, done.stderr)


def mpirun(ranks: int, *options: str) -> tuple:
    """The words that start `ranks` ranks, for `before`."""
    return ("mpirun", "--oversubscribe", "-n", str(ranks), *options)


def write(path: pathlib.Path, text: str) -> pathlib.Path:
    """Writes a job file and returns its path."""
    path.write_text(text, encoding="utf-8")
    return path


def ranks_of(job: pathlib.Path) -> dict[int, pathlib.Path]:
    """The /proc folders of the ranks that now run a job, by rank."""
    found = {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(job).encode() in (process / "cmdline").read_bytes():
                for variable in (process / "environ").read_bytes().split(b"\0"):
                    if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                        found[int(variable.partition(b"=")[2])] = process
        except OSError:
            continue
    return found
