"""Several nodes on this machine: for Open MPI a node is a host name and shared memory of its own, which
namespaces give. They are started by mpirun through an agent, node.sh, and end with it."""

import os
import pathlib
import subprocess

from end_to_end.program import Skipped, launcher, needs_open_mpi, sanitizer

AGENT = pathlib.Path(__file__).with_name("node.sh")
HOSTS = ("node-a", "node-b")


def need_nodes() -> None:
    """Skips the test where there can be no nodes."""
    needs_open_mpi("agent that the tests know")
    if os.geteuid() != 0:
        raise Skipped("nodes need root, for namespaces")
    tried = subprocess.run(["unshare", "--uts", "--mount", "--time", "--monotonic", "5000", "--fork",
                            "mount", "-t", "tmpfs", "none", "/dev/shm"], capture_output=True,
                           text=True, check=False)
    if tried.returncode != 0:
        raise Skipped(f"namespaces are not allowed here: {tried.stderr.strip()}")


def over_nodes(*ranks: int) -> tuple:
    """The words that start so many ranks on each node, for `before`; the rest is in `nodes`."""
    hosts = ",".join(f"{host}:{count}" for host, count in zip(HOSTS, ranks))
    return (launcher().name, "--host", hosts, "-n", str(sum(ranks)), "--bind-to", "none",
            "--mca", "plm_rsh_agent", str(AGENT),
            "--mca", "oob_tcp_if_include", "lo", "--mca", "btl_tcp_if_include", "lo")


def nodes(private: pathlib.Path, hidden: pathlib.Path | None = None) -> dict[str, str]:
    """What is in the environment of nodes: a folder in `private` for each node's own files; the last
    node's clock is ahead; it does not see what others write to the folder `hidden`."""
    need_nodes()
    own = private / "own"
    own.mkdir(exist_ok=True)
    with sanitizer(detect_leaks=0):  # which it cannot do in namespaces
        without_leaks = {name: os.environ[name] for name in ("ASAN_OPTIONS",) if name in os.environ}
    return {"TMPDIR": str(own), "NODE_TMPDIR": str(own), "NODE_AHEAD": HOSTS[-1],
            "NODE_HIDDEN": f"{HOSTS[-1]} {hidden}" if hidden else ""} | without_leaks
