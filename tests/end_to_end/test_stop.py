"""How a run ends before its time: by a signal to any of its processes, or because a rank hangs."""

import contextlib
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import h5py

from end_to_end import samples
from end_to_end.program import (BUILD, CUAL, catches, environment_in, folder, launcher_of, mpirun,
                                patience, processes_of, quiet, ranks_of, write)

PATIENCE_S = patience(60)  # for what takes less than a second on a quiet machine

# What a run is at, by name: its job, and what shows that it is there.
LONG_WAITS = "wait: {wait: timer, latency: 30 s, tasks: 8}"
JOBS = {
    "waits": f"ranks: 2\nworkloads:\n  {LONG_WAITS}\n",
    "in flight": f"ranks: 2\nthreads: 2\ndepth: 2\nworkloads:\n  {LONG_WAITS}\n",
    "one of two ranks": f"ranks: [1, 2]\nworkloads:\n  {LONG_WAITS}\n",
    "service": "ranks: 2\ndepth: [1, 2]\nworkloads:\n"
               "  ask: {wait: message, latency: 30 s, tasks: 8}\n",
    "a long task": "ranks: 2\nrounds: 5\nworkloads:\n  long: {compute: flops, task: 30 s, tasks: 2}\n",
    "rounds": "ranks: [1, 2]\nthreads: [1, 2]\nrounds: 1000\nworkloads:\n"
              "  wait: {wait: timer, latency: 5 ms, tasks: 20}\n"
              "  write: {wait: file, op: write, file: 1 MiB, tasks: 64}\n"
              "  count: {compute: primes, task: 1 ms, tasks: 20}\n",
    "scratch": "ranks: 2\nworkloads:\n  read: {wait: file, file: 768 MiB, tasks: 64}\n",
}
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)


def until(condition, what: str, look_s: float = 0.02):
    """What the condition gives as soon as that is true; fails when it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S} s"
        time.sleep(look_s)
    return found


def ready_ranks(job: pathlib.Path, count: int) -> dict[int, int]:
    """Process numbers by rank, once all catch signals; empty before."""
    ranks = ranks_of(job)
    if len(ranks) != count or not all(catches(rank, signal.SIGUSR1) for rank in ranks.values()):
        return {}
    return {rank: int(process.name) for rank, process in ranks.items()}


class Run:
    """A run in a private folder."""

    def __init__(self, private: pathlib.Path, name: str, *options: str, before: tuple = (),
                 **variables: str):
        self.private, self.output = private, private / "out.h5"
        self.job = write(private / "job.yaml", JOBS[name])
        self.count = 3 if name == "service" else 2
        changes = variables | {"OMPI_MCA_osc_sm_backing_directory": str(private),
                               "FAIL_FOLDER": str(self.output)}
        self.program = subprocess.Popen(
            [*before, CUAL, "run", self.job, "-o", self.output, *options], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env=environment_in(private) | changes)

    def ranks(self) -> dict[int, int]:
        """Process numbers by rank, once all are there."""
        return until(lambda: ready_ranks(self.job, self.count), "all ranks are there")

    def measures(self) -> None:
        """Returns when the run file is there: the warm-up has begun."""
        until(self.output.exists, "the run file is there")

    def pid_of(self, target: str | int) -> int:
        """The process number of "cual", "mpirun" or a rank."""
        if target == "cual":
            return self.program.pid
        ranks = self.ranks()
        return launcher_of(ranks[0]) if target == "mpirun" else ranks[target]

    def end(self) -> tuple[int, str, str]:
        """Waits for its end: status, what it said."""
        out, err = self.program.communicate(timeout=PATIENCE_S)
        return self.program.returncode, out, err


@contextlib.contextmanager
def running(name: str, *options: str, before: tuple = (), **variables: str):
    """A run that is gone at the end, whatever happens, with all that it started."""
    with folder() as private:
        run = Run(private, name, *options, before=before, **variables)
        try:
            yield run
        finally:
            ranks = ranks_of(run.job)
            for process in (run.program.pid, *(int(rank.name) for rank in ranks.values())):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            run.program.communicate()


def check_nothing_left(run: Run) -> None:
    """No process, no scratch folder, no shared memory; a run file, if there is one, that opens."""
    until(lambda: not processes_of(run.private), f"no process is left: {processes_of(run.private)}")
    until(lambda: set(os.listdir(run.private)) <= {"job.yaml", "out.h5"},
          f"nothing is left: {os.listdir(run.private)}")
    if run.output.exists():
        with h5py.File(run.output) as file:
            assert "time" in file
            assert (file["status"][...] != 3).all(), "a cell that was dropped counts as failed"


def check_interrupted(run: Run, status: int = 3) -> None:
    """The status, one message, and nothing left."""
    found, _, err = run.end()
    assert found == status, (found, err)
    said = re.findall(r"^cual: .*$", err, re.MULTILINE)
    assert len(said) == 1 and "interrupted" in said[0], err
    assert len(re.findall("(?:resume|launch again) with: ", err)) == 1 or not run.output.exists(), err
    check_nothing_left(run)


def check_signals(name: str, targets: tuple, pause_s: float = 0.3) -> None:
    """A run that is at something ends when one of its processes gets a signal."""
    for number, target in zip(SIGNALS * 2, targets):
        with running(name) as run:
            run.measures()
            time.sleep(pause_s)
            sent = time.monotonic()
            os.kill(run.pid_of(target), number)
            check_interrupted(run)
            assert time.monotonic() - sent < patience(25), (name, target, number)


def test_long_waits_are_cut_short():
    """a cell that waits for minutes ends at once, whichever process gets the signal"""
    check_signals("waits", ("cual", 0, 1, "mpirun"))


def test_waits_in_flight_are_cut_short():
    """waits in flight end at once, too, in all threads"""
    check_signals("in flight", (1,))


def test_a_parked_rank_passes_it_on():
    """a rank that takes no part in the cell at hand tells the others"""
    check_signals("one of two ranks", (1, 1))


def test_the_service_is_not_waited_for():
    """requests that would be answered in half a minute keep nobody, neither asker nor service"""
    check_signals("service", (0, 2))


def test_a_long_task_is_left():
    """a task that computes for half a minute ends within a second or so, with one message"""
    for target in (1, "cual"):
        with running("a long task") as run:
            run.measures()
            time.sleep(0.5)
            os.kill(run.pid_of(target), signal.SIGTERM)
            check_interrupted(run)


def test_scratch_under_way():
    """a signal while the scratch file is made leaves none of it"""
    for target in ("cual", 1):
        with running("scratch") as run:
            pid = run.pid_of(target)
            until(lambda run=run: list(run.private.glob("cual-*")), "a scratch folder is there")
            os.kill(pid, signal.SIGTERM)
            check_interrupted(run)


def test_a_slow_disk():
    """a run whose rank 0 cannot end in time, at a sync that takes ten seconds, is interrupted all the
    same, and it is said"""
    with folder() as slow, running("rounds", FAIL_SLOW=str(slow / "now"),
                                   LD_PRELOAD=str(BUILD / "fail.so")) as run:
        run.measures()
        (slow / "now").touch()
        until((slow / "now.at").exists, "a sync is under way")
        os.kill(run.pid_of(1), signal.SIGTERM)
        check_interrupted(run)


def test_second_signal_changes_nothing():
    """signals that follow the first neither hasten the end nor change it"""
    for name, targets in (("rounds", ("cual", "cual")), ("a long task", (0, "mpirun", 1, "cual"))):
        with running(name) as run:
            run.measures()
            time.sleep(0.5)
            for process in [run.pid_of(target) for target in targets]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGUSR1)
                time.sleep(0.02)
            check_interrupted(run)


def test_when_rank_0_cannot_speak():
    """a run whose rank 0 is held until it is killed says by itself that it was interrupted"""
    with running("rounds") as run:
        run.measures()
        rank_0 = run.pid_of(0)
        os.kill(run.pid_of("cual"), signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):
            while run.program.poll() is None:  # mpirun lets it go on before it kills it
                os.kill(rank_0, signal.SIGSTOP)
        status, _, err = run.end()
        assert status == 3, (status, err)
        assert len(re.findall(r"^cual: interrupted.*$", err, re.MULTILINE)) == 1, err


def test_under_an_mpirun_of_ones_own():
    """started by the user's mpirun, a signal to a rank ends all with status 3"""
    for target in (0, 1):
        with running("waits", before=mpirun(2, *quiet())) as run:
            run.measures()
            os.kill(run.pid_of(target), signal.SIGTERM)
            check_interrupted(run)


def interrupt_somewhere(chance: random.Random) -> tuple[str, str | int, int, float]:
    """A signal to one process at a random time, and all that must hold then."""
    name = chance.choice(("rounds", "rounds", "waits", "service"))
    target = chance.choice(("cual", "mpirun", 0, 1))
    number, pause_s = chance.choice(SIGNALS), chance.uniform(0, 2.5)
    with running(name) as run:
        pid = run.pid_of(target)
        if target == "cual":
            run.ranks()
        time.sleep(pause_s)
        os.kill(pid, number)
        status, _, err = run.end()
        assert status == 3, (name, target, number, pause_s, status, err)
        assert len(re.findall(r"^cual: interrupted", err, re.MULTILINE)) == 1, err
        check_nothing_left(run)
        if run.output.exists():
            rounds = {len(values) for values in samples.read(run.output).values()}
            assert not rounds or max(rounds) - min(rounds) <= 1, rounds
    return name, target, number, pause_s


def test_at_random_times():
    """signals of all kinds to any process at 8 random times: status 3, one message, nothing left"""
    chance = random.Random()
    for _ in range(8):
        interrupt_somewhere(chance)


def test_while_it_starts():
    """a signal to cual is an interruption from its first steps on"""
    for number in SIGNALS:
        with running("rounds") as run:
            settled = pathlib.Path(f"/proc/{run.program.pid}/environ")
            until(lambda settled=settled: b"CUAL_SETTLED=" in settled.read_bytes(),
                  "it has restarted itself", 0.0005)
            os.kill(run.program.pid, number)
            check_interrupted(run)


def check_named(run: Run, rank: int, how: str) -> None:
    """Status 5, one message that names the rank and what it is at, and nothing left."""
    pid = run.pid_of(rank)
    status, _, err = run.end()
    said = re.findall(r"^cual: .*$", err, re.MULTILINE)
    assert status == 5 and len(said) == 1, (status, err)
    assert re.match(rf"cual: rank {rank} \(process {pid} on host \S+\) does not answer: {how}",
                    said[0]), err
    check_nothing_left(run)


def test_a_stopped_rank_is_named():
    """a rank that is stopped, be it rank 0, ends the run, which names it"""
    for rank in (1, 0):
        with running("rounds", "--set", "limit=2 s") as run:
            run.measures()
            os.kill(run.pid_of(rank), signal.SIGSTOP)
            check_named(run, rank, "stopped")  # by its silence, or by the cell's limit


def test_a_cell_has_a_limit():
    """a cell that takes longer than its limit ends the run, which says where and for how long"""
    with running("a long task", "--set", "limit=2 s", "--set", "ranks=1") as run:
        run.count = 1
        run.measures()
        check_named(run, 0, r"computing for \d+ s at long 1×1×1@1, whose limit is 2 s;")


def test_stopped_together_is_no_hang():
    """a run of which all ranks are stopped for a while, as batch systems do, goes on afterwards"""
    with running("rounds", "--rounds", "30", "--set", "limit=4 s") as run:
        run.measures()
        ranks = run.ranks().values()
        for number, pause_s in ((signal.SIGSTOP, 10), (signal.SIGCONT, 0)):
            for process in ranks:
                os.kill(process, number)
            time.sleep(pause_s)
        status, _, err = run.end()
        assert status in (0, 1) and "does not answer" not in err, (status, err)
