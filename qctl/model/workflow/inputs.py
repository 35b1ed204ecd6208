"""What a step of a workflow receives: a value, a list of those by position, or a record of what went wrong.

`Source` says in the job's record where it is found; the worker that has claimed the job reads it from there.
"""

from __future__ import annotations

import base64
import json
import struct

from qctl.classes import dataclass
from qctl.errors import QctlError
from qctl.model.attempt import Value, ValueKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

#: `in` of a job's record: `v:<node>` the value of a node (of a group: the list), `e:<node>` the error record of a node,
#: `n` null, `f` the record of all nodes that failed; empty: it receives nothing.
Source = str

MOST_BYTES = 64 * 1024 * 1024  #: that a step may receive together; more ends it as `result_rejected`


class InputTooLarge(QctlError):
    """what it is to receive is {size} bytes, more than 64 MB together"""

    help = "let the steps before it leave less: a path, say, instead of what is in the file"


class InputGone(QctlError):
    """what it is to receive is gone: {what} does not exist any more"""


@dataclass(frozen=True, slots=True)
class Items:
    """A group's value: the members' by position."""

    members: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record with fields by name: `{"ok", "value", "error"}` of a settled member, or the error record

    `{"workflow_id", "outcome", "failed": [{"id", "task", "outcome", "reason", "error": {"type", "message"}}]}`;
    the outcome is the workflow's, null while it runs.
    """

    fields: Mapping[str, Input | Any]


#: None is null, or a step that left no value.
Input = Value | Items | Record | None


_HEAD: Final = struct.Struct("<cI")  #: a letter of what follows, and its length in bytes or members
_NULL, _ITEMS, _RECORD, _PLAIN = b"n", b"l", b"r", b"p"


def encode(received: Input) -> bytes:
    """Write it for a slot: never empty, so that nothing written means that nothing is received."""
    parts: list[bytes] = []
    _write(received, parts)
    return b"".join(parts)


def decode(data: bytes) -> Input:
    """Read what `encode` has written."""
    received: Input = _Reader(data).next()
    return received


def as_python(received: Input) -> Any:
    """What a Python task is given: of a command's value the text without its last newline; bytes if it is no UTF-8."""
    match received:
        case None:
            return None
        case Items(members):
            return [as_python(member) for member in members]
        case Record(fields):
            return {name: _field_as_python(field) for name, field in fields.items()}
        case Value(ValueKind.JSON, data):
            return json.loads(data.decode())
        case Value(_, data):
            try:
                return data.decode().removesuffix("\n")
            except UnicodeDecodeError:
                return data


def as_bytes(received: Input) -> bytes:
    """What a command reads: a command's value as it is; anything else as JSON and a newline; of nothing, nothing."""
    match received:
        case None:
            return b""
        case Value(ValueKind.BYTES, data):
            return data
        case _:
            return _json_of(received) + b"\n"


def _field_as_python(field: Any) -> Any:
    return as_python(field) if isinstance(field, Value | Items | Record) else field


def _json_of(received: Any) -> bytes:
    """As JSON. In a list or record, what is no UTF-8 stands as `{"base64": …}`."""
    match received:
        case Items(members):
            return b"[" + b",".join(map(_json_of, members)) + b"]"
        case Record(fields):
            return b"{" + b",".join(_dumps(name) + b":" + _json_of(field) for name, field in fields.items()) + b"}"
        case Value(ValueKind.JSON, data):
            return data
        case Value():
            text = as_python(received)
            return _dumps(text if isinstance(text, str) else {"base64": base64.b64encode(text).decode()})
        case _:
            return _dumps(received)


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _write(received: Any, parts: list[bytes]) -> None:
    match received:
        case None:
            parts.append(_HEAD.pack(_NULL, 0))
        case Value(kind, data):
            parts += (_HEAD.pack(kind.value.encode(), len(data)), data)
        case Items(members):
            parts.append(_HEAD.pack(_ITEMS, len(members)))
            for member in members:
                _write(member, parts)
        case Record(fields):
            parts.append(_HEAD.pack(_RECORD, len(fields)))
            for name, field in fields.items():
                _write_plain(name, parts)
                _write(field, parts)
        case _:
            _write_plain(received, parts)


def _write_plain(value: Any, parts: list[bytes]) -> None:
    data = _dumps(value)
    parts += (_HEAD.pack(_PLAIN, len(data)), data)


class _Reader:
    """Reads one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def next(self) -> Any:
        letter, length = _HEAD.unpack_from(self._data, self._at)
        self._at += _HEAD.size
        match letter:
            case b"n":
                return None
            case b"l":
                return Items(tuple(self.next() for _ in range(length)))
            case b"r":
                return Record({self.next(): self.next() for _ in range(length)})
        data = self._data[self._at : self._at + length]
        self._at += length
        return json.loads(data) if letter == _PLAIN else Value(ValueKind(letter.decode()), data)
