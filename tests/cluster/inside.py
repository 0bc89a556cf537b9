"""What runs inside the namespaces of a test cluster: its first process, and that of each node.

usage: inside.py head FOLDER      (process 1 of the cluster)
       inside.py node FOLDER NAME (process 1 of a node)

The folder is the cluster's; plan.json in it says what there is to be. The head is the machine that
users log in to: it holds the bridge, munged and slurmctld. All of it lives in namespaces of the
head's process, so that the kernel takes everything away when that one ends.
"""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

PATIENCE_S = 60
NETWORK = "10.213.7"


def call(*words: object) -> None:
    """Runs a command that must succeed."""
    subprocess.run([str(word) for word in words], check=True, stdin=subprocess.DEVNULL)


def until(condition, what: str) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


def begin(folder: pathlib.Path, *words: object) -> subprocess.Popen:
    """Starts a daemon in the foreground, with its own log."""
    log = folder / f"{socket.gethostname()}-{pathlib.Path(str(words[0])).name}.log"
    with log.open("ab") as out:
        return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT, start_new_session=True)


def furnish(folder: pathlib.Path, name: str) -> None:
    """Makes of the namespaces a machine of that name: own /tmp and /dev/shm, and the hosts file."""
    socket.sethostname(name)
    for place in ("/tmp", "/dev/shm"):
        call("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", place)
    call("mount", "--bind", folder / "hosts", "/etc/hosts")
    call("ip", "link", "set", "lo", "up")


def reap() -> None:
    """What a first process has to do: it takes leave of processes that nobody waits for."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.2)


def join(folder: pathlib.Path, number: int, node: dict) -> None:
    """Starts a node and connects it to the bridge. Its process, which killed ends all of the node,
    stands in nodes/NAME."""
    clock = ["--time", f"--monotonic={node['clock_s']}"] if node["clock_s"] else []
    process = begin(folder, "unshare", "--net", "--uts", "--ipc", "--mount", "--pid", "--fork",
                    "--kill-child", "--mount-proc", *clock, "--", sys.executable,
                    folder / "tree/tests/cluster/inside.py", "node", folder, node["name"])
    network, own = pathlib.Path(f"/proc/{process.pid}/ns/net"), os.readlink("/proc/self/ns/net")
    until(lambda: os.readlink(network) != own, "a network namespace for the node")
    call("ip", "link", "add", "name", f"port{number}", "master", "bridge", "up", "type", "veth",
         "peer", "name", "eth0", "netns", process.pid)
    (folder / "nodes" / node["name"]).write_text(str(process.pid))


def head(folder: pathlib.Path) -> None:
    """The machine that the nodes hang on."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    call("mount", "--bind", plan["tree"], folder / "tree")
    furnish(folder, "head")
    call("ip", "link", "add", "name", "bridge", "type", "bridge")
    call("ip", "address", "add", f"{NETWORK}.1/24", "dev", "bridge")
    call("ip", "link", "set", "bridge", "up")
    begin(folder, "munged", "--foreground", "--force", f"--key-file={folder}/munge.key",
          f"--socket={folder}/munge.socket", f"--pid-file={folder}/munge.pid",
          f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed")
    until((folder / "munge.socket").exists, "munged")
    begin(folder, "slurmctld", "-D", "-i")
    for number, node in enumerate(plan["nodes"]):
        join(folder, number, node)
    reap()


def address(name: str) -> str:
    """The network address of a node."""
    return socket.gethostbyname(name)


def is_connected() -> bool:
    """Whether the head has connected this node."""
    with contextlib.suppress(OSError):
        return "eth0" in os.listdir("/proc/sys/net/ipv4/conf")
    return False


def node(folder: pathlib.Path, name: str) -> None:
    """A node."""
    furnish(folder, name)
    until(is_connected, "a connection")
    call("ip", "address", "add", f"{address(name)}/24", "dev", "eth0")
    call("ip", "link", "set", "eth0", "up")
    begin(folder, "slurmd", "-D", "-N", name)
    reap()


def main() -> None:
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    if what == "head":
        head(folder)
    else:
        node(folder, sys.argv[3])


if __name__ == "__main__":
    main()
