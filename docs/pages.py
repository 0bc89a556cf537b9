#!/usr/bin/env python3
"""Man pages, completion for bash, zsh and fish, and the tables of docs/*.md, all made from the program's own tables.

usage: docs/pages.py TABLES.json --share FOLDER   writes man pages and completion below FOLDER
       docs/pages.py TABLES.json --docs FOLDER    writes the tables of FOLDER/*.md anew

TABLES.json is what build/tables prints.
"""

import importlib
import itertools
import json
import pathlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

DOCS = pathlib.Path(__file__).resolve().parent
ANALYSIS = DOCS.parent / "analysis"  # has the commands that are written in Python, and their options
GENERATED = re.compile(r"(<!-- table: ([a-z-]+) -->\n(?:\|.*\n){2})(?:\|.*\n)*?(<!-- end -->\n)")
HELP = {"name": "--help", "letter": "", "argument": "", "help": "says what the command does",
        "choices": []}

SAMPLE_AXES = ["workload", "cores", "ranks", "threads", "depth", "round"]

Table = dict[str, Any]


def read_tables(file: pathlib.Path) -> Table:
    """The tables, with the options of the commands that are written in Python."""
    tables = json.loads(file.read_text(encoding="utf-8"))
    for command in tables["commands"]:
        for option in command["options"]:
            option["choices"] = []
        if (ANALYSIS / f"{command['name']}.py").is_file():
            command["options"] = python_options(command["name"])
        command["options"].append(HELP)
    return tables


def python_options(command: str) -> list[Table]:
    """The options of a command as argparse knows them; none where its packages are missing."""
    sys.path.insert(0, str(ANALYSIS.parent))
    sys.dont_write_bytecode = True
    try:
        parser = importlib.import_module(f"analysis.{command}").options_parser()
    except ImportError as missing:
        print(f"note: no options of {command} in the pages: {missing}", file=sys.stderr)
        return []
    finally:
        del sys.path[0]
    options = []
    for action in parser._actions:  # noqa: SLF001 - argparse shows them to nobody else
        names = sorted(action.option_strings, key=len, reverse=True)
        if names and names[0] != "--help":
            short = next((name[1] for name in names if not name.startswith("--")), "")
            choices = list(map(str, action.choices or []))
            argument = "" if action.nargs == 0 else action.metavar or "|".join(choices)
            options.append({"name": names[0], "letter": short if len(names) > 1 else "",
                            "argument": argument, "choices": choices,
                            "help": (action.help or "").replace("%%", "%")})
    return options


# -- the tables of docs/*.md --

def values_text(option: Table) -> str:
    """What a key may be: its words, or from the least to the most."""
    if option["choices"]:
        return ", ".join(f"`{choice}`" for choice in option["choices"])
    return f"{option['least']} … {option['most']}" if option["least"] else "a folder"


def key_cells(option: Table) -> list[str]:
    """Values, default and meaning of a key."""
    return [values_text(option), option["default"], option["help"]]


def of_each(things: Iterable[Table]) -> list[list[str]]:
    """The keys of kernels or engines; one row for a key that several have alike."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for thing in things:
        for option in thing["options"]:
            rows.setdefault((option["name"], *key_cells(option)), []).append(f"`{thing['name']}`")
    return [[f"`{name}`", ", ".join(owners), *cells] for (name, *cells), owners in rows.items()]


def variables_of(tables: Table, axes: list[str]) -> list[list[str]]:
    """The variables of the root group with these axes."""
    return [[f"`{v['name']}`", v["unit"], v["help"]] for v in tables["variables"]
            if v["group"] == "/" and v["axes"] == axes]


ROWS: dict[str, Callable[[Table], list[list[str]]]] = {
    "job": lambda tables: [[f"`{key['name']}`", *key_cells(key)] for key in tables["job"]],
    "workload": lambda tables: [[f"`{key['name']}`", *key_cells(key)] for key in tables["workload"]],
    "kernels": lambda tables: [[f"`{k['name']}`", k["help"]] for k in tables["kernels"]],
    "kernel-keys": lambda tables: of_each(tables["kernels"]),
    "engines": lambda tables: [[f"`{e['name']}`", e["help"], e["blocking"], e["in_flight"]]
                               for e in tables["engines"]],
    "engine-keys": lambda tables: of_each(tables["engines"]),
    "axes": lambda tables: [[f"`{axis['name']}`", axis["help"]] for axis in tables["axes"]],
    "variables": lambda tables: variables_of(tables, SAMPLE_AXES),
    "workload-variables": lambda tables: variables_of(tables, ["workload"]),
    "other-variables": lambda tables: [
        [f"`{v['group'].rstrip('/')}/{v['name']}`", v["unit"], ", ".join(v["axes"]), v["help"]]
        for v in tables["variables"]
        if v["group"] != "/" or v["axes"] not in (SAMPLE_AXES, ["workload"])],
    "flags": lambda tables: [[str(1 << bit), f"`{flag}`"]
                             for bit, flag in enumerate(tables["flags"])],
    "claims": lambda tables: [[str(number), claim["claim"], claim["rule"]]
                              for number, claim in enumerate(tables["claims"], 1)],
}


def filled(text: str, tables: Table) -> str:
    """A page with the rows of its generated tables."""
    def fill(match: re.Match[str]) -> str:
        rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n"
                for row in ROWS[match[2]](tables)]
        return match[1] + "".join(rows) + match[3]

    return GENERATED.sub(fill, text)


# -- man pages --

def roff(text: str) -> str:
    """A line of Markdown as a line of roff."""
    text = text.replace("\\|", "|").replace("\\*", "*").replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"\\fB\1\\fR", text)
    text = re.sub(r"(?<![\w*])\*([^*]+)\*(?![\w*])", r"\\fI\1\\fR", text)
    return "\\&" + text if text[:1] in (".", "'") else text


def table_items(lines: list[str]) -> Iterator[str]:
    """A table of Markdown as a list: the first cell of each row, and behind it the others."""
    head, _, *rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
                      for line in lines]
    for first, *others, last in rows:
        beside = [f"{name}: {cell}" if name else cell
                  for name, cell in zip(head[1:-1], others, strict=True) if cell]
        yield from (".TP", roff(f"**{first}**" if "`" not in first else first),
                    roff(last + (f" ({'; '.join(beside)})" if beside else "")))


def block(kind: str, lines: list[str]) -> Iterator[str]:
    """Lines that belong together."""
    if kind == "code":
        yield from (".PP", ".RS 4", ".nf", *map(roff_plain, lines[1:-1]), ".fi", ".RE")
    elif kind == "table":
        yield from table_items(lines)
    elif kind == "list":
        text = " ".join(line.strip() for line in lines)
        yield from (".IP \\(bu 2", roff(text.removeprefix("- ")))
    elif kind == "heading":
        name = lines[0].lstrip("# ")
        yield f".SH {roff(name.upper())}" if lines[0].startswith("## ") else f".SS {roff(name)}"
    else:
        yield from (".PP", roff(" ".join(lines)))


def roff_plain(line: str) -> str:
    """A line as it is."""
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The blocks of a page without its title and its comments."""
    lines: list[str] = []
    kind = ""
    for line in [*re.sub(r"<!--.*?-->\n", "", text, flags=re.DOTALL).splitlines()[1:], ""]:
        begins = ("code" if line.startswith("```") else "table" if line.startswith("|") else
                  "list" if line.startswith("- ") else "heading" if line.startswith("#") else
                  "" if not line.strip() else "text")
        goes_on = (kind == "code" or (kind == begins and kind in ("table", "text")) or
                   (kind == "list" and begins == "text"))
        if goes_on:
            lines.append(line)
            if kind == "code" and line.startswith("```"):
                yield kind, lines
                kind, lines = "", []
            continue
        if kind:
            yield kind, lines
        kind, lines = begins, [line]


def man_head(name: str, section: int, what: str) -> list[str]:
    """The beginning of a man page."""
    return [f".TH {name.upper()} {section} \"\" cual \"User manual\"", ".SH NAME",
            f"{name.replace('-', chr(92) + '-')} \\- {what}"]


def man_of_page(name: str, what: str, page: str) -> str:
    """A page of docs/ as a man page of section 5."""
    body = itertools.chain.from_iterable(block(*each) for each in blocks(page))
    also = [".SH SEE ALSO", ".BR cual (1)"]
    return "\n".join([*man_head(name, 5, what), ".SH DESCRIPTION", *body, *also]) + "\n"


def option_text(option: Table) -> str:
    """'-o, --output FILE', in roff."""
    short = f"\\fB\\-{option['letter']}\\fR, " if option["letter"] else ""
    argument = f" \\fI{roff_plain(option['argument'])}\\fR" if option["argument"] else ""
    return f"{short}\\fB{roff_plain(option['name'])}\\fR{argument}"


def man_of_commands(tables: Table, design: str) -> str:
    """cual(1): the commands with their options, and the exit statuses, which stand in design.md."""
    lines = man_head("cual", 1, "which to use: threads, processes, async, or a mix of them")
    lines += [".SH SYNOPSIS", ".B cual", "\\fICOMMAND\\fR [\\fIoptions\\fR] [\\fIFILE\\fR ...]",
              ".SH DESCRIPTION",
              "Carries out the same checked work under every execution model, on one core and on all,",
              "and says which model to use, by how much, how sure that is, and what limits it.",
              ".SH COMMANDS"]
    for command in tables["commands"]:
        operand = f" \\fI{roff_plain(command['operand'])}\\fR" if command["operand"] else ""
        lines += [f".SS \\fBcual {command['name']}\\fR{operand}", roff(command["help"])]
        for option in command["options"]:
            lines += [".TP", option_text(option), roff(option["help"])]
    lines += [".SH CLAIMS", "What is said of threads, processes and async, and when it holds here."]
    for row in ROWS["claims"](tables):
        lines += [".TP", roff(f"**{row[0]} {row[1]}**"), roff(row[2])]
    lines += [".SH EXIT STATUS"]
    rows = re.findall(r"^\| [0-9] \|.*$", design, re.MULTILINE)
    lines += [*table_items(["| status | meaning |", "|---|---|", *rows]), ".SH SEE ALSO",
              ".BR cual-job (5),", ".BR cual-runfile (5),", ".BR mpirun (1)"]
    return "\n".join(lines) + "\n"


# -- completion --

def words_of(command: Table, tables: Table) -> list[str]:
    """The options of a command, short and long; and the commands where it takes one."""
    return [*operands_of(command, tables), *names_of(command)]


def operands_of(command: Table, tables: Table) -> list[str]:
    """The commands, where a command takes one."""
    return [c["name"] for c in tables["commands"]] if command["operand"] == "COMMAND" else []


def names_of(command: Table) -> list[str]:
    """The options of a command, short and long."""
    return [name for option in command["options"]
            for name in ([f"-{option['letter']}"] if option["letter"] else []) + [option["name"]]]


def ending_of(command: Table) -> str:
    """The ending of the files that a command takes; empty: it takes none."""
    found = re.search(r"\.(yaml|h5)\b", command["operand"])
    return found[1] if found else ""


def key_choices(tables: Table) -> dict[str, list[str]]:
    """The keys of a job whose values are words."""
    return {key["name"]: key["choices"] for key in tables["job"] if key["choices"]}


def option_choices(tables: Table) -> dict[str, list[str]]:
    """The options whose values are words."""
    return {option["name"]: option["choices"] for command in tables["commands"]
            for option in command["options"] if option["choices"]}


def bash(tables: Table) -> str:
    """Completion for bash, which needs no other package."""
    commands = tables["commands"]
    words = "\n".join(f"        {c['name']}) words='{' '.join(words_of(c, tables))}' ending={ending_of(c)} ;;"
                      for c in commands)
    after = {**option_choices(tables), **key_choices(tables)}
    choices = "\n".join(f"        {name}) words='{' '.join(of)}'; ending= ;;"
                        for name, of in after.items())
    return f"""# Completion of cual for bash.
_cual()
{{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words= ending=
    [ "$current" != = ] || current=
    [ "$before" != = ] || before=${{COMP_WORDS[COMP_CWORD - 2]}}
    case ${{COMP_WORDS[1]}} in
{words}
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{" ".join([c["name"] for c in commands] + ["--help", "--version"])}'
    fi
    case $before in
{choices}
        --set)
            words='{" ".join(f"{key['name']}=" for key in tables["job"])}'
            ending=
            compopt -o nospace 2>/dev/null
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [ -n "$ending" ] && [ "$COMP_CWORD" -gt 1 ] && [ "${{current#-}}" = "$current" ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X "!*.$ending" -- "$current"; compgen -d -- "$current")
    fi
}}
complete -o default -F _cual cual
"""


def quoted(text: str) -> str:
    """A word for zsh and fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "'\\''") + "'"


def zsh_option(option: Table) -> str:
    """What _arguments takes for an option."""
    help_text = re.sub(r"([][:\\])", r"\\\1", option["help"])
    action = ("_cual_keys" if option["name"] == "--set" else
              f"({' '.join(option['choices'])})" if option["choices"] else "_files")
    argument = f":{option['argument']}:{action}" if option["argument"] else ""
    names = [f"-{option['letter']}"] if option["letter"] else []
    return " ".join(quoted(f"*{name}[{help_text}]{argument}") for name in [*names, option["name"]])


def zsh(tables: Table) -> str:
    """Completion for zsh."""
    described = "\n".join("        " + quoted(f"{c['name']}:{c['help'].replace(':', chr(92) + ':')}")
                          for c in tables["commands"])
    cases = []
    for command in tables["commands"]:
        files = f" {quoted(f'*:file:_files -g {chr(34)}*.{ending}{chr(34)}')}" if (
            ending := ending_of(command)) else ""
        if operands := operands_of(command, tables):
            files = f" '*:command:({' '.join(operands)})'"
        options = " \\\n                ".join(map(zsh_option, command["options"]))
        cases.append(f"        {command['name']})\n            _arguments \\\n"
                     f"                {options}{files}\n            ;;")
    keys = " ".join(f"{key['name']}=" for key in tables["job"])
    return f"""#compdef cual
# Completion of cual for zsh.
_cual_keys()
{{
    compadd -S '' -- {keys}
}}
_cual()
{{
    local -a commands
    commands=(
{described}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        compadd -- --help --version
        return
    fi
    shift words
    (( CURRENT-- ))
    case $words[1] in
{chr(10).join(cases)}
    esac
}}
compdef _cual cual
"""


def fish_option(command: str, option: Table, keys: str) -> str:
    """A line for an option."""
    words = ["complete -c cual", f"-n '__fish_seen_subcommand_from {command}'"]
    if option["letter"]:
        words.append(f"-s {option['letter']}")
    words.append(f"-l {option['name'].removeprefix('--')}" if option["name"].startswith("--") else
                 f"-s {option['name'].removeprefix('-')}")
    if option["name"] == "--set":
        words.append(f"-x -a {quoted(keys)}")
    elif option["choices"]:
        words.append(f"-x -a {quoted(' '.join(option['choices']))}")
    elif option["argument"]:
        words.append("-r -F" if re.search("FILE|OUT|FOLDER", option["argument"]) else "-x")
    return " ".join([*words, f"-d {quoted(option['help'])}"])


def fish(tables: Table) -> str:
    """Completion for fish."""
    keys = " ".join(f"{key['name']}=" for key in tables["job"])
    lines = ["# Completion of cual for fish.", "complete -c cual -f",
             "complete -c cual -n __fish_use_subcommand -l help -d 'lists the commands'",
             "complete -c cual -n __fish_use_subcommand -l version -d 'how it was built'"]
    for command in tables["commands"]:
        lines.append(f"complete -c cual -n __fish_use_subcommand -a {command['name']} "
                     f"-d {quoted(command['help'])}")
        lines += [fish_option(command["name"], option, keys) for option in command["options"]]
        if ending := ending_of(command):
            lines.append(f"complete -c cual -n '__fish_seen_subcommand_from {command['name']}' "
                         f"-k -a '(__fish_complete_suffix .{ending})'")
        if operands := operands_of(command, tables):
            lines.append(f"complete -c cual -n '__fish_seen_subcommand_from {command['name']}' -a '{' '.join(operands)}'")
    return "\n".join(lines) + "\n"


# -- files --

def page(name: str, tables: Table) -> str:
    """A page of docs/ with its tables."""
    return filled((DOCS / name).read_text(encoding="utf-8"), tables)


def write_share(tables: Table, folder: pathlib.Path) -> None:
    """Man pages and completion, as they lie below PREFIX/share."""
    files = {
        "man/man1/cual.1": man_of_commands(tables, page("design.md", tables)),
        "man/man5/cual-job.5": man_of_page("cual-job", "the job file of cual",
                                           page("jobs.md", tables)),
        "man/man5/cual-runfile.5": man_of_page("cual-runfile", "the run file of cual",
                                               page("runfile.md", tables)),
        "bash-completion/completions/cual": bash(tables),
        "zsh/site-functions/_cual": zsh(tables),
        "fish/vendor_completions.d/cual.fish": fish(tables),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def write_docs(tables: Table, folder: pathlib.Path) -> None:
    """The tables of the pages, anew."""
    for file in sorted(folder.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        if (new := filled(text, tables)) != text:
            file.write_text(new, encoding="utf-8")


def main(words: list[str]) -> int:
    """Writes what is asked for. Returns the exit status."""
    write = {"--share": write_share, "--docs": write_docs}
    if len(words) != 3 or words[1] not in write:
        print(__doc__, file=sys.stderr)
        return 2
    write[words[1]](read_tables(pathlib.Path(words[0])), pathlib.Path(words[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
