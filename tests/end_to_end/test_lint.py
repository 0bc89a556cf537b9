"""The figures of `make lint`: each breach of one is found where it is planted, and no source has one."""

import pathlib

import figures

from end_to_end.program import ROOT, folder

TIMELESS = True


def found(name: str, text: str) -> list[str]:
    """The breaches in a tree of one file."""
    with folder() as root:
        path = pathlib.Path(root) / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return figures.breaches(root)


def expect(name: str, text: str, *breaches: str) -> None:
    """The file has these breaches and no other."""
    assert found(name, text) == [f"{name}:{breach}" for breach in breaches], found(name, text)


def test_tree() -> None:
    """No file is over 500 lines, no function over 60, no struct over 20 fields, no function takes more than 6."""
    assert not figures.breaches(ROOT), "\n" + "\n".join(figures.breaches(ROOT))


def test_files() -> None:
    """A file of more than 500 lines is found, whatever its language, unless its first line says why."""
    for name, comment in [("src/room/a.c", "/* {} */"), ("src/room/a.h", "/* {} */"),
                          ("tests/unit/room/test_a.c", "/* {} */"), ("analysis/a.py", "# {}"),
                          ("slurm/a.sh", "# {}"), ("slurm/a.sbatch", "# {}")]:
        expect(name, "\n" * 500)
        expect(name, "\n" * 501, "1: has 501 lines, more than 500, and no reason for it")
        expect(name, comment.format("A table. long: each row is a line") + "\n" * 501)
        expect(name, comment.format("A table, as long: ") + "\n" * 501,
               "1: has 501 lines, more than 500, and no reason for it")
        expect(name, "\n" + comment.format("long: each row is a line") + "\n" * 501,
               "1: has 502 lines, more than 500, and no reason for it")


def test_functions_of_c() -> None:
    """A function of C of more than 60 lines is found, wherever its braces, comments and strings stand."""
    long = "1: run has 61 lines, more than 60"
    expect("src/a.c", "int run(void)\n{\n" + "    step();\n" * 57 + "}\n")
    expect("src/a.c", "int run(void)\n{\n" + "    step();\n" * 58 + "}\n", long)
    expect("src/a.c", "static struct pair\nrun(int a,\n    int b)\n{\n" + "    step();\n" * 56 + "}\n", long)
    expect("src/a.c", "int run(void)\n{\n" + '    puts("}}");\n    /* }\n */\n' + "    step();\n" * 55 + "}\n", long)
    expect("src/a.c", "#define OPEN \\\n    {\nint run(void)\n{\n" + "    if (a) {\n    }\n" * 29 + "}\n",
           "3" + long[1:])
    expect("src/a.c", "static const struct row rows[] = {\n" + "    {f(1), 2},\n" * 99 + "};\n")
    expect("src/a.c", "__attribute__((constructor)) static void run(void)\n{\n" + "    step();\n" * 58 + "}\n",
           long)


def test_functions_of_python() -> None:
    """A function of Python of more than 60 lines is found, within others too."""
    body = "    step()\n" * 58 + "    step()\n"
    expect("analysis/a.py", f"def run():\n{body}")
    expect("analysis/a.py", f"@fast\ndef run():\n{body}    step()\n", "2: run has 61 lines, more than 60")
    within = "".join(f"    {line}\n" for line in f"def run():\n{body}    step()".splitlines())
    expect("tests/a.py", f"class Rows:\n{within}", "2: run has 61 lines, more than 60")


def test_parameters() -> None:
    """A function that takes more than 6 is found, as it is defined and as it is declared."""
    seven = "int a, int b, int (*c)(int, int), int d[2],\n    char *e, int f, int g"
    six = seven.removesuffix(", int g")
    for end in (";\n", "\n{\n}\n"):
        expect("src/a.c", f"static int run({six}){end}")
        expect("src/a.c", f"static int run({six}, ...) __attribute__((format(printf, 6, 7))){end}")
        expect("src/a.c", f"\nstatic int run({seven}){end}", "2: run has 7 parameters, more than 6")
        expect("src/a.c", f"int MPI_Isend({seven}){end}")
    expect("src/a.c", "static int run(void)\n{\n    step(1, 2, 3, 4, 5, 6, 7);\n}\n")
    expect("src/a.h", f"#define RUN(a, b, c, d, e, f, g) a\nint run({seven});\n", "2: run has 7 parameters, more than 6")


def test_structs() -> None:
    """A struct of more than 20 fields is found, wherever it stands; contracts may have more."""
    lines = "".join(f"    int a{i}, *b{i}; /* ; */\n" for i in range(10))
    expect("src/a.h", f"struct big {{\n{lines}}};\n")
    for more in ("int more;", "struct small c[2];", "int (*call)(int a, int b);", "unsigned bit : 1;",
                 "struct {\n        int x, y;\n    } inner;", "union {\n        int x;\n    };"):
        expect("src/a.h", f"struct big {{\n{lines}    {more}\n}};\n",
               "1: struct big has 21 fields, more than 20")
        expect("src/a.c", f"int run(void)\n{{\n    static const struct {{\n{lines}    {more}\n    }} a;\n}}\n",
               "3: struct without a name has 21 fields, more than 20")
    expect("src/a.h", f"struct kernel {{\n{lines}    int more;\n}};\n")
    expect("src/a.h", f"struct big {{\n{lines}    union {{ int x, y; }};\n}};\n",
           "1: struct big has 22 fields, more than 20")
