"""A call of a script with one of its guards taken out, to see what the guard is for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TypeVar

from qctl.store import Command
from qctl.store.command import Script

T = TypeVar("T")


def weakened(command: Command[T], guard: str, without: str) -> Command[T]:
    """The same call of a script whose guard is taken out of its text."""
    assert command.script is not None
    assert command.script.text.count(guard.encode()) == 1, "the guard reads otherwise now"
    text = command.script.text.replace(guard.encode(), without.encode())
    script = Script(command.script.name, text, hashlib.sha1(text, usedforsecurity=False).hexdigest().encode())
    return replace(command, words=("EVALSHA", script.sha, *command.words[2:]), script=script)
