"""plan, list and doctor with --json: the same content as their text, by the schemas in docs."""

import collections
import copy
import json
import os
import re
import shutil
from collections.abc import Iterator

import jsonschema

from end_to_end.findings import findings
from end_to_end.program import BUILD, ROOT, Result, folder, mpirun, run, write
from end_to_end.test_footprints import LARGE

JOB = """
budget: 1 h
cores:   [1, 2, 64]
threads: [1, 2]
depth:   [1, 16]
workloads:
  tri:   {compute: triad, memory: 12 MiB, task: 1 ms, tasks: 16, depth: 1}
  waits: {wait: timer, latency: [1 ms, 2 ms], tasks: 16}
  reads: {wait: file, file: 1 MiB, tasks: 16}
"""
UNITS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "B": 1, "KiB": 2**10,
         "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "k": 1e3, "M": 1e6, "%": 0.01, "": 1}
# Findings that are the same whenever one looks.
STEADY = ("cores", "quota", "ranks", "batch system", "launcher", "environment", "hardware threads", "governor",
          "turbo", "memory nodes", "clock source", "virtual machine", "container")
BAD = os.fsdecode(b"b\xffd\x1b")  # neither UTF-8 nor fit for a terminal
SHOWN = "b\\xffd\\x1b"


def quantity(text: str) -> float:
    """A number with its unit, as the text forms print it, in s, bytes or as it is."""
    number, unit = re.fullmatch(r"([\d.e+-]+) ?(\S*)", text).groups()
    return float(number) * UNITS[unit]


def is_near(number: float, text: str) -> bool:
    """Whether a number is what a text says with three digits."""
    return abs(number - quantity(text)) <= 0.006 * number


def lacking(data: object) -> Iterator[tuple]:
    """The path to each key of each object; of an array its first value stands for all."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (key,)
            yield from ((key, *path) for path in lacking(value))
    elif isinstance(data, list) and data:
        yield from ((0, *path) for path in lacking(data[0]))


def read(result: Result, name: str) -> dict:
    """The one object that a command has printed, by its schema, which refuses it without any of its keys
    and with one more."""
    schema = json.loads((ROOT / f"docs/{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    data = json.loads(result.out)
    validator.validate(data)
    assert data["version"] == 1, data["version"]
    for path in lacking(data):
        less, more = copy.deepcopy(data), copy.deepcopy(data)
        for changed in (less, more):
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner["another"] = inner[path[-1]]
            if changed is less:
                del inner["another"], inner[path[-1]]
            assert not validator.is_valid(changed), f"{name}: the schema allows a change at {path}"
    return data


def cell_line(cell: dict) -> str:
    """The line of a cell in the text form."""
    point, crowded = cell["point"], ", more workers than cores" if cell["oversubscribed"] else ""
    assert point["point"] == "{ranks}×{threads}×{depth}@{cores}".format(**point), point
    assert cell["oversubscribed"] == (point["ranks"] * point["threads"] > point["cores"]), cell
    assert cell["feasible"] == (cell["reason"] is None), cell
    return (f"cell        {cell['workload']}  {point['point']}  {point['model']}{crowded}" if cell["feasible"]
            else f"infeasible  {cell['workload']}  {point['point']}: {cell['reason']}")


def check_plan(plan: dict, text: str) -> None:
    """The data say what the text form says."""
    counts, machine, time, space = (plan[key] for key in ("counts", "machine", "time", "space"))
    axes = "; ".join(f"{axis} {' '.join(map(str, values))}" for axis, values in plan["axes"].items())
    assert f"{counts['workloads']} workloads; {axes}\n" in text, text
    assert ("{feasible} cells to measure, {infeasible} infeasible, at most {rounds_at_most} rounds, ".format(**counts)
            + "{cores} cores, {ranks} ranks on this node\n".format(**machine)) in text, text
    lines = [line for line in text.splitlines() if re.match("cell  |infeasible  ", line)]
    assert sorted(map(cell_line, plan["cells"])) == sorted(lines), text
    assert [sum(cell["feasible"] is is_feasible for cell in plan["cells"]) for is_feasible in (True, False)] \
        == [counts["feasible"], counts["infeasible"]]
    budget = re.search("the budget is (.*)", text)[1]
    assert is_near(time["budget_s"], budget), time
    least = re.search("time: (?:at least (.*), of which )?.* take (?:at least )?(.*?)(?:, and the warm-up and a round "
                      "(.*) each)?; ", text)
    for key, words in zip(("least_s", "before_s", "round_s"), least.groups(), strict=True):
        assert (time[key] is None) == (words is None), (time, text)
        assert words is None or is_near(time[key], words), (time, text)
    kept = re.search(r"space: ([\d.]+) MiB of scratch files in (\S+), ([\d.]+) MiB .* at most ([\d.]+) MiB", text)
    assert [f"{space[key] / 2**20:.1f}" for key in ("scratch_bytes", "run_file_bytes", "ended_run_file_bytes")] \
        == [kept[1], kept[3], kept[4]] and space["scratch_folder"] == kept[2], space
    for workload in plan["workloads"]:
        said = re.search(rf"^footprint   {re.escape(workload['name'])}  (.*) for each (\w+)$", text, re.MULTILINE)
        footprint = workload["footprint"]
        assert bool(said) == bool(footprint), workload
        assert not said or (is_near(footprint["bytes"], said[1]) and footprint["of"] == said[2]), workload
        warned = f"warning     {workload['name']}  {workload['warning']}\n"
        assert (warned in text) == (workload["warning"] is not None), workload
    assert text.count("\nwarning ") == sum(workload["warning"] is not None for workload in plan["workloads"])
    described = " ".join("{name}={value}".format(**one) for one in machine["described_by"])
    assert (f"machine: hwloc describes another one, by {described}; " in text) == bool(described), text


def test_plan() -> None:
    """plan --json is the plan as the schema says, with the cells, numbers and warnings of the text form"""
    with folder() as private:
        job, known = write(private / "job.yaml", JOB), write(private / "known.yaml", JOB.partition("  reads:")[0])
        for file, changes in ((job, {}), (job, {"HWLOC_SYNTHETIC": LARGE}), (known, {})):
            text, data = (run("plan", file, option, **changes) for option in ("--cells", "--json"))
            assert text.status == data.status == 0 and text.err == data.err == "", (text, data)
            plan = read(data, "plan")
            assert plan["job"] == str(file) and plan["machine"]["nodes"] == 1, plan
            check_plan(plan, text.out)


def test_plan_fails_alike() -> None:
    """plan --json has the exit status and the message of the text form: a job that is wrong, no cell, no time"""
    with folder() as private:
        job = write(private / "job.yaml", JOB)
        for words, prints in ((("--set", "tri.tasks=0"), False), (("--set", "tri.cores=64"), False),
                              (("--budget", "10ms"), True), (("--json=yes",), False)):
            text, data = (run("plan", job, *words, *more) for more in ((), ("--json",)))
            assert text.status == data.status == 2 and text.err == data.err != "", (text, data)
            assert bool(text.out) == bool(data.out) == prints, data
            if prints:
                assert read(data, "plan")["time"]["budget_s"] == 0.01, data


def test_foreign_bytes() -> None:
    """names and variables that are no UTF-8, or that a terminal obeys, stand in the JSON escaped"""
    with folder() as private:
        job = write(private / f"{BAD}.yaml", JOB)
        plan = read(run("plan", job, "--json", HWLOC_FSROOT=BAD), "plan")
        assert plan["job"] == f"{private}/{SHOWN}.yaml", plan["job"]
        assert {"name": "HWLOC_FSROOT", "value": SHOWN} in plan["machine"]["described_by"], plan["machine"]
        shutil.copy(BUILD / "cual", private / "cual")
        (private / "jobs").mkdir()
        (private / f"jobs/{BAD}.yaml").write_bytes(b"# says \xfe\x1b[2J\n")
        (private / "jobs/silent.yaml").write_bytes(b"rounds: 1\n")
        listed = read(run("list", "--json", program=private / "cual"), "list")
        assert listed["jobs"] == [{"name": SHOWN, "help": "says \\xfe\\x1b[2J"}, {"name": "silent", "help": ""}]


def ranges(lines: list[str]) -> dict[str, str]:
    """What stands in the last brackets behind each option of the text form, and its help before them, by name."""
    return {line[4:17].strip(): line[19:] for line in lines if re.match("    [a-z]", line)}


def check_option(option: dict, text: str) -> None:
    """An option of the data is the line of the text form."""
    assert text.startswith(f"{option['help']} ("), (option, text)
    allowed, _, default = text[len(option["help"]) + 2:-1].partition("; default ")
    if option["kind"] == "choice":
        assert option["choices"] == allowed.split(" | "), (option, text)
    elif option["kind"] in ("flag", "path"):
        assert allowed == {"flag": "true | false", "path": "a folder"}[option["kind"]], (option, text)
    else:
        assert [option["minimum"], option["maximum"]] == [quantity(one) for one in allowed.split(" … ")], (option, text)
    said = option["default"]
    assert (said is None) == (default == ""), (option, text)
    if isinstance(said, bool | str):
        assert str(said).lower() == default, (option, text)
    elif said is not None:
        assert said == quantity(default), (option, text)


def sections(text: str) -> dict[str, list[str]]:
    """The lines of the text form of list below each of its headings, by the heading's first word or two."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in text.splitlines():
        if line[0] != " ":
            heading = line
            found[heading] = []
        else:
            found[heading].append(line)
    return found


def test_list() -> None:
    """list --json is the list as the schema says, with the jobs, options, ranges and claims of the text form"""
    listed = read(run("list", "--json"), "list")
    text = run("list").out
    said = sections(text)
    assert f"jobs in {listed['jobs_folder']}, each for: cual run NAME" in said, text
    jobs = [f"  {job['name']:<8} {job['help']}" for job in listed["jobs"]]
    assert jobs == next(iter(said.values())) and len(jobs) == len(list((ROOT / "jobs").glob("*.yaml"))), jobs
    assert f"export PYTHONPATH={listed['python_folder']}\n" in text, text
    for group, heading in (("kernels", "compute: KERNEL"), ("engines", "wait: ENGINE")):
        parts = re.split(r"\n(?=  \S)", "\n".join(said[heading]))
        assert len(parts) == len(listed[group]), parts
        for one, part in zip(listed[group], parts, strict=True):
            lines = part.splitlines()
            lacks = f" — unavailable: {one['unavailable_because']}" if not one.get("available", True) else ""
            assert lines[0] == f"  {one['name']:<8} {one['help']}{lacks}", part
            assert group == "kernels" or f" D = 1: {one['blocking']}; D > 1: {one['in_flight']}" in lines[1], part
            options = ranges(lines[1:])
            assert list(options) == [option["name"] for option in one["options"]], part
            for option in one["options"]:
                check_option(option, options[option["name"]])
    for group, heading in (("workload_keys", "keys of every workload"), ("job_keys", "keys of a job")):
        options = ranges(said[heading])
        assert list(options) == [option["name"] for option in listed[group]], options
        for option in listed[group]:
            check_option(option, options[option["name"]])
    claims = [part for claim in listed["claims"]
              for part in (f"  {claim['number']:2} {claim['claim']}", f"     {claim['rule']}")]
    assert claims == list(said.values())[-1], claims


def check_doctor(doctor: dict, found: dict[str, tuple[str, str]]) -> None:
    """The data say what the text form says, as far as that does not change."""
    said = doctor["findings"]
    assert [one["name"] for one in said] == list(found), said
    states = collections.Counter(one["state"] for one in said)
    assert {state: states[state] for state in ("ok", "warning", "unknown")} == doctor["counts"], doctor["counts"]
    assert all((one["advice"] is None) or one["state"] == "warning" for one in said), said
    for one in said:
        if one["name"] in STEADY:
            mark, text = found[one["name"]]
            assert {"o": "ok", "!": "warning", "?": "unknown"}[mark] == one["state"], (one, mark)
            words = re.sub(r"[\s.]", "", one["value"] + (one["advice"] or ""))
            assert words == re.sub(r"[\s.]", "", text), (one, text)


def test_doctor() -> None:
    """doctor --json has the findings of the text form as the schema says, warnings too, and exit status 0"""
    with folder() as private:
        changes = {"TMPDIR": str(private), "HWLOC_FSROOT": BAD}
        text, data = (run("doctor", *words, **changes) for words in ((), ("--json",)))
        assert data.status == 0 and data.err == "" and os.listdir(private) == [], data
        doctor = read(data, "doctor")
        check_doctor(doctor, findings(text))
        assert text.out.startswith(doctor["machine"] + "\n"), (text.out, doctor["machine"])
        environment = next(one for one in doctor["findings"] if one["name"] == "environment")
        assert environment["state"] == "warning" and f"HWLOC_FSROOT={SHOWN}" in environment["value"], environment


def test_of_ranks() -> None:
    """among ranks one object is printed, by rank 0"""
    with folder() as private:
        job = write(private / "job.yaml", JOB)
        for words in (("plan", job), ("doctor",)):
            result = run(*words, "--json", before=mpirun(2), TMPDIR=str(private))
            assert result.status == 0, result
            read(result, words[0])
