"""Run files with bytes changed at random, for the short and the long test."""

import contextlib
import dataclasses
import itertools
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import h5py
import numpy

from analysis import integrity
from analysis.load import Unreadable
from analysis.reading import RunFile, read
from analysis.variables import nothing
from end_to_end import resuming
from end_to_end.program import (CUAL, Result, environment_in, patience, processes_of, ranks_of, run,
                                write)

JOB = """
rounds: 3
cores: 1
ranks: [1, 2]
threads: 1
depth: [1, 4]
workloads:
  wait: {wait: timer, latency: 200 us, tasks: 4}
"""
NOT_ENDED = re.compile(r": the run did not end: the file holds (\d+) rounds and no verdict"
                       r"(?:; (\d+) samples are damaged and left out)?\.$")


@dataclasses.dataclass
class Counts:
    """What became of the files."""

    whole: int = 0  # nothing that is read was hit
    left_out: int = 0  # samples
    refused: int = 0


def _killed(private: pathlib.Path, output: pathlib.Path) -> None:
    """Leaves the file of a run that was killed while it went on."""
    job = write(private / "killed.yaml", JOB.replace("rounds: 3", "rounds: 400"))
    with subprocess.Popen([CUAL, "run", job, "-o", output], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env=environment_in(private)) as program:
        try:
            resuming.until_measuring(program, output, least=12)
        finally:
            for process in (program.pid, *(int(rank.name) for rank in ranks_of(job).values())):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
    deadline = time.monotonic() + patience(20)
    while processes_of(private) and time.monotonic() < deadline:
        time.sleep(0.05)


def measured(private: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A run file as the program writes it, and one of a run that did not end."""
    ended, not_ended = private / "ended.h5", private / "not_ended.h5"
    done = run("run", write(private / "job.yaml", JOB), "-o", ended, TMPDIR=str(private))
    assert done.status in (0, 1), done  # 1: a busy machine is not believed
    _killed(private, not_ended)
    return ended, not_ended


def _places(path: pathlib.Path) -> list[list[int]]:
    """The bytes of a file that may be changed: those of samples, those that are not 0, and all."""
    raw = path.read_bytes()
    with h5py.File(path) as file:
        items = integrity.sample_variables(dict(integrity.objects(file))) + [file["check"]]
        chunks = [item.id.get_chunk_info(i) for item in items
                  for i in range(item.id.get_num_chunks())]
    of_samples = [range(one.byte_offset, one.byte_offset + one.size) for one in chunks]
    return [[*itertools.chain(*of_samples)], [at for at, byte in enumerate(raw) if byte],
            [*range(len(raw))]]


def _changed(raw: bytes, places: list[list[int]], chance: random.Random) -> bytes:
    """A file with a few bytes changed, and perhaps its end cut off."""
    damaged, kind = bytearray(raw), chance.choice(places)
    for _ in range(chance.choice((1, 1, 1, 8))):
        damaged[chance.choice(kind)] = chance.randrange(256)
    if chance.random() < 0.05:
        del damaged[chance.randrange(len(damaged)):]
    return bytes(damaged)


def _said(file: RunFile) -> dict[str, str]:
    """All that a file says beside its samples, comparable though there be NaN in it."""
    fields = dataclasses.asdict(dataclasses.replace(file, path=pathlib.Path(), samples={}))
    of_samples = {"damaged", "left_out", "rounds", "status"}
    return {name: repr(value) for name, value in fields.items() if name not in of_samples}


def _with_rounds(values: numpy.ndarray, rounds: int) -> numpy.ndarray:
    """Samples with rounds at the end that hold nothing."""
    more = [(0, 0)] * (values.ndim - 1) + [(0, rounds - values.shape[-1])]
    return numpy.pad(values, more, constant_values=nothing(values.dtype)[1])


def check_same(file: RunFile, whole: RunFile) -> None:
    """A damaged file says what the whole one does; samples may lack, and are counted then."""
    said, expected = _said(file), _said(whole)
    differing = [name for name in expected if said[name] != expected[name]]
    assert not differing, f"{differing} are not as they were"
    assert file.samples.keys() == whole.samples.keys()
    rounds = max(one.samples["time"].shape[-1] for one in (file, whole))
    found, expected = ({name: _with_rounds(values, rounds) for name, values in one.samples.items()}
                       for one in (file, whole))
    there, expected_there = (~numpy.isnan(one["time"]) for one in (found, expected))
    assert not (there & ~expected_there).any(), "samples that were not measured"
    for name, values in found.items():
        sound = numpy.where(there, expected[name], nothing(expected[name].dtype)[1])
        assert numpy.array_equal(values, sound, equal_nan=values.dtype.kind == "f"), name
    lacking = int((expected_there & ~there).sum())
    assert lacking <= file.damaged, f"{lacking} samples lack, {file.damaged} are counted"
    some = there.any(axis=-1) | (whole.status != 1)
    assert (file.status[some] == whole.status[some]).all(), "another status"


def _check_as_show(found: RunFile | Unreadable, shown: Result, as_whole: Result) -> None:
    """What `cual show` refuses is refused, and what it counts is counted in the same way."""
    if shown.status == as_whole.status == 0:
        said, expected = (re.sub(r"(?<=/)(?:not_)?(?:ended|damaged)\.h5", "", result.out)
                          for result in (shown, as_whole))
        assert said == expected, f"show says {shown.out}"
        return
    not_ended = NOT_ENDED.search(shown.err)
    if not not_ended:
        assert isinstance(found, Unreadable), f"read, though show says {shown}"
        return
    assert isinstance(found, RunFile), f"{found}, though show says {shown}"
    rounds = (~numpy.isnan(found.samples["time"])).any(axis=tuple(range(5))).nonzero()[0]
    counts = (int(rounds.max(initial=-1)) + 1, found.damaged)
    assert counts == (int(not_ended[1]), int(not_ended[2] or 0)), f"{counts}: {shown}"


def _read(path: pathlib.Path) -> RunFile | Unreadable:
    try:
        return read(path)
    except Unreadable as error:
        assert error.status in (2, 4) and "\n" not in str(error), error
        return error


def check_mutants(private: pathlib.Path, count: int, seed: int) -> Counts:
    """So many damaged files are read as the whole one, but for samples, or refused; `cual show`
    refuses no file that is read here."""
    files = [(path.read_bytes(), _places(path), read(path), run("show", path, "--all"))
             for path in measured(private)]
    chance, counts = random.Random(seed), Counts()
    damaged = private / "damaged.h5"
    for number in range(count):
        raw, places, whole, as_whole = files[number % len(files)]
        damaged.write_bytes(_changed(raw, places, chance))
        found = _read(damaged)
        try:
            _check_as_show(found, run("show", damaged, "--all", timeout=30), as_whole)
            if isinstance(found, RunFile):
                check_same(found, whole)
        except AssertionError as error:
            raise AssertionError(f"file {number} of seed {seed}: {error}") from error
        counts.refused += isinstance(found, Unreadable)
        counts.left_out += isinstance(found, RunFile) and found.damaged > 0
        counts.whole += isinstance(found, RunFile) and not found.damaged
    return counts
