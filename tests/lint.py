"""Static analysis of all sources: clang-tidy (.clang-tidy), cppcheck, shellcheck, and the figures of figures.py.

usage: BUILD=build tests/lint.py COMPILER_FLAG ...

Prints what they complain of; exit status 1 when one does. What clang-tidy was content with is not
looked at again before it changes: BUILD/lint has a file for it.
"""

import concurrent.futures
import functools
import hashlib
import os
import pathlib
import subprocess
import sys

import figures

ROOT = pathlib.Path(__file__).resolve().parents[1]
CLEAN = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "lint"
CLANG_TIDY = "clang-tidy"
CPPCHECK = ["cppcheck", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
            "--error-exitcode=1", "--quiet", f"-j{os.cpu_count()}", "--suppress=missingIncludeSystem",
            f"--suppressions-list={ROOT}/tests/cppcheck.txt", "--template=gcc"]


def sources() -> list[str]:
    """Every C file, from ROOT."""
    return [str(path.relative_to(ROOT)) for folder in ("src", "docs", "tests")
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
    said = done.stdout + done.stderr or f"{command[0]} ended with status {done.returncode}"
    return said if done.returncode else ""


@functools.cache
def checks_and_version() -> bytes:
    """What clang-tidy looks for, and which it is."""
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, check=True).stdout
    checks = [path.read_bytes() for path in sorted(ROOT.glob(".clang-tidy"))
              + sorted((ROOT / "tests").rglob(".clang-tidy"))]
    return b"\0".join([version, *checks])


def seen_by_clang_tidy(name: str, flags: list[str]) -> str:
    """A digest of all that its judgement depends on: text and headers with comments, checks, version."""
    text = subprocess.run(["gcc", "-E", "-C", "-dD", *flags, name], cwd=ROOT, capture_output=True,
                          check=True).stdout
    seen = [name.encode(), text, " ".join(flags).encode(), checks_and_version()]
    return hashlib.sha256(b"\0".join(seen)).hexdigest()


def clang_tidy(name: str, flags: list[str]) -> str:
    """Its complaints about a source."""
    clean = CLEAN / seen_by_clang_tidy(name, flags)
    if clean.exists():
        return ""
    found = complaints([CLANG_TIDY, "--quiet", name, "--", *flags])
    if not found:
        clean.touch()
    return found


def main() -> int:
    flags = sys.argv[1:] + ["-Itests/fuzz"]
    defines = [flag for flag in flags if flag.startswith(("-D", "-Isrc"))]
    CLEAN.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = [pool.submit(clang_tidy, name, flags + ["-Itests"] * name.startswith("tests/"))
                 for name in sources()]
        asked += [pool.submit(complaints, command)
                  for command in (CPPCHECK + defines + ["src"], ["shellcheck", *scripts()])]
        found = figures.breaches(ROOT) + [text for text in (one.result() for one in asked) if text]
    print("\n".join(found) or f"{len(sources())} C files and {len(scripts())} shell files are clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
