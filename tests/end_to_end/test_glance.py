"""The answer at a glance: the first 15 lines, their numbers, and the same as data."""

import json
import pathlib
import re

import h5py
import jsonschema

from end_to_end.program import ROOT, folder, run, write
from end_to_end.quiet import within_tries

JOB = """
rounds: 8
cores: 1
ranks: [1, 2]
threads: [1, 2]
depth: [1, 16]
workloads:
  waits:  {wait: timer, latency: 1 ms, tasks: 16}
  works:  {compute: flops, task: 200 us, tasks: 16, depth: 1}
  shares: {compute: append, work: 100, tasks: 5 k, depth: 1}
"""
LINES, COLUMNS = 15, 100


def check_first_lines(private: pathlib.Path) -> None:
    """One attempt: on a very busy machine a workload may have no valid sample."""
    ran = run("run", write(private / "job.yaml", JOB), cwd=private)
    assert ran.status == 0, ran
    shown = run("show", "job.h5", cwd=private)
    assert shown.out == ran.out, f"{ran.out}\n{shown.out}"
    lines = ran.out.splitlines()
    assert len(lines) <= LINES and max(map(len, lines)) <= COLUMNS, ran.out
    assert re.match(r"job · 8 rounds of 16 cells in [\d.]+ m?s · \d+ of \d+ samples excluded", lines[1]), ran.out
    said = "\n".join(lines)
    assert re.search(r"^Does your work wait\?\n├─ no   computing: works  ", said, re.MULTILINE), ran.out
    assert re.search(r"^└─ yes  for speed: waits +async in one thread +1[56]\.?\d*×", said, re.MULTILINE), ran.out
    assert re.search(r"^Do all workers share one list\?\n└─ yes  one list: shares  ", said, re.MULTILINE), ran.out
    assert re.search(r"^(Sure \(95 %\): this|Not sure yet:)", lines[-2]), ran.out
    assert lines[-1].startswith("Why: cual show job.h5 --why "), ran.out
    assert not re.search(r" $", said, re.MULTILINE), "blanks at the end of a line"


def test_the_first_lines_are_the_answer() -> None:
    """run and show print the same answer in at most 15 lines of 100 columns: both branches, how sure, how to see more"""
    within_tries(check_first_lines)


def test_parts() -> None:
    """--why adds the table and the reasons, --claims the claims, --all both, below the same first lines"""
    with folder() as private:
        brief = run("run", write(private / "job.yaml", JOB), cwd=private).out
        why, claims, everything = (run("show", "job.h5", option, cwd=private).out
                                   for option in ("--why", "--claims", "--all"))
        assert all(text.startswith(brief) for text in (why, claims, everything)), why
        assert "use R×T×D" in why and "waits, 1 core: " in why and "common claims" not in why, why
        assert "common claims" in claims and "use R×T×D" not in claims, claims
        table = why[len(brief):].partition("\n\n")[0]
        assert table in everything and everything.endswith(claims[len(brief):]), everything


def test_json() -> None:
    """--json is the answer as the schema says, of run and of show alike, with the numbers of the run file"""
    schema = json.loads((ROOT / "docs/answer.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    with folder() as private:
        ran = run("run", write(private / "job.yaml", JOB), "--json", cwd=private)
        assert ran.out == run("show", "job.h5", "--json", cwd=private).out, ran.out
        answer = json.loads(ran.out)
        jsonschema.validate(answer, schema, jsonschema.Draft202012Validator)
        with h5py.File(private / "job.h5") as file:
            verdict, claims = file["verdict"], file["claims"]
            for i, row in enumerate(answer["verdicts"]):
                assert row["workload"] == verdict["workload"].asstr()[i], row
                assert row["choice"]["point"] == verdict["choice_point"].asstr()[i], row
                for name, stored in (("median", ""), ("low", "_low"), ("high", "_high")):
                    value = float(verdict[f"choice_speed_up{stored}"][i])
                    assert row["speed_up"][name] == (value if value == value else None), row
                assert row["reason"] == verdict["reason"].asstr()[i], row
            assert [one["number"] for one in answer["claims"]] == claims["number"][...].tolist()
            assert [one["use"] if "use" in one else "" for one in answer["advice"]] \
                == file["advice/use"].asstr()[...].tolist()
        del answer["verdicts"][0]["loss"]
        assert not jsonschema.Draft202012Validator(schema).is_valid(answer), "the schema allows what lacks"


def test_nothing_compared() -> None:
    """a job of one point has no advice but says that nothing was compared, and which jobs have what it lacks"""
    with folder() as private:
        job = write(private / "job.yaml", "rounds: 2\ncores: 1\nranks: 1\nthreads: 1\nworkloads:\n"
                    "  a: {wait: timer, latency: 1 ms, tasks: 4}\n")
        out = run("run", job, cwd=private).out
        assert "computing: not measured; the job quick has it" in out, out
        assert "waiting: no workload has two points with valid samples" in out, out
        assert "Nothing was compared" in out, out


MANY_KINDS = JOB + """
  reads:  {wait: file, file: 1 MiB, block: 4 KiB, tasks: 64}
  locked: {compute: primes, task: 200 us, tasks: 16, lock: true, depth: 1}
  mixed:  {compute: primes, task: 500 us, wait: timer, wait_fraction: [0.5, 0.9], tasks: 16}
  loads:  {compute: chase, memory: 1 MiB, task: 200 us, tasks: 16, depth: 1}
"""
SENTENCES = re.compile(r"(?<=[\w)%])\. (?=[A-Z0-9])")
WORDS, WHY_LINES = 25, 3


def test_sentences_are_short() -> None:
    """no sentence of a reason is longer than 25 words, and --why takes at most three lines a row"""
    with folder() as private:
        job = write(private / "job.yaml", MANY_KINDS.replace("cores: 1\n", "cores: [1, all]\n"))
        assert run("run", job, cwd=private).status == 0
        answer = json.loads(run("show", "job.h5", "--json", cwd=private).out)
        assert len(answer["verdicts"]) >= 8, answer
        for row in answer["verdicts"]:
            for sentence in SENTENCES.split(row["reason"]):
                assert len(sentence.split()) <= WORDS, sentence
        why = run("show", "job.h5", "--why", cwd=private).out
        rows = re.findall(r"^\S+, [^\n]*cores?:[^\n]*(?:\n  [^\n]*)*", why, re.MULTILINE)
        assert len(rows) >= 8 and all(len(row.splitlines()) <= WHY_LINES for row in rows), why
