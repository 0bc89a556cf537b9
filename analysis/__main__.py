"""`python3 -m cual COMMAND …`: what `cual report` and its like start."""

import contextlib
import gc
import importlib
import importlib.util
import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator

from . import NotTogether, Unreadable, terminal


@contextlib.contextmanager
def place_for_fonts() -> Iterator[None]:
    """A folder for what matplotlib keeps, where the home folder is none that can be written; and
    no word of it, nor of how long its list of fonts takes."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~")
    if "MPLCONFIGDIR" in os.environ or os.access(home, os.W_OK):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cual-") as folder:
        os.environ["MPLCONFIGDIR"] = folder
        yield


def stop(*_: object) -> None:
    """An end from outside unwinds like Ctrl-C, so that nothing is left behind."""
    raise KeyboardInterrupt


def run(words: list[str]) -> int:
    """Runs the command that a module of this package defines; returns its exit status."""
    name = f"{__package__}.{words[0]}" if words and words[0].isidentifier() else __package__
    with place_for_fonts():
        command = importlib.import_module(name) if importlib.util.find_spec(name) else None
        if not hasattr(command, "options_parser"):
            raise terminal.Refused(terminal.USAGE, "name a command, such as report")
        return command.main(terminal.without_end_of_options(words[1:]))


def status_of(problem: BaseException) -> int:
    """Says in one line what went wrong; returns the exit status for it."""
    if isinstance(problem, SystemExit):
        return problem.code if isinstance(problem.code, int) else terminal.USAGE
    if isinstance(problem, KeyboardInterrupt):
        return terminal.fail(terminal.INTERRUPTED, "interrupted")
    if isinstance(problem, MemoryError):
        return terminal.fail(terminal.ENVIRONMENT, "there is not enough memory for it")
    if isinstance(problem, terminal.Refused):
        return terminal.fail(problem.status, problem)
    if isinstance(problem, OSError):
        where = f"{problem.filename}: " if problem.filename else "the output cannot be written: "
        return terminal.fail(terminal.STORAGE, f"{where}{problem.strerror or problem}")
    if isinstance(problem, Unreadable):
        return terminal.fail(problem.status, problem)
    if isinstance(problem, NotTogether):
        return terminal.fail(terminal.USAGE, problem)
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return terminal.fail(terminal.STORAGE, f"the program has a fault: {type(problem).__name__}: "
                         f"{problem} ({os.path.basename(last.filename)}:{last.lineno})")


def main() -> int:
    gc.disable()  # a short program: looking for garbage takes a tenth of its time
    signal.signal(signal.SIGTERM, stop)
    try:
        terminal.settle()
        status = run(sys.argv[1:])
    except BaseException as problem:  # noqa: BLE001 - nobody outside is helped by a traceback
        status = status_of(problem)
    return terminal.finish(status)


if __name__ == "__main__":
    sys.exit(main())
