"""Commenting imported lines out of the crontabs that they came from, so that nothing runs twice."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Collection
from itertools import count
from pathlib import Path
from typing import Final

from qctl.cli.crontabs.program import install_crontab, read_crontab
from qctl.cli.crontabs.sources import Source
from qctl.errors import NotPermitted, Refused

MARK: Final = "#qctl# "
BACKUP: Final = ".before-qctl"  #: behind a file's name; cron passes over names with a dot


def commented(text: str, numbers: Collection[int]) -> str:
    """The crontab with these lines, counted from 1, behind a mark. All else stays, byte for byte."""
    lines = text.split("\n")
    return "\n".join(f"{MARK}{line}" if number in numbers else line for number, line in enumerate(lines, 1))


def install(source: Source, text: str) -> str:
    """Put the text in the place of a crontab, and answer where the one before is kept.

    Raises Refused if it has changed since it was read, and NotPermitted.
    """
    if source.crontab_of is not None:
        if read_crontab(source.crontab_of) != source.text:
            raise _changed(source)
        install_crontab(source.crontab_of, text)
        return ""
    assert source.path is not None, "asked for before anything was written"
    try:
        return _replace(source, source.path, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise NotPermitted(f"cannot write {source.path}: {error.strerror}") from None


def _replace(source: Source, link: Path, data: bytes) -> str:
    path = Path(os.path.realpath(link))
    there = path.read_bytes()
    if there != source.text.encode("utf-8", "surrogateescape"):
        raise _changed(source)
    found = path.stat()
    kept = _free(f"{path}{BACKUP}")
    for target, content in ((kept, there), (str(path), data)):
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                os.fchmod(descriptor, stat.S_IMODE(found.st_mode))
                os.fchown(descriptor, found.st_uid, found.st_gid)
                file.flush()
                os.fsync(descriptor)
            os.replace(made, target)
        except BaseException:
            os.unlink(made)
            raise
    return kept


def _free(name: str) -> str:
    """The name, or with the least number behind it with which there is no such file."""
    numbers = count(2)
    found = name
    while os.path.lexists(found):
        found = f"{name}-{next(numbers)}"
    return found


def _changed(source: Source) -> Refused:
    return Refused(f"{source.label} was changed meanwhile, and stays as it is", help="run the command again")
