"""Messages between the worker's processes: frames, reports, the shared table."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.engine.processes import frames, packets, reports
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.nest import Nest
from qctl.engine.processes.reports import Kind, Measured, pack_ended, record, records, unpack_ended
from qctl.engine.processes.table import How, Request, Stop, Table, Why
from qctl.model.attempt import Value, ValueKind
from qctl.model.ended import Ended, ErrorInfo, LogSummary, is_plain
from qctl.model.state import Outcome, Reason


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = packets.pair()
    yield left, right
    left.close()
    right.close()


@pytest.mark.parametrize("size", [0, 1, packets.INLINE, packets.INLINE + 1, 5_000_000])
def test_a_frame_travels_whole_whatever_its_size(pair: tuple[socket.socket, socket.socket], size: int) -> None:
    left, right = pair
    frame = Frame("abcd1234", 1 << 60, 7, os.urandom(size), "höher")
    before = len(os.listdir("/proc/self/fd"))

    assert packets.send(left, frames.encode([frame], 5, 3))
    message = packets.receive(right)

    assert message is not None
    assert frames.decode(message) == (5, 3, [frame])
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_socket_that_is_full_takes_nothing_and_an_empty_one_gives_nothing(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    left, right = pair
    sent = 0
    while packets.send(left, b"x" * 10_000, packets.DONTWAIT):
        sent += 1

    received = 0
    while packets.receive(right, packets.DONTWAIT) is not None:
        received += 1

    assert sent == received > 10


def test_a_large_message_waits_for_a_descriptor_as_for_room(pair: tuple[socket.socket, socket.socket]) -> None:
    """Fault 21: a worker's parent that has none keeps the job, and goes on."""
    left, right = pair
    message = b"x" * (packets.INLINE + 1)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        assert not packets.send(left, message, packets.DONTWAIT)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert packets.send(left, message, packets.DONTWAIT)
    assert packets.receive(right) == message


def test_a_socket_whose_other_side_is_gone_says_so(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.close()

    with pytest.raises(packets.Closed):
        packets.send(left, b"x")
    with pytest.raises(packets.Closed):
        packets.receive(left)


@pytest.mark.parametrize(
    "ended",
    [
        Ended(outcome=Outcome.SUCCEEDED),
        Ended(outcome=Outcome.SUCCEEDED, value=Value(ValueKind.JSON, b'{"a":1}'), exit_code=0),
        Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, exit_code=255, retry_after=1.5),
        Ended(
            outcome=Outcome.TIMEOUT,
            reason=Reason.TIMEOUT,
            signal=9,
            error=ErrorInfo(type="timeout", message="zu spät"),
            error_names=("A", "b.A"),
            value=Value(ValueKind.BYTES, b"\0\xff"),
        ),
    ],
)
def test_an_end_reads_back_as_it_was_told(ended: Ended) -> None:
    measured = Measured(LogSummary(bytes=10, lines=2, dropped=3), b"packed", 0.25, 4096)

    plain, full = unpack_ended(pack_ended(ended)), unpack_ended(pack_ended(ended, measured))

    assert plain == ended
    assert (full.log, full.packed_log, full.cpu_s, full.max_rss_bytes) == measured
    assert (full.outcome, full.value, full.error) == (ended.outcome, ended.value, ended.error)


@pytest.mark.parametrize(
    ("ended", "log", "kind"),
    [
        (Ended(Outcome.SUCCEEDED), LogSummary(), Kind.DONE),
        (Ended(Outcome.SUCCEEDED, value=Value(ValueKind.JSON, b"1")), LogSummary(), Kind.DONE),
        (Ended(Outcome.SUCCEEDED, exit_code=0), LogSummary(), Kind.EXITED),
        (Ended(Outcome.SUCCEEDED, exit_code=3), LogSummary(), Kind.ENDED),
        (Ended(Outcome.SUCCEEDED), LogSummary(bytes=1), Kind.ENDED),
        (Ended(Outcome.FAILED, reason=Reason.EXIT), LogSummary(), Kind.ENDED),
    ],
)
def test_what_a_slot_tells_the_short_way_reads_back_whole_and_goes_the_short_way_to_the_store(
    ended: Ended, log: LogSummary, kind: Kind
) -> None:
    measured = Measured(log, b"", 0.25, 4096)

    told, content = reports.pack_over(ended, measured, 7.5)

    assert told == kind
    short = kind != Kind.ENDED
    read = reports.succeeded(content, kind) if short else unpack_ended(content[reports.BEGAN.size :])
    assert read == ended._replace(log=log, cpu_s=0.25, max_rss_bytes=4096)
    assert is_plain(read) is short


def test_a_message_holds_several_records_in_order() -> None:
    message = record(Kind.ENDED, 1, 7, 0.5, b"content") + record(Kind.STARTED, 1, 8, 0.75)

    assert list(records(message)) == [(Kind.ENDED, 1, 7, 0.5, b"content"), (Kind.STARTED, 1, 8, 0.75, b"")]


def test_a_stop_request_in_the_table_names_its_attempt() -> None:
    table = Table(slots=2)
    row, other = table.row(0), table.row(1)
    request = Request(99, 1, Stop.terminate(2, 7.5, Why.CANCELLED))

    row.aim(request)

    assert row.request() == request
    assert other.request() is None
    row.clear()
    assert row.request() is None
    assert Stop.soft().how is How.SOFT


def test_json_of_the_rarer_records_is_compact() -> None:
    assert reports.read_json(reports.pack_json({"a": [1]})) == {"a": [1]}


def test_a_pipe_that_a_hand_over_has_emptied_is_not_taken_for_a_closed_one(tmp_path: Path) -> None:
    """The loop may still hold a stale event for it, and must go on watching."""
    row = Table(slots=1).row(0)
    nest = Nest(0, row, str(tmp_path / "run"))
    row.current = 1
    os.write(nest.ends.out, b"x")
    before = row.activity

    nest.drain([])
    emptied = nest.read(nest.out, [])
    counted = row.activity - before
    nest.close_slots_ends()

    assert (emptied, nest.read(nest.out, [])) == (None, 0)
    assert counted >= 2  # raised before each read, also one that finds nothing
    assert nest.last_words([]).log.bytes == 1
    nest.close()
