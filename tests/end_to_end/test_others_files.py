"""Files of others: nothing is written to them, nothing of them is removed, and none is read unasked."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import h5py
import numpy

from end_to_end import adversary
from end_to_end.program import CUAL, ONE_RANK, Result, environment, folder, patience, run, write

TIMELESS = True

JOB = """
cores: [1]
ranks: [1, 2]
rounds: {rounds}
budget: 60 s
workloads:
  read: {{wait: file, file: 64 KiB, tasks: 8}}
  wait: {{wait: timer, latency: 1 ms, tasks: 8}}
"""
ALL_ROUNDS = 100000
TRIES = 8


def test_adversary():
    """8 runs beside a process that puts links and files in the place of the scratch folder, the output,
    its part file and its lock, thousands of times a second, write to no file of others and remove none"""
    print(adversary.attack_many(TRIES))


def private_job(private: pathlib.Path, rounds: int = 4) -> pathlib.Path:
    """A job in a folder that has one for scratch files and one for Open MPI, too."""
    for name in ("scratch", "tmp"):
        (private / name).mkdir(exist_ok=True)
    return write(private / "job.yaml", JOB.format(rounds=rounds))


def words(private: pathlib.Path, job: pathlib.Path, output: str) -> list:
    """A run with its scratch files and its output in a private folder."""
    return ["run", job, "-o", private / output, "--set", f"scratch={private}/scratch"]


@contextlib.contextmanager
def running(private: pathlib.Path, output: str = "out.h5") -> Iterator[subprocess.Popen]:
    """A run that measures, without an end of its own."""
    job = private_job(private, ALL_ROUNDS)
    with subprocess.Popen([CUAL, *words(private, job, output)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, cwd=private, start_new_session=True,
                          env=environment(TMPDIR=str(private / "tmp"), **ONE_RANK)) as program:
        try:
            deadline = time.monotonic() + patience(60)
            while not (private / output).exists() and program.poll() is None:
                assert time.monotonic() < deadline, "no run file"
                time.sleep(0.02)
            yield program
        finally:
            for process in processes_naming(private):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)


def processes_naming(private: pathlib.Path) -> list[int]:
    """Every process whose command line or environment names the folder: a run with its guards."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if bytes(private) in said and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


def kill_as_a_batch_system(private: pathlib.Path) -> None:
    """All processes of a run at once, its guards included: none may do anything after another."""
    processes = processes_naming(private)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)


def left_in(private: pathlib.Path) -> list[str]:
    """What runs have left: scratch folders, folders of Open MPI, locks and part files."""
    names = [str(path.relative_to(private)) for pattern in
             ("scratch/cual-*", "tmp/.cual-mpi-*", ".*.lock", ".*.part")
             for path in private.glob(pattern)]
    return sorted(names)


def test_left_behind():
    """what a run has left whose processes were all killed at once, the next one names and removes, and
    nothing of a run that lives"""
    with folder() as private:
        with running(private) as program:
            time.sleep(0.3)
            kill_as_a_batch_system(private)
            program.communicate()
        left = left_in(private)
        assert [name.partition("-")[0] for name in left] == [".out.h5.lock", "scratch/cual", "tmp/.cual"], left
        for name in ("scratch", "tmp"):
            write(private / name / "cual-notes", "mine")
        with running(private, "living.h5") as living:
            now = left_in(private)
            assert now and not set(left) & set(now), now
            result = run(*words(private, private_job(private), "next.h5"), cwd=private,
                         TMPDIR=str(private / "tmp"))
            assert result.status == 0 and "left behind" not in result.err, result
            assert left_in(private) == now, left_in(private)
            kill_as_a_batch_system(private)
            notes = [line for line in living.communicate()[1].splitlines() if "left behind" in line]
        for name in left:
            shown = "out.h5" if name.endswith(".lock") else name
            assert sum(note.startswith("note: ") and str(private / shown) in note for note in notes) == 1, \
                (name, notes)
        assert [(private / name / "cual-notes").read_text() for name in ("scratch", "tmp")] == ["mine"] * 2


def test_parent_of_others():
    """a folder in which others may rename what is there is refused for scratch files and for those of
    Open MPI, with what to do; with the sticky bit it is not"""
    with folder() as private:
        job, shared = private_job(private), private / "shared"
        shared.mkdir()
        for scratch, session, mode, remedy in ((shared, private, 0o777, "--set scratch="),
                                               (private, shared, 0o777, "TMPDIR="),
                                               (shared, shared, 0o1777, "")):
            shared.chmod(mode)
            result = run("run", job, "--set", f"scratch={scratch}", "-o", private / "out.h5", "--force",
                         cwd=private, TMPDIR=str(session))
            said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
            if remedy:
                assert result.status == 4 and len(said) == 1, result
                assert str(shared) in said[0] and remedy in said[0] and "sticky" in said[0], said
            else:
                assert result.status == 0 and not said, result
            assert not list(shared.iterdir())


# What is done to the output in mid-run, by name.
FATES: dict[str, Callable[[pathlib.Path, pathlib.Path], object]] = {
    "replaced by a copy": lambda output, copy: copy.replace(output),
    "replaced by a link": lambda output, copy: (output.unlink(), output.symlink_to(copy)),
    "moved away": lambda output, copy: (output.rename(output.with_name("moved.h5")), copy.replace(output)),
}


def check_fate(name: str) -> None:
    """A run whose output loses its place ends with status 4, writes nothing to what is there now, and
    says where its samples are."""
    with folder() as private, running(private) as program:
        output, copy = private / "out.h5", private / "copy.h5"
        time.sleep(0.5)
        shutil.copyfile(output, copy)
        foreign = copy.read_bytes()
        FATES[name](output, copy)
        _, err = program.communicate(timeout=patience(60))
        said = [line for line in err.splitlines() if line.startswith("cual: ")]
        assert program.returncode == 4 and len(said) == 1, f"{name}: {program.returncode} {err}"
        assert output.read_bytes() == foreign, f"{name}: the other file was written to"
        kept = pathlib.Path(said[0].partition("what was measured is in ")[2].removesuffix("."))
        assert kept.parent == private and kept != output, said
        assert f"the samples are in {kept}." in err, err
        shown = run("show", kept)
        assert shown.status == 0 and "wait" in shown.out, f"{name}: {shown}"
        with h5py.File(kept) as file, h5py.File(output) as other:
            more = [int((~numpy.isnan(one["time"][...])).sum()) for one in (file, other)]
            assert more[0] > more[1], f"{name}: {more} samples"


def test_output_replaced():
    """an output that another file or a link replaces, or that is moved away in mid-run, ends the run: not
    a byte goes into the other file, and the message says where what was measured is"""
    for name in FATES:
        check_fate(name)


def test_lock_of_others():
    """a file of others that has the name of the lock is refused by name and keeps its bytes"""
    with folder() as private:
        lock = write(private / ".out.h5.lock", "my notes\n")
        result = run(*words(private, private_job(private), "out.h5"), cwd=private,
                     TMPDIR=str(private / "tmp"), **ONE_RANK)
        assert result.status == 2 and str(lock) in result.err, result
        assert lock.read_text() == "my notes\n" and not (private / "out.h5").exists()


def external_link(file: h5py.File, base: pathlib.Path) -> None:
    del file["time"]
    file["time"] = h5py.ExternalLink(str(base), "/time")


def soft_link(file: h5py.File, _: pathlib.Path) -> None:
    del file["time"]
    file["time"] = h5py.SoftLink("/cpu")


def external_storage(file: h5py.File, base: pathlib.Path) -> None:
    shape = file["time"].shape
    del file["time"]
    file.create_dataset("time", shape, "f8", external=[(str(base), 0, 1 << 20)])


def virtual_dataset(file: h5py.File, base: pathlib.Path) -> None:
    shape = file["time"].shape
    del file["time"]
    layout = h5py.VirtualLayout(shape, "f8")
    layout[...] = h5py.VirtualSource(str(base), "time", shape)
    file.create_virtual_dataset("time", layout)


def named_type(file: h5py.File, _: pathlib.Path) -> None:
    file["/machine/type"] = numpy.dtype("f8")


def link_below(file: h5py.File, base: pathlib.Path) -> None:
    file["/verdict/more"] = h5py.ExternalLink(str(base), "/")


REACHES = (external_link, soft_link, external_storage, virtual_dataset, named_type, link_below)


def reading(private: pathlib.Path, forged: pathlib.Path, job: pathlib.Path) -> Iterator[Result]:
    """What the other commands say that read a run file."""
    yield run("export", forged, "-o", private / "out.csv")
    yield run("run", job, "-o", forged, "--resume", TMPDIR=str(private / "tmp"), **ONE_RANK)
    yield run("run", job, "-o", private / "new.h5", "--work-of", forged, TMPDIR=str(private / "tmp"),
              **ONE_RANK)


def test_files_that_reach_elsewhere():
    """a run file with a link, a virtual dataset or external storage is refused by show, and one with an
    external link by export, run --resume and --work-of, too, by the name of what does not stand in it"""
    with folder() as private:
        job, base, forged = private_job(private), private / "base.h5", private / "forged.h5"
        result = run(*words(private, job, "base.h5"), cwd=private, TMPDIR=str(private / "tmp"))
        assert result.status == 0, result
        for reach in REACHES:
            shutil.copyfile(base, forged)
            with h5py.File(forged, "r+") as file:
                reach(file, base)
            before = forged.read_bytes()
            results = [run("show", forged)]
            results += reading(private, forged, job) if reach is external_link else []
            for result in results:
                what = f"{reach.__name__}: {result}"
                assert result.status == 4 and "forged.h5" in result.err, what
                assert any(text in result.err for text in ("is a link", "stand in", "neither a group")), what
            assert forged.read_bytes() == before and not (private / "new.h5").exists()
