"""The layers of docs/design.md, section 4: who may include whom, one room per library, no hidden state."""

import collections
import pathlib
import re
import shutil
import subprocess

from end_to_end.program import BUILD, ROOT, Skipped, folder, run

TIMELESS = True

# The rooms of src from the top floor down: what is written in a room calls and includes only what is in
# the same room or on a floor below. Rooms that share a floor do not know each other.
FLOORS = (("",), ("commands",), ("run",), ("terminal",), ("launch",), ("checkup",), ("sweep",), ("runfile",),
          ("answer",), ("job",), ("worker",), ("kernels", "engines"), ("ranks",), ("store",), ("machine",),
          ("text",), ("system",), ("model",))
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor}
# Rooms that know less than their floor would allow, by the beginning of what they include.
ONLY = {
    "answer": ("answer/", "text/", "model/"),
    "kernels": ("kernels/", "model/", "system/clock.h", "system/error.h", "system/pages.h", "ranks/window.h"),
    "engines": ("engines/", "model/", "system/boot.h", "system/clock.h", "system/error.h", "system/pages.h",
                "machine/storage.h", "ranks/library.h"),
    "store": ("store/", "system/"),
    "machine": ("machine/", "model/caches.h", "system/"),
    "worker": ("worker/", "machine/", "model/", "ranks/", "system/"),
    "system": ("system/",),
    "model": ("model/",),
}

# The only files in which a text may stand, and why it is looked for.
ROOMS = {
    r"#\s*include\s*<mpi": (r"ranks/(comm(_\w+)?|window|library)\.[ch]|engines/\w+\.c", "MPI"),
    r"#\s*include\s*<omp\.h": (r"worker/worker\w*\.c|launch/\w+\.c", "OpenMP"),
    r"#\s*pragma\s+omp": (r"worker/worker\w*\.c", "OpenMP"),
    r"#\s*include\s*<hwloc": (r"machine/topo\.c", "hwloc"),
    r"#\s*include\s*<hdf5": (r"store/store\w*\.[ch]", "HDF5"),
    r"#\s*include\s*<xxhash": (r"runfile/integrity\.c", "xxHash"),
    r"#\s*include\s*<yaml": (r"job/job_yaml\.c", "YAML"),
    r"#\s*include\s*<jansson": (r"terminal/data\.h", "Jansson"),
    r"\b(_?exit|quick_exit|abort)\s*\(": (r"main\.c|(commands|launch)/\w+\.c", "an end of the program"),
    r"\b(v?printf|puts|putchar|perror)\s*\(|\bstd(out|err)\b":
        (r"main\.c|(commands|run|terminal|launch)/\w+\.c", "output"),
    r"\bcalls_mpi = true": (r"(engines|kernels)/\w+\.c", "MPI"),
}

# Everything that can be written and is not passed from hand to hand, and why it may stay.
WRITABLE = {
    "system/interrupt": {"first_signal"},  # a signal handler can reach nothing else
    "launch/mpirun": {"requested"},       # the same
    "ranks/library": {"text"},             # the version of a library, written once, then constant
    "store/store_file": {"text"},
    "machine/topo": {"text"},
    # beside the numbers of malloc, which are of the process, too; and memory of one cell for the next
    "system/pages": {"spare_bytes", "kept", "kept_lock"},
    "commands/plan": {"study"},            # large, one per process: not for the stack
    "commands/run": {"study", "out"},      # `out`: a thread has it until the process ends
}


def code_of(text: str) -> str:
    """C source without comments and without what stands in its strings, except names included."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    return "\n".join(line if re.match(r"\s*#\s*include", line)
                     else re.sub(r'"(\\.|[^"\\])*"', '""', line) for line in text.splitlines())


def is_allowed(room: str, included: str) -> bool:
    """Whether a file of a room may include a header."""
    other = included.rpartition("/")[0]
    reached = room == other or FLOOR.get(other, -1) > FLOOR[room]
    return reached and included.startswith(ONLY.get(room, ("",)))


def violations(root: pathlib.Path) -> list[str]:
    """Every breach of the floors and of the libraries' rooms in the sources below `root`/src, a line each."""
    found = []
    # By engine and kernel: NAME.c and whatever NAME_*.c goes with it.
    calls_mpi: dict[str, bool] = collections.defaultdict(bool)
    says_so: dict[str, bool] = collections.defaultdict(bool)
    for file in sorted((root / "src").rglob("*.[ch]")):
        name = file.relative_to(root / "src").as_posix()
        room = name.rpartition("/")[0]
        code = code_of(file.read_text(encoding="utf-8"))
        if room not in FLOOR:
            found.append(f"{name}: there is no room {room}")
            continue
        found += [f"{name}: includes {included}"
                  for included in re.findall(r'#\s*include\s*"([^"]*)"', code)
                  if not is_allowed(room, included)]
        found += [f"{name}: {what}: {match[0]}" for pattern, (rooms, what) in ROOMS.items()
                  if (match := re.search(pattern, code)) and not re.fullmatch(rooms, name)]
        if room in ("engines", "kernels"):
            whose = re.sub(r"(_\w+)?\.[ch]$", "", name)
            calls_mpi[whose] |= "<mpi.h>" in code or '"ranks/window.h"' in code
            says_so[whose] |= "calls_mpi = true" in code
    found += [f"{whose}.c: MPI is called and not said, or said and not called"
              for whose in calls_mpi if calls_mpi[whose] != says_so[whose]]
    return found


# What uses what: by file without its suffix (NAME.c and NAME.h are one), the others that it includes or calls.
Uses = dict[str, set[str]]


def uses(root: pathlib.Path, objects: pathlib.Path) -> Uses:
    """By includes of the sources below `root`/src, and by the symbols of the object files of them."""
    found: Uses = collections.defaultdict(set)
    for file in (root / "src").rglob("*.[ch]"):
        name = file.relative_to(root / "src").with_suffix("").as_posix()
        included = re.findall(r'#\s*include\s*"([^"]*)\.h"', code_of(file.read_text(encoding="utf-8")))
        found[name] |= set(included)
    defined: dict[str, str] = {}
    wanted: list[tuple[str, str]] = []
    files = [f"{name}.o" for name in found if (root / f"src/{name}.c").exists()]
    table = subprocess.run(["nm", "-A", *files], cwd=objects, capture_output=True, text=True, check=True)
    for name, kind, symbol in re.findall(r"^(.*)\.o:\S* +([A-Za-z]) (\w+)$", table.stdout, re.MULTILINE):
        if kind == "U":
            wanted.append((name, symbol))
        elif kind.isupper():
            defined[symbol] = name
    for name, symbol in wanted:
        if symbol in defined:
            found[name].add(defined[symbol])
    for name, others in found.items():
        others.discard(name)
    return found


def calls_upward(used: Uses) -> list[str]:
    """What uses something on a floor above its own, or in another room of the same floor."""
    return [f"{name}: uses {other}" for name, others in sorted(used.items()) for other in sorted(others)
            if (room := name.rpartition("/")[0]) != (there := other.rpartition("/")[0])
            and FLOOR[there] <= FLOOR[room]]


def circles(used: Uses) -> list[list[str]]:
    """The files that use each other round in a circle, each circle once (Tarjan's strong components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(used.get(name, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            at = stack.index(name)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for name in sorted(used):
        if name not in index:
            visit(name)
    return found


def writable(objects: list[pathlib.Path]) -> dict[pathlib.Path, set[str]]:
    """By object file, the names of variables that lie in memory that can be written."""
    found = {}
    for file in objects:
        table = subprocess.run(["objdump", "-t", file], capture_output=True, text=True, check=True)
        if "__asan" in table.stdout or "__tsan" in table.stdout:
            raise Skipped("the objects are built with a sanitizer, which adds variables")
        # address, flags, section, size, name; tables of addresses lie in .data.rel.ro
        rows = re.findall(r"^\S+ .{7} (\S+)\t\S+ +(.*)$", table.stdout, flags=re.MULTILINE)
        found[file] = {re.sub(r"\.\d+$", "", name) for section, name in rows
                       if re.match(r"\.t?(data(?!\.rel\.ro)|bss)|\*COM\*", section) and name != section}
    return found


def test_layers_hold():
    """every file includes only what its floor may, and every library has one room"""
    found = violations(ROOT)
    assert not found, "\n".join(found)


def test_layers_without_circles():
    """no file calls or includes upward, and none stands in a circle of calls or includes"""
    found = breaches(ROOT, BUILD)
    assert not found, "\n".join(found)


PLANTED = {
    "system/clock.c": '#include "model/point.h"',
    "system/clock.h": '#include "job/job.h"',
    "model/point.c": '#include "system/error.h"',
    "kernels/flops.c": '#include "ranks/comm.h"',
    "kernels/primes.c": '#include "worker/worker.h"',
    "engines/timer.c": "#include <mpi.h>",
    "engines/none.c": '#include "kernels/kernels.h"',
    "worker/worker.c": '#include "sweep/sweep.h"',
    "answer/stats.c": '#include "job/plan.h"',
    "answer/verdict.h": '#include "system/error.h"',
    "job/plan.c": "#include <omp.h>",
    "sweep/sweep.c": '#include "terminal/command.h"',
    "job/quantity.c": "#include <yaml.h>",
    "runfile/runfile_create.c": "#include <hdf5.h>",
    "sweep/calibrate.c": "#include <hwloc.h>",
    "kernels/triad.c": "#pragma omp parallel",
    "kernels/none.c": '#include "ranks/window.h"',
    "kernels/append.c": "#include <mpi.h>",
    "kernels/chase.c": "void f(void) { abort(); }",
    "system/scratch.c": "void f(void) { exit(1); }",
    "job/job.c": 'void f(void) { printf("x"); }',
    "ranks/comm_create.c": 'void f(void) { fprintf(stderr, "x"); }',
    "terminal/table.c": "#include <mpi.h>",
    "runfile/runfile_answer.c": "#include <jansson.h>",
    "tools/new.c": "int f(void);",
}
# What is planted in a file: a function of another one that it calls, or a header that it includes; and the
# words of the breach that is to be found, None where there is none.
PLANTED_USES = {
    "ranks/tree.c": ("sweep_create", "ranks/tree: uses sweep/sweep"),
    "kernels/primes.c": ("engine_timer", "kernels/primes: uses engines/timer"),
    "model/point.c": ("clock_cost_s", "model/point: uses system/clock"),
    "run/version.c": ("clock_cost_s", None),
    "system/clock.c": ("watchdog_tick", "circle: system/clock system/watchdog"),
    "system/error.h": ('#include "system/lock.h"', "circle: system/error system/lock"),
    "terminal/prose.h": ('#include "run/study.h"', "terminal/prose: uses run/study"),
    "commands/show.c": ('#include "run/study.h"', None),
}


def breaches(root: pathlib.Path, objects: pathlib.Path) -> list[str]:
    """Every call or include upward and every circle of the sources below `root`/src, a line each."""
    used = uses(root, objects)
    return calls_upward(used) + [f"circle: {' '.join(names)}" for names in circles(used)]


def plant(copy: pathlib.Path, name: str, what: str) -> None:
    """Adds an include to a file of `copy`/src, or a call to its object file in `copy`/objects."""
    if what.startswith("#include"):
        with (copy / "src" / name).open("a", encoding="utf-8") as out:
            out.write(f"\n{what}\n")
        return
    source, added, whole = copy / "planted.c", copy / "planted.o", copy / "whole.o"
    target = (copy / "objects" / name).with_suffix(".o")
    source.write_text(f"void {what}(void);\nvoid planted(void);\nvoid planted(void) {{ {what}(); }}\n")
    subprocess.run(["gcc", "-c", source, "-o", added], check=True)
    subprocess.run(["ld", "-r", target, added, "-o", whole], check=True)
    target.unlink()  # a link to the one that was built
    whole.rename(target)


def test_layers_breach_is_found():
    """a breach planted in a copy of the sources is found, each where it stands"""
    with folder() as copy:
        for name, line in PLANTED.items():
            shutil.rmtree(copy / "src", ignore_errors=True)
            shutil.copytree(ROOT / "src", copy / "src")
            file = copy / "src" / name
            file.parent.mkdir(exist_ok=True)
            with file.open("a", encoding="utf-8") as out:
                out.write(f"/* {line} */\n" if name == "tools/new.c" else f"\n{line}\n")
            found = violations(copy)
            assert any(row.startswith(f"{name}: ") for row in found), f"{name}: {line}: not found"


def asks_of_plan(root: pathlib.Path) -> list[str]:
    """What a cell asks the plan for on its way through a round, apart from the one place that makes its visit."""
    found = []
    for name in ("sweep", "sweep_cell", "sweep_sample", "sweep_nodes"):
        code = code_of((root / f"src/sweep/{name}.c").read_text(encoding="utf-8"))
        found += [f"{name}: {ask}" for ask in re.findall(r"\bplan_(?:cell|place)\(|\bfeasible_cell\b", code)]
    made = code_of((root / "src/sweep/sweep_visit.c").read_text(encoding="utf-8"))
    maker = re.search(r"^static struct visit visit_to\(.*?^}", made, re.DOTALL | re.MULTILINE)
    assert maker and maker[0].count("feasible_cell") == 1, maker
    return found


def test_plan_is_asked_once():
    """a cell's way through the sweep asks the plan for what it is once, and another question is found"""
    assert asks_of_plan(ROOT) == []
    with folder() as copy:
        shutil.copytree(ROOT / "src/sweep", copy / "src/sweep")
        with (copy / "src/sweep/sweep_cell.c").open("a", encoding="utf-8") as out:
            out.write("\nstruct cell f(const struct plan *plan) { return plan_cell(plan, 0); }\n")
        assert asks_of_plan(copy) == ["sweep_cell: plan_cell("]


def test_layers_breach_is_found_in_calls_and_includes():
    """a call upward and a circle that are planted are found; what is allowed is not"""
    sound = breaches(ROOT, BUILD)
    for name, (what, wanted) in PLANTED_USES.items():
        with folder() as copy:
            shutil.copytree(ROOT / "src", copy / "src")
            for built in BUILD.glob("*/*.o"):
                link = copy / "objects" / built.relative_to(BUILD)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(built.resolve())
            (copy / "objects/main.o").symlink_to((BUILD / "main.o").resolve())
            plant(copy, name, what)
            found = [row for row in breaches(copy, copy / "objects") if row not in sound]
            if wanted is None:
                assert not found, f"{name}: {what}: {found}"
            else:
                words = set(wanted.split())
                assert any(words <= set(row.split()) for row in found), f"{name}: {what}: not in {found}"


def test_layers_comments_and_strings_are_no_code():
    """what stands in a comment or in a text is no breach"""
    with folder() as copy:
        (copy / "src/model").mkdir(parents=True)
        (copy / "src/model/a.c").write_text(
            '/* exit(1);\n#include "job/job.h" */\nconst char *a = "\\"printf(1) stdout";\n')
        assert violations(copy) == [], violations(copy)


# Texts that tables print: comparing or searching one would let its wording decide.
PRINTED = r"help|blocking|in_flight|bound_words|rule|reason|storage"
READS_TEXT = re.compile(rf"\bstr(?:n?cmp|n?casecmp|str|casestr|chr|pbrk)\s*\([^;]*?"
                        rf"(?:(?:->|\.)(?:{PRINTED})\b|\b(?:kernel_bound_words|bound_names)\b)")


def test_texts_do_not_decide():
    """no text that a table prints is compared or searched, and a search that is planted is found"""
    sources = {file.relative_to(ROOT / "src").as_posix(): code_of(file.read_text(encoding="utf-8"))
               for file in sorted((ROOT / "src").rglob("*.[ch]"))}
    # whole rows of the table of verdicts that are the same are shown once, and so are reasons of claims
    alike = ("terminal/table.c", "terminal/claims_table.c")
    found = {name: match[0] for name, code in sources.items()
             if (match := READS_TEXT.search(code)) and name not in alike}
    assert not found, found
    answer = {name: code for name, code in sources.items() if name.startswith("answer/")}
    assert not [name for name, code in answer.items() if re.search(r"\bstr(case)?str\s*\(", code)]
    for planted in ('strstr(workload->bound_words, "memory")', 'strcmp(engine->help, "spins") == 0',
                    'strncmp(kernel_bound_words[kernel->bound], "the memory", 10)'):
        assert READS_TEXT.search(planted), planted


def test_state_is_passed():
    """no variable outlives a call except the few that say why; tables are constant"""
    sources = sorted((ROOT / "src").rglob("*.c"))
    names = [s.relative_to(ROOT / "src").with_suffix("").as_posix() for s in sources]
    found = writable([BUILD / f"{name}.o" for name in names])
    for name, variables in zip(names, found.values(), strict=True):
        extra = variables - WRITABLE.get(name, set())
        assert not extra, f"src/{name}.c: can be written: {', '.join(sorted(extra))}"


def test_state_breach_is_found():
    """a table that is not constant and a counter in a function are found"""
    with folder() as private:
        source = private / "a.c"
        source.write_text("const char *table[] = {\"a\"};\n"
                          "static const char *const constant[] = {\"b\"};\n"
                          "_Thread_local int mine;\n"
                          "const char *f(int i) { static int calls; calls += i; mine++;\n"
                          "    return constant[calls]; }\n")
        subprocess.run(["gcc", "-std=c11", "-O2", "-c", source, "-o", private / "a.o"], check=True)
        found = writable([private / "a.o"])[private / "a.o"]
        assert found == {"table", "calls", "mine"}, found


def test_tables_hold_every_file():
    """every kernel and every engine that has a file stands in its table, with a line of help, and so does every
    claim with its rule"""
    listed = run("list")
    assert listed.status == 0, listed.err
    for kind in ("kernel", "engine"):
        for file in sorted((ROOT / f"src/{kind}s").glob("*.c")):
            code = file.read_text(encoding="utf-8")
            for name in re.findall(rf"^const struct {kind} {kind}_(\w+) =", code, re.MULTILINE):
                line = re.search(rf"^ +{name} +\S.*$", listed.out, re.MULTILINE)
                assert line, f"{kind} {name} is not listed:\n{listed.out}"
    rules = re.findall(r"^ +(\d+) \S.*\n     \S.*$", listed.out, re.MULTILINE)
    decided = [name for file in (ROOT / "src/answer").glob("claims_*.c")
               for name in re.findall(r"^static void (try_\w+)\(struct trial", file.read_text(encoding="utf-8"),
                                      re.MULTILINE)]
    assert decided and rules == [str(number + 1) for number in range(len(decided))], (rules, decided)


def test_tables_of_commands():
    """--help lists every command, and each command's --help every option with a line of help"""
    listed = run("--help")
    for file in sorted((ROOT / "src/commands").glob("*.c")):
        code = file.read_text(encoding="utf-8")
        for name in re.findall(r'^const struct command command_\w+ = {\s*\.name = "(\w+)"', code,
                               re.MULTILINE):
            assert re.search(rf"^  {name} .* \S", listed.out, re.MULTILINE), listed.out
            own = run(name, "--help")
            assert own.status == 0 and own.out.startswith(f"usage: cual {name}"), own
            for option in re.findall(r'\{"(--\w+)"', code):
                assert re.search(rf"{option}\b.*  \S", own.out), f"{name} {option}: {own.out}"
