"""Who may change units, and what is to be typed by whom instead."""

from __future__ import annotations

import getpass
import os
import shlex
import sys

from qctl.errors import NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.cli.session import Session


def program() -> list[str]:
    """The words that start the qctl which runs now, from anywhere and by anybody."""
    beside = os.path.join(os.path.dirname(sys.executable), "qctl")
    if os.access(beside, os.X_OK):
        return [beside]
    if os.path.isabs(sys.argv[0]) and os.path.basename(sys.argv[0]) == "qctl":
        return [sys.argv[0]]
    return [sys.executable, "-P", "-m", "qctl"]


def again(here: Session, verb: str, *flags: str) -> str:
    """The same command with these flags. Root has another PATH, and finds another tasks.toml: both are said."""
    file = here.settings.file or (here.config().file if verb == "install" else None)
    named = ["--file", file] if file else []
    return shlex.join([*program(), *named, verb, "systemd", *flags, *(["--", *here.rest] if here.rest else [])])


def must_be_allowed(here: Session, verb: str, *, user: bool, root: str | None) -> None:
    """Raise NotPermitted, with the commands that are, unless units of the machine are this user's business."""
    if user or root or os.geteuid() == 0:
        return
    raise NotPermitted(
        f"units of the machine are root's, and you are {getpass.getuser()}",
        help=f"sudo {again(here, verb)}\n{again(here, verb, '--user')}        is for yourself",
    )
