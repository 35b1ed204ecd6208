"""The packed log: what is stored of an attempt's output, and what is kept of a flood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from qctl.engine.processes.transcript import LIVE_EVERY, LIVE_MOST, Capture, Live, Tee
from qctl.model.output import GAP, NOTE, Chunk, Log, decode_chunks, encode_chunks, pack, unpack

_chunks = some.lists(
    some.builds(Chunk, some.integers(10**12, 10**12 + 10**6), some.sampled_from("oeng"), some.binary(max_size=300)),
    max_size=20,
).map(lambda chunks: sorted(chunks, key=lambda chunk: chunk.ms))


@given(_chunks, some.integers(0, 2**60))
def test_a_packed_log_reads_back_byte_for_byte(chunks: list[Chunk], dropped: int) -> None:
    """L5."""
    assert decode_chunks(encode_chunks(chunks)) == chunks
    assert unpack(pack(chunks, dropped)) == (Log(tuple(chunks), dropped) if chunks else Log())


@pytest.mark.parametrize("damage", [b"x", b"1" + bytes(8) + b"nonsense", b"9" + bytes(8), b"0" + bytes(8) + b"cut off"])
def test_a_damaged_log_is_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match="log"):
        unpack(damage)


def test_a_log_gives_each_stream_alone() -> None:
    """L2."""
    log = unpack(pack([Chunk(1, "o", b"a\n"), Chunk(2, "e", b"b\n"), Chunk(3, "n", b"note\n")]))

    assert (log.text(), log.text("o"), log.text("e"), log.text("n")) == (b"a\nb\n", b"a\n", b"b\n", b"note\n")


@given(some.lists(some.tuples(some.sampled_from("oe"), some.binary(min_size=1, max_size=400)), max_size=60))
def test_head_and_tail_are_kept_and_the_rest_is_counted(pieces: list[tuple[str, bytes]]) -> None:
    """L3: nothing is lost uncounted, and what is kept is the beginning and the end."""
    capture = Capture(1000)
    for number, (stream, data) in enumerate(pieces):
        capture.write(number, stream, data)
    whole = b"".join(data for _, data in pieces)

    log = unpack(capture.packed())
    kept = log.text()
    summary = capture.summary()

    assert summary.bytes == len(whole)
    assert log.dropped == summary.dropped == len(whole) - len(kept)
    assert len(kept) <= 1000
    head, found, tail = b"", False, b""
    for chunk in log.chunks:
        if chunk.stream == GAP:
            found = True
        elif found:
            tail += chunk.data
        else:
            head += chunk.data
    assert whole.startswith(head)
    assert whole.endswith(tail)
    assert found == (summary.dropped > 0)


def test_lines_are_counted_and_the_partial_last_one_too() -> None:
    """L9."""
    capture = Capture(1000)
    for stream, data in (("o", b"a\nb"), ("e", b"x\n"), ("o", b"c\nd")):
        capture.write(0, stream, data)

    assert capture.summary().lines == 4
    assert Capture(10).summary().lines == 0


def test_many_tiny_writes_take_bounded_memory() -> None:
    capture = Capture(1 << 16)
    for number in range(50_000):
        capture.write(number, "oe"[number % 2], b"x\n")

    assert len(unpack(capture.packed()).chunks) < 1 << 13
    assert capture.summary().bytes == 100_000


def test_a_line_written_in_pieces_is_one_chunk_with_the_time_of_its_beginning() -> None:
    capture = Capture(1000)
    for ms, data in ((1, b"he"), (5, b"llo\n"), (9, b"next\n")):
        capture.write(ms, "o", data)

    assert unpack(capture.packed()).chunks == (Chunk(1, "o", b"hello\n"), Chunk(9, "o", b"next\n"))


def test_a_note_is_no_output() -> None:
    capture = Capture(1000)
    capture.note("left behind")

    log = unpack(capture.packed())
    assert [(chunk.stream, chunk.data) for chunk in log.chunks] == [(NOTE, b"left behind\n")]
    assert capture.summary().bytes == 0


def test_live_output_is_a_bounded_sample() -> None:
    live = Live(started=0.0)
    live.write(1, "o", b"x" * (LIVE_MOST + 500))
    live.write(2, "o", b"y" * 100)

    assert live.take(now=0.0) == []
    batch = live.take(now=LIVE_EVERY)
    assert [(chunk.stream, len(chunk.data)) for chunk in batch] == [("o", LIVE_MOST), (GAP, 3)]
    assert batch[-1].data == b"600"
    assert (live.due(), live.take(now=10.0)) == (None, [])


def test_a_file_that_fills_its_disk_is_given_up_and_said() -> None:
    """Fault 28."""
    tee = Tee("/dev/full")

    tee.write(b"x")
    tee.write(b"y")

    assert "No space left on device" in tee.complaint
