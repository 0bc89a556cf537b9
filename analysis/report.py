"""`cual report`: one self-contained HTML page with the answer, the pictures and every number."""

import argparse
import base64
import collections
import hashlib
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import jinja2
import markupsafe
import xarray

from . import glance, inline, pictures, scaling, sentences, table, terminal
from .load import Answer, answers, files_of, left_out, load
from .output import written
from .pictures import frame, words
from .rows import text_of
from .text import printable, say

TEMPLATES = pathlib.Path(__file__).parent / "templates"
MARK = b'<meta name="generator" content="cual report">'  # how an earlier report is known
MARK_BYTES = 512  # from the beginning, within which the mark stands
SCRIPTS = ("table.js", "pictures.js")  # which the page holds, in this order
SENTENCES_MOST = 5000  # rows of the verdict, of a file; HTML with more is nothing that people read
PICTURES_PRINTED = 4  # on paper, beside that of the answer: more are many sheets
WARNINGS_MOST = 100  # of a file
WARNINGS_SEEN = 2  # that stand unfolded at the top of the page
TEXT_MOST = 20_000  # characters of one text of the provenance
LINE_MOST = 160  # characters of a fact that stands in a line; longer ones are folded

HEADLINE = "bars"  # the picture that stands beside the answer
CSS_PIXELS = 140  # for an inch of a picture: its text is as large as the page's

OUTCOMES = {"holds here": "holds", "does not hold here": "fails", "not tried": "untried"}


# -- the answer --

def _claims(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: text_of(row, name) for name in ("number", "outcome", "claim", "reason")}
            | {"kind": OUTCOMES.get(str(row.get("outcome")), "open")} for row in rows]


def _missing(answer: Answer) -> list[str]:
    """What a reader looks for in the verdict and does not find."""
    notes = []
    if not answer.complete:
        notes.append(f"The run did not end: the file holds {answer.rounds} rounds and no verdict.")
    elif not answer.verdicts:
        notes.append("The run has ended without a verdict: nothing was measured that one could rest on.")
    if len(answer.verdicts) > SENTENCES_MOST:
        notes.append(f"The first {SENTENCES_MOST} of {len(answer.verdicts)} rows.")
    return notes


# -- provenance --

def _lines(text: str) -> str:
    """A text of several lines, fit to be shown, with what is missing said."""
    cut = "\n".join(printable(line, TEXT_MOST) for line in text[:TEXT_MOST].splitlines())
    rest = len(text) - TEXT_MOST
    return cut if rest <= 0 else f"{cut}\n… and {rest} characters more, in the file"


def _facts(title: str, facts: dict[str, Any], without: Iterable[str]
           ) -> tuple[str, list[tuple[str, str]], list[tuple[str, str]]] | None:
    """A title, facts of one line, and facts of many; None where there are none."""
    told = [(printable(name), str(value)) for name, value in facts.items()
            if name not in without and value not in (None, "")]
    short = [(name, printable(text)) for name, text in told
             if len(text) <= LINE_MOST and "\n" not in text]
    long = [(name, _lines(text)) for name, text in told
            if len(text) > LINE_MOST or "\n" in text]
    return (title, short, long) if told else None


def _file(answer: Answer) -> dict[str, Any]:
    """All that the page says of one file."""
    ended = ("No claim was tested: the job has none of the cells that claims need."
             if answer.complete else "Claims are tested when a run ends.")
    facts = (_facts("The run", answer.provenance, ()),
             _facts("The machine", answer.machine, ("warnings", "topology_xml")))
    return {"name": printable(answer.file), "glance": glance.of(answer), "missing": _missing(answer),
            "groups": sentences.groups(answer.verdicts, SENTENCES_MOST), "claims": _claims(answer.claims[:100]),
            "no_claims": ended, "warnings": [printable(line, 1000) for line in _warnings(answer)],
            "facts": [fact for fact in facts if fact]}


def _warnings(answer: Answer) -> list[str]:
    """What `cual doctor` warned of: what was found, and after a semicolon what to do; not fit to be shown."""
    return str(answer.machine.get("warnings") or "").splitlines()[:WARNINGS_MOST]


def _warned(answers: list[Answer]) -> list[str]:
    """What was found that spoils measurements, each once, in short."""
    found = (printable(line.partition(";")[0].strip(), LINE_MOST) for answer in answers
             for line in _warnings(answer))
    return list(filter(None, dict.fromkeys(found)))


def _about(answers: list[Answer]) -> list[str]:
    """What was measured, where and when, a line per file."""
    most = 4
    lines = []
    for answer in answers[:most]:
        job = printable(str(answer.provenance.get("job_file") or "a job"))
        began = printable(str(answer.provenance.get("started") or "at an unknown time"))
        machine = printable(str(answer.machine.get("summary") or "an unnamed machine"), 512)
        lines.append(f"{machine}. {answer.rounds} rounds of {job}, begun {began}.")
    rest = len(answers) - most
    return lines + ([f"… and {rest} files more."] if rest > 0 else [])


# -- scaling --

def _law(row: scaling.ScalingRow) -> dict[str, str]:
    """A row of the table of scaling: the most cores, and the law where there is one."""
    curve, fit = row.curve, row.fit
    times, share = ([float(values[-1]) for values in interval[:3]]
                    for interval in (curve.speed_up, curve.efficiency))
    told = {"workload": printable(curve.workload), "cores": str(curve.cores[-1]),
            "model": curve.model + (f", {curve.depth} in flight" if curve.depth > 1 else ""),
            "speed_up": words.interval(*times), "efficiency": words.interval(*share),
            "law": "–", "left_out": "–", "held_out": "–"}
    if not fit:
        return told
    parameters = "; ".join(f"{p.name} = {p.value:.3g} ({p.low:.3g} … {p.high:.3g})"
                           for p in fit.parameters)
    return told | {"law": f"{fit.law.name}, {fit.law.formula}: {parameters}",
                   "left_out": f"{100 * fit.error:.1f} %",
                   "held_out": f"{100 * fit.held_out_error:+.1f} % at {fit.held_out_cores}"}


def _laws_note(rows: Sequence[scaling.ScalingRow]) -> str:
    """Why there are rows without a law, each reason once."""
    reasons = collections.Counter(row.why_not for row in rows if not row.fit)
    return " ".join(f"No law for {count} of {len(rows)}: {printable(reason)}."
                    for reason, count in reasons.items())


# -- the page --

def _picture(picture: pictures.Picture) -> dict[str, Any]:
    """An image; with marks that say what they are, a part of the page."""
    size = tuple(round(CSS_PIXELS * float(side)) for side in picture.figure.get_size_inches())
    if picture.spots:
        return _told(picture) | {"inline": markupsafe.Markup(inline.svg(picture, size))}
    told = base64.b64encode(picture.svg(plain=False).encode("utf-8", "replace")).decode("ascii")
    return _told(picture) | {"address": f"data:image/svg+xml;base64,{told}", "size": size}


def _told(picture: pictures.Picture) -> dict[str, str]:
    """What is said with a picture."""
    return {name: getattr(picture, name) for name in ("name", "title", "reading", "alt", "caption")}


def _templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
                              trim_blocks=True, lstrip_blocks=True,
                              undefined=jinja2.StrictUndefined)


def page(run: xarray.Dataset, answers: list[Answer],
         drawn: Sequence[pictures.Picture]) -> str:
    """The page as HTML. `run` is what load gives with flagged=True."""
    templates = _templates()
    script = "".join(templates.get_template(name).render() for name in SCRIPTS)
    script_hash = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    names = [printable(answer.file) for answer in answers]
    listed = table.of(run)
    scaled = scaling.summary(run)
    return templates.get_template("report.html.j2").render(
        script=markupsafe.Markup(script), script_hash=f"sha256-{script_hash}",
        warned=_warned(answers), warnings_seen=WARNINGS_SEEN, printed=PICTURES_PRINTED,
        title=f"Which model to use: {names[0]}"
              + (f" and {len(names) - 1} more" if len(names) > 1 else ""),
        alarms=[printable(answer.not_believed, 4096) for answer in answers
                if answer.not_believed is not None],
        about=_about(answers), files=[_file(answer) for answer in answers],
        pictures=[_picture(picture) for picture in drawn if picture.name != HEADLINE],
        headline=next((_picture(picture) for picture in drawn if picture.name == HEADLINE), None),
        laws=[_law(row) for row in scaled], laws_note=_laws_note(scaled),
        columns=table.COLUMNS, rows=listed.rows, rows_note=listed.note,
        notes=[printable(line, 1000) for line in str(run.attrs.get("notes", "")).splitlines()])


# -- the command --

def _check_output(path: pathlib.Path, inputs: Sequence[str], force: bool) -> None:
    """Refuses to write over anything but an earlier report; over a run file always."""
    name = printable(str(path), 4096)
    if not path.parent.is_dir():
        raise terminal.Refused(terminal.USAGE, f"{name}: the folder for it does not exist")
    if not path.exists():
        return
    if not path.is_file():
        raise terminal.Refused(terminal.USAGE, f"{name}: is not a file")
    if any(os.path.exists(other) and path.samefile(other) for other in inputs):
        raise terminal.Refused(terminal.USAGE,
                               f"{name}: is the run file itself; -o names another file")
    with open(path, "rb") as earlier:
        ours = MARK in earlier.read(MARK_BYTES)
    if not ours and not force:
        raise terminal.Refused(terminal.USAGE, f"{name}: exists and is not an earlier report; "
                                  "--force writes over it, -o names another file")


def _save_pictures(drawn: Sequence[pictures.Picture], folder: pathlib.Path, force: bool) -> None:
    """NAME.svg, NAME.png and NAME.pdf of each; nothing is written over without `force`."""
    folder.mkdir(exist_ok=True)
    for picture in drawn:
        for end in frame.ENDS:
            there = folder / f"{picture.name}.{end}"
            if there.exists() and not force:
                raise terminal.Refused(terminal.USAGE, f"{printable(str(there), 4096)}: exists already; "
                                          "--force writes over it")
        picture.save(folder)


def options_parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = terminal.parser(
        "report", "Makes one page for a browser that needs nothing else: the verdict, the claims, "
        "pictures, scaling laws, every number, and where it all comes from. Several files are "
        "shards of one study: they are merged.")
    parser.add_argument("files", nargs="+", metavar="FILE.h5", help="run files")
    parser.add_argument("-o", "--output", metavar="OUT.html",
                        help="the page; without it NAME.html beside the first file")
    parser.add_argument("--pictures", metavar="FOLDER",
                        help="also writes each picture as SVG, PNG and PDF into this folder")
    parser.add_argument("--workload", metavar="NAME", action="append", default=[],
                        help="draws the pictures of this workload or family only, with all that was "
                             "measured of it; may be given again")
    parser.add_argument("--across", action="store_true",
                        help="merges runs of different machines, too")
    parser.add_argument("--force", action="store_true",
                        help="writes over files that are not earlier reports")
    return parser


def _called(workload: str) -> set[str]:
    """What a workload answers to: its name, that of its family, and what the pictures call it."""
    return {workload, words.family(workload), words.workload(workload)}


def _of_workloads(run: xarray.Dataset, names: Sequence[str]) -> xarray.Dataset:
    """What the run has of workloads and families, or all when none is named."""
    there = [str(name) for name in run["workload"].values]
    for name in names:
        if not any(name in _called(one) for one in there):
            shown = ", ".join(printable(one, 60) for one in there[:20])
            raise terminal.Refused(terminal.USAGE, f"--workload {printable(name, 60)}: there is no "
                                                   f"such workload; there are: {shown}")
    chosen = [i for i, one in enumerate(there) if _called(one) & set(names)]
    return run.isel(workload=chosen) if names else run


def main(argv: Sequence[str]) -> int:
    """Reads, draws, writes; returns the exit status. Raises what terminal.status_of knows."""
    arguments = options_parser().parse_intermixed_args(argv)
    if "" in (arguments.output, *arguments.files):
        raise terminal.Refused(terminal.USAGE, "a file's name is empty")
    output = pathlib.Path(arguments.output or pathlib.Path(arguments.files[0]).with_suffix(".html"))
    _check_output(output, arguments.files, arguments.force)
    files = files_of(arguments.files)
    run = load(files, flagged=True, across=arguments.across)
    told = answers(files)
    drawn = list(pictures.draw(_of_workloads(run, arguments.workload), told))
    if arguments.pictures:
        folder = pathlib.Path(arguments.pictures)
        with terminal.writing(folder):
            _save_pictures(drawn, folder, arguments.force)
    for file, answer in zip(files, told, strict=True):
        for line in left_out(file, answer.file):
            terminal.note(printable(line))
    text = page(run, told, drawn)
    with written(output) as out:
        out.write(text.encode("utf-8", "replace").decode("utf-8"))
    counts = ((sum(len(answer.verdicts) for answer in told), "verdict"),
              (sum(len(answer.claims) for answer in told), "claim"), (len(drawn), "picture"),
              (table.count(run), "cell"), (sum(answer.rounds for answer in told), "round"),
              (len(told), "file"))
    counted = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts)
    say(f"{printable(str(output), 4096)}\n{counted}\n")
    return 0
