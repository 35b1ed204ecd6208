"""Starts a pager and stays with it, by what is at hand: `subprocess` takes longer to import than `less` to start."""

from __future__ import annotations

import os
from _signal import SIGINT, getsignal, signal  # type: ignore[import-not-found]  # `signal` itself loads `enum`

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

_SIGPIPE: Final = 13  #: which Python ignores, and a shell's pipeline needs
_NO_SUCH_PROGRAM: Final = (126, 127)


def is_there(program: str, environ: Mapping[str, str]) -> bool:
    """Whether a program is found along PATH."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)


def page(text: str, command: str, environ: Mapping[str, str]) -> bool:
    """Show a text by a command of the shell, and wait for its end. False: there is no such program.

    Meanwhile Ctrl-C is the pager's, which searches and stays. It is not caught as an exception: one that comes as
    `waitpid` returns would take what that answers with it.
    """
    held = getsignal(SIGINT)
    if callable(held):  # else it is ignored, by the pager too
        signal(SIGINT, _leave_it_to_the_pager)
    try:
        return _shown_by(command, text.encode("utf-8", "surrogateescape"), environ)
    finally:
        if callable(held):
            signal(SIGINT, held)


def _leave_it_to_the_pager(number: int, frame: object) -> None:
    """Go on."""


def _shown_by(command: str, data: bytes, environ: Mapping[str, str]) -> bool:
    reading, writing = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, reading, 0)]
    words = ["/bin/sh", "-c", command]
    try:
        pid = os.posix_spawn(words[0], words, environ, file_actions=actions, setsigdef=[_SIGPIPE])
    finally:
        os.close(reading)
    try:
        _write(writing, data)
    finally:
        os.close(writing)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code not in _NO_SUCH_PROGRAM


def _write(pipe: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(pipe, data) :]
    except BrokenPipeError:  # quitting it early is what a pager is for
        return
