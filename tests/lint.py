"""Static analysis of all sources: clang-tidy (.clang-tidy), cppcheck, shellcheck.

usage: tests/lint.py COMPILER_FLAG ...

Prints what they complain of; exit status 1 when one does.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CPPCHECK = ["cppcheck", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
            "--error-exitcode=1", "--quiet", f"-j{os.cpu_count()}", "--suppress=missingIncludeSystem",
            f"--suppressions-list={ROOT}/tests/cppcheck.txt", "--template=gcc"]


def sources() -> list[str]:
    """Every C file, from ROOT."""
    return [str(path.relative_to(ROOT)) for folder in ("src", "tests")
            for path in sorted((ROOT / folder).rglob("*.c"))]


def scripts() -> list[str]:
    """Every file that a shell carries out, from ROOT."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        first = path.open("rb").readline() if path.is_file() else b""
        if name.endswith(".sh") or (first.startswith(b"#!") and first.rstrip().endswith(b"sh")):
            found.append(name)
    return found


def complaints(command: list[str]) -> str:
    """What a tool prints when it is not content; empty when it is."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def main() -> int:
    flags = sys.argv[1:] + ["-Itests/fuzz"]
    defines = [flag for flag in flags if flag.startswith(("-D", "-Isrc"))]
    commands = [["clang-tidy-14", "--quiet", name, "--", *flags] for name in sources()]
    commands += [CPPCHECK + defines + ["src"], ["shellcheck", *scripts()]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(complaints, commands) if text]
    print("\n".join(found) or f"{len(sources())} C files and {len(scripts())} shell files are clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
