"""Showing a long text to a person: through a pager, if there is a terminal that it does not fit on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import UTC

from qctl.cli.emit import write_text
from qctl.cli.manual.plain import WIDTH, narrow
from qctl.cli.settings import FALSE
from qctl.cli.terminal import height_of, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qctl.cli.terminal import Look


def show(text: str, out: Look, environ: Mapping[str, str], *, paged: bool) -> None:
    """Write a text of 80 columns to stdout, folded for a terminal that has fewer.

    What is longer than a terminal is `paged`: PAGER says by what, by `less` if it is not set, by nothing if it is empty
    or `cat`.
    """
    shown = narrow(out.plain(text), room_of(out))
    pager = _pager(environ) if paged and _is_long(shown, out) else ""
    if not pager:
        return write_text(shown)
    environment = {"LESS": "FRX", **environ}
    command = ["/bin/sh", "-c", pager]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # quitting it early is what a pager is for
            process.stdin.write(shown.encode("utf-8", "surrogateescape"))
            process.stdin.close()
        while True:
            with suppress(KeyboardInterrupt):  # Ctrl-C is the pager's, which searches and stays
                process.wait()
                break
    if process.returncode in (126, 127):  # there is no such program
        write_text(shown)
    return None


def show_help(text_in: Callable[[int], str], *, paged: bool) -> None:
    """Write what `--help` says in so many cells. It needs no setting to be right: a wrong one cannot hide it."""
    out = look(sys.stdout, os.environ, "never", 0, UTC)
    paged = paged and os.environ.get("QCTL_NO_PAGER", "").lower() in FALSE
    show(text_in(room_of(out)), out, os.environ, paged=paged)


def room_of(out: Look) -> int:
    """Cells of a line of help: never more than 80, which is read more easily."""
    return min(out.width or WIDTH, WIDTH)


def _pager(environ: Mapping[str, str]) -> str:
    """The pager as a command of the shell, empty if there is none or none is wanted."""
    named = environ.get("PAGER")
    if named is None:
        return "less" if shutil.which("less") else ""
    return "" if named.strip() == "cat" else named.strip()


def _is_long(text: str, out: Look) -> bool:
    """Whether it would run off the screen of a terminal that somebody sits at."""
    if not (out.live and sys.stdin.isatty()):
        return False
    return text.count("\n") >= height_of(sys.stdout)
