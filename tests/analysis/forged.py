"""Run files whose texts are forged, and what of them may come out: judged by other rules than those of
the program."""

import base64
import csv
import html.parser
import io
import itertools
import json
import pathlib
import random
import re
import unicodedata
import xml.etree.ElementTree as xml
from collections.abc import Iterator

import h5py

from end_to_end.program import Result, run
from tests.analysis import made

# What a terminal obeys, what turns or hides text, what a spreadsheet carries out, what parts its cells, and
# what a page or a picture could take for something else.
PIECES = (
    "\x1b[2J", "\x1b]0;x\x07", "\x9b31m", "\x7f", "\b\b\b", "\r", "\n", "\t", "\v", "\f", "\x01", "\x85",
    "\u202e", "\u2066", "\u200f", "\u061c", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u115f",
    "\u3164", "\u180e", "\u2028", "\u2029", "\u00a0", "\u2003", "\u3000", "\u2800", "\ufe0f", "\U000e0100",
    "\U000e0041", "\ufff9", "\uffff", "\ue000", "\U0010ffff", "\u0378", "\U000f0000",
    "\udcff", "\udcc3(", "\udce2\udc80", "\udced\udca0\udc80", "\udcf4\udc90\udc80\udc80",
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A", "\ufe661",
    "\u22121+1", "\u207a1", " ", "  ", ",", ";", "|", ":", '"', "'", '";', "';", '",', "&", "<b>", "</script>",
    "<script>alert(1)</script>", "{{ 7 }}", "$\\frac{$", "%s%n", "\\", "[a=", "]", "-5", "0", "name", "µ", "日本",
    "\U0001f600", "x" * 40)

BLANKS = "".join(chr(code) for code in range(0x110000)
                 if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zs", "Zl", "Zp"))
IGNORED = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-"
                     "\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
                     "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")


NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?(,|$)")  # also where a comma parts no cells


def is_unseen(text: str) -> bool:
    """Whether a text holds what cannot be printed by Python's rule, or has no shape (Unicode's property
    Default_Ignorable_Code_Point; a blank pattern of Braille)."""
    return not text.isprintable() or IGNORED.search(text) is not None


def name(chance: random.Random) -> str:
    """A forged name: what is forged, put together by chance."""
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))


def fact(chance: random.Random) -> str:
    """The same without bytes that are no UTF-8, which h5py does not write into attributes."""
    return name(chance).encode("utf-8", "replace").decode("utf-8")


def names(count: int, seed: int) -> list[str]:
    """So many that differ, each piece among them alone."""
    chance = random.Random(seed)
    found = dict.fromkeys(PIECES)
    while len(found) < count:
        found[name(chance)] = None
    return list(found)[:count]


def files(private: pathlib.Path, count: int, seed: int, each: int) -> Iterator[pathlib.Path]:
    """Run files that hold so many forged names, `each` in one, wherever a run file holds a text."""
    of_all = names(count, seed)
    for number, start in enumerate(range(0, count, each)):
        chance = random.Random(seed + number)
        workloads = [{"name": one, "compute": name(chance), "wait": name(chance), "storage": name(chance),
                      "kind": name(chance), "compute_time": 1e-4} for one in of_all[start:start + each]]
        text = {key: name(chance) for key in ("claim", "reason", "outcome")}
        claims = [made.CLAIMS[0] | text] + [made.CLAIMS[1] | {"reason": name(chance)}]
        machine = {key: fact(chance) for key in ("summary", "host", "warnings", "kernel", "hardware")}
        machine["topology_xml"] = made.TOPOLOGY.replace("Made Processor", "&#xab;\u202e\u200b\u009b$x")
        provenance = {key: fact(chance) for key in ("command", "job", "started", "job_file", "environment")}
        path = made.run_file(
            private / f"forged{number}.h5", workloads=workloads, cores=(1,), threads=(1,), rounds=2, seed=number,
            claims=claims, machine=machine, provenance=provenance, not_believed=fact(chance) if number == 0 else None)
        yield forge_verdict(path, chance)


def forge_verdict(path: pathlib.Path, chance: random.Random) -> pathlib.Path:
    """Forges the texts of the verdict, too."""
    with h5py.File(path, "r+") as file:
        for column in ("reason", "limit", "bound", "choice_model"):
            item = file["verdict"][column]
            item[...] = [before + b" " + name(chance).encode("utf-8", "surrogateescape") for before in item[...]]
        file["flags"].attrs["flag_meanings"] = " ".join(f"f{fact(chance)}" for _ in range(9))
        made.seal(file)
    return path


# -- what comes out --

def check_lines(text: str, what: str) -> None:
    """Lines of printable characters."""
    for line in text.split("\n"):
        assert not is_unseen(line), f"{what}: {line!r}"


def is_live(cell: str) -> bool:
    """Whether some spreadsheet may carry a cell out: after blanks and what is not seen it begins with a sign
    or what is a form of one, and it is no number."""
    begin = unicodedata.normalize("NFKC", cell.lstrip(BLANKS + "\"'"))
    return begin[:1] in tuple("=+-@\u2212\t\r") and not NUMBER.match(cell)


def cells(text: str) -> Iterator[str]:
    """The cells of a CSV, whatever is taken for what parts and quotes them."""
    for delimiter, quote in itertools.product(",;\t|: ", ('"', "'", None)):
        quoting = csv.QUOTE_NONE if quote is None else csv.QUOTE_MINIMAL
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, quoting=quoting)
        yield from itertools.chain.from_iterable(rows)


def check_csv(text: str, rows: int) -> None:
    """So many rows, printable, and no cell that is carried out."""
    check_lines(text.replace("\r\n", "\n"), "csv")
    assert len(list(csv.reader(io.StringIO(text, newline=""), strict=True))) == rows + 1
    live = {cell for cell in cells(text) if is_live(cell)}
    assert not live, sorted(live)[:20]


class Texts(html.parser.HTMLParser):
    """Every text and every value of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)
        self.found += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def check_page(page: str) -> None:
    """Texts, values and pictures of a page are printable, and nothing stands in it that was not made for it."""
    texts = Texts(page)
    assert "b" in texts.tags and page.count("<script>") == 1 and "alert" not in texts.tags
    for text in texts.found:
        picture = text.startswith("data:image/svg+xml;base64,")
        drawn = base64.b64decode(text.partition(",")[2]).decode("utf-8") if picture else text
        check_lines(drawn, "page")


def show(path: pathlib.Path) -> Result:
    """What show and compare say is printable."""
    shown = run("show", path, "--all", cwd=path.parent, timeout=600)
    assert shown.status in (0, 1), shown.err
    check_lines(shown.out + shown.err, "show")
    compared = run("compare", path, path, "--across", "--all", cwd=path.parent, timeout=600)
    check_lines(compared.out + compared.err, "compare")
    check_compared(path)
    return shown


def check_compared(path: pathlib.Path) -> None:
    """What compare says to programs."""
    report = path.with_suffix(".xml")
    done = run("compare", path, path, "--across", "--json", "--junit", report, cwd=path.parent, timeout=600)
    check_lines(done.out + done.err, "compare --json")
    if done.status == 2 and "is not credible" in done.err:
        return
    text = report.read_text(encoding="utf-8")
    report.unlink()
    check_lines(text, "compare --junit")
    for cell, case in zip(json.loads(done.out)["cells"], xml.fromstring(text).iter("testcase"), strict=True):
        assert not is_unseen(cell["workload"]) and not is_unseen(case.get("classname")), cell


def check_exports(path: pathlib.Path, rows: int) -> None:
    """All formats of an export."""
    for form in ("csv", "jsonl", "extrap", "bencher", "openmetrics"):
        done = run("export", path.name, "--format", form, "-o", f"out.{form}", cwd=path.parent, timeout=600)
        assert done.status == 0, done
        check_lines(done.err, "export")
        text = (path.parent / f"out.{form}").read_bytes().decode("utf-8")
        (path.parent / f"out.{form}").unlink()
        if form == "csv":
            check_csv(text, rows)
        else:
            check_lines(text, form)
        for line in text.splitlines() if form == "jsonl" else ():
            for value in json.loads(line).values():
                assert not isinstance(value, str) or not is_unseen(value), value


def check_report(path: pathlib.Path) -> None:
    """The page, and what is said of it."""
    done = run("report", path.name, cwd=path.parent, timeout=1200, HOME="/nonexistent")
    assert done.status == 0, done
    check_lines(done.out + done.err, "report")
    check_page(path.with_suffix(".html").read_text(encoding="utf-8"))


def check(private: pathlib.Path, count: int, seed: int, each: int) -> None:
    """All commands that read run files, over so many forged names."""
    for path in files(private, count, seed, each):
        show(path)
        check_exports(path, min(each, count) * 2)
        check_report(path)
