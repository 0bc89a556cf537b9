"""Files that commands write: whole, or not at all."""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator
from typing import TextIO

from . import terminal
from .text import printable


def refuse_existing(path: pathlib.Path | None, force: bool) -> None:
    """Raises terminal.Refused where a file stands in the way that is not to be replaced."""
    if path is not None and path.exists() and not force:
        raise terminal.Refused(terminal.USAGE, f"{printable(str(path))}: exists already; --force replaces it")


@contextlib.contextmanager
def written(path: pathlib.Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears when it is whole; UTF-8, line ends as they are. Raises
    terminal.Refused where it cannot be written."""
    if path is None:
        with open(os.dup(1), "w", encoding="utf-8", newline="") as out:
            yield out
        return
    with terminal.writing(path):
        descriptor, part = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as out:
                yield out
                out.flush()
                os.fsync(descriptor)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(part, 0o666 & ~mask)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
