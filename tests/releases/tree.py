"""Another release of Debian on this machine: a tree of its own, in namespaces of its own, for tests.

Its packages come from where those of this machine come from. See ../guard.py for its end.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence

import guard
from end_to_end.program import ROOT, Skipped

PLACE = "/var/tmp"
PATIENCE_S = 10
NAMESPACES = ("--uts", "--ipc", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
NEEDED = ("debootstrap", "apt-get", "git", "chroot", "nsenter", "unshare", "setpriv")
FRESH = "git,gcc,make"  # what there is before the project is
HEAD = ("sh", "-c", "while :; do sleep 60; done")  # takes leave of processes that nobody waits for
CLONE = "/root/cual"
MIRROR = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
          "Origin: Debian", "Label: Debian")


class Tree:
    """A tree that commands can be carried out in, and a clone of the project in it."""

    def __init__(self, folder: pathlib.Path, name: str):
        self.folder, self.root = folder, folder / name

    def enter(self, *words: str) -> list[str]:
        """The words that start a command in the namespaces, outside of the tree."""
        return [*guard.enter(guard.head_of(self.folder)), *words]

    def inside(self, *words: str) -> list[str]:
        """The words that start a command in the tree, where its clone of the project is."""
        clean = ["HOME=/root", "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"]
        return self.enter("chroot", str(self.root), "env", "-i", f"--chdir={CLONE}", *clean, *words)

    def call(self, *words: str) -> None:
        """Runs a command in the namespaces, outside of the tree, that must succeed."""
        done = subprocess.run(self.enter(*words), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: status {done.returncode}\n"
                               f"{(done.stdout + done.stderr)[-4000:]}")

    def furnish(self) -> None:
        """Makes of the tree a machine: devices, own /dev/shm, this machine's network; and the clone."""
        self.call("mount", "--bind", str(self.root), str(self.root))  # its own / is a mount, too
        for place in ("dev", "sys"):
            self.call("mount", "--rbind", f"/{place}", f"{self.root}/{place}")
        self.call("mount", "-t", "proc", "proc", f"{self.root}/proc")
        self.call("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", f"{self.root}/dev/shm")
        for name in ("hosts", "resolv.conf"):
            shutil.copyfile(f"/etc/{name}", self.root / "etc" / name)
        self.call("git", "clone", "--quiet", str(ROOT), f"{self.root}{CLONE}")


def mirror() -> str:
    """Where this machine has its packages of Debian from; empty where it does not know."""
    if not shutil.which(MIRROR[0]):
        return ""
    done = subprocess.run(MIRROR, capture_output=True, text=True, check=False)
    return next(iter(done.stdout.split()), "")


def check_possible() -> None:
    """Raises Skipped where there can be no tree, with the reason."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if missing := [name for name in NEEDED if not shutil.which(name, path=path)]:
        raise Skipped(f"{', '.join(missing)} missing")
    if os.geteuid() != 0:
        raise Skipped("a tree of another release takes root")
    if not mirror():
        raise Skipped("apt-get knows no mirror of Debian; apt-get update tells it")
    done = subprocess.run(["unshare", *NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skipped(f"no namespaces: {' '.join(done.stderr.split())}")


@contextlib.contextmanager
def trees(release: str, names: Sequence[str]) -> Iterator[list[Tree]]:
    """Fresh trees of a release, one for each name, which are gone at the end, whatever happens."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cual-release-", dir=PLACE))
    try:
        with guard.guarded(folder, ["unshare", *NAMESPACES, "--", *HEAD], dict(os.environ)) as watch:
            wait_until_there(folder, watch)
            made = [Tree(folder, name) for name in names]
            made[0].call("debootstrap", "--variant=minbase", f"--include={FRESH}", release,
                         str(made[0].root), mirror())
            for other in made[1:]:
                other.call("cp", "-a", str(made[0].root), str(other.root))
            for one in made:
                one.furnish()
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_there(folder: pathlib.Path, watch: subprocess.Popen) -> None:
    """Waits for the namespaces."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_there(folder):
        if watch.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"no namespaces: {(folder / 'head.log').read_text(errors='replace')}")
        time.sleep(0.02)


def is_there(folder: pathlib.Path) -> bool:
    """Whether the head has namespaces of its own."""
    with contextlib.suppress(OSError):
        head = guard.head_of(folder)
        return (os.readlink(f"/proc/{head}/ns/mnt") != os.readlink("/proc/self/ns/mnt")
                and os.readlink(f"/proc/{head}/ns/pid_for_children") != os.readlink("/proc/self/ns/pid"))
    return False
