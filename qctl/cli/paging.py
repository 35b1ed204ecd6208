"""Showing a long text to a person: through a pager, if there is a terminal that it does not fit on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import suppress

from qctl.cli.emit import write_text
from qctl.cli.session import Session
from qctl.cli.terminal import height_of


def show(text: str, here: Session) -> None:
    """Write a text to stdout. PAGER says which pager, `less` if it is not set, none if it is empty or `cat`."""
    shown = here.out.plain(text)
    pager = "" if here.settings.no_pager or not _is_long(shown, here) else _pager(here)
    if not pager:
        return write_text(shown)
    environment = {"LESS": "FRX", **here.environ}
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


def _pager(here: Session) -> str:
    """The pager as a command of the shell, empty if there is none or none is wanted."""
    named = here.environ.get("PAGER")
    if named is None:
        return "less" if shutil.which("less") else ""
    return "" if named.strip() == "cat" else named.strip()


def _is_long(text: str, here: Session) -> bool:
    """Whether it would run off the screen of a terminal that somebody sits at."""
    if not (here.out.live and sys.stdin.isatty()):
        return False
    return text.count("\n") >= height_of(sys.stdout)
