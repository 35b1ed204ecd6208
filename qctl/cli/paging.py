"""Showing a long text to a person: through a pager, if there is a terminal that it does not fit on."""

from __future__ import annotations

import os
import sys

from qctl.cli.manual.plain import WIDTH, narrow
from qctl.cli.terminal import height_of, look
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qctl.cli.emit import write_text
    from qctl.cli.pager import is_there, page
    from qctl.cli.settings import says_no
    from qctl.cli.terminal import Look
else:
    write_text = later("qctl.cli.emit", "write_text")
    is_there, page = (later("qctl.cli.pager", name) for name in ("is_there", "page"))
    says_no = later("qctl.cli.settings", "says_no")


def show(text: str, out: Look, environ: Mapping[str, str], *, paged: bool) -> None:
    """Write a text of 80 columns to stdout, folded for a terminal that has fewer.

    What is longer than a terminal is `paged`: PAGER says by what, by `less` if it is not set, by nothing if it is empty
    or `cat`.
    """
    shown = narrow(out.plain(text), room_of(out))
    pager = _pager(environ) if paged and _is_long(shown, out) else ""
    if not (pager and page(shown, pager, {"LESS": "FRX", **environ})):
        write_text(shown)


def show_help(text_in: Callable[[int], str], *, paged: bool) -> None:
    """Write what `--help` says in so many cells. It needs no setting to be right: a wrong one cannot hide it."""
    out = look(sys.stdout, os.environ, "never", 0)
    unwanted = os.environ.get("QCTL_NO_PAGER", "")
    paged = paged and (not unwanted or says_no(unwanted))
    show(text_in(room_of(out)), out, os.environ, paged=paged)


def room_of(out: Look) -> int:
    """Cells of a line of help: never more than 80, which is read more easily."""
    return min(out.width or WIDTH, WIDTH)


def _pager(environ: Mapping[str, str]) -> str:
    """The pager as a command of the shell, empty if there is none or none is wanted."""
    named = environ.get("PAGER")
    if named is None:
        return "less" if is_there("less", environ) else ""
    return "" if named.strip() == "cat" else named.strip()


def _is_long(text: str, out: Look) -> bool:
    """Whether it would run off the screen of a terminal that somebody sits at."""
    if not (out.live and sys.stdin.isatty()):
        return False
    return text.count("\n") >= height_of(sys.stdout)
