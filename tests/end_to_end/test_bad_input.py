"""Bad input: one message that says where, what and what is allowed; nothing written, no noise."""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess

from end_to_end.program import (BUILD, CUAL, ROOT, Result, environment, folder, mpirun, patience,
                                processes_of, run, write)
from end_to_end.test_stop import until

TIMELESS = True

GOOD = """workloads:
  work: {compute: primes, work: 10, tasks: 4}
"""
FILES = """workloads:
  read: {wait: file, file: 64 KiB, tasks: 4}
"""


def job_with(line: str) -> str:
    """The good job with a first line of its own."""
    return f"{line}\n{GOOD}"


def workload_with(keys: str) -> str:
    """A job whose one workload has the keys `keys`."""
    return f"workloads:\n  work: {{{keys}}}\n"


# What is wrong; the job, with an @ at the place that the message must name; the key; more words.
CASES = [
    ("unknown key", job_with("@colour: red"), "colour", ["is not a key", "budget"]),
    ("misspelt key", job_with("@buget: 1 s"), "buget", ["did you mean `budget`"]),
    ("misspelt key of a workload", workload_with("compute: primes, task: 1 ms, @taks: 4"),
     "work.taks", ["did you mean `tasks`"]),
    ("key of a workload at the top", job_with("@tasks: 4"), "tasks", ["in a workload"]),
    ("key of another kernel", workload_with("compute: primes, @memory: 1 MiB, tasks: 4"),
     "work.memory", ["compute: triad", "compute: chase"]),
    ("misspelt kernel", workload_with("compute: @prime, task: 1 ms, tasks: 4"),
     "work.compute", ["did you mean `primes`"]),
    ("misspelt engine", workload_with("wait: @timmer, latency: 1 ms, tasks: 4"),
     "work.wait", ["did you mean `timer`"]),
    ("wrong unit", job_with("budget: @5 KiB"), "budget", ["ms", "`5 KiB`"]),
    ("misspelt unit", workload_with("compute: triad, memory: @4 MB, tasks: 4"),
     "work.memory", ["did you mean `MiB`"]),
    ("missing unit", job_with("budget: @5"), "budget", ["no unit", "ms"]),
    ("number too small", job_with("threads: [1, @0]"), "threads", ["too small", "from 1"]),
    ("negative number", job_with("depth: @-1"), "depth", ["negative", "from 1"]),
    ("number too large", job_with("precision: @150 %"), "precision", ["too large"]),
    ("no whole number", job_with("rounds: @1.5"), "rounds", ["whole number"]),
    ("not a number", job_with("ranks: @al"), "ranks", ["did you mean `all`"]),
    ("huge number", job_with(f"seed: @{'9' * 400}"), "seed", ["too long"]),
    ("no flag", workload_with("compute: primes, work: 1, tasks: 4, lock: @maybe"),
     "work.lock", ["true or false"]),
    ("empty list", job_with("threads: @[]"), "threads", ["empty"]),
    ("empty family", workload_with("compute: primes, work: @[], tasks: 4"), "work.work", ["empty"]),
    ("list in a list", job_with("threads: [@[1]]"), "threads", ["list"]),
    ("duplicate key", job_with("seed: 1\n@seed: 2"), "seed", ["second time", "line 1"]),
    ("duplicate key of a workload", workload_with("compute: primes, work: 1, tasks: 4, @tasks: 5"),
     "tasks", ["second time"]),
    ("duplicate workload", f"{GOOD}  @work: {{wait: none, tasks: 4}}\n", "work", ["second time"]),
    ("missing tasks", "workloads:\n  @work: {compute: primes, work: 1}\n", "work.tasks",
     ["missing", "from 1"]),
    ("missing latency", "workloads:\n  @work: {wait: timer, tasks: 4}\n", "work.latency",
     ["missing", "ms"]),
    ("missing size", "workloads:\n  @work: {compute: primes, tasks: 4}\n", "work.task",
     ["missing", "`work`"]),
    ("neither computes nor waits", "workloads:\n  @work: {tasks: 4}\n", "work", ["`compute`"]),
    ("no workload", "@budget: 1 s\n", "workloads", ["no workload"]),
    ("no workload in the mapping", "@workloads: {}\n", "workloads", ["no workload"]),
    ("workloads in a list", "workloads: @[a, b]\n", "workloads", ["mapping"]),
    ("workload without keys", "workloads:\n  work: @1\n", "work", ["mapping"]),
    ("list in quotes", f'cores: @"1,2,4"\n{GOOD}', "cores", ["a comma", "`all`", "[1, 2, all]"]),
    ("range", f"cores: @1-4\n{GOOD}", "cores", ["not a number", "`doubling`", "[1, 2, all]"]),
    ("no-break space", workload_with("compute: primes, task: @1\u00a0ms, tasks: 4"), "work.task",
     ["`1\\u00a0ms`", "looks like a space", "ms"]),
    ("empty file", "@", None, ["empty"]),
    ("only a comment", "@# nothing\n", None, ["empty"]),
    ("only a word", "@nothing\n", None, ["mapping"]),
    ("not YAML", "workloads: [1,\n@", None, ["YAML"]),
    ("tab", "workloads:\n@\tx: 1\n", None, ["YAML"]),
    ("two documents", f"{GOOD}@---\n{GOOD}", None, ["one document"]),
    ("nested aliases", "a: @&a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nworkloads: *c\n", "a",
     ["aliases"]),
    ("alias of itself", "workloads: @&a {work: *a}\n", None, ["aliases"]),
    ("nested lists", f"workloads: {'[' * 7}@{'[' * 5000}", None, ["nested"]),
    ("depth out of range", job_with("depth: @1048577"), "depth", ["too large"]),
    ("depth over what the engine can do",
     "depth: 1000000\nworkloads:\n  @work: {wait: file, tasks: 4}\n", "work", ["at most"]),
    ("more cores than there are",
     "cores: 60000\nthreads: 60000\nworkloads:\n  @work: {compute: primes, work: 1, tasks: 4}\n",
     "work", ["needs 60000 cores"]),
    ("more cores than workers",
     "cores: 2\nworkloads:\n  @work: {compute: primes, work: 1, tasks: 4}\n", "work",
     ["as many workers"]),
    ("both task and work", workload_with("compute: primes, work: @1, task: 1 ms, tasks: 4"),
     "work.work", ["one of the two"]),
    ("wait fraction of all", workload_with("compute: primes, task: 1 ms, wait: timer, tasks: 4, "
                                           "wait_fraction: @1"), "work.wait_fraction",
     ["too large"]),
    ("block of no sectors", workload_with("wait: file, block: @1000 B, tasks: 4"), "work.block",
     ["512"]),
]


def cut(text: str) -> tuple[str, str]:
    """A job without its @, and where that stood, as line:column."""
    before, _, after = text.partition("@")
    return before + after, f"{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}"


def check_refused(result: Result, status: int = 2) -> str:
    """The status, one line of message and no other line; returns the line."""
    # What a test before this one killed may be told of, too.
    lines = [line for line in result.err.splitlines() if " was left behind by a run that was killed" not in line]
    assert result.status == status, f"status {result.status}: {result.err}"
    assert len(lines) == 1 and lines[0].startswith("cual: "), result.err
    assert len(lines[0]) < 1200, f"{len(lines[0])} letters: {lines[0]}"
    assert result.out == "", result.out
    return lines[0]


def check_nothing_written(private: pathlib.Path, *known: str) -> None:
    """The folder, which is the working folder and TMPDIR, holds nothing but `known`."""
    assert set(os.listdir(private)) == set(known), os.listdir(private)


def run_in(private: pathlib.Path, *arguments, **more) -> Result:
    """Runs in a private folder that is also where temporary files go."""
    return run(*arguments, cwd=private, TMPDIR=str(private), **more)


def test_every_mistake_in_a_job():
    """each mistake in a job is refused with file, line, column, key, what is allowed, what is near"""
    with folder() as private:
        for name, marked, key, words in CASES:
            text, place = cut(marked)
            write(private / "job.yaml", text)
            for command in ("run", "plan"):
                line = check_refused(run_in(private, command, "job.yaml"))
                head = f"cual: job.yaml:{place}: " + (f"{key}: " if key else "")
                assert line.startswith(head), f"{name}: not {head!r} in {line}"
                for word in words:
                    assert word in line, f"{name}: no {word!r} in {line}"
            check_nothing_written(private, "job.yaml")


def test_mistakes_in_settings():
    """a setting or option that is wrong is refused as such, with what is near"""
    with folder() as private:
        write(private / "job.yaml", GOOD)
        for words, expected in (
                (["--set", "budgte=3s"], "--set budgte=3s: budgte: .*did you mean `budget`"),
                (["--set", "work.taks=3"], "--set work.taks=3: work.taks: .*did you mean `tasks`"),
                (["--set", "wrk.tasks=3"], "--set wrk.tasks=3: wrk: .*did you mean `work`"),
                (["--set", "budget"], "--set budget: .*key=value"),
                (["--set", "work.tasks="], "--set work.tasks=: "),
                (["--budget", "5"], "--set budget=5: budget: .*no unit"),
                (["--rounds", "0"], "--set rounds=0: rounds: .*too small"),
                (["--rounds"], "run: --rounds: needs N|plan: --rounds: needs N"),
                (["--roundz", "3"], "(run|plan): --roundz: .*did you mean --rounds"),
                (["job.yaml"], "(run|plan): job.yaml: is one word too many")):
            for command in ("run", "plan"):
                line = check_refused(run_in(private, command, "job.yaml", *words))
                assert re.match(f"cual: ({expected})", line), line
        check_nothing_written(private, "job.yaml")


def test_mistakes_in_commands():
    """a command that is unknown or lacks its file is refused with what is near"""
    with folder() as private:
        for words, expected in ((["runn"], "runn: no such command (did you mean run"),
                                (["lits"], "lits: no such command (did you mean list"),
                                (["--forse"], "--forse: no such command"),
                                (["run"], "run: which file"), (["show"], "show: which file"),
                                (["list", "x"], "list: x: is one word too many"),
                                (["help", "rnu"], "rnu: no such command (did you mean run"),
                                (["version", "x"], "version: x: is one word too many")):
            line = check_refused(run_in(private, *words))
            assert line.startswith(f"cual: {expected}"), line
        check_nothing_written(private)


def test_files_that_are_no_job():
    """a file that is missing, a folder, a pipe, a socket, a device, unreadable or 100 MB is refused by
    name, at once"""
    with folder() as private:
        with (private / "large.yaml").open("wb") as file:
            file.truncate(100_000_000)
        with (private / "long.yaml").open("wb") as file:
            file.write(b"# comment\n" * 10_000_000)
        (private / "folder").mkdir()
        (private / "loop").symlink_to("loop")
        make_others(private)
        for name, words in (("missing.yaml", "No such file"), ("folder", "is a directory"),
                            ("large.yaml", "larger"), ("long.yaml", "larger"),
                            ("/dev/zero", "is a device"), ("/dev/tty", ""),
                            ("pipe", "is a pipe"), ("socket", "is a socket"),
                            ("loop", "symbolic links"), ("/proc/self/mem", "")):
            for command in ("run", "plan"):
                line = check_refused(run_in(private, command, name, timeout=10))
                assert line.startswith(f"cual: {name}: "), line
                assert words in line and "at most 1 MiB" in line, line
        check_nothing_written(private, "large.yaml", "long.yaml", "folder", "loop", "pipe", "socket")


def make_others(private: pathlib.Path) -> None:
    """Files that are no regular ones: whoever opens the pipe waits for a writer."""
    os.mkfifo(private / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(private / "socket"))


def test_files_that_are_no_run():
    """every command that reads a run file refuses a pipe at once, and a socket, a device or a folder"""
    with folder() as private:
        write(private / "job.yaml", GOOD)
        (private / "folder").mkdir()
        make_others(private)
        commands = (["show"], ["export"], ["report", "-o", "page.html"], ["compare", "job.h5"],
                    ["run", "job.yaml", "-o", "new.h5", "--work-of"],
                    ["run", "job.yaml", "--resume", "-o"])
        for words, name in [(words, "pipe") for words in commands] + [
                (commands[0], "socket"), (commands[0], "/dev/zero"), (commands[0], "folder")]:
            result = run_in(private, *words, name, timeout=20)
            said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
            assert result.status == 2 and len(said) == 1, (words, name, result)
        check_nothing_written(private, "job.yaml", "folder", "pipe", "socket")


def test_waiting_for_a_file():
    """INT and TERM end a command that waits for a file system"""
    with folder() as private:
        job = write(private / "job.yaml", GOOD)
        for words in (["run", job], ["plan", job], ["show", job]):
            for number in (signal.SIGINT, signal.SIGTERM):
                with subprocess.Popen([CUAL, *words], stderr=subprocess.PIPE, text=True, cwd=private,
                                      env=environment(LD_PRELOAD=str(BUILD / "fail.so"),
                                                      FAIL_WAITS=str(job))) as waiting:
                    until(lambda: (private / "job.yaml.at").exists(), "it waits")
                    waiting.send_signal(number)
                    _, err = waiting.communicate(timeout=patience(10))
                (private / "job.yaml.at").unlink()
                ended = (3, "cual: interrupted\n") if words[0] == "run" else (-number, "")
                assert (waiting.returncode, err) == ended, (words, number, waiting.returncode, err)
                until(lambda: not processes_of(private), "nothing is left")


def test_binary_junk():
    """200 files of random bytes, and 200 jobs with random bytes in them, are refused in one line"""
    chance = random.Random(1)
    with folder() as private:
        job = private / "job.yaml"
        for number in range(400):
            junk = chance.randbytes(chance.choice((1, 7, 100, 5000)))
            if number % 2:
                place = chance.randrange(len(GOOD))
                junk = GOOD[:place].encode() + b"\x01" + junk + GOOD[place:].encode()
            job.write_bytes(junk)
            result = run_in(private, "plan", "job.yaml")
            line = check_refused(result)
            assert line.startswith("cual: job.yaml:"), f"{number}: {line}"
            assert line.isprintable(), f"{number}: {line!r}"
        check_nothing_written(private, "job.yaml")


def test_mistake_among_ranks():
    """under mpirun a mistake is said once, by one rank"""
    with folder() as private:
        write(private / "job.yaml", job_with("buget: 1 s"))
        result = run_in(private, "run", "job.yaml", before=mpirun(3))
        said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
        assert result.status == 2 and len(said) == 1, result
        check_nothing_written(private, "job.yaml")


def test_output_exists():
    """an output file that is there is kept, to the byte; --force replaces it"""
    with folder() as private:
        write(private / "job.yaml", GOOD)
        write(private / "job.h5", "somebody's work")
        line = check_refused(run_in(private, "run", "job.yaml"))
        assert line.startswith("cual: job.h5: exists") and "--force" in line, line
        assert (private / "job.h5").read_text() == "somebody's work"
        check_nothing_written(private, "job.yaml", "job.h5")
        result = run_in(private, "run", "job.yaml", "--force", "--rounds", "1")
        assert result.status == 0, result.err
        assert (private / "job.h5").read_bytes().startswith(b"\x89HDF"), "not replaced"
        check_nothing_written(private, "job.yaml", "job.h5")


def test_file_size_limit():
    """a limit on files that Open MPI would not survive is named before it starts"""
    with folder() as private:
        write(private / "job.yaml", GOOD)
        result = run_in(private, "run", "job.yaml", before=("prlimit", f"--fsize={1 << 20}"))
        assert "1024 KiB (ulimit -f)" in check_refused(result, status=5), result
        check_nothing_written(private, "job.yaml")


def test_output_cannot_be_written():
    """an output below a missing folder, that is a folder or a device, or out of reach is refused"""
    with folder() as private:
        write(private / "job.yaml", GOOD)
        (private / "folder").mkdir()
        for output, status in (("missing/out.h5", 2), ("folder", 2), ("folder/", 2), ("", 2),
                               ("/dev/full", 2), ("/dev/null", 2), ("job.yaml/out.h5", 2),
                               ("/proc/out.h5", (2, 4)), ("/sys/out.h5", (2, 4)),
                               ("x" * 300, (2, 4)), ("/".join(["x" * 200] * 30), (2, 4))):
            result = run_in(private, "run", "job.yaml", "-o", output, "--force")
            assert result.status in (status if isinstance(status, tuple) else (status,)), result
            line = check_refused(result, result.status)
            assert not output or output[:40] in line, line
        check_nothing_written(private, "job.yaml", "folder")
        assert os.listdir(private / "folder") == []


def test_scratch_missing():
    """a scratch folder that is not there is a matter of storage, and the run leaves nothing"""
    with folder() as private:
        write(private / "job.yaml", FILES)
        result = run_in(private, "run", "job.yaml", "--set", f"scratch={private}/missing")
        assert result.status == 4, result
        said = [line for line in result.err.splitlines() if line.startswith("cual: ")]
        assert len(said) == 1 and f"scratch: {private}/missing: " in said[0], result.err
        assert "--set scratch=" in said[0] and "mpirun" not in result.err, result.err
        check_nothing_written(private, "job.yaml")


def test_show_refuses():
    """show refuses what is missing, no file or no run file, and says of damage that it is damage"""
    with folder() as private:
        write(private / "job.yaml", GOOD)
        result = run_in(private, "run", "job.yaml", "--rounds", "1")
        assert result.status == 0, result.err
        assert run_in(private, "show", "job.h5").status == 0
        whole = (private / "job.h5").read_bytes()
        (private / "empty.h5").touch()
        (private / "junk.h5").write_bytes(random.Random(1).randbytes(100_000))
        for part in (1000, len(whole) // 2, len(whole) - 1):
            (private / f"{part}.h5").write_bytes(whole[:part])
            line = check_refused(run_in(private, "show", f"{part}.h5"), 4)
            assert "damaged" in line and line.startswith(f"cual: {part}.h5: "), line
        for name in ("missing.h5", "empty.h5", "junk.h5", "job.yaml", ".", "/dev/null"):
            line = check_refused(run_in(private, "show", name))
            assert line.startswith(f"cual: {name}: "), line
        result = run_in(private, "show", "job.h5", "job.h5")
        assert check_refused(result).startswith("cual: show: job.h5: is one word too many")


def test_show_survives_damage():
    """show of a file with damaged bytes ends by itself, with the table or with a message"""
    chance = random.Random(2)
    with folder() as private:
        write(private / "job.yaml", GOOD)
        assert run_in(private, "run", "job.yaml", "--rounds", "1").status == 0
        whole = (private / "job.h5").read_bytes()
        for _ in range(60):
            damaged = bytearray(whole)
            for _ in range(chance.choice((1, 10, 100))):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            (private / "damaged.h5").write_bytes(damaged)
            result = run_in(private, "show", "damaged.h5", timeout=20)
            assert result.status in (0, 2, 4), result
            if result.status:
                lines = result.err.splitlines()
                assert len(lines) == 1 and lines[0].startswith("cual: damaged.h5: "), result.err
        shutil.copy(private / "job.h5", private / "again.h5")
        assert run_in(private, "show", "again.h5").status == 0


def test_output_that_nobody_got():
    """output that cannot be written ends with status 4 and says so"""
    for arguments in (["list"], ["--help"], ["--version"], ["plan", ROOT / "jobs/quick.yaml"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([CUAL, *arguments], stdout=full, stderr=subprocess.PIPE,
                                  text=True, check=False, env=environment())
        assert done.returncode == 4, (arguments, done)
        assert "the output cannot be written" in done.stderr, (arguments, done.stderr)


def test_job_from_a_pipe():
    """a job from a pipe, which the ranks could not read again, is refused with what is allowed"""
    job = "workloads: {n: {wait: none, tasks: 1000}}"
    with folder() as private:
        done = subprocess.run([CUAL, "run", "/dev/stdin", "-o", private / "o.h5"], input=job,
                              capture_output=True, text=True, check=False, env=environment())
        assert done.returncode == 2 and "is a pipe; allowed: a YAML file" in done.stderr, done
        assert not list(private.iterdir()), "something was written"
