"""cual report, compare and export: started from where they are built and installed, they say in one
line what is wrong, and leave nothing behind."""

import contextlib
import html.parser
import os
import pathlib
import re
import subprocess

from end_to_end.program import CUAL, ROOT, Skipped, environment, folder, run, write

TIMELESS = True

JOB = """
rounds: 6
cores: 1
ranks: 1
threads: [1, 2]
workloads:
  primes: {compute: primes, task: 200 us, tasks: 8}
  timer: {wait: timer, latency: 1 ms, tasks: 8}
"""


class Text(html.parser.HTMLParser):
    """The text of a page, without its style and script, in `words`."""

    def __init__(self, page: str):
        super().__init__()
        self.hidden, self.words = False, []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.hidden = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        self.words += [] if self.hidden else data.split()


@contextlib.contextmanager
def measured():
    """A folder with a run file in it, out.h5."""
    with folder() as private:
        done = run("run", write(private / "job.yaml", JOB), "-o", private / "out.h5",
                   TMPDIR=str(private))
        assert done.status == 0, done
        yield private


def mounted(*commands: str) -> tuple[str, ...]:
    """What runs a command with mounts of its own, made by shell commands; skips where it cannot."""
    before = ("unshare", "-m", "sh", "-c", f"{' && '.join(commands)} && exec \"$@\"", "sh")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped("no mount namespaces here")
    return before


def test_page_and_terminal_say_the_same():
    """what show prints of a run stands word for word in its report"""
    with measured() as private:
        shown = run("show", private / "out.h5", "--all")
        made = run("report", private / "out.h5", HOME="/nonexistent")
        assert made.status == 0 and made.err == "", made
        path, said = made.out.splitlines()
        assert path == str(private / "out.html") and "2 verdicts" in said, made
        page = " ".join(Text((private / "out.html").read_text(encoding="utf-8")).words)
        # Sentences of the verdict and reasons of the claims stand after their tables.
        sentences = re.findall(r"^(\w[^\n]*, 1 core:.*(?:\n  .*)*)", shown.out, re.MULTILINE)
        claims = re.findall(r"^ *\d+  (?:holds here|does not hold here|cannot tell) +(.*)$",
                            shown.out, re.MULTILINE)
        reasons = re.findall(r"^claims? \d[\d, and]* [a-z ]+: (.*(?:\n  .*)*)", shown.out, re.MULTILINE)
        untried = re.search(r"^claims \d.* and \d+ not tried: This job lacks the cells", shown.out, re.MULTILINE)
        assert len(sentences) == 2 and claims and len(reasons) > 1 and untried, shown.out
        first = shown.out.partition("\nWhy: ")[0].splitlines()
        tree = [re.split(r"  +", line[8:]) for line in first if re.match(r"[├│└ ].{7}\w", line)
                and "not measured" not in line and "no workload" not in line]
        assert tree and all(len(columns) in (2, 3, 4) for columns in tree), shown.out
        sure = re.search(r"^(?:Sure|Not sure yet).*$", shown.out, re.MULTILINE)[0]
        for text in sentences + claims + reasons + [text for columns in tree for text in columns
                                                    if not text.endswith("…")] + [sure]:
            assert " ".join(text.split()) in page, text


def test_analysis_refuses_in_one_line():
    """a missing file, a folder, another file, no file and a wrong option end with status 2, a
    damaged file with 4, in one line"""
    with folder() as private:
        other = write(private / "other.h5", "no run file\n")
        damaged = private / "damaged.h5"
        damaged.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
        for words, status in ((["report", private / "none.h5"], 2), (["report", damaged], 4),
                              (["report", other, "-o", private / "none" / "x.html"], 2),
                              (["compare", other], 2), (["export", other, "--unknown"], 2)):
            done = run(*words)
            assert done.status == status and done.out == "", (words, done)
            assert re.fullmatch(r"cual: [^\n]+\n", done.err), (words, done)
        assert sorted(os.listdir(private)) == ["damaged.h5", "other.h5"], os.listdir(private)


def test_analysis_output_that_nobody_got():
    """output that cannot be written ends with status 4"""
    for redirection in (">/dev/full", ">&-"):
        done = run("report", "--help", before=("sh", "-c", f'exec "$@" {redirection}', "sh"))
        assert done.status == 4 and "the output cannot be written" in done.err, done


def test_without_python():
    """without Python, or without one of its packages, the packages to install are named"""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    packages = re.search(r"^ANALYSIS = (.*)$", makefile, re.MULTILINE)[1].split()
    done = run("report", "x.h5", before=mounted("mount --bind /dev/null /usr/bin/python3"))
    assert done.status == 5 and f"(Debian: sudo apt-get install {' '.join(packages)}).\n" in done.err, done
    hidden = mounted("mount -t tmpfs none /usr/lib/python3/dist-packages")
    done = run("export", "x.h5", before=hidden)
    assert done.status == 5 and f"apt-get install {' '.join(packages[1:])}\n" in done.err, done


def test_installed():
    """make install puts analysis where the installed program finds it, whatever Python's variables
    and the working folder say"""
    with folder() as private:
        done = subprocess.run(["make", "-s", "install", f"PREFIX={private}/usr", "-C", ROOT,
                               f"BUILD={CUAL.parent}", "packages=", "all="], capture_output=True,
                              text=True, env=environment(), check=False)
        assert done.returncode == 0, done
        write(private / "runpy.py", "raise SystemExit(99)\n")
        done = run("report", "--help", program=private / "usr/bin/cual", cwd=private,
                   PYTHONPATH=str(private), PYTHONHOME="/nonexistent")
        assert done.status == 0 and done.out.startswith("usage: cual report"), done
        assert all(word in done.out for word in ("--output", "--pictures", "--force")), done
        moved = private / "cual"
        (private / "usr/bin/cual").rename(moved)
        done = run("report", "--help", program=moved)
        assert done.status == 5 and "there is no folder python" in done.err, done
