"""The built program as the end-to-end tests use it."""

import contextlib
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
CUAL = BUILD / "cual"
FAULTS = BUILD / "cual-faults"
# For runs of one rank: when it ends with a status, mpirun waits two seconds for the others else.
ONE_RANK = {"OMPI_MCA_odls_base_sigkill_timeout": "0"}
# A sanitizer makes everything so many times as slow; tests/sanitize/rules.mk says for each.
SLOWER = float(os.environ.get("CUAL_TEST_SLOWER", "1"))


class Skipped(Exception):
    """Raised by a test that cannot be carried out here; says why."""


def patience(seconds: float) -> float:
    """How many s to wait for what takes less than `seconds` without a sanitizer."""
    return seconds * SLOWER


def needs_full_speed() -> None:
    """Skips a test of how fast something is when a sanitizer slows it."""
    if SLOWER > 1:
        raise Skipped("a sanitizer slows what is measured")


@functools.cache
def mpi_version() -> str:
    """What the MPI library that the program is built with says of itself: "Open MPI v4.1.4, ..."."""
    said = subprocess.run([CUAL, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"^mpi +(.*)$", said, re.MULTILINE)[1]


def mpi() -> str:
    """That library: "Open MPI" or "MPICH"."""
    return "MPICH" if mpi_version().startswith("MPICH") else "Open MPI"


def quiet() -> tuple:
    """Options of its launcher that keep it from adding words of its own."""
    return ("--quiet",) if mpi_version().startswith("Open MPI v4") else ()


def needs_open_mpi(what: str) -> None:
    """Skips a test of what only Open MPI has when the program is built with another library."""
    if mpi() != "Open MPI":
        raise Skipped(f"{mpi()} has no {what}")


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


@contextlib.contextmanager
def sanitizer(**options: int) -> Iterator[None]:
    """Within it the sanitizer of what is started, if there is one, has other options."""
    before = {name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
    words = "".join(f":{name}={value}" for name, value in options.items())
    try:
        os.environ.update({name: text + words for name, text in before.items()})
        yield
    finally:
        os.environ.update(before)


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what steers OpenMP or MPI, plus `changes`."""
    steers = ("OMP_", "GOMP_", "OMPI_", "PRTE_", "PMIX_", "PMI_", "MPIR_", "HYDRA_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(steers)}
    if os.geteuid() == 0:
        kept |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return kept | changes


def environment_in(private: pathlib.Path) -> dict[str, str]:
    """The environment of a run that is killed: what Open MPI then leaves, its folder and its
    segments of shared memory, lies in a private folder."""
    return environment(TMPDIR=str(private),
                       OMPI_MCA_btl_vader_backing_directory=str(private))


def run(*arguments, program: pathlib.Path = CUAL, before: tuple = (), timeout: float = 300,
        cwd: pathlib.Path | None = None, **changes: str) -> Result:
    """Runs `before... program arguments...`; `changes` are environment variables."""
    command = [str(a) for a in (*before, program, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=cwd,
                          timeout=patience(timeout), env=environment(**changes), check=False,
                          stdin=subprocess.DEVNULL)
    return Result(done.returncode, done.stdout, done.stderr)


# By library: the names of what starts its ranks, and of its compiler; what it takes to have more ranks
# than cores; and a variable by which a rank knows its number.
LAUNCHERS = {"Open MPI": ("mpirun.openmpi", "mpirun"), "MPICH": ("mpiexec.mpich", "mpiexec.hydra", "mpiexec")}
COMPILERS = {"Open MPI": ("mpicc.openmpi", "mpicc"), "MPICH": ("mpicc.mpich", "mpicc")}
CROWDED = {"Open MPI": ("--oversubscribe",), "MPICH": ()}
RANK = {"Open MPI": "OMPI_COMM_WORLD_RANK", "MPICH": "PMI_RANK"}


def first_in_path(names: Iterable[str]) -> pathlib.Path:
    """The first of the programs that is there."""
    for name in names:
        if path := shutil.which(name):
            return pathlib.Path(path)
    raise Skipped(f"there is no {' and no '.join(names)}")


def launcher() -> pathlib.Path:
    """The launcher that belongs to the program's MPI library."""
    return first_in_path(LAUNCHERS[mpi()])


def mpirun(ranks: int, *options: str) -> tuple:
    """The words that start `ranks` ranks, for `before`."""
    return (launcher().name, *CROWDED[mpi()], "-n", str(ranks), *options)


def write(path: pathlib.Path, text: str) -> pathlib.Path:
    """Writes a job file and returns its path."""
    path.write_text(text, encoding="utf-8")
    return path


def ranks_of(job: pathlib.Path) -> dict[int, pathlib.Path]:
    """The /proc folders of the ranks that now run a job, by rank; not of what they have forked."""
    found: dict[int, list[pathlib.Path]] = {}
    known_by = f"{RANK[mpi()]}=".encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(job).encode() in (process / "cmdline").read_bytes():
                for variable in (process / "environ").read_bytes().split(b"\0"):
                    if variable.startswith(known_by):
                        found.setdefault(int(variable.partition(b"=")[2]), []).append(process)
        except OSError:
            continue
    return {rank: first_of(processes) for rank, processes in found.items()}


def first_of(processes: list[pathlib.Path]) -> pathlib.Path:
    """The one that none of the others has started."""
    names = {process.name for process in processes}
    for process in processes:
        with contextlib.suppress(OSError):
            if str(parent_of(int(process.name))) not in names:
                return process
    return processes[0]


def catches(process: pathlib.Path, number: int) -> bool:
    """Whether a process, by its folder in /proc, has a handler for the signal in place."""
    try:
        caught = re.search(r"^SigCgt:\s*(\w+)", (process / "status").read_text(), re.MULTILINE)
    except OSError:
        return False
    return bool(caught) and int(caught[1], 16) >> (number - 1) & 1 == 1


def parent_of(process: int) -> int:
    """The process that started another."""
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    return int(re.search(r"^PPid:\s*(\d+)", status, re.MULTILINE)[1])


def launcher_process() -> str:
    """What the launcher is called once it runs: since 5 that of Open MPI becomes another program."""
    has_become = mpi() == "Open MPI" and not mpi_version().startswith("Open MPI v4")
    return "prterun" if has_become else launcher().name


def launcher_of(rank: int) -> int:
    """The process of the launcher that has started a rank, itself or through others."""
    words = b""
    while pathlib.Path(os.fsdecode(words.partition(b"\0")[0])).name != launcher_process():
        rank = parent_of(rank)
        words = pathlib.Path(f"/proc/{rank}/cmdline").read_bytes()
    return rank


def processes_of(private: pathlib.Path) -> list[str]:
    """Command lines of processes that name a file of a private folder."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(private) in words:
            found.append(words)
    return found
