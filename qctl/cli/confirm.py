"""Asking before something is done that cannot be taken back, and what is done where nobody can be asked."""

from __future__ import annotations

import sys

from qctl.errors import QctlError, UsageError
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from getpass import getpass

    from qctl.cli.session import Session
else:
    getpass = later("getpass", "getpass")


class Declined(QctlError):
    """nothing was done"""


def confirm(here: Session, question: str) -> None:
    """Go on if the answer is yes, or if -y gave it beforehand; else nothing is to be done.

    Raises Declined for any other answer, and UsageError where nobody can be asked.
    """
    if not here.settings.yes and _answer(here, question, "[y/N]").lower() not in ("y", "yes"):
        raise Declined


def confirm_by_name(here: Session, question: str, name: str) -> None:
    """Go on if the name itself was typed, or with -y: for what a `y` typed too early must not do.

    Raises as `confirm`.
    """
    if not here.settings.yes and _answer(here, question, f"Type {name} to go on:") != name:
        raise Declined


def asks_for_secrets(here: Session) -> Callable[[str], str] | None:
    """What asks at the terminal for a secret, which is not shown as it is typed; None where nobody can be asked."""
    if here.settings.no_input or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return lambda name: getpass(here.err.safe(f"{name} (not shown): "))


def _answer(here: Session, question: str, how: str) -> str:
    """What was typed after a question on stderr. Raises UsageError without a terminal, and with --no-input."""
    if here.settings.no_input or not (sys.stdin.isatty() and sys.stderr.isatty()):
        why = "--no-input was given" if here.settings.no_input else "there is no terminal to ask on"
        raise UsageError(f"{question} {why}", help="-y answers yes; --dry-run says what would be done")
    sys.stdout.flush()
    sys.stderr.write(here.err.safe(f"{question} {how} "))
    sys.stderr.flush()
    return sys.stdin.buffer.readline().decode(errors="replace").strip()
