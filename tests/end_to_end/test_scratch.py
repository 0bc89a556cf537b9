"""Scratch files: gone after every way out, with every process of the run; bad folders refused."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

from end_to_end.program import (CUAL, Result, Skipped, environment_in, folder, launcher_process,
                                patience, processes_of, ranks_of, run, sanitizer, write)

FILE_BYTES = 8 << 20
JOB = """
ranks: [1, 2]
rounds: 100000
workloads:
  read: {wait: file, file: 8 MiB, tasks: 500}
  write: {wait: file, op: write, file: 8 MiB, tasks: 50}
"""
WITHIN_S = 5


class Running:
    """A run whose scratch file is there, in a folder that held a file before."""

    def __init__(self, private: pathlib.Path, program: subprocess.Popen) -> None:
        self.private, self.program = private, program
        self.job, self.scratch = private / "job.yaml", private / "scratch"

    def file(self) -> pathlib.Path | None:
        """The file that is read, once both are whole."""
        files = [f for f in self.scratch.glob("cual-*/*") if f.stat().st_size == FILE_BYTES]
        return min(files) if len(files) == 2 else None

    def others(self) -> list[pathlib.Path]:
        """What Open MPI puts beside a file that is written."""
        return list(self.scratch.glob("cual-*/*.data.*"))

    def rank(self, number: int) -> int:
        """The process of a rank."""
        return int(ranks_of(self.job)[number].name)

    def named(self, text: str, nth_word: int) -> list[int]:
        """Processes of this run whose nth word of the command line holds a text."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if str(self.private) in "".join(words) and text in words[nth_word]:
                    found.append(int(process.name))
        return found

    def mpirun(self) -> int:
        """The process of mpirun."""
        return self.named(launcher_process(), 0)[0]

    def guard(self) -> int:
        """The process that waits for rank 0 to end."""
        return self.named(str(self.scratch / "cual-"), 4)[0]

    def all(self) -> list[int]:
        """Every process of the run but the guard."""
        ranks = [int(process.name) for process in ranks_of(self.job).values()]
        return [self.program.pid, self.mpirun(), *ranks]


def becomes(what: Callable[[], object], within_s: float) -> bool:
    """Waits until `what` gives something true; False when it does not in time."""
    deadline = time.monotonic() + patience(within_s)
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextlib.contextmanager
def started(rounds: int = 100000) -> Iterator[Running]:
    """A run with two ranks and a scratch file; what is left of it at the end is killed."""
    with folder() as private:
        job = write(private / "job.yaml", JOB)
        for name in ("scratch", "tmp"):
            (private / name).mkdir()
        write(private / "scratch/before", "somebody's work")
        command = [CUAL, "run", job, "-o", private / "out.h5", "--rounds", str(rounds),
                   "--set", f"scratch={private}/scratch"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", cwd=private, start_new_session=True,
                              env=environment_in(private / "tmp")) as program:
            running = Running(private, program)
            try:
                assert becomes(lambda: program.poll() is not None or
                               (running.file() and len(ranks_of(job)) == 2), 30), "no scratch file"
                becomes(running.others, 3)  # where the library has any, the end comes after it
                yield running
            finally:
                for process in [*running.named(launcher_process(), 0), program.pid,
                                *(int(p.name) for p in ranks_of(job).values())]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)


def check_clean(running: Running) -> tuple[int, str]:
    """Nothing is left soon, and what was there before is untouched; status and messages."""
    assert becomes(lambda: os.listdir(running.scratch) == ["before"], WITHIN_S), \
        list(running.scratch.rglob("*"))
    assert (running.scratch / "before").read_text() == "somebody's work"
    _, err = running.program.communicate(timeout=patience(20))
    assert becomes(lambda: not processes_of(running.private), WITHIN_S), \
        processes_of(running.private)
    return running.program.returncode, err


def check_end(*ends: tuple[str, int]) -> None:
    """For each process and signal: the run that gets it leaves nothing."""
    for name, number in ends:
        with started() as running:
            which = {"rank 0": lambda: running.rank(0), "rank 1": lambda: running.rank(1),
                     "mpirun": running.mpirun, "cual": lambda: running.program.pid}[name]
            os.kill(which(), number)
            status, err = check_clean(running)
            assert status != 0, f"{signal.Signals(number).name} to {name}: status 0: {err}"


def test_end():
    """after a run that went to its end there is no scratch file, no folder and no guard"""
    with started(rounds=20) as running:
        running.program.wait(timeout=patience(60))
        check_clean(running)


def test_error():
    """after a run that failed, its scratch file overwritten by somebody, there is none either"""
    with started() as running:
        file = running.file()
        with file.open("r+b") as out:
            out.write(bytes(FILE_BYTES))
        running.program.wait(timeout=patience(60))
        status, err = check_clean(running)
        assert status == 1 and "wrong" in err, (status, err)


def test_asked_to_end():
    """nor after SIGTERM to mpirun and SIGINT to the program"""
    check_end(("mpirun", signal.SIGTERM), ("cual", signal.SIGINT))


def test_crash():
    """nor after SIGSEGV, SIGABRT and SIGBUS in rank 0"""
    if "TSAN_OPTIONS" in os.environ:
        raise Skipped("ThreadSanitizer holds the signals of a crash back")
    with sanitizer(handle_segv=0, handle_sigbus=0):
        check_end(("rank 0", signal.SIGSEGV), ("rank 0", signal.SIGABRT), ("rank 0", signal.SIGBUS))


def test_kill():
    """nor after SIGKILL of rank 0, of another rank and of mpirun"""
    check_end(("rank 0", signal.SIGKILL), ("rank 1", signal.SIGKILL), ("mpirun", signal.SIGKILL))


def test_kill_all():
    """nor after SIGKILL of everything at once, its guard having been asked to end before"""
    with started() as running:
        guard = running.guard()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1,
                       signal.SIGUSR2, signal.SIGQUIT, signal.SIGPIPE):
            os.kill(guard, number)
        time.sleep(0.2)
        assert running.guard() == guard and running.file(), "the guard is gone"
        processes = running.all()
        assert len(processes) == 4 and guard not in processes, processes
        for process in processes:
            os.kill(process, signal.SIGKILL)
        check_clean(running)


def test_guard_holds_nothing():
    """the guard has a session of its own and nothing open but its pipe, which rank 0 alone holds"""
    with started() as running:
        guard = running.guard()
        assert os.getsid(guard) == guard != os.getsid(running.rank(0))
        links = {f.name: os.readlink(f) for f in pathlib.Path(f"/proc/{guard}/fd").iterdir()}
        assert set(links) == {"0", "1", "2"} and links["0"].startswith("pipe:"), links
        assert links["1"] == links["2"] == "/dev/null", links
        holders = [f for p in running.all() for f in pathlib.Path(f"/proc/{p}/fd").iterdir()
                   if f.is_symlink() and os.readlink(f) == links["0"]]
        assert [f.parts[2] for f in holders] == [str(running.rank(0))], holders
        about = pathlib.Path(*holders[0].parts[:3], "fdinfo", holders[0].name).read_text()
        flags = int(re.search(r"^flags:\s*(\d+)", about, re.MULTILINE)[1], 8)
        assert flags & os.O_CLOEXEC, about


def refused(private: pathlib.Path, scratch: pathlib.Path, *before: str) -> str:
    """The one line with which a run with a bad scratch folder ends, which names it and a way."""
    write(private / "job.yaml", JOB)
    result: Result = run("run", "job.yaml", "--set", f"scratch={scratch}", before=before,
                         cwd=private, TMPDIR=str(private))
    said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
    assert result.status == 4 and len(said) == 1, result
    assert said[0].startswith(f"cual: scratch: {scratch}"), said
    assert "--set scratch=" in said[0] and "mpirun" not in result.err, result.err
    return said[0]


def test_folder_is_none():
    """a scratch folder that is a file, below a file or a link to itself is refused by name"""
    with folder() as private:
        (private / "loop").symlink_to("loop")
        write(private / "file", "mine")
        for name, why in (("file", "Not a directory"), ("file/below", "Not a directory"),
                          ("loop", "symbolic links")):
            assert why in refused(private, private / name), name
        assert (private / "file").read_text() == "mine"
        assert sorted(os.listdir(private)) == ["file", "job.yaml", "loop"], os.listdir(private)


def mounted(scratch: pathlib.Path, options: str) -> tuple[str, ...]:
    """The words that run a program where a tmpfs is mounted on a folder, for nobody else, and fail
    when it leaves something there."""
    script = ('mount -t tmpfs -o "$1" none "$2" || exit 77; shift; at=$1; shift; '
              '"$@"; status=$?; [ -z "$(ls -A "$at")" ] || exit 78; exit $status')
    words = ("unshare", "--mount", "sh", "-c", script, "sh", options, str(scratch))
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    if os.geteuid() != 0 or tried.returncode != 0:
        raise Skipped("a file system of its own cannot be mounted here")
    return words


def test_folder_is_full():
    """a scratch folder that is read-only, too small or out of entries is refused with the reason"""
    with folder() as private:
        scratch = private / "scratch"
        scratch.mkdir()
        for options, why in (("ro", "Read-only file system"), ("size=4m", "4.0 MiB are free"),
                             ("nr_inodes=1", "No space left"), ("nr_inodes=2", "No space left")):
            line = refused(private, scratch, *mounted(scratch, options))
            assert why in line, f"{options}: {line}"
        assert sorted(os.listdir(private)) == ["job.yaml", "scratch"], os.listdir(private)
