"""Commenting imported lines out of the crontabs that they came from, so that nothing runs twice."""

from __future__ import annotations

import os

from qctl.client.crontab import install_crontab, read_crontab
from qctl.config.editing.swap import ChangedMeanwhile, swap
from qctl.errors import NotPermitted, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Final

    from qctl.cli.crontabs.sources import Source

MARK: Final = "#qctl# "
BACKUP: Final = ".before-qctl"  #: behind a dot and a file's name


def commented(text: str, numbers: Collection[int]) -> str:
    """The crontab with these lines, counted from 1, behind a mark. All else stays, byte for byte."""
    lines = text.split("\n")
    return "\n".join(f"{MARK}{line}" if number in numbers else line for number, line in enumerate(lines, 1))


def must_be_writable(source: Source) -> None:
    """Raises NotPermitted for a file that cannot be swapped. Of what `crontab` keeps, only that program can tell."""
    if source.file is None:
        return
    folder = os.path.dirname(source.file.real)
    if not os.access(folder, os.W_OK):
        raise _not_written(source, f"{folder} cannot be written to")
    if os.geteuid() and os.stat(source.file.real).st_uid != os.geteuid():
        raise _not_written(source, "it belongs to another user")


def install(source: Source, text: str) -> str:
    """Put the text in the place of a crontab, and answer where the one before is kept.

    Raises Refused if it has changed since it was read, and NotPermitted.
    """
    if source.crontab_of is not None:
        if read_crontab(source.crontab_of) != source.text:
            raise _changed(source)
        install_crontab(source.crontab_of, text)
        return ""
    assert source.file is not None, "asked for before anything was written"
    real = source.file.real
    # No cron reads a name that begins with a dot; cronie reads most others.
    backup = f".{os.path.basename(real)}{BACKUP}"
    try:
        return swap(real, source.file.signs, _bytes(text), backup=backup) or ""
    except ChangedMeanwhile:
        raise _changed(source) from None
    except OSError as error:
        raise _not_written(source, error.strerror or "") from None


def _not_written(source: Source, reason: str) -> NotPermitted:
    way = "as root, or without --comment-out, which leaves the crontab to you"
    return NotPermitted(f"cannot write {source.label}: {reason}", help=way)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _changed(source: Source) -> Refused:
    return Refused(f"{source.label} was changed meanwhile, and stays as it is", help="run the command again")
