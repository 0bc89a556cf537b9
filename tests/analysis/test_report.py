"""The page of `cual report`: what stands in it is what the file holds, whatever the file holds."""

import base64
import collections
import contextlib
import dataclasses
import functools
import hashlib
import html.parser
import io
import multiprocessing
import os
import pathlib
import random
import re
import shutil
import time
import warnings
from unittest import mock

import h5py
import numpy

from analysis import __main__ as start
from analysis import pictures, report, table, terminal, variables
from analysis.load import NotTogether, Unreadable, answers, load
from analysis.pictures import words
from end_to_end.program import folder
from tests.analysis import made

FAMILY = [{"name": f"mixed[wait_fraction={f}]", "compute": "primes", "wait": "timer", "tasks": 64,
           "compute_time": 1e-3 * (1 - f), "wait_time": 1e-3 * f, "wait_fraction": f}
          for f in (0.5, 0.9)]
PLAIN = {"name": "flops", "compute": "flops", "compute_time": 2e-4, "tasks": 128}
AXES = {"cores": (1, 2), "ranks": (1, 2), "threads": (1, 2, 16), "depth": (1, 64)}


@dataclasses.dataclass
class Said:
    """What a command has said, and its exit status."""

    status: int
    out: str
    err: str


def command(*arguments: object) -> Said:
    """What `cual report …` says, in this process; what is not foreseen comes through as it is."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), \
            warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        try:
            status = report.main([str(argument) for argument in arguments])
        except (terminal.Refused, Unreadable, NotTogether) as problem:
            status = start.status_of(problem)
    for warning in warned:
        if issubclass(warning.category, (UserWarning, RuntimeWarning, FutureWarning)):
            err.write(f"{warning.filename}:{warning.lineno}: {warning.message}\n")
    return Said(status, out.getvalue(), err.getvalue())


class Page(html.parser.HTMLParser):
    """A page's text, its tags, and the rows of its table of numbers."""

    def __init__(self, text: str):
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[tuple[str, str | None]]] = []
        self.hidden = self.in_cells = self.in_entry = False
        self.feed(text)
        self.text = " ".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self.hidden = tag in ("style", "script")
        self.in_cells = given.get("id") == "cells" or self.in_cells
        if self.in_cells and tag == "tr":
            self.rows.append([])
        self.in_entry = self.in_cells and tag in ("td", "th")
        if self.in_entry:
            self.rows[-1].append(("", given.get("data-value")))

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False
        self.in_cells = self.in_cells and tag != "table"
        self.in_entry = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words += data.split()
        if self.in_entry:
            text, value = self.rows[-1][-1]
            self.rows[-1][-1] = (text + data, value)

    def has(self, text: str) -> bool:
        """Whether the text stands in it, however it is spaced."""
        return " ".join(text.split()) in self.text


def drawing(*names: str) -> contextlib.AbstractContextManager:
    """Reports are made with these of the pictures, for all take most of the time."""
    return mock.patch.object(pictures, "draw", functools.partial(pictures.draw, only=names))


def page_of(path: pathlib.Path) -> Page:
    """The page of a run file, without its pictures, which take most of the time."""
    return Page(report.page(load(path, flagged=True), answers(path), []))


def test_the_answer_is_the_file_s():
    """every sentence of /verdict and every claim stands in the page, first the verdict"""
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN, *FAMILY], **AXES)
        page = page_of(path)
        with h5py.File(path) as file:
            rows = {name: [column.decode() if isinstance(column, bytes) else column
                           for column in file["verdict"][name][()]]
                    for name in ("workload", "cores", "reason")}
            claims = [file["claims"][name].asstr()[()] for name in ("outcome", "claim", "reason")]
    places = []
    for workload, cores, reason in zip(*rows.values(), strict=True):
        sentence = f"{workload}, {cores} core{'s' * (cores > 1)}: {reason}"
        assert page.has(sentence), sentence
        places.append(page.text.index(sentence))
    assert len(places) == 6 and places == sorted(places), places
    for outcome, claim, reason in zip(*claims, strict=True):
        place = page.text.index(f"{outcome} {claim} {reason}")
        assert places[-1] < place, claim
    for kind in ("holds", "fails", "open", "untried"):
        assert page.tags.count(("span", {"class": f"outcome {kind}"})) == 1, kind


def test_what_failed_is_told_once():
    """rows without a choice that have one reason are one sentence, as `cual show` has it; a speed-up
    without an interval says so"""
    row = {"workload": "a", "cores": 1, "choice_ranks": 0, "choice_model": "",
           "choice_speed_up": numpy.nan, "reason": "It failed."}
    used = row | {"choice_ranks": 1, "choice_model": "threads", "choice_speed_up": 2.0,
                  "reason": "Use threads."}
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN], verdict=[
            row, row | {"cores": 2}, row | {"cores": 4}, row | {"workload": "b"}, used,
            used | {"cores": 2}])
        page = page_of(path)
    for sentence in ("no answer a, 1, 2 and 4 cores: It failed.", "b, 1 core: It failed.",
                     "threads 2.00 ±? × a, 1 core: Use threads.", "a, 2 cores: Use threads."):
        assert page.has(sentence), page.text
    assert page.text.count("It failed.") == 2, page.text


def test_numbers_are_the_samples():
    """medians in the table are numpy's of the valid samples, each cell has one row, and "valid"
    are counted"""
    rng = numpy.random.default_rng(1)
    flags = numpy.where(rng.random((3, 2, 2, 3, 2, 12)) < 0.1, 16, 0)
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN, *FAMILY], flags=flags, **AXES)
        page = page_of(path)
        run = load(path, flagged=True)
    head = [text for text, _ in page.rows[0]]
    assert head == [column.title for column in table.COLUMNS], head
    assert len(page.rows) - 1 == int(numpy.isfinite(run.time).any("round").sum()), len(page.rows)
    points = {}
    for row in page.rows[1:]:
        ranks, threads, depth, cores = map(int, re.split("[×@]", row[1][0]))
        cell = run.sel(workload=row[0][0], cores=cores, ranks=ranks, threads=threads, depth=depth)
        valid = cell.flags.values == 0
        for title, name in (("time", "time"), ("CPU", "cpu"), ("memory", "memory")):
            median = numpy.median(cell[name].values[valid])
            assert float(row[head.index(title)][1]) == median, (row, median)
        median = numpy.median(cell.time.values[valid])
        assert row[head.index("time")][0] == words.seconds(median), row
        assert row[head.index("valid")][0] == f"{valid.sum()} of 12", row
        told = row[head.index("flags")][0]
        assert told == ("" if valid.all() else f"crowded {12 - valid.sum()}"), row
        points[row[0][0], row[1][0]] = row
    assert len(points) == len(page.rows) - 1


def test_what_is_not_to_be_believed_comes_first():
    """a file that is not credible says so before anything else"""
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN], not_believed="it beats <light>")
        page = page_of(path)
    body = page.tags[[tag for tag, _ in page.tags].index("body"):]
    assert [given.get("class") for tag, given in body if tag == "p"][0] == "alarm", body[:5]
    assert page.text.index("Not credible. it beats <light>") < page.text.index("Use "), page


def test_an_interrupted_run():
    """a run that did not end says so, with its rounds, and shows what was measured"""
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN], verdict=False, rounds=7)
        page = page_of(path)
    assert page.has("The run did not end: the file holds 7 rounds and no verdict."), page.text
    assert len(page.rows) > 1, page.rows


def test_what_came_from_a_file_is_text():
    """names and texts of the file are no markup, the page loads nothing, and runs its own script
    alone"""
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}$x$"
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN | {"name": evil}],
                             machine={"summary": evil, "warnings": evil, evil[:20]: evil},
                             provenance={"job_file": evil, "job": f"{evil}\n{evil}"},
                             not_believed=evil)
        said = command(path)
        assert said.status == 0 and said.err == "", said
        text = path.with_suffix(".html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.text.count("<script>alert(1)</script>") > 5, page.text
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1 and "alert" not in scripts[0], scripts
    policy = next(given["content"] for tag, given in page.tags
                  if given.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; img-src data:;"), policy
    assert f"script-src 'sha256-{digest}';" in policy, (policy, digest)
    for tag, given in page.tags:
        assert not [name for name in given if name.startswith("on")], (tag, given)
        for name in ("src", "href"):
            assert (given.get(name) or "data:").startswith(("data:", "#")), (tag, given)
    images = [given for tag, given in page.tags if tag == "img"]
    assert images and all(given["alt"] for given in images), images


def test_nothing_is_written_over():
    """only an earlier report is replaced; a run file not even by force; nothing else is left"""
    with folder() as private, drawing():
        path = made.run_file(private / "run.h5", workloads=[PLAIN], cores=(1,), threads=(1,))
        whole = path.read_bytes()
        assert command(path).out.splitlines()[0] == str(private / "run.html")
        assert command(path).status == 0
        (private / "notes.html").write_text("mine", encoding="utf-8")
        refused = command(path, "-o", private / "notes.html")
        assert refused.status == 2 and "--force" in refused.err, refused
        assert (private / "notes.html").read_text(encoding="utf-8") == "mine"
        assert command(path, "-o", private / "notes.html", "--force").status == 0
        for output in (path, private, private / "none" / "page.html"):
            refused = command(path, "-o", output, "--force")
            assert refused.status == 2 and str(output) in refused.err, refused
        for given in (("",), (path, "-o", ""), (path, "")):
            refused = command(*given)
            assert refused.status == 2 and "empty" in refused.err, refused
        assert path.read_bytes() == whole
        assert sorted(os.listdir(private)) == ["notes.html", "run.h5", "run.html"]


def test_pictures_are_saved():
    """--pictures writes each picture as SVG, PNG and PDF, and nothing over what is there"""
    with folder() as private, drawing("costs", "topology"):
        path = made.run_file(private / "run.h5", workloads=[PLAIN])
        said = command(path, "--pictures", private / "pictures")
        assert said.status == 0, said
        names = sorted(os.listdir(private / "pictures"))
        drawn = int(re.search(r"(\d+) pictures", said.out)[1])
        assert drawn == 2 and len(names) == 3 * drawn, (said, names)
        assert {name.rpartition(".")[2] for name in names} == {"svg", "png", "pdf"}, names
        refused = command(path, "--pictures", private / "pictures")
        assert refused.status == 2 and "--force" in refused.err, refused
        assert command(path, "--pictures", private / "pictures", "--force").status == 0


def test_the_same_file_makes_the_same_page():
    """a page says nothing of when it was made: the same bytes twice"""
    with folder() as private, drawing("throughput", "timeline"):
        path = made.run_file(private / "run.h5", workloads=FAMILY, threads=(1, 2, 4))
        pages = []
        for name in ("a.html", "b.html"):
            assert command(path, "-o", private / name).status == 0
            pages.append((private / name).read_bytes())
    assert pages[0] == pages[1]


# -- files of all kinds --

def damage(path: pathlib.Path, rng: random.Random) -> None:
    """Turns some bytes over, or cuts the file."""
    data = bytearray(path.read_bytes())
    if rng.random() < 0.2:
        del data[rng.randrange(len(data)):]
    for _ in range(rng.choice((1, 8, 64, 512)) if data else 0):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(data)


def odd(path: pathlib.Path, kind: int, rng: random.Random) -> None:
    """A sound file of which little can be said."""
    given = {"workloads": [rng.choice([PLAIN, FAMILY[1]])], "seed": rng.randrange(1000),
             "cores": (1, 2), "threads": (1, 2), "depth": (1, 16), "rounds": rng.randint(1, 9)}
    if kind == 1:  # one cell
        given |= {"cores": (1,), "threads": (1,), "depth": (1,)}
    elif kind == 2:  # one round
        given["rounds"] = 1
    elif kind == 3:  # nothing but NaN
        given |= {"keep": numpy.False_, "verdict": rng.choice((False, []))}
    elif kind == 4:  # interrupted in its first rounds
        given |= {"verdict": False, "keep": numpy.arange(given["rounds"]) < rng.randint(0, 2)}
    elif kind == 5:  # no valid sample
        given["flags"] = 1 << rng.randrange(8)
    elif kind == 6:  # impossible numbers
        given["time"] = numpy.float64(rng.choice((0.0, -1.0, 1e300, 5e-324, numpy.inf)))
    elif kind == 7:  # of an older version, and of other words
        given |= {"without": rng.sample(sorted(set(made.SAMPLES) - set(variables.NEEDED)), 6),
                  "verdict": [{"workload": 7, "cores": "x", "reason": 1.5}],
                  "claims": [{"number": "y", "claim": 2}], "machine": {"summary": 3.5},
                  "status": rng.randrange(4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the numbers that are made here
        made.run_file(path, **given)


def try_one(path: pathlib.Path) -> tuple[pathlib.Path, Said, str]:
    """A report of the file, with one of the pictures: what was said, and the page."""
    with drawing(pictures.PICTURES[int(path.stem) % len(pictures.PICTURES)]):
        said = command(path)
    output = path.with_suffix(".html")
    return path, said, output.read_text(encoding="utf-8") if output.exists() else ""


def test_files_of_all_kinds():
    """100 damaged, empty, interrupted, single-cell, single-round and NaN-only files: a page that
    says what is missing, or one line and status 2 or 4"""
    rng = random.Random(5)
    with folder() as private:
        paths = [private / f"{i}.h5" for i in range(100)]
        for i, path in enumerate(paths):
            if i < 8:
                odd(path, i, rng)
            elif i < 12:
                path.write_bytes(b"")
            else:
                shutil.copy(paths[i % 8], path)
                damage(path, rng)
        with multiprocessing.get_context("fork").Pool() as pool:
            tried = pool.map(try_one, paths, chunksize=5)
    for path, said, text in tried:
        if said.status == 0:
            page = Page(text)
            assert re.fullmatch(r"(note: [^\n]+ left out\.\n)*", said.err), (path, said)
            assert page.has("Every number"), (path, said)
            assert page.rows or page.has("Nothing was measured."), (path, page.text)
        else:
            assert said.status in (2, 4) and said.out == text == "", (path, said)
            assert re.fullmatch(r"cual: [^\n]+\n", said.err), (path, said)
    statuses = collections.Counter(said.status for _, said, _ in tried)
    assert statuses[0] > 8 and statuses[2] and statuses[4], statuses


def test_thousand_cells():
    """1 000 cells of 100 rounds take a small part of the 20 s that 10 000 may take"""
    axes = {"cores": (1,), "ranks": range(1, 6), "threads": range(1, 11), "depth": (1, 2)}
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=[PLAIN | {"name": f"w{i}"}
                                                            for i in range(10)], rounds=100, **axes)
        page = page_of(path)
        assert len(page.rows) == 1001, len(page.rows)


def test_a_large_job():
    """a page of 52 rows and 400 cells, as the job question has, takes 4 s of a processor and 1.5 MB at most"""
    workloads = [PLAIN | {"name": f"flops{i}"} for i in range(14)] + [
        FAMILY[0] | {"name": f"mixed[wait_fraction={i / 12:.3g}]", "wait_fraction": i / 12} for i in range(12)]
    with folder() as private:
        path = made.run_file(private / "run.h5", workloads=workloads, rounds=20, ranks=(1, 2), threads=(1, 2),
                             depth=(1, 64), cores=(1, 2))
        start = time.process_time()
        said = command(path)
        took = time.process_time() - start
        assert said.status == 0 and said.out.splitlines()[1].startswith("52 verdicts"), said
        size = path.with_suffix(".html").stat().st_size
        cells = int(re.search(r"(\d+) cells", said.out)[1])
    assert cells > 350 and size <= 1.5e6 and took <= 4, (cells, size, took)


def test_folding_and_warnings():
    """16 rows stand open and 17 are folded; two warnings stand open and three are folded; each is told once and
    in short, and a group stands where the first row of its family stands"""
    row = {"workload": "a", "cores": 1, "choice_ranks": 1, "choice_model": "threads", "choice_speed_up": 2.0,
           "reason": "Use threads."}
    names = ["b[x=1]", "a", "b[x=2]"] + [f"c{i}" for i in range(14)]
    for count, warned in ((16, 2), (17, 3)):
        lines = [f"w{i}: found; do this; and that" for i in range(warned)]
        with folder() as private:
            path = made.run_file(private / "run.h5", workloads=[PLAIN], machine={"warnings": "\n".join(
                lines + lines[:1])}, verdict=[row | {"workload": name} for name in names[:count]])
            page = page_of(path)
        folded = [given for tag, given in page.tags if tag == "details" and given.get("class") == "family"]
        assert len(folded) == count - 1 and all(("open" in one) == (count == 16) for one in folded), folded
        assert page.has("b (2 workloads) 1 core: threads, 2.00× threads"), page.text[:2000]
        assert page.text.index("b (2 workloads)") < page.text.index("b[x=2], 1 core:") < page.text.index("a, 1 core:")
        assert page.text.count("found.") == warned and page.has("Warning: w1: found. What to do"), page.text[:1000]
        assert page.has("3 warnings:") == (warned == 3) and page.text.index("found.") < page.text.index("Verdict T")


def test_whole_report():
    """a page with all pictures of 24 workloads takes at most 4 s of CPU time and 1.5 MB"""
    workloads = [one | {"name": f"{one['name']}{i}"} for i in range(7) for one in (
        PLAIN | {"flops": 1e6}, {"name": "triad", "compute": "triad", "compute_time": 1e-3, "flops": 1e6,
                                 "bytes": 1.2e7}, {"name": "wait", "wait": "timer", "wait_time": 1e-3})]
    workloads += [FAMILY[0] | {"name": f"mixed[wait_fraction={f}]", "wait_fraction": f}
                  for f in (0.1, 0.5, 0.9)]
    axes = AXES | {"depth": (1, 16)}
    with folder() as private:
        flags = 16 * (numpy.arange(12) % 2)
        path = made.run_file(private / "run.h5", workloads=workloads, flags=flags, **axes)
        start = time.process_time()
        said = command(path, "-o", private / "page.html")
        took, size = time.process_time() - start, (private / "page.html").stat().st_size
        assert said.status == 0 and int(re.search(r"(\d+) pictures", said.out)[1]) > 8, said
        assert took <= 4 and size <= 1.5e6, (took, size)


def test_pictures_of_some():
    """--workload draws all there is of a workload or family, where the page has no room for it"""
    with folder() as private:
        others = [dict(PLAIN, name=f"flops{i}") for i in range(12)]
        path = made.run_file(private / "a.h5", workloads=others + FAMILY, rounds=7, **AXES)
        whole = command(path, "--pictures", private / "all", "-o", private / "all.html")
        some = command(path, "--pictures", private / "some", "-o", private / "some.html",
                       "--workload", "mixed", "--workload=flops7")
        assert (whole.status, some.status) == (0, 0), whole.err + some.err
        page = (private / "all.html").read_text(encoding="utf-8")
        assert "Not drawn for want of room" in page
        assert "Not drawn" not in (private / "some.html").read_text(encoding="utf-8")
        heat = (private / "some/heat.svg").read_text(encoding="utf-8")
        assert "flops7" in heat and "mixed 0.9" in heat and "flops3" not in heat
        short = command(path, "--workload", "mixed 0.9", "-o", private / "short.html")
        assert short.status == 0, "the name by which the pictures call it"
        unknown = command(path, "--workload", "mixd", "-o", private / "b.html")
        assert unknown.status == 2 and "mixd" in unknown.err + unknown.out, unknown
