"""Figures that every source keeps: lines of a file, lines and parameters of a function, fields of a struct.

The C that is read here is what clang-format leaves: code without comments, strings and directives is
split by its braces at the outermost level.
"""

import ast
import pathlib
import re
from collections.abc import Iterator

FOLDERS = ("src", "tests", "analysis", "slurm", "docs", "recipes")
SUFFIXES = (".c", ".h", ".py", ".sh", ".sbatch")
FILE_LINES_MOST = 500
FUNCTION_LINES_MOST = 60
FIELDS_MOST = 20
PARAMETERS_MOST = 6

# A file may be longer when its first line is a comment with "long: " and the reason.
REASON = re.compile(r"(/\*|#).*\blong: \w")

# Structs that may have more fields, and why.
CONTRACTS = {
    "kernel": "the whole contract of a kernel is read in one place",
    "engine": "the whole contract of an engine is read in one place",
}

# Functions that may have more parameters, and why.
FOREIGN = {r"(__wrap_)?P?MPI_\w+": "the MPI standard says which"}

CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
STRUCT = re.compile(r"\b(?:struct|union)\s+(?:__attribute__\s*\(\(.*?\)\)\s*)?(\w*)\s*$")
FUNCTION = re.compile(r"(\w+)\s*\(")


def code_of(text: str) -> str:
    """C without comments, directives and what stands in quotes; its lines stay where they are."""
    def blank(match: re.Match) -> str:
        kept = '""' if match[0][0] in "\"'" else " "
        return kept + "\n" * match[0].count("\n")
    return DIRECTIVE.sub(lambda match: "\n" * match[0].count("\n"), CODE.sub(blank, text))


def closing(code: str, start: int) -> int:
    """Where the brace or parenthesis that opens at `start` is closed; the end when it is not."""
    depth = 0
    for match in re.finditer(r"[(){}\[\]]", code[start:]):
        depth += 1 if match[0] in "({[" else -1
        if depth == 0:
            return start + match.start()
    return len(code)


def split(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that stand in no parentheses or braces."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "({[") - (letter in ")}]")
        if letter == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def fields(body: str) -> int:
    """Fields of the inside of a struct; those of a struct within it that has no name are its own."""
    count = 0
    for member in (part.strip() for part in split(body, ";")):
        if match := re.search(r"\{", member):
            end = closing(member, match.start())
            inner, rest = member[match.end():end], member[end + 1:].strip()
            count += len(split(rest, ",")) if rest else fields(inner)
        elif member:
            count += len(split(member, ","))
    return count


def parameters(text: str) -> int:
    """Parameters of the inside of a function's parentheses; the dots of a variable list are none."""
    return sum(part.strip() not in ("", "void", "...") for part in split(text, ","))


def functions(code: str) -> Iterator[tuple[str, int, int, int]]:
    """Each function that is declared or defined: name, line, lines (of a definition), parameters."""
    start = 0
    for match in re.finditer(r"[;{}]", code):
        if match.start() < start:
            continue
        head, end = code[start:match.start()], match.end()
        attributes = re.sub(r"__attribute__\s*\(\(.*?\)\)(?=\s|$)",
                            lambda one: re.sub(r"[^\n]", " ", one[0]), head, flags=re.DOTALL)
        named = FUNCTION.search(attributes)
        if match[0] == "{":
            end = closing(code, match.start()) + 1
        is_function = named and "=" not in attributes and not re.match(r"\s*typedef\b", attributes)
        if is_function and match[0] != "}":
            inside = attributes[named.end():closing(attributes, named.end() - 1)]
            first = start + len(head) - len(head.lstrip())
            lines = code.count("\n", first, end) + 1 if match[0] == "{" else 0
            yield named[1], code.count("\n", 0, first) + 1, lines, parameters(inside)
        start = end


def structs(code: str) -> Iterator[tuple[str, int, int]]:
    """Each struct that is defined, wherever it is: name, line, fields."""
    for match in re.finditer(r"\{", code):
        if named := STRUCT.search(code[:match.start()][-200:]):
            body = code[match.end():closing(code, match.start())]
            yield named[1] or "without a name", code.count("\n", 0, match.start()) + 1, fields(body)


def breaches_of_c(name: str, text: str) -> list[str]:
    """Functions that are too long or take too much, and structs that hold too much."""
    code = code_of(text)
    found = []
    for function, line, lines, taken in functions(code):
        if lines > FUNCTION_LINES_MOST:
            found.append(f"{name}:{line}: {function} has {lines} lines, more than {FUNCTION_LINES_MOST}")
        if taken > PARAMETERS_MOST and not any(re.fullmatch(one, function) for one in FOREIGN):
            found.append(f"{name}:{line}: {function} has {taken} parameters, more than {PARAMETERS_MOST}")
    found += [f"{name}:{line}: struct {struct} has {held} fields, more than {FIELDS_MOST}"
              for struct, line, held in structs(code) if held > FIELDS_MOST and struct not in CONTRACTS]
    return found


def breaches_of_python(name: str, text: str) -> list[str]:
    """Functions that are too long."""
    return [f"{name}:{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES_MOST}"
            for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (lines := node.end_lineno - node.lineno + 1) > FUNCTION_LINES_MOST]


def breaches(root: pathlib.Path) -> list[str]:
    """Every breach of the figures in the sources below a folder, a line each."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*")
                       if path.suffix in SUFFIXES and path.is_file()):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > FILE_LINES_MOST and not REASON.match(text.partition("\n")[0]):
            found.append(f"{name}:1: has {lines} lines, more than {FILE_LINES_MOST}, and no reason for it")
        if path.suffix in (".c", ".h"):
            found += breaches_of_c(name, text)
        elif path.suffix == ".py":
            found += breaches_of_python(name, text)
    return found
