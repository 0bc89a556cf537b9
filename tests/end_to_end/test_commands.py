"""What every command takes alike: help, version, the end of options, and jobs by their names."""

import re
import shutil

import h5py

from end_to_end.program import BUILD, CUAL, ROOT, folder, run, write

TIMELESS = True
JOB = "rounds: 1\ncores: 1\nworkloads:\n  wait: {wait: timer, latency: 1 ms, tasks: 4}\n"


def commands() -> list[str]:
    """The names of all commands, as the program lists them."""
    return re.findall(r"^  ([a-z]+) ", run("help").out, re.MULTILINE)


def test_help() -> None:
    """cual help says what cual --help says, and cual help COMMAND what cual COMMAND --help says"""
    assert run("help") == run("--help") == run("-h") and run("help").status == 0
    assert {"run", "report", "help", "version"} <= set(commands()), commands()
    for name in commands():
        asked = run("help", name)
        assert asked.status == 0 and asked.out.startswith(f"usage: cual {name}") and not asked.err, asked
        assert asked == run(name, "--help"), name


def test_version() -> None:
    """cual version prints the number that the Makefile has, the commit, and what it was built with"""
    number = re.search(r"^VERSION *= (\d+\.\d+\.\d+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[1]
    done = run("version")
    assert done == run("--version") and done.status == 0, done
    first, *rest = done.out.splitlines()
    assert re.fullmatch(rf"cual {re.escape(number)} \([^()]+\)", first), first
    assert [line.split()[0] for line in rest] == ["compiler", "flags", "mpi", "hdf5", "hwloc", "libyaml"]
    with folder() as private:
        assert run("run", write(private / "job.yaml", JOB), "-o", private / "o.h5").status == 0
        with h5py.File(private / "o.h5") as file:
            facts = file["provenance"].attrs
            assert f"cual {facts['cual']} ({facts['git']})" == first, dict(facts)


def test_two_hyphens_end_options() -> None:
    """files whose names begin with a hyphen are taken behind --, by commands in C and in Python"""
    with folder() as private:
        write(private / "-j.yaml", JOB)
        done = run("run", "--force", "--", "-j.yaml", cwd=private, TMPDIR=str(private))
        assert done.status == 0 and (private / "-j.h5").exists(), done
        for words in (("plan", "--cells", "--", "-j.yaml"), ("show", "--", "-j.h5"), ("list", "--"),
                      ("report", "-o", "p.html", "--", "-j.h5"), ("export", "--format=csv", "--", "-j.h5")):
            done = run(*words, cwd=private)
            assert done.status == 0, (words, done)
        assert run("plan", "-j.yaml", cwd=private).status == 2
        assert run("show", "--", "--help", cwd=private).err.startswith("cual: --help: ")


def test_jobs_by_name() -> None:
    """a job that comes with the program is found by its name where no file is called so; list says where"""
    with folder() as private:
        for name in ("quick", "quick.yaml"):
            done = run("plan", name, cwd=private)
            assert done.status == 0 and done.out == run("plan", ROOT / "jobs/quick.yaml", cwd=private).out, done
        for name in ("quikc", "./quick", "jobs/quick", "", "x" * 300):
            done = run("plan", name, cwd=private)
            assert done.status == 2 and "cual list" in done.err and len(done.err.splitlines()) == 1, done
        write(private / "quick", JOB)
        assert run("plan", "quick", cwd=private).out.startswith("1 workload"), "not the user's own file"
        done = run("run", "quick", cwd=private, TMPDIR=str(private))
        assert done.status == 0 and (private / "quick.h5").exists(), done
    listed = run("list").out
    assert f"jobs in {ROOT}/jobs, each for: cual run NAME\n" in listed, listed
    for job in (ROOT / "jobs").glob("*.yaml"):
        title = job.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert re.search(rf"^  {job.stem} +{re.escape(title)}$", listed, re.MULTILINE), job
    assert f"\n  export PYTHONPATH={BUILD}/python\n" in listed, listed


def test_ranks_find_jobs_by_name() -> None:
    """every rank of a run finds the job that comes with an installed program, and the run is resumed by its name"""
    with folder() as private:
        program = private / "usr/bin/cual"
        (private / "usr/share/cual/jobs").mkdir(parents=True)
        program.parent.mkdir()
        shutil.copy(CUAL, program)
        job = write(private / "usr/share/cual/jobs/mini.yaml", JOB.replace("workloads:", "ranks: [1, 2]\nworkloads:"))
        for words in ((), ("--resume",)):
            done = run("run", "mini", *words, program=program, cwd=private, TMPDIR=str(private))
            assert done.status == 0, done
        with h5py.File(private / "mini.h5") as file:
            assert file["provenance"].attrs["job_file"] == str(job), dict(file["provenance"].attrs)


def test_link_to_the_program() -> None:
    """a link to the program finds the jobs that lie beside what it leads to"""
    with folder() as private:
        (private / "cual").symlink_to(CUAL)
        assert run("plan", "quick", program=private / "cual", cwd=private).status == 0
