"""Reports: what slots and template tell the parent, in messages of one or more records or in the ring of a slot.

A large record goes in parts, each in a message of its own: those of several senders may come mixed.
That an attempt runs is read from the table; a record tells of its start and its end together.
"""

from __future__ import annotations

import json
import math
import struct
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from qctl.engine.processes import packets
from qctl.model.attempt import Value, ValueKind
from qctl.model.ended import Ended, ErrorInfo, LogSummary, is_plain
from qctl.model.state import Outcome, Reason
from qctl.model.submission_json import read_submission, write_submission
from qctl.model.workflow.plan import WorkflowSubmission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final


class Kind(IntEnum):
    """What a record says."""

    STARTED = 1
    ENDED = 2
    DECLINED = 3  #: taken and not begun, because its epoch was over
    PROGRESS = 4
    OUTPUT = 5
    ASKED = 6
    LEAVING = 7  #: the slot goes on its own account: recycled
    BORN = 8  #: a slot exists; the serial is its pid
    DEAD = 9
    READY = 10
    NO_FORK = 11
    DONE = 12  #: ended as most attempts do: succeeded, with nothing to tell but perhaps a value
    BELL = 13  #: there is something in the slot's ring
    PART = 14  #: of a record; in place of a slot, who sends it; in place of a serial, how many more follow
    EXITED = 15  #: as DONE, of a command, whose exit code was 0


TEMPLATE: Final = 0xFFFF  #: as a sender of parts
HEAD: Final = struct.Struct("<BHQdI")  # kind, slot, serial, monotonic time, length of the content
_OUTCOMES: Final = list(Outcome)
_REASONS: Final = list(Reason)
_OUTCOME_NUMBER: Final = {outcome: number for number, outcome in enumerate(_OUTCOMES)}
_REASON_NUMBER: Final[dict[Reason | None, int]] = {reason: number for number, reason in enumerate(_REASONS)}
_NONE: Final = 255
_NO_NUMBER: Final = -(1 << 31)
_ENDED: Final = struct.Struct("<BBiidQQQQdcIII")
COUNT: Final = struct.Struct("<I")  #: of frames that are declined
BEGAN: Final = struct.Struct("<d")  #: before the end of an attempt: when it began
DONE: Final = struct.Struct("<ddQ")  #: when it began, processor time, peak of memory; the value as JSON follows


class Measured(NamedTuple):
    """What an attempt has used and printed, beside how it ended. A tuple, because every job makes one."""

    log: LogSummary
    packed_log: bytes = b""
    cpu_s: float = 0.0
    max_rss_bytes: int = 0


class Record(NamedTuple):
    """One record, as it is read back."""

    kind: int
    slot: int
    serial: int
    at: float
    content: bytes


def record(kind: Kind, slot: int, serial: int, at: float, content: bytes = b"") -> bytes:
    """Write one record; several may be joined to one message."""
    return HEAD.pack(kind, slot, serial, at, len(content)) + content


def records(message: bytes) -> Iterator[Record]:
    """Read the records of a message, or of what a ring held, in order."""
    start, size = 0, len(message)
    while start < size and message[start]:
        kind, slot, serial, at, length = HEAD.unpack_from(message, start)
        start += HEAD.size
        yield Record(kind, slot, serial, at, message[start : start + length])
        start += length


def messages(said: bytes, sender: int, at: float) -> Iterator[bytes]:
    """The messages in which a record travels, which are to follow one another."""
    if len(said) <= packets.INLINE:
        yield said
        return
    parts = packets.parts_of(said)
    for left, part in zip(reversed(range(len(parts))), parts, strict=True):
        yield record(Kind.PART, sender, left, at, part)


class Parts:
    """Puts together what comes in parts."""

    def __init__(self) -> None:
        self._come: dict[int, list[bytes]] = {}

    def whole(self, message: bytes) -> Iterator[Record]:
        """Read the records of a message, in order; a part that completes one stands for it."""
        for said in records(message):
            if said.kind == Kind.PART:
                yield from self._after(said)
            else:
                yield said

    def _after(self, part: Record) -> Iterator[Record]:
        self._come.setdefault(part.slot, []).append(part.content)
        return records(b"" if part.serial else b"".join(self._come.pop(part.slot)))

    def forget(self, sender: int) -> None:
        """It is dead, and what it has begun to say will not be said."""
        self._come.pop(sender, None)


def pack_json(content: Any) -> bytes:
    """The content of the rarer records."""
    return json.dumps(content, separators=(",", ":")).encode()


def read_json(content: bytes) -> dict[str, Any]:
    """Read an order or a rarer record."""
    said: dict[str, Any] = json.loads(content)
    return said


_NO_LOG: Final = LogSummary()
_JSON: Final = ValueKind.JSON
_FINE: Final = (Outcome.SUCCEEDED, None, None, None, None, ())  #: up to the value
_FINE_EXIT: Final = (Outcome.SUCCEEDED, None, 0, None, None, ())
_ended: Final = partial(tuple.__new__, Ended)  # without the defaults: it comes for every job
NOTHING: Final = Measured(_NO_LOG)


def pack_ended(ended: Ended, measured: Measured = NOTHING) -> bytes:
    """Write how an attempt ended; log and use of resources stand in `measured`, not in `ended`."""
    value, log = ended.value, measured.log
    error = b""
    if ended.error is not None or ended.error_names:
        known = (ended.error.type, ended.error.message) if ended.error else None
        error = json.dumps([known, ended.error_names, ended.asks_again, ended.retries]).encode()
    instead = b"" if ended.instead is None else pack_json(write_submission(ended.instead))
    head = _ENDED.pack(
        _OUTCOME_NUMBER[ended.outcome],
        _NONE if ended.reason is None else _REASON_NUMBER[ended.reason],
        _NO_NUMBER if ended.exit_code is None else ended.exit_code,
        _NO_NUMBER if ended.signal is None else ended.signal,
        measured.cpu_s,
        measured.max_rss_bytes,
        log.bytes,
        log.lines,
        log.dropped,
        math.nan if ended.retry_after is None else ended.retry_after,
        b"-" if value is None else value.kind.value.encode(),
        0 if value is None else len(value.data),
        len(error),
        len(instead),
    )
    if value is None and not error and not measured.packed_log and not instead:
        return head
    return b"".join((head, b"" if value is None else value.data, error, instead, measured.packed_log))


def pack_over(ended: Ended, measured: Measured, began: float) -> tuple[Kind, bytes]:
    """Write that an attempt is over which began then: the kind of the record, and its content."""
    value = ended.value
    if is_plain(ended) and not (measured.log.bytes or measured.packed_log) and (value is None or value.kind is _JSON):
        done = DONE.pack(began, measured.cpu_s, measured.max_rss_bytes)
        kind = Kind.DONE if ended.exit_code is None else Kind.EXITED
        return kind, done if value is None else done + value.data
    return Kind.ENDED, BEGAN.pack(began) + pack_ended(ended, measured)


def unpack_ended(content: bytes) -> Ended:
    """Read how an attempt ended."""
    outcome, reason, code, sign, cpu, rss, size, lines, dropped, again, kind, length, errors, others = (
        _ENDED.unpack_from(content)
    )
    middle = _ENDED.size + length
    after = middle + errors
    end = after + others
    error, names, asks_again, retries = _error(content[middle:after]) if errors else (None, (), False, None)
    return Ended(
        _OUTCOMES[outcome],
        None if reason == _NONE else _REASONS[reason],
        None if code == _NO_NUMBER else code,
        None if sign == _NO_NUMBER else sign,
        error,
        names,
        None if kind == b"-" else Value(ValueKind(kind.decode()), content[_ENDED.size : middle]),
        LogSummary(size, lines, dropped) if size else _NO_LOG,
        content[end:],
        None if again != again else again,  # not a number
        cpu,
        rss,
        _workflow(content[after:end]) if others else None,
        asks_again,
        retries,
    )


def succeeded(content: bytes, kind: int = Kind.DONE) -> Ended:
    """Read how an attempt ended that succeeded and told nothing else (`DONE`, `EXITED`)."""
    fine = _FINE_EXIT if kind == Kind.EXITED else _FINE
    _, cpu, rss = DONE.unpack_from(content)
    value = Value(ValueKind.JSON, content[DONE.size :]) if len(content) > DONE.size else None
    return _ended((*fine, value, _NO_LOG, b"", None, cpu, rss, None, False, None))


def length_of_ended(content: bytes) -> int:
    """How long a record of an end is, by what it says itself, without output. Raises struct.error."""
    *_, value, error, instead = _ENDED.unpack_from(content)
    return _ENDED.size + int(value) + int(error) + int(instead)


def _workflow(text: bytes) -> WorkflowSubmission:
    found = read_submission(json.loads(text))
    assert isinstance(found, WorkflowSubmission)
    return found


def _error(text: bytes) -> tuple[ErrorInfo | None, tuple[str, ...], bool, int | None]:
    known, names, asks_again, retries = json.loads(text)
    error = ErrorInfo(type=storable(known[0]), message=storable(known[1])) if known else None
    return error, tuple(map(storable, names)), asks_again, retries


def storable(text: str) -> str:
    """A text as a record can hold it: one that a job says may name a file whose name is no UTF-8."""
    return text.encode(errors="backslashreplace").decode()
