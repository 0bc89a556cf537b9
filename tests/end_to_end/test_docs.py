"""README, docs, man pages and completion: what they say is there, and what they show runs."""

import contextlib
import functools
import importlib.util
import json
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import h5py

from end_to_end.program import BUILD, CUAL, ROOT, Skipped, environment_in, folder, patience, run
from end_to_end.test_layers import FLOORS

TIMELESS = True
SHARE = BUILD / "share"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README_LINES = 150
README_ORDER = ["Two commands", "What it prints", "Your question", "Writing a job of your own",
                "Commands", "Why to believe it", "More"]
GLOSSARY_LEAST = {
    "task", "segment", "point", "cell", "round", "visit", "sample", "excluded", "worth", "workload",
    "job", "run file", "node", "rank", "thread", "depth", "in flight", "core", "bound", "tie", "claim"}
BLOCK = re.compile(r"(?:<!-- ([^>]*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_COMMANDS = {"part of an answer"}
JOB = """
cores: 1
threads: [1, 2]
depth: [1, 4]
workloads:
  wait:  {wait: timer, latency: 1 ms, tasks: 8}
  mixed: {compute: primes, task: 200 us, wait: timer, wait_fraction: [0.5, 0.9], tasks: 8}
"""


def read(path: pathlib.Path) -> str:
    """A text file."""
    return path.read_text(encoding="utf-8")


def pages_module():
    """docs/pages.py, as a module."""
    described = importlib.util.spec_from_file_location("pages", ROOT / "docs/pages.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def tables() -> dict:
    """The program's own tables."""
    done = subprocess.run([BUILD / "tables"], capture_output=True, check=True)
    return json.loads(done.stdout)


@functools.cache
def help_of(*command: str) -> str:
    """What --help prints, of the program or of a command."""
    return run(*command, "--help").out


def options() -> list[dict]:
    """Every key that a job file may have, of whatever it is."""
    known = tables()
    return [*known["job"], *known["workload"],
            *(key for things in ("kernels", "engines") for thing in known[things]
              for key in thing["options"])]


# -- links --

def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    without = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", without, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links() -> None:
    """every link within the tree leads to a file and, where it names one, to a heading"""
    count = 0
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            assert file.exists(), f"{page.name}: there is no {target}"
            assert not anchor or anchor in anchors(read(file)), f"{page.name}: no heading {target}"
            count += 1
    assert count > 50, count


def test_paths() -> None:
    """files and folders that README and docs name are there"""
    count = 0
    for page in PAGES:
        for name in re.findall(r"`((?:src|tests|docs|analysis|jobs|slurm|recipes)/[\w./*-]+)`", read(page)):
            if not re.search(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])|site\.conf$", name):  # NAME, ROOM, X
                assert list(ROOT.glob(name)), f"{page.name}: there is no {name}"
                count += 1
    assert count > 20, count


def test_rooms() -> None:
    """developing.md lists the rooms of src, floor by floor as test_layers.py has them"""
    rows = re.findall(r"^\| (`src/.*?) \|", read(ROOT / "docs/developing.md"), re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`src/(\w+)`", row)]
    assert listed == [room for floor in FLOORS for room in floor if room], listed


def test_jobs() -> None:
    """every job in the tree can be planned here"""
    for job in sorted((ROOT / "jobs").glob("*.yaml")):
        done = run("plan", job)
        assert done.status == 0, done


def test_pages_are_on_the_map() -> None:
    """README names every page, and jobs.md every job"""
    for page in PAGES[1:]:
        assert f"(docs/{page.name})" in read(ROOT / "README.md"), page
    for job in (ROOT / "jobs").glob("*.yaml"):
        assert f"(../jobs/{job.name})" in read(ROOT / "docs/jobs.md"), job


def test_readme() -> None:
    """README is short, in its order, and lists the commands as the program does"""
    text = read(ROOT / "README.md")
    assert len(text.splitlines()) <= README_LINES, len(text.splitlines())
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == README_ORDER
    assert text.index("docs/cube.svg") < text.index("## Two commands")
    commands = BLOCK.search(text, text.index("## Commands"))[3].splitlines()
    assert len(commands) >= 8 and set(help_of().splitlines()) >= set(commands), commands


# -- what stands in comments and in the glossary --

def sections(page: pathlib.Path) -> set[str]:
    """The numbers of a page's sections."""
    return set(re.findall(r"^## ([0-9]+)\. ", read(page), re.MULTILINE))


def test_citations() -> None:
    """pages and sections that the source cites are there"""
    cited = 0
    for folder_name in ("src", "analysis", "tests", "docs", "slurm", "jobs"):
        for file in (ROOT / folder_name).rglob("*"):
            if file.suffix not in (".c", ".h", ".py", ".sh", ".yaml"):
                continue
            text = re.sub(r"\n\s*(\*|#|//)? *", " ", read(file))
            assert not re.search(r"\bDESIGN\b(?!\\b)", text), f"{file}: cites no page that is here"
            for name, section in re.findall(r"docs/(\w+\.md)(?:, section ([0-9]+))?", text):
                page = ROOT / "docs" / name
                assert page.exists(), f"{file}: there is no {name}"
                assert not section or section in sections(page), f"{file}: {name} has no {section}"
                cited += bool(section)
    assert cited >= 3, cited


def glossary() -> dict[str, str]:
    """The words and what they mean."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", read(ROOT / "docs/glossary.md"), re.MULTILINE)
    terms = [(word, meaning) for word, meaning in rows if word != "word"]
    assert len(terms) == len(dict(terms)), "a word stands there twice"
    return dict(terms)


def test_glossary() -> None:
    """the glossary has every word of the list, each in a whole sentence that uses it"""
    words = glossary()
    assert words.keys() >= GLOSSARY_LEAST, GLOSSARY_LEAST - words.keys()
    for word, meaning in words.items():
        assert re.fullmatch(r"[A-Z`].*[.]", meaning) and len(meaning.split()) > 5, word
        first = word.split(", ")[0].split()[0].lower()
        assert first[:4] in meaning.lower(), f"{word}: {meaning}"


def test_cube() -> None:
    """the picture of the cube is what its script draws"""
    drawn = subprocess.run(["/usr/bin/python3", ROOT / "docs/cube.py"], capture_output=True, text=True,
                           check=True).stdout
    assert drawn == read(ROOT / "docs/cube.svg"), "docs/cube.py draws another one"


def test_generated_tables() -> None:
    """tables of keys, kernels, engines, variables, flags and claims are the program's own"""
    pages, known = pages_module(), tables()
    found = set()  # A row may be missing here until `make pages`; the man pages have all of them.
    for page in PAGES[1:]:
        text = read(page)
        fresh = set(pages.filled(text, known).splitlines())
        for match in pages.GENERATED.finditer(text):
            rows = match[0].splitlines()
            assert len(rows) > 4 and fresh.issuperset(rows), f"{page.name} is behind: make pages"
            found.add(match[2])
    assert found == set(pages.ROWS), set(pages.ROWS) - found
    rules = re.search(r"^\| flag \| set when \|\n(.*?)\n\n", read(ROOT / "docs/method.md"), re.M | re.S)[1]
    assert re.findall(r"^\| `(\w+)`", rules, re.MULTILINE) == known["flags"], rules


# -- what they show is carried out --

def shell(private: pathlib.Path, commands: str) -> None:
    """Carries out commands in the private folder, with short runs."""
    starter = private / "bin/cual"
    starter.parent.mkdir(exist_ok=True)
    starter.write_text(f'#!/bin/sh\n[ "$1" != run ] || set -- "$@" --budget 10min --rounds 1\n'
                       f'exec {shlex.quote(str(CUAL))} "$@"\n', encoding="utf-8")
    starter.chmod(0o755)
    here = environment_in(private)
    here["MPLBACKEND"] = "agg"  # a plot is drawn, and shown to nobody
    here["PATH"] = f"{starter.parent}:{here['PATH']}"
    here["PYTHONPATH"] = str(CUAL.parent / "python")
    done = subprocess.run(["bash", "-ec", commands], cwd=private, env=here, capture_output=True,
                          text=True, timeout=patience(120), check=False)
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"


def smaller(job: str) -> str:
    """A job of a page with few tasks and little memory, so that it is soon done."""
    return re.sub(r"tasks: \d+", "tasks: 8", re.sub(r"\d+ GiB", "1 MiB", job))


def carry_out(private: pathlib.Path, language: str, text: str, last_job: list[str]) -> None:
    """A block of a page."""
    if language == "yaml":
        last_job[:] = [smaller(text)]
        (private / "mine.yaml").write_text(last_job[0], encoding="utf-8")
        shell(private, "cual plan mine.yaml")
    elif language == "python":
        (private / "block.py").write_text(text, encoding="utf-8")
        shell(private, "/usr/bin/python3 block.py")
    else:
        shell(private, text)


def blocks(page: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Language and text of the blocks that are to be carried out; others say why they are not."""
    for said, language, text in BLOCK.findall(read(page)):
        if not language:
            is_help = set(text.splitlines()) <= set(help_of().splitlines())
            assert said in NOT_COMMANDS or is_help, f"{page.name}: what is this?\n{text}"
        elif said.startswith("not run: "):
            assert language == "sh" and len(said.split()) > 5, f"{page.name}: {said}"
        else:
            assert language in ("sh", "yaml", "python"), f"{page.name}: {language}"
            yield language, text


def test_blocks_run() -> None:
    """every command, job and program of README and docs runs, or says why it is not run"""
    with folder() as private:
        for name in ("jobs", "slurm"):
            (private / name).symlink_to(ROOT / name)
        (private / "JOB.yaml").write_text(JOB, encoding="utf-8")
        shell(private, "cual run JOB.yaml -o out.h5; mkdir results; cp out.h5 results/quick.h5")
        count, last_job = 0, [""]
        for page in PAGES:
            for language, text in blocks(page):
                carry_out(private, language, text, last_job)
                count += 1
        assert count >= 8, count
        check_run_file(private / "out.h5")


def check_run_file(file: pathlib.Path) -> None:
    """Every group, variable and attribute of a run file stands in docs/runfile.md or doctor.md."""
    said = set(re.findall(r"`/?([\w ]+)`", read(ROOT / "docs/runfile.md")))
    findings = {word.replace(" ", "_") for word in re.findall(r"`([\w ]+)`", read(ROOT / "docs/doctor.md"))}
    kinds = ("choice_", "serial_", "threads_", "processes_", "async_", "mix_")
    described = {thing["name"] for thing in [*options(), *tables()["variables"]]}  # in the man pages
    missing = []

    def look(name: str, thing: h5py.HLObject) -> None:
        last = name.split("/")[-1]
        plain = next((last.removeprefix(kind) for kind in kinds if last.startswith(kind)), last)
        if not {last, plain} & said and last not in described:
            missing.append(name)

    with h5py.File(file) as run_file:
        run_file.visititems(look)
        for group in ("/", "/machine", "/provenance", "/verdict"):
            missing += [f"{group}: {name}" for name in run_file[group].attrs
                        if name not in said | findings | {"comment"} and not name.startswith("_")]
    assert not missing, f"docs/runfile.md lacks {missing}"


# -- man pages --

def rendered(page: str) -> str:
    """A man page as it is read; it must come without a warning."""
    needs("man")
    done = subprocess.run(["man", "--warnings", "-l", SHARE / "man" / page], capture_output=True,
                          text=True, check=True,
                          env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "200", "MAN_KEEP_FORMATTING": ""})
    assert not done.stderr, done.stderr
    return done.stdout.replace("\N{HYPHEN}", "-").replace("\N{MINUS SIGN}", "-")


def test_man_page_of_the_commands() -> None:
    """cual(1) has every command, every option, every claim and every exit status"""
    text = rendered("man1/cual.1")
    for command in tables()["commands"]:
        assert f"cual {command['name']}" in text, command["name"]
        for option in re.findall(r"(--[a-z-]+)", help_of(command["name"])):
            assert option in text, f"{command['name']} {option}"
    plain = " ".join(text.split())
    for claim in tables()["claims"]:
        assert claim["claim"] in plain and claim["rule"].split(": ")[0] in plain, claim
    for status in range(6):
        assert re.search(rf"^ +{status} +[A-Z]", text, re.MULTILINE), status


def test_man_page_of_jobs() -> None:
    """cual-job(5) has every key, kernel and engine"""
    text = rendered("man5/cual-job.5")
    known = tables()
    for thing in [*options(), *known["kernels"], *known["engines"]]:
        assert re.search(rf"^ +{thing['name']}\b", text, re.MULTILINE), thing["name"]


def test_man_page_of_run_files() -> None:
    """cual-runfile(5) has every variable and every flag"""
    text = rendered("man5/cual-runfile.5")
    for variable in tables()["variables"]:
        path = f"(/|{variable['group'].rstrip('/')}/)?{variable['name']}"
        assert re.search(rf"^ +{path}( |$)", text, re.MULTILINE), variable["name"]
    for flag in tables()["flags"]:
        assert re.search(rf"\b{flag}\b", text), flag


def test_installed_pages() -> None:
    """make install puts the man pages and completion in place"""
    with folder() as private:
        subprocess.run(["make", "-s", "install", f"PREFIX={private}", f"BUILD={BUILD}", "-C", ROOT],
                       check=True, capture_output=True)
        made = [file.relative_to(SHARE) for file in SHARE.rglob("*.*") if file.is_file()] + [
            pathlib.Path("zsh/site-functions/_cual"), pathlib.Path("bash-completion/completions/cual")]
        assert len(made) == 6
        for file in made:
            assert read(private / "share" / file) == read(SHARE / file), file


# -- completion --

def asks_bash(words: str) -> list[str]:
    """What bash completes the words to."""
    script = SHARE / "bash-completion/completions/cual"
    # COMP_WORDS as bash splits them: = stands alone.
    split = re.findall(r"=|[^ =]+", words) + ([""] if words.endswith(" ") else [])
    ask = (f"source {shlex.quote(str(script))}; COMP_WORDS=({' '.join(map(shlex.quote, split))}); "
           f"COMP_CWORD={len(split) - 1}; _cual 2>/dev/null; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "--norc", "-c", ask], capture_output=True, text=True, check=True,
                          cwd=ROOT)
    assert not done.stderr, done.stderr
    return done.stdout.split()


def asks_fish(words: str) -> list[str]:
    """What fish completes the words to."""
    script = SHARE / "fish/vendor_completions.d/cual.fish"
    with folder() as home:
        ask = f"source {shlex.quote(str(script))}; complete -C {shlex.quote(words)}"
        done = subprocess.run(["fish", "--no-config", "-c", ask], capture_output=True, text=True,
                              check=True, cwd=ROOT, env=os.environ | {"HOME": str(home), "LC_ALL": "C.UTF-8"})
    assert not done.stderr, done.stderr
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@contextlib.contextmanager
def zsh() -> Iterator[Callable[[str], list[str]]]:
    """A zsh at a terminal; asked, it says what it makes of words when the tabulator is typed."""
    script = SHARE / "zsh/site-functions/_cual"
    with folder() as home:
        (home / ".zshrc").write_text(
            "PS1='> '; unsetopt beep; zstyle ':completion:*' menu no; LISTMAX=1000\n"
            f"autoload -Uz compinit; compinit -D -u; source {shlex.quote(str(script))}\n"
            "show() { zle -M \"[[$BUFFER]]\"; BUFFER= }; zle -N show; bindkey '^X' show; print ready\n",
            encoding="utf-8")
        here = os.environ | {"HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(ROOT)
            os.execvpe("zsh", ["zsh", "-i", "--no-globalrcs"], here)

        def ask(words: str) -> list[str]:
            os.write(terminal, f"{words}\t\x18".encode())
            return re.findall(r"\[\[(.*?)\]\]", until(terminal, "]]"), re.DOTALL)[-1].split()

        try:
            until(terminal, "ready")
            yield ask
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)


def until(terminal: int, end: str) -> str:
    """What a terminal says until a word stands there."""
    said, deadline = "", time.monotonic() + patience(30)
    while end not in said:
        left = deadline - time.monotonic()
        assert left > 0 and select.select([terminal], [], [], left)[0], f"no {end}: {said!r}"
        said += os.read(terminal, 65536).decode(errors="replace")
    return said


def needs(program: str) -> None:
    """Skips a test where a program is missing."""
    if not shutil.which(program):
        raise Skipped(f"{program} is not installed")


def check_completion(asks: Callable[[str], list[str]]) -> None:
    """A command, an option, a key of a job, and the value of an option."""
    for words, last in (("cual doc", "doctor"), ("cual run --resu", "--resume"),
                        ("cual help comp", "compare"), ("cual run --set prec", "precision="), ("cual export --format ext", "extrap")):
        found = asks(words)
        assert last in found, (words, found)


def test_completion_in_bash() -> None:
    """completion in bash loads and knows every command, option and key of a job"""
    needs("bash")
    check_completion(asks_bash)
    known = tables()
    assert set(asks_bash("cual ")) >= {command["name"] for command in known["commands"]}
    assert asks_bash("cual run --set ") == [f"{key['name']}=" for key in known["job"]]
    assert asks_bash("cual run --set placement=") == ["pack", "spread"]
    assert "jobs/quick.yaml" in asks_bash("cual run jobs/qui")
    for command in known["commands"]:
        of_it = set(re.findall(r"(?<![\w-])(--[a-z-]+)", help_of(command["name"])))
        assert set(asks_bash(f"cual {command['name']} --")) >= of_it, command["name"]


def test_completion_in_zsh() -> None:
    """completion in zsh loads and completes a command, an option and a key of a job"""
    needs("zsh")
    with zsh() as asks_zsh:
        check_completion(asks_zsh)


def test_completion_in_fish() -> None:
    """completion in fish loads and completes a command, an option and a key of a job"""
    needs("fish")
    check_completion(asks_fish)
