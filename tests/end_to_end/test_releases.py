"""make check-releases where it is not possible: it says why, and leaves nothing."""

import os
import subprocess

from end_to_end.program import ROOT, folder

TIMELESS = True


def said(*programs: str) -> str:
    """What it prints where these programs are there, and do nothing, beside those of /usr/sbin."""
    with folder() as private:
        for name in programs:
            (private / name).symlink_to("/bin/true")
        done = subprocess.run(["/usr/bin/python3", ROOT / "tests/releases/run.py"], capture_output=True,
                              text=True, check=False, env=os.environ | {"PATH": str(private)})
    assert done.returncode == 1 and not done.stderr, done
    return done.stdout


def test_without_a_program() -> None:
    """without a program that it takes it is skipped with the reason, and counted so"""
    told = said("debootstrap", "apt-get", "git", "chroot", "nsenter", "setpriv")
    assert told == "skipped: unshare missing: trixie\n0 passed, 0 failed, 1 skipped\n", told


def test_without_a_mirror() -> None:
    """where apt-get names no mirror of Debian it is skipped with what to do"""
    told = said("debootstrap", "apt-get", "git", "chroot", "nsenter", "unshare", "setpriv")
    reason = "apt-get knows no mirror" if os.geteuid() == 0 else "a tree of another release takes root"
    assert told.startswith(f"skipped: {reason}"), told
