"""What the Slurm scripts refuse and what they would do, which takes no Slurm."""

import os
import pathlib
import subprocess

from end_to_end.program import ROOT, Result, environment, folder, write

SCRIPT, SCALING = ROOT / "slurm/cual.sbatch", ROOT / "slurm/scaling.sh"
JOB = "workloads:\n  wait: {wait: timer, latency: 1 ms, tasks: 16}\n"
NASTY = "a b;touch x;$(touch y)`touch z`'\"\\%j&|<>*?\t"


def call(*words: object, cwd: pathlib.Path, **changes: str) -> Result:
    """Runs a script."""
    kept = {name: value for name, value in environment().items()
            if not name.startswith(("SLURM_", "SBATCH_", "CUAL_"))}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=kept | changes, text=True,
                          capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
    return Result(done.returncode, done.stdout, done.stderr)


def dry(cwd: pathlib.Path, *words: object, **changes: str) -> list[list[str]]:
    """The commands of a dry run, in words as a shell takes them."""
    done = call(SCALING, "--dry-run", *words, cwd=cwd, **changes)
    assert done.status == 0, done
    return [shell_words(line) for line in done.out.splitlines()]


def shell_words(line: str) -> list[str]:
    """A line as bash takes it."""
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def value(words: list[str], option: str) -> str:
    """The value of --option=VALUE."""
    return next(word.partition("=")[2] for word in words if word.startswith(f"{option}="))


def test_dry_run():
    """a dry run of a scaling study prints a job for each number of nodes and one that waits for them"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        commands = dry(private, "job.yaml", "--nodes", "4,1,2,2", "--weak", "--", "--rounds", "5")
        assert [words[0] for words in commands] == ["export"] + 4 * ["sbatch"], commands
        parts, report = commands[1:4], commands[4]
        assert [value(words, "--nodes") for words in parts] == ["1", "2", "4"]
        for words in parts:
            at = words.index(str(SCRIPT))
            assert words[at + 1] == str(private / "job.yaml"), words
            assert words[at + 2:at + 4] == ["-o", f"job-n{value(words, '--nodes')}.h5"], words
            assert words[-2:] == ["--rounds", "5"] and "scaling=weak" in words, words
        assert ["cores=[1, all]" in words for words in parts] == [False, True, True]
        for words in parts[1:]:
            assert words[words.index("--work-of") + 1] == "job-n1.h5", words
            assert value(words, "--dependency") == "afterany:JOB_1", words
        assert value(report, "--dependency") == "afterany:JOB_1:JOB_2:JOB_3", report
        assert report[-7:] == ["job.html", "1", "job-n1.h5", "2", "job-n2.h5", "4", "job-n4.h5"]


def test_nothing_is_carried_out():
    """no name of a job, a folder or a site file is taken for something to carry out"""
    with folder() as private:
        home = private / NASTY
        home.mkdir()
        (home / NASTY).mkdir()
        write(home / f"{NASTY}.yaml", JOB)
        write(home / f"{NASTY}.site", "account=me\n")
        commands = dry(home, f"{NASTY}.yaml", "--nodes=1", "--output", NASTY, f"--site={NASTY}.site")
        words = commands[1]
        assert str(home / f"{NASTY}.yaml") in words, words
        assert value(words, "--chdir") == str(home / NASTY), words
        assert value(words, "--account") == "me", words
        for option in ("--output", "--job-name"):
            assert not set(value(words, option)) & set(" ;$()`'\"\\%&|<>*?\t"), words
        assert sorted(os.listdir(home)) == sorted([NASTY, f"{NASTY}.yaml", f"{NASTY}.site"])


def test_site_file():
    """what a site file says is handed on as options, and what it must not say is named by its line"""
    good = ("# ours\n\npartition = debug,long\naccount=p-1\nqos=normal\n  time=1-02:03:04 \r\n"
            "constraint=a&b|c*2\nmodules=gcc/12.2 open-mpi/4.1\nlauncher=srun\nrequeues=7\n"
            "cual=/opt/a b/cual")
    bad = {"partition": "1: 'partition' is not a line KEY=VALUE",
           "partition=": "1: 'partition=' is not a line KEY=VALUE",
           "a=b\n": "1: a: no such key; allowed are partition, account, ",
           "\n# x\nqos=$(touch x)\n": "3: qos: $(touch x): allowed is a name",
           "account=--wrap=touch\n": "1: account: --wrap=touch: allowed is a name",
           "partition=a;touch x\n": "1: partition: a;touch x: allowed is a name",
           "time=soon\n": "1: time: soon: allowed is minutes, or as 1-12:00:00",
           "modules=a $(touch x)\n": "1: modules: a $(touch x): allowed is names of modules",
           "launcher=aprun\n": "1: launcher: aprun: allowed is mpirun or srun",
           "requeues=-1\n": "1: requeues: -1: allowed is a whole number",
           "cual=cual\n": "1: cual: cual: allowed is a path from the root",
           "time=1\n\ntime=2\n": "3: time: is given twice",
           "export X=1\n": "1: 'export X=1' is not a line KEY=VALUE"}
    with folder() as private:
        write(private / "job.yaml", JOB)
        write(private / "site", good)
        words = dry(private, "job.yaml", "--nodes=1", CUAL_SITE="site")[1]
        options = {name: value(words, f"--{name}") for name in ("partition", "account", "qos", "time",
                                                                "constraint")}
        assert options == {"partition": "debug,long", "account": "p-1", "qos": "normal",
                           "time": "1-02:03:04", "constraint": "a&b|c*2"}, options
        for text, message in bad.items():
            write(private / "site", text)
            for command in ((SCALING, "job.yaml", "--nodes=1", "--dry-run"), (SCRIPT, "job.yaml")):
                refused = call(*command, cwd=private, CUAL_SITE="site")
                assert refused.status == 2, (text, refused)
                assert refused.err.startswith(f"{command[0].name}: site:{message}"), (text, refused)
        refused = call(SCRIPT, "job.yaml", cwd=private, CUAL_SITE="none")
        assert refused.status == 2 and "none: cannot be read" in refused.err, refused
        assert sorted(os.listdir(private)) == ["job.yaml", "site"], os.listdir(private)


def test_bad_words():
    """what the scripts cannot make sense of is refused by its name"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        for words, status, message in (
                (("--nodes=1",), 2, "a job file and --nodes are needed"),
                (("job.yaml",), 2, "a job file and --nodes are needed"),
                (("none.yaml", "--nodes=1"), 2, "none.yaml: there is no job file of this name"),
                ((private, "--nodes=1"), 2, f"{private}: there is no job file of this name"),
                (("job.yaml", "--nodes=1,,2"), 2, "--nodes 1,,2: allowed are numbers"),
                (("job.yaml", "--nodes=0"), 2, "--nodes 0: allowed are numbers"),
                (("job.yaml", "--nodes"), 2, "--nodes needs a value"),
                (("job.yaml", "--nodes=1", "--wek"), 2, "--wek: no such option"),
                (("job.yaml", "more.yaml", "--nodes=1"), 2, "more.yaml: give one job file at a time"),
                (("job.yaml", "--nodes=1", "--weak", "--strong"), 2, "give --strong or --weak, not both"),
                (("job.yaml", "--nodes=1", "--output=none"), 4, "none: is not a folder"),
                (("job.yaml", "--nodes=1", "--", "-o", "x"), 2,
                 "-o: is not allowed because the files are named after")):
            refused = call(SCALING, *words, cwd=private)
            assert refused.status == status, (words, refused)
            assert refused.err.startswith(f"scaling.sh: {message}"), (words, refused)
        assert call(SCRIPT, cwd=private).status == 2
        refused = call(SCRIPT, "none.yaml", cwd=private)
        assert refused.status == 2, refused
        assert "none.yaml: there is no job file of this name" in refused.err, refused


def test_no_slurm():
    """without Slurm's commands the scripts say what is missing"""
    with folder() as private:
        write(private / "job.yaml", JOB)
        tools = private / "bin"
        tools.mkdir()
        for name in ("bash", "dirname", "realpath", "sort", "tr"):
            (tools / name).symlink_to(f"/usr/bin/{name}")
        for command in ((SCRIPT, "job.yaml"), (SCALING, "job.yaml", "--nodes=1")):
            refused = call("/bin/bash", *command, cwd=private, PATH=str(tools))
            assert refused.status == 5, refused
            assert "there is no sbatch on this node: Slurm's commands (Debian: slurm-client)" in refused.err
