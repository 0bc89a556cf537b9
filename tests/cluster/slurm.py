"""A Slurm cluster of real nodes on this machine, for tests.

Each node has its own network, host name, processes, /tmp and /dev/shm, and optionally a clock of
its own; the cluster's folder is the file system that they share. See guard.py for its end.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from end_to_end.program import ROOT, SLOWER, Result, Skipped, environment

HERE = pathlib.Path(__file__).resolve().parent
PLACE = "/var/tmp"  # nodes have a /tmp of their own
PATIENCE_S = 90
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "ip", "nsenter", "unshare", "setpriv")
CPUS, MEMORY_MIB = 2, 4096  # of a node

CONFIGURATION = """\
ClusterName=test
SlurmctldHost=head
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that is requeued waits for as long as its credential is valid.
AuthInfo=socket={folder}/munge.socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=pmix
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
KillWait=5
InactiveLimit=0
SchedulerParameters=bf_interval=1,sched_interval=2
PartitionName=work Nodes={nodes} Default=YES MaxTime=60 State=UP
"""


@dataclasses.dataclass
class Job:
    """What Slurm says of a job."""

    state: str
    status: int
    restarts: int


class Cluster:
    """Nodes n1, n2 … that are up; see cluster()."""

    def __init__(self, folder: pathlib.Path, names: list[str]):
        self.folder, self.names = folder, names
        self.tree = folder / "tree"  # the project's, as nodes see it
        self.head = int((folder / "head.pid").read_text())

    def inside(self, *words: object, cwd: pathlib.Path | None = None, timeout: float = 120,
               **changes: str) -> Result:
        """Runs a command on the head, where users log in."""
        enter = ["nsenter", f"--target={self.head}", "--net", "--uts", "--ipc", "--mount",
                 f"--pid=/proc/{self.head}/ns/pid_for_children", f"--wd={cwd or self.folder}", "--"]
        done = subprocess.run([*enter, *map(str, words)], capture_output=True, text=True,
                              errors="replace", timeout=timeout * SLOWER, stdin=subprocess.DEVNULL,
                              env=surroundings(self.folder) | changes, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def submit(self, *words: object, cwd: pathlib.Path | None = None, **changes: str) -> int:
        """sbatch; the job's number."""
        done = self.inside("sbatch", "--parsable", *words, cwd=cwd, **changes)
        assert done.status == 0, done
        return int(done.out)

    def job(self, number: int) -> Job:
        """A job as it is now."""
        done = self.inside("scontrol", "show", "job", "-o", number)
        assert done.status == 0, (done, self.logs())
        fields = dict(word.split("=", 1) for word in done.out.split() if "=" in word)
        return Job(fields["JobState"], int(fields["ExitCode"].split(":")[0]),
                   int(fields["Restarts"]))

    def wait(self, number: int, states: tuple[str, ...] = ("COMPLETED", "FAILED", "CANCELLED",
                                                           "TIMEOUT", "NODE_FAIL"),
             patience_s: float = 300) -> Job:
        """The job once it is in one of those states."""
        deadline = time.monotonic() + patience_s * SLOWER
        while (job := self.job(number)).state not in states:
            assert time.monotonic() < deadline, f"job {number} is {job}\n{self.logs()}"
            time.sleep(0.3)
        return job

    def kill_node(self, name: str) -> None:
        """Ends a node with all its processes at once, as a loss of power does."""
        process = (self.folder / "nodes" / name).read_text()
        done = self.inside("kill", "-KILL", process)
        assert done.status == 0, done

    def logs(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}"
                         for log in sorted(self.folder.glob("*.log")))


def surroundings(folder: pathlib.Path) -> dict[str, str]:
    """The environment of a user of the cluster."""
    kept = {name: value for name, value in environment().items()
            if not name.startswith(("SLURM_", "SBATCH_", "CUAL_")) and name != "TMPDIR"}
    return kept | {"SLURM_CONF": str(folder / "slurm.conf")}


def check_possible() -> None:
    """Raises Skipped where there can be no cluster, with the reason."""
    mounts = [line.split()[1:3] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    if not any(where.startswith("/sys/fs/cgroup") and kind in ("cgroup", "cgroup2") for where, kind in mounts):
        raise Skipped("no cgroups are mounted on /sys/fs/cgroup, and without them slurmd does not start")
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if missing := [name for name in NEEDED if not shutil.which(name, path=path)]:
        raise Skipped(f"{', '.join(missing)} missing")
    if os.geteuid() != 0:
        raise Skipped("a cluster takes root")
    if os.environ.get("CUAL_TEST_REPORTS"):
        raise Skipped("a cluster is not for sanitizers")
    done = subprocess.run(["unshare", "--net", "--uts", "--mount", "--pid", "--fork", "--mount-proc",
                           "sh", "-c", "mount -t tmpfs tmpfs /tmp && ip link add name try type bridge"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skipped(f"no namespaces: {' '.join(done.stderr.split())}")


def lay_out(folder: pathlib.Path, names: list[str], clocks_s: dict[str, int]) -> None:
    """Everything that the cluster reads."""
    folder.chmod(0o755)  # munged wants its socket to be reachable by all
    for part in ("tree", "state", "nodes", "home", *(f"spool-{name}" for name in names)):
        (folder / part).mkdir()
    plan = {"tree": str(ROOT), "nodes": [{"name": name, "clock_s": clocks_s.get(name, 0)}
                                         for name in names]}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o400)
    hosts = [f"10.213.7.{number} {name}" for number, name in enumerate(["head", *names], 1)]
    (folder / "hosts").write_text("\n".join(["127.0.0.1 localhost", *hosts, ""]), encoding="utf-8")
    nodes = "".join(f"NodeName={name} CPUs={CPUS} RealMemory={MEMORY_MIB} State=UNKNOWN\n"
                    for name in names)
    text = CONFIGURATION.format(folder=folder, nodes=",".join(names))
    (folder / "slurm.conf").write_text(nodes + text, encoding="utf-8")


def is_up(cluster: Cluster) -> bool:
    """Whether all nodes wait for work."""
    done = cluster.inside("sinfo", "--noheader", "--Node", "--format=%t")
    return done.out.split() == ["idle"] * len(cluster.names)


def wait_until_up(folder: pathlib.Path, names: list[str], guard: subprocess.Popen) -> Cluster:
    """The cluster once its nodes are idle."""
    deadline = time.monotonic() + PATIENCE_S * SLOWER
    cluster = None
    while True:
        if cluster is None and (folder / "head.pid").exists():
            cluster = Cluster(folder, names)
        if cluster and is_up(cluster):
            return cluster
        assert guard.poll() is None, f"the cluster ended while it started: {guard.returncode}"
        assert time.monotonic() < deadline, f"nodes are not up: {cluster and cluster.logs()}"
        time.sleep(0.2)


@contextlib.contextmanager
def cluster(nodes: int = 2, clocks_s: dict[str, int] | None = None) -> Iterator[Cluster]:
    """A cluster that is gone at the end, whatever happens. `clocks_s`: seconds by which the
    monotonic clocks of nodes are ahead, by name. Raises Skipped where there can be none."""
    check_possible()
    names = [f"n{number}" for number in range(1, nodes + 1)]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cual-cluster-", dir=PLACE))
    guard = None
    try:
        lay_out(folder, names, clocks_s or {})
        guard = subprocess.Popen([sys.executable, HERE / "guard.py", folder], stdin=subprocess.PIPE,
                                 env=surroundings(folder), start_new_session=True)
        yield wait_until_up(folder, names, guard)
    finally:
        if guard:
            guard.stdin.close()
            guard.wait()
        shutil.rmtree(folder, ignore_errors=True)
