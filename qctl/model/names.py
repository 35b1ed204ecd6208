"""Job ids and names: how they are made, and what may stand in one."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

#: Crockford's base 32 in lower case: no i, l, o or u, so that an id survives being read aloud or typed from a screen.
CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH: Final = 8
PREFIX_LENGTH: Final = 4  #: the shortest prefix that may stand for an id

#: Tasks, queues, schedules, workers and user keys: whatever becomes part of a Redis key. None begins as an option does.
NAME: Final = "[A-Za-z0-9._][A-Za-z0-9._-]{0,127}"
LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")  #: of names
_LONGEST: Final = 128
NAME_RULE: Final = "1 to 128 of A-Z a-z 0-9 . _ -, and no - first"
IDENTIFIER: Final = "[A-Za-z_][A-Za-z0-9_]*"


_LETTERS: Final = bytes(ord(CROCKFORD[byte & 31]) for byte in range(256))  #: by byte
_LOT: Final = 64  #: ids that are drawn together: to ask the kernel takes longest
_drawn: Final[list[str]] = []
os.register_at_fork(after_in_child=_drawn.clear)  # what was drawn before belongs to one of the two


def new_ids(count: int) -> list[str]:
    """Draw so many job ids, each of 8 characters, 40 random bits."""
    letters = os.urandom(ID_LENGTH * count).translate(_LETTERS).decode()
    return [letters[at : at + ID_LENGTH] for at in range(0, len(letters), ID_LENGTH)]


def new_id() -> str:
    """Draw a job id."""
    try:
        return _drawn.pop()
    except IndexError:
        first, *rest = new_ids(_LOT)
        _drawn.extend(rest)
        return first


def at_host(queue: str, host: str) -> str:
    """The part of a queue that only workers of one host read."""
    return f"{queue}@{host}"


def is_queue(text: str) -> bool:
    """Say whether a text may be the name of a queue, or of its part for one host."""
    name, at, host = text.partition("@")
    return is_name(name) and (not at or is_name(host))


def is_name(text: str) -> bool:
    """Say whether a text may be the name of a task, queue, schedule or worker."""
    return 0 < len(text) <= _LONGEST and text[0] != "-" and LETTERS.issuperset(text)


def is_identifier(text: str) -> bool:
    """Say whether a text may be the name of a parameter or of a variable."""
    return text.isascii() and text.isidentifier()


def any_name(_name: str) -> bool:
    """Say of every name that it fits: where others choose by a pattern."""
    return True
