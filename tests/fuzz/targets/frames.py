"""What travels between a worker and its slots: a frame is read as it was written, and what is none is refused."""

from __future__ import annotations

import struct
from typing import Final

from qctl.engine.processes import frames
from qctl.engine.processes.reports import Kind, Measured, pack_ended, record, records, unpack_ended
from qctl.errors import UsageError
from qctl.model.attempt import Value, ValueKind
from qctl.model.ended import Ended, ErrorInfo, LogSummary
from qctl.model.output import Chunk, decode_chunks, encode_chunks
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.inputs import Input, Items, Record, as_bytes, as_python, decode, encode
from tests.fuzz.target import Target

#: What a reader of damaged bytes may raise; both sides are of one qctl, so that only a defect could damage them.
_DAMAGED: Final = (ValueError, struct.error, LookupError, TypeError, AttributeError, AssertionError, UsageError)
_AN_END: Final = Ended(
    outcome=Outcome.FAILED,
    reason=Reason.EXCEPTION,
    exit_code=1,
    error=ErrorInfo(type="ValueError", message="no"),
    error_names=("ValueError", "Exception"),
    value=Value(ValueKind.JSON, b"[1]"),
    retry_after=1.5,
)


def target(data: bytes) -> None:
    _frame(data)
    _records(data)
    _received(data)


def _frame(data: bytes) -> None:
    try:
        serial, epoch, hand = frames.decode(data)
    except _DAMAGED:
        return
    if hand:
        again = frames.decode(frames.encode(hand, serial, epoch))
        assert again == (serial, epoch, hand)


def _records(data: bytes) -> None:
    read = records(data)
    for _ in range(1000):
        try:
            said = next(read, None)
        except struct.error:
            return
        if said is None:
            return
        try:
            ended = unpack_ended(said.content)
        except _DAMAGED:
            continue
        measured = Measured(ended.log, ended.packed_log, ended.cpu_s, ended.max_rss_bytes)
        bare = ended._replace(log=LogSummary(), packed_log=b"", cpu_s=0.0, max_rss_bytes=0)
        again = unpack_ended(pack_ended(bare, measured))
        assert repr(again) == repr(ended)  # a number that is none equals nothing


def _received(data: bytes) -> None:
    try:
        received = decode(data)
        value = as_python(received)
        as_bytes(received)
    except (*_DAMAGED, RecursionError):
        return
    assert repr(as_python(decode(encode(received)))) == repr(value)


def seeds() -> list[bytes]:
    frame = frames.Frame("7kq2f8wz", 3, 1, b'{"task":"dump"}', "low@db1", b"{}", encode(Items((None, None))))
    log = encode_chunks([Chunk(1000, "o", b"hello\n"), Chunk(1001, "e", b"oh")])
    assert decode_chunks(log)
    ends = [pack_ended(_AN_END, Measured(LogSummary(8, 2, 0), log, 0.5, 1 << 20)), pack_ended(Ended(Outcome.SUCCEEDED))]
    inputs: list[Input] = [
        Items((Value(ValueKind.BYTES, b"a\n"), Record({"ok": True, "value": None}))),
        Value(ValueKind.JSON, b"1"),
    ]
    return [
        frames.encode([frame], 7, 1),
        frames.encode([frame, frame._replace(id="b", body=b"x"), frame._replace(queue="q")], 8, 1),
        *ends,
        *(record(Kind.ENDED, 1, 7, 12.5, end) for end in ends),
        b"".join([record(Kind.ENDED, 1, 7, 12.5, ends[0]), record(Kind.STARTED, 1, 8, 12.6)]),
        *(encode(one) for one in inputs),
    ]


FRAMES: Final = Target(
    name="frames",
    run=target,
    seeds=seeds,
    pieces=(b"\0", b"\xff", b"F", b"R", b"\1\0\0\0", b"\xff\xff\xff\xff", b"l", b"r", b"n", b"j", b"s", b"[]", b'"x"'),
    heads=(b"", b"F"),
)
