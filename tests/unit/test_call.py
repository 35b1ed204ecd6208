"""A call as it travels: what was said reads back, and what is no call is refused before anybody relies on it."""

from __future__ import annotations

import pytest

from qctl.model.call import Call, Kind


def test_a_call_reads_back_as_it_was_written() -> None:
    call = Call(
        task="greet",
        kind=Kind.EXEC,
        params={"name": "Zoë", "days": [1, 2]},
        args=("-v", ""),
        by="ops@db1",
        retries=0,
        tries=3,
        tags=("daily",),
        labels={"env": "prod"},
        line=7,
    )
    assert Call.decode(call.encode()) == call


def test_a_field_of_a_newer_qctl_is_passed_over() -> None:
    assert Call.decode(b'{"task": "greet", "colour": "red", "key": null}') == Call(task="greet")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"kind": "run"}',
        b'{"task": "a", "kind": "play"}',
        b'{"task": "a", "params": [1]}',
        b'{"task": "a", "params": null}',
        b'{"task": "a", "args": "rm"}',
        b'{"task": "a", "args": [1]}',
        b'{"task": "a", "labels": 5}',
        b'{"task": "a", "retries": "3"}',
        b'{"task": "a", "cwd": ["/"]}',
    ],
)
def test_a_body_that_somebody_wrote_by_hand_is_no_call(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a call|Expecting|not a valid Kind"):
        Call.decode(body)
