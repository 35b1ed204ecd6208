"""The forms in which a job stands in the store, as they are read back."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.model.attempt import Attempt, Value, ValueKind
from qctl.model.call import Call
from qctl.model.state import Outcome, Reason, State
from qctl.store.record import inline_value, read_fields, read_job, read_job_if_sound, read_value, unpack

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


def packed(fields: dict[str, bytes]) -> bytes:
    """As `pack` in `_prelude.lua` writes it."""
    return b"".join(
        struct.pack(">B", len(name)) + name.encode() + struct.pack(">I", len(value)) + value
        for name, value in fields.items()
    )


def listed(fields: dict[str, bytes]) -> list[bytes]:
    return [word for name, value in fields.items() for word in (name.encode(), value)]


@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=12))
def test_both_forms_read_alike_whatever_bytes_they_hold(fields: dict[str, bytes]) -> None:
    assert unpack(packed(fields)) == read_fields(packed(fields)) == read_fields(listed(fields)) == fields


LIVE = {"t": b"tidy", "q": b"low", "p": b"7", "b": Call(task="tidy").encode(), "at": b"1000", "s": b"queued"}


def test_a_queued_job_is_read() -> None:
    job = read_job("one", listed(LIVE | {"ex": b"5000", "x": b"2", "c": b"1", "l": b"3", "f": b"6", "n": b"6"}))
    assert (job.id, job.call, job.state, job.queue, job.priority) == ("one", Call(task="tidy"), State.QUEUED, "low", 7)
    assert (job.enqueued_ms, job.expires_ms, job.failures, job.crashes, job.losses) == (1000, 5000, 2, 1, 3)
    assert (job.fence, job.attempt, job.outcome, job.owner, job.attempts) == (6, 6, None, None, ())


def test_a_running_job_tells_its_owner_progress_and_whether_it_is_being_cancelled() -> None:
    running = LIVE | {"s": b"running", "o": b"w1", "f": b"1", "n": b"1", "st": b"1500", "pg": b"0.5000 half way"}
    job = read_job("one", listed(running))
    assert (job.owner, job.started_ms, job.progress, job.progress_text) == ("w1", 1500, 0.5, "half way")
    assert not job.cancelling
    assert read_job("one", listed(running | {"cx": b"{}"})).cancelling


@pytest.mark.parametrize("order", [b"no json", b"[1]", b'{"by":7}', b"\xff"])
def test_an_order_to_cancel_that_nobody_can_read_hides_no_job(order: bytes) -> None:
    assert read_job("one", packed(LIVE | {"oc": b"cancelled", "cb": order})).cancelled_by is None


def test_an_ended_job_tells_its_end_and_its_attempts_in_their_order() -> None:
    attempts = [Attempt(number=n, worker="web1", started_ms=n, ended_ms=n + 1, outcome="failed") for n in (1, 2, 11)]
    ended = {name: value for name, value in LIVE.items() if name != "s"}
    ended |= {f"a{one.number}": one.encode() for one in reversed(attempts)}
    ended |= {"oc": b"failed", "rs": b"exit", "en": b"2000", "n": b"11", "vb": b"s70000"}
    job = read_job("one", packed(ended))
    assert (job.state, job.outcome, job.reason, job.ended_ms) == (State.ENDED, Outcome.FAILED, Reason.EXIT, 2000)
    assert job.attempts == tuple(attempts)
    assert (job.worker, job.value_kind, job.value_bytes) == ("web1", "s", 70_000)


def test_values_stand_inline_or_tell_their_size() -> None:
    assert inline_value({"v": b"j[1]"}) == read_value(b"j[1]") == Value(ValueKind.JSON, b"[1]")
    assert inline_value({"vb": b"s9"}) is None


def test_a_body_that_is_no_call_leaves_the_tasks_name() -> None:
    assert read_job("one", listed(LIVE | {"b": b"\xff"})).call == Call(task="tidy")


@pytest.mark.parametrize(
    "form",
    [
        b"not a record",
        b"\x01",
        packed(LIVE)[:-3],
        listed(LIVE | {"s": b"sleeping"}),
        listed(LIVE | {"at": b"noon"}),
        listed(LIVE | {"a1": b"{}"}),
        listed(LIVE | {"a1": b"[1"}),
        packed(LIVE | {"oc": b"odd"}),
    ],
)
def test_what_nobody_can_read_is_left_out_rather_than_an_error(form: bytes | list[bytes]) -> None:
    """Fault 80."""
    assert read_job_if_sound("one", form) is None


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_a_listing(form: bytes) -> None:
    read_job_if_sound("one", form)


@pytest.mark.parametrize(
    "field",
    [{"at": b"9" * 30}, {"et": b"1e300"}, {"at": b"-5"}, {"pg": b"nan"}, {"pg": b"7 half"}, {"a1": b"[" * 5000}],
)
def test_numbers_that_no_date_and_no_share_has_make_a_record_none(field: dict[str, bytes]) -> None:
    assert read_job_if_sound("one", packed(LIVE | field)) is None


def test_a_call_that_is_no_json_of_others_leaves_the_name_of_the_task() -> None:
    """NaN is none, and what is nested without end no reader follows."""
    for params in (b'{"x":NaN}', b'{"x":1e999}', b'{"x":' + b"[" * 900 + b"]" * 900 + b"}"):
        job = read_job("one", packed(LIVE | {"b": b'{"task":"tidy","params":' + params + b"}"}))
        assert job.call == Call(task="tidy")


@pytest.mark.parametrize("stored", [b"", b"x{}", b"\xff\xfe", b"J1"])
def test_a_value_of_no_kind_is_told_as_the_bytes_that_it_is(stored: bytes) -> None:
    """Attack 30: somebody wrote it by hand; the job is shown nevertheless."""
    assert read_value(stored) == inline_value({"v": stored}) == Value(ValueKind.BYTES, stored)
