"""A process beside a run that puts links and other files in the place of the run's own, as fast as it can."""

import contextlib
import ctypes
import os
import pathlib
import random
import threading

from end_to_end import together
from end_to_end.program import folder, run, write

JOB = """
cores: [1]
ranks: [1, 2]
rounds: 3
workloads:
  read: {wait: file, file: 64 KiB, tasks: 8}
  write: {wait: file, op: write, file: 64 KiB, tasks: 8}
"""
TARGETS = ("cual-*", "out.h5", ".out.h5.*.part", ".out.h5.lock")
AT_FDCWD, RENAME_EXCHANGE = -100, 2
LIBRARY = ctypes.CDLL(None, use_errno=True)


def exchange(one: pathlib.Path, other: pathlib.Path) -> bool:
    """Two names change places at once; False when one of them is not there."""
    return LIBRARY.renameat2(AT_FDCWD, bytes(one), AT_FDCWD, bytes(other), RENAME_EXCHANGE) == 0


class Foreign:
    """A file that is not the run's: open, so that it can be told what became of it."""

    def __init__(self, path: pathlib.Path, content: bytes) -> None:
        path.write_bytes(content)
        self.name, self.content = path.name, content
        self.file = path.open("rb")

    def check(self) -> None:
        """It is still somewhere, with its bytes."""
        assert os.fstat(self.file.fileno()).st_nlink == 1, f"{self.name} was removed"
        self.file.seek(0)
        assert self.file.read() == self.content, f"{self.name} was written to"
        self.file.close()


class Adversary(threading.Thread):
    """Works in the folder of a run until it is told to end: waits for a name, and then exchanges it."""

    def __init__(self, private: pathlib.Path, target: str, after_s: float, times: int) -> None:
        super().__init__()
        self.private, self.target, self.after_s, self.times = private, target, after_s, times
        self.ends, self.hits = threading.Event(), 0
        victims = private / "victims"
        victims.mkdir()
        self.foreign = [Foreign(victims / name, os.urandom(65536))
                        for name in ("0", "1", "2", "0.data.0", "1.metadata.0")]
        (private / "link").symlink_to("victims")

    def decoy(self, seen: pathlib.Path) -> pathlib.Path:
        """What is to take a name: a link for a folder, another file for a file. For the output it
        is a copy, which says that it is of the same run."""
        if seen.is_dir() and not seen.is_symlink():
            return self.private / "link"
        path = self.private / f"other{len(self.foreign)}"
        content = os.urandom(4096)
        if self.target == "out.h5":
            with contextlib.suppress(OSError):
                content = seen.read_bytes() or content
        self.foreign.append(Foreign(path, content))
        return path

    def run(self) -> None:
        while not self.ends.is_set():
            for seen in self.private.glob(self.target):
                self.ends.wait(self.after_s)
                decoy = self.decoy(seen)
                for _ in range(self.times):
                    if not exchange(decoy, seen):
                        break
                    self.hits += 1

    def end(self) -> None:
        """Stops, and looks at what is not the run's."""
        self.ends.set()
        self.join()
        for file in self.foreign:
            file.check()


def attack(seed: int) -> tuple[int, int]:
    """A run under an adversary: its exit status, and how often something was put in the place of its
    files. None of what was put there is written to or removed."""
    draw = random.Random(seed)
    with folder() as private:
        (private / "tmp").mkdir()
        job = write(private / "job.yaml", JOB)
        adversary = Adversary(private, TARGETS[seed % len(TARGETS)],
                              draw.choice((0, 0, 0.01, 0.1, 0.3)), draw.choice((1, 2, 1001, 1000)))
        adversary.start()
        try:
            result = run("run", job, "-o", private / "out.h5", "--set", f"scratch={private}",
                         cwd=private, TMPDIR=str(private / "tmp"))
        finally:
            adversary.end()
        what = f"seed {seed}, {adversary.target}: {result}"
        assert result.status in (0, 2, 4), what
        assert "without reporting" not in result.err, what
        return result.status, adversary.hits


def attack_many(count: int, aloud: bool = False) -> str:
    """So many runs, each under an adversary. How many were hit, and how they ended."""
    ends = together.each(attack, [(seed,) for seed in range(count)], aloud)
    hit = sum(hits > 0 for _, hits in ends)
    assert hit > count / 2, f"only {hit} of {count} were hit"
    done = sum(status == 0 for status, _ in ends)
    return f"{hit} of {count} runs were hit, {done} ended as if nothing was, 0 foreign files changed"
