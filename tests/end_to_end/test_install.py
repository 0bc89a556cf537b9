"""make install and make uninstall: what the one puts somewhere, the other takes away, and nothing else."""

import pathlib
import subprocess

from end_to_end.program import CUAL, ROOT, folder

TIMELESS = True


def make(target: str, *settings: str) -> None:
    """Makes a target without building anything."""
    done = subprocess.run(["make", "-s", target, "-C", ROOT, f"BUILD={CUAL.parent}", "packages=", "all=",
                           *settings], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done


def tree(root: pathlib.Path) -> list[str]:
    """Everything below a folder."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_nothing_stays() -> None:
    """what is installed into an empty folder, once or again, is taken away again: the folder is empty"""
    for settings in (["DESTDIR={}"], ["DESTDIR={}/", "PREFIX=/opt/cual"], ["PREFIX={}/usr"]):
        with folder() as private:
            settings = [setting.format(private) for setting in settings]
            make("install", *settings)
            first = tree(private)
            make("install", *settings)
            assert tree(private) == first
            assert sum(name.endswith(("bin/cual", "/jobs/quick.yaml", "/slurm/cual.sbatch",
                                      "/analysis/pictures/heat.py", "/analysis/templates/report.js"))
                       for name in first) == 5, first
            for cache in private.rglob("analysis/pictures"):
                (cache / "__pycache__").mkdir()
                (cache / "__pycache__/heat.cpython-311.pyc").touch()
            make("uninstall", *settings)
            assert tree(private) == []


def test_the_rest_stays() -> None:
    """what was there before, and what others put beside it, stays"""
    with folder() as private:
        (private / "bin").mkdir()
        (private / "share/man").mkdir(parents=True)
        (private / "share/other").touch()
        before = tree(private)
        make("install", f"PREFIX={private}")
        assert tree(private) != before
        make("uninstall", f"PREFIX={private}")
        assert tree(private) == before
        make("install", f"PREFIX={private}")
        (private / "share/cual/slurm/site.conf").touch()
        make("uninstall", f"PREFIX={private}")
        assert tree(private) == sorted([*before, "share/cual", "share/cual/slurm", "share/cual/slurm/site.conf"])
