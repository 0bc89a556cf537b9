"""Runs whose storage fails at a chosen operation, and run files rebuilt from a log of their writes."""

import os
import pathlib
import subprocess
import sys

import h5py
import numpy as np

from end_to_end import integrity
from end_to_end.program import BUILD, ONE_RANK, Result, folder, run, write

JOB = """
seed: 3
cores: [1]
ranks: [1]
threads: [1, 2]
depth: [1, 8]
rounds: 4
budget: 60 s
workloads:
  wait: {wait: timer, latency: 200 us, tasks: 8}
  more: {wait: timer, latency: 300 us, tasks: 8}
"""
OPERATIONS = 300


def measure(private: pathlib.Path, *options: str, **faults: str) -> tuple[pathlib.Path, Result]:
    """Runs the job under the preloaded library; what it does to `private`/data counts."""
    data = private / "data"
    data.mkdir(exist_ok=True)
    (private / "tmp").mkdir(exist_ok=True)
    output = data / "out.h5"
    result = run("run", write(private / "job.yaml", JOB), "-o", output, *options,
                 LD_PRELOAD=str(BUILD / "fail.so"), FAIL_FOLDER=str(data),
                 TMPDIR=str(private / "tmp"), **ONE_RANK, **faults)
    return output, result


def samples_of(output: pathlib.Path) -> int:
    """How many samples a file holds; every one of the rest of it must match its hash, too."""
    integrity.check_objects(output)
    with h5py.File(output) as file:
        return int((integrity.samples(file)[..., 2] != 0).sum())


KINDS = ("ENOSPC", "EIO", "SHORT", "ENOSPCON")


def check_failure(at: int, kind: str) -> str:
    """A run whose operation `at` fails ends in order, with all samples that were acknowledged. Says
    how it ended, and with how many of them."""
    with folder() as private:
        log = private / "log"
        count = private / "count"
        output, result = measure(private, FAIL_AT=str(at), FAIL_WITH=kind, FAIL_LOG=str(log),
                                 FAIL_COUNT=str(count))
        said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
        what = f"operation {at}, {kind}: status {result.status}\n{result.err}"
        came = int(count.read_text()) >= at  # how many there are depends on the clock
        survived = (kind == "SHORT" or not came) and result.status in (0, 1)
        assert survived or (result.status == 4 and len(said) == 1), what
        assert "exited without reporting" not in result.err, what
        left = sorted(os.listdir(output.parent))
        assert set(left) <= {"out.h5"}, f"{what}: {left}"
        safe, _ = check_prefixes(log, str(output), 1) if log.exists() else (None, 0)
        if left:
            samples_of(output)
        if safe is not None:
            held = safe[..., 2] != 0
            assert (acknowledged(output.read_bytes(), log)[held] == safe[held]).all(), what
        return (f"status {result.status}{'' if came else ', it never came'}, "
                f"{0 if safe is None else int(held.sum())} samples acknowledged")


def count_operations() -> int:
    """Operations of a run without a failure."""
    with folder() as private:
        _, result = measure(private, FAIL_COUNT=str(private / "count"))
        assert result.status in (0, 1), result.err
        return int((private / "count").read_text())


# -- the log of the writes --

class Disk:
    """Files as a log of writes leaves them."""

    def __init__(self) -> None:
        self.bytes: dict[int, bytearray] = {}
        self.inode: dict[str, int] = {}

    def write(self, inode: int, offset: int, data: bytes) -> None:
        file = self.bytes.setdefault(inode, bytearray())
        file.extend(bytes(max(0, offset + len(data) - len(file))))
        file[offset:offset + len(data)] = data

    def truncate(self, inode: int, length: int) -> None:
        file = self.bytes.setdefault(inode, bytearray())
        file.extend(bytes(max(0, length - len(file))))
        del file[length:]

    def apply(self, step: tuple) -> None:
        """One step of the log."""
        kind, *rest = step
        if kind == "w":
            self.write(*rest)
        elif kind == "t":
            self.truncate(*rest)
        elif kind == "n":
            self.inode[rest[1]] = rest[0]
        elif kind == "d":
            self.inode.pop(rest[0], None)

    def file(self, path: str) -> bytes | None:
        """What stands at a path; None when nothing does."""
        inode = self.inode.get(path)
        return None if inode is None else bytes(self.bytes.get(inode, b""))


def read_log(path: pathlib.Path) -> list[tuple]:
    """The steps of a log, in order; one that a kill has cut is left out."""
    data, at, steps = path.read_bytes(), 0, []
    while (end := data.find(b"\n", at)) >= 0:
        kind, *words = data[at:end].decode().split(" ")
        at = end + 1
        if kind == "w":
            inode, offset, count = (int(word) for word in words)
            if at + count <= len(data):
                steps.append(("w", inode, offset, data[at:at + count]))
            at += count
        elif kind == "n":
            steps.append(("n", int(words[0]), " ".join(words[1:])))
        elif kind == "d":
            steps.append(("d", " ".join(words)))
        else:
            steps.append((kind, *(int(word) for word in words)))
    return steps


def acknowledged(data: bytes, path: pathlib.Path) -> np.ndarray:
    """The words of the samples of a file that must open."""
    path.write_bytes(data)
    return samples_at(path)


def samples_at(path: pathlib.Path) -> np.ndarray:
    """The words of the samples of a file."""
    with h5py.File(path) as file:
        return integrity.samples(file)


def acknowledged_by(log: pathlib.Path, output: str) -> np.ndarray | None:
    """The words of the samples at the last sync of the output in a log; None without one."""
    disk, data = Disk(), None
    for step in read_log(log):
        disk.apply(step)
        if step[0] == "s" and disk.inode.get(output) == step[1]:
            data = disk.file(output)
    return None if data is None else acknowledged(data, log.with_suffix(".h5"))


def check_prefixes(log: pathlib.Path, output: str,
                   chosen: int) -> tuple[np.ndarray | None, int]:
    """Rebuilds the file after so many of the steps of a log, evenly chosen, each with the last
    write whole and torn, and after every sync: it opens and holds every sample that was
    acknowledged. The words of those, and the number of files looked at."""
    steps, disk, safe, looked = read_log(log), Disk(), None, 0
    named = next((i for i, step in enumerate(steps) if step[0] == "n" and step[2] == output), 0)
    every = max(1, 2 * (len(steps) - named) // chosen)
    rebuilt = log.with_suffix(".h5")
    for number, step in enumerate(steps):
        torn = step[:3] + (step[3][:len(step[3]) // 2],) if step[0] == "w" else None
        for part in (torn, step):
            if part is None:
                continue
            disk.apply(part)
            data = disk.file(output)
            if data is None:
                continue
            syncs = part[0] == "s" and disk.inode[output] == part[1]
            if number % every and not syncs:
                continue
            now = acknowledged(data, rebuilt)
            looked += 1
            if safe is not None:
                held = safe[..., 2] != 0
                assert (now[held] == safe[held]).all(), f"step {number} of {len(steps)}: lost"
            safe = now if syncs else safe
    return safe, looked


def record(private: pathlib.Path, *options: str) -> tuple[pathlib.Path, str]:
    """A run with its log: the log, and the path of the output in it."""
    log = private / "log"
    output, result = measure(private, *options, FAIL_LOG=str(log))
    assert result.status in (0, 1), result.err
    return log, str(output)


def main() -> None:
    """In a process of its own, which a damaged file may crash: LOG OUTPUT CHOSEN."""
    safe, looked = check_prefixes(pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    assert safe is not None and (safe[..., 2] != 0).any(), "nothing was ever acknowledged"
    print(looked)


def prefixes_in_child(log: pathlib.Path, output: str, chosen: int) -> int:
    """check_prefixes in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "end_to_end.faults", log, output, str(chosen)],
                          capture_output=True, text=True, check=False,
                          cwd=pathlib.Path(__file__).resolve().parents[1])
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


if __name__ == "__main__":
    main()
