"""make install and make uninstall: what the one puts somewhere, the other takes away, and nothing else; and
what make says where packages are missing."""

import os
import pathlib
import re
import subprocess

from end_to_end.program import CUAL, ROOT, folder, run

TIMELESS = True
MAKE = re.compile(r"make(?:\[\d+\])?: ")  # how it begins what it says, within another make, too


def make(target: str, *settings: str, **changes: str) -> subprocess.CompletedProcess:
    """Makes a target, without building anything unless `all` is among the settings."""
    return subprocess.run(["make", "-s", target, "-C", ROOT, f"BUILD={CUAL.parent}", "all=", *settings],
                          capture_output=True, text=True, check=False, env=os.environ | changes)


def made(target: str, *settings: str) -> str:
    """What making a target says, which succeeds without a complaint."""
    done = make(target, "packages=", *settings)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout


def tree(root: pathlib.Path) -> list[str]:
    """Everything below a folder."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_nothing_stays() -> None:
    """what is installed into an empty folder, once or again, is taken away again: the folder is empty"""
    for settings in (["DESTDIR={}"], ["DESTDIR={}/", "PREFIX=/opt/a cual"], ["PREFIX={}/usr"]):
        with folder() as private:
            settings = [setting.format(private) for setting in settings]
            made("install", *settings)
            first = tree(private)
            made("install", *settings)
            assert tree(private) == first
            assert sum(name.endswith(("bin/cual", "/jobs/quick.yaml", "/slurm/cual.sbatch",
                                      "/python/cual/pictures/heat.py", "/python/cual/templates/table.js",
                                      "/doc/cual/README.md", "/doc/cual/LICENSE", "/doc/cual/docs/method.md"))
                       for name in first) == 8, first
            for cache in private.rglob("python/cual/pictures"):
                (cache / "__pycache__").mkdir()
                (cache / "__pycache__/heat.cpython-311.pyc").touch()
            assert made("uninstall", *settings) == ""
            assert tree(private) == []
            assert made("uninstall", *settings).startswith("nothing of cual was installed into ")


def test_the_rest_stays() -> None:
    """what was there before, and what others put beside it, stays"""
    with folder() as private:
        (private / "bin").mkdir()
        (private / "share/man").mkdir(parents=True)
        (private / "share/other").touch()
        before = tree(private)
        made("install", f"PREFIX={private}")
        assert tree(private) != before
        made("uninstall", f"PREFIX={private}")
        assert tree(private) == before
        made("install", f"PREFIX={private}")
        (private / "share/cual/slurm/site.conf").touch()
        made("install", f"PREFIX={private}")
        made("uninstall", f"PREFIX={private}")
        assert tree(private) == sorted([*before, "share/cual", "share/cual/slurm", "share/cual/slurm/site.conf"])


def test_only_what_was_installed() -> None:
    """without an install nothing is taken away, and never what lies outside of PREFIX"""
    with folder() as private:
        inside = private / "usr"
        (inside / "bin").mkdir(parents=True)
        (inside / "bin/cual").touch()
        (private / "foreign").touch()
        made("uninstall", f"PREFIX={inside}")
        assert tree(private) == ["foreign", "usr", "usr/bin", "usr/bin/cual"]
        made("install", f"PREFIX={inside}")
        with (inside / "share/cual/installed").open("a", encoding="utf-8") as listed:
            listed.write(f"../foreign\nbin/../../foreign\n{private}/foreign\n")
        made("uninstall", f"PREFIX={inside}")
        assert tree(private) == ["foreign", "usr", "usr/bin"]


def test_what_an_earlier_version_had() -> None:
    """files of an earlier version that this one has not are taken away when it is installed"""
    with folder() as private:
        made("install", f"PREFIX={private}")
        old = private / "share/cual/python/cual/old.py"
        old.touch()
        with (private / "share/cual/installed").open("a", encoding="utf-8") as listed:
            listed.write("share/cual/python/cual/old.py\n")
        made("install", f"PREFIX={private}")
        assert not old.exists() and (private / "share/cual/python/cual/load.py").exists()
        made("uninstall", f"PREFIX={private}")
        assert tree(private) == []


def test_installed_works() -> None:
    """the installed program finds its jobs from any folder, and Python the package cual by what list says"""
    with folder() as private:
        made("install", f"PREFIX={private}/usr")
        program = private / "usr/bin/cual"
        assert run("plan", "quick", program=program, cwd=private).status == 0
        listed = run("list", program=program, cwd=private).out
        assert f"jobs in {private}/usr/share/cual/jobs, " in listed, listed
        python = ('eval "$("$0" list | grep "export PYTHONPATH=")"; '
                  '/usr/bin/python3 -c "import cual, cual.compare, cual.report; print(cual.load.__module__, cual.__file__)"')
        done = run(program=program, before=("sh", "-c", python), cwd=private, PYTHONDONTWRITEBYTECODE="1")
        assert done.out == f"cual.load {private}/usr/share/cual/python/cual/__init__.py\n", done
        assert not (private / "usr/share/cual/python").joinpath("analysis").exists()


# -- packages --

def tools(private: pathlib.Path, **scripts: str) -> dict[str, str]:
    """A PATH with all tools of this machine but those that the scripts stand for; an empty one is missing."""
    place = private / "bin"
    place.mkdir()
    for source in ("/usr/bin", "/bin"):
        for tool in pathlib.Path(source).iterdir():
            name = tool.name.replace("-", "_").replace(".", "_")
            if name not in scripts and not (place / tool.name).is_symlink():
                (place / tool.name).symlink_to(tool)
    for name, script in scripts.items():
        if script:
            tool = place / name.replace("_", "-")
            tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            tool.chmod(0o755)
    return {"PATH": str(place)}


def test_make_without_packages() -> None:
    """where what is needed is missing, make says in one line what to type, or what is missing"""
    no_mpi = {"mpicc": "", "mpicc_openmpi": "", "mpicc_mpich": ""}
    for scripts, words in (({"dpkg_query": "exit 1", **no_mpi}, "type: sudo apt-get install gcc pkg-config libopenmpi"),
                           ({"dpkg_query": "", **no_mpi}, "mpicc and pkg-config do not find mpi.h omp.h hwloc.h"),
                           ({"dpkg_query": "", "pkg_config": ""}, "do not find pkg-config hwloc.pc yaml-0.1.pc")):
        with folder() as private:
            done = subprocess.run(["make", "-j2", "-C", ROOT, f"BUILD={private}/build"], capture_output=True, text=True,
                                  check=False, env=os.environ | tools(private, **scripts) | {"LC_ALL": "C"})
            lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")]
            assert done.returncode == 2 and len(lines) == 1 and words in lines[0], done
            assert done.stderr.count("\n") <= 3, done


def test_installing_packages_is_quiet() -> None:
    """installing packages prints the one line that says so, whatever apt-get prints; all of it when it fails"""
    noise = "echo dpkg: noise; echo debconf: noise >&2; "
    for status, expected in ((0, "installing one two \n"), (100, "installing one two \ndpkg: noise\ndebconf: noise\n")):
        with folder() as private:
            fakes = tools(private, dpkg_query="exit 1", id="echo 0", apt_get=f'[ "$1" = update ] || {{ {noise}exit {status}; }}')
            done = make("packages", "PACKAGES=one two", f"SERVICES={private}/policy", **fakes)
            said = MAKE.split(done.stderr)[0]
            assert (done.returncode != 0) == (status != 0) and not done.stdout and said == expected, done
            assert not (private / "policy").exists()
    with folder() as private:
        done = make("packages", "PACKAGES=one two", **tools(private, dpkg_query="exit 1", id="echo 1", sudo="exit 1"))
        assert done.stderr.startswith("packages are missing; type: sudo apt-get install one two \nmake"), done
