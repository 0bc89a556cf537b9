"""How the benchmarks run commands."""

import os
import pathlib
import subprocess

CUAL = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "cual"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command: list[str]) -> str:
    """Output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout
