"""A test cluster goes, whatever becomes of the test that made it."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from cluster.slurm import PLACE, check_possible, cluster
from end_to_end.program import SLOWER, Skipped, environment, processes_of

TESTS = pathlib.Path(__file__).resolve().parents[1]
HOLDS = """
import sys, time
sys.path[:0] = [sys.argv[1]]
from cluster.slurm import cluster
with cluster(2) as nodes:
    nodes.submit("--nodes=2", "--wrap=srun --mpi=none sleep 1000")
    nodes.wait(1, ("RUNNING",))
    print(nodes.folder, flush=True)
    {then}
"""


def traces(folder: str) -> list[str]:
    """What is left of a cluster: its folder, processes and mounts; interfaces of its network."""
    found = [folder] if os.path.exists(folder) else []
    found += processes_of(pathlib.Path(folder))
    found += [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
              if folder in line]
    return found + [name for name in os.listdir("/sys/class/net") if name.startswith(("port", "bridge"))]


def until_gone(folder: str) -> None:
    """Fails when something is left for long."""
    deadline = time.monotonic() + 20 * SLOWER
    while left := traces(folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def begin(then: str) -> tuple[subprocess.Popen, str]:
    """A process with a cluster that runs a job, and the cluster's folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS.format(then=then), TESTS], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    return process, process.stdout.readline().strip()


def check_end(then: str, end: int | None) -> None:
    """A cluster whose test fails or gets a signal leaves nothing."""
    process, folder = begin(then)
    try:
        assert folder.startswith(f"{PLACE}/cual-cluster-"), process.communicate()
        assert end is None or traces(folder), "nothing is there to begin with"
        if end:
            process.send_signal(end)
        process.wait(30 * SLOWER)
    finally:
        process.kill()
        process.communicate()
    until_gone(folder)


def test_without_cgroups():
    """where no cgroups are mounted, tests on a cluster are skipped with the reason"""
    ask = "import sys; sys.path[:0] = [sys.argv[1]]; from cluster.slurm import check_possible; check_possible()"
    inside = ("unshare", "--mount", "sh", "-c", 'umount -R /sys/fs/cgroup && exec "$@"', "sh")
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped("no mount namespaces here")
    done = subprocess.run([*inside, sys.executable, "-c", ask, TESTS], capture_output=True, text=True,
                          env=environment(), check=False)
    assert "Skipped: no cgroups are mounted" in done.stderr, done


def test_failed():
    """a cluster whose test fails leaves nothing"""
    check_possible()
    check_end("raise AssertionError", None)


def test_interrupted():
    """a cluster whose test is interrupted or killed leaves nothing"""
    check_possible()
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        check_end("time.sleep(1000)", end)


def test_guard_killed():
    """a cluster whose guard is killed ends with it"""
    check_possible()
    with cluster(2) as nodes:
        folder = str(nodes.folder)
        guards = [int(path.parent.name) for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
                  if is_guard(path, folder)]
        assert len(guards) == 1, guards
        os.kill(guards[0], signal.SIGKILL)
    until_gone(folder)


def is_guard(command_line: pathlib.Path, folder: str) -> bool:
    """Whether a process is the guard of a folder."""
    try:
        words = command_line.read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return folder in words and any(word.endswith("/guard.py") for word in words)


def test_clocks():
    """nodes are machines of their own: names, /tmp and, where asked, clocks"""
    show = "hostname; cat /tmp/mark /dev/shm/mark; cut -d. -f1 /proc/self/timens_offsets | tr -s ' '"
    with cluster(2, {"n2": 5000}) as nodes:
        nodes.inside("srun", "--nodelist=n1", "sh", "-c", "echo n1 | tee /tmp/mark > /dev/shm/mark")
        first = nodes.inside("srun", "--nodelist=n1", "sh", "-c", show).out
        second = nodes.inside("srun", "--nodelist=n2", "sh", "-c", show).out
        assert first.startswith("n1\nn1\nn1\n"), first
        assert second.startswith("n2\n"), second
        assert "n1" not in second and "monotonic 5000" in second and "5000" not in first, second
