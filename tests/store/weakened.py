"""Scripts with one of their guards taken out, to see what the guard is for: in one call, or in all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import pytest

from qctl.store import Command, command
from qctl.store.command import Script

T = TypeVar("T")


def weakened(call: Command[T], guard: str, without: str) -> Command[T]:
    """The same call of a script whose guard is taken out of its text."""
    assert call.script is not None
    assert call.script.text.count(guard.encode()) == 1, "the guard reads otherwise now"
    text = call.script.text.replace(guard.encode(), without.encode())
    script = Script(call.script.name, text, hashlib.sha1(text, usedforsecurity=False).hexdigest().encode())
    return replace(call, words=("EVALSHA", script.sha, *call.words[2:]), script=script)


@contextmanager
def scripts_changed(guard: str, without: str) -> Iterator[None]:
    """All calls meanwhile are of scripts that read otherwise in one place, or in none of them if that is not there."""
    with pytest.MonkeyPatch.context() as patch:
        read = command._read

        def changed(name: str) -> bytes:
            return read(name).replace(guard.encode(), without.encode())

        patch.setattr(command, "_read", changed)
        command.script.cache_clear()
        yield
    command.script.cache_clear()
