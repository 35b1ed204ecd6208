"""The record of an attempt as it is written."""

from __future__ import annotations

import json

import pytest

from qctl.model.attempt import Attempt
from qctl.model.ended import Ended, encode_success
from qctl.model.state import Outcome


def test_processor_time_is_kept_to_the_microsecond() -> None:
    """The sum of user and system time has digits that mean nothing."""
    cpu_s = 0.0013499999999999999
    ended = Ended(outcome=Outcome.SUCCEEDED, cpu_s=cpu_s)
    short = encode_success(ended, number=1, worker="w", started_ms=1, ended_ms=2, hash_="h", tries=1)
    long = Attempt(number=1, worker="w", started_ms=1, ended_ms=2, outcome="failed", cpu_s=cpu_s).encode()
    assert [json.loads(record)["c"] for record in (short, long)] == [0.00135, 0.00135]


@pytest.mark.parametrize(
    "record",
    [
        *(b"", b"[]", b"null", b"\xff", b"[" * 5000, b'{"n":1}'),
        *(b'{"n":1,"w":"a","s":1,"e":"2","o":"failed"}', b'{"n":1,"w":"a","s":1,"e":2,"o":["failed"]}'),
        *(b'{"n":true,"w":"a","s":1,"e":2,"o":"failed"}', b'{"n":1,"w":"a","s":-1,"e":2,"o":"failed"}'),
        b'{"n":1,"w":"a","s":1,"e":999999999999999999,"o":"failed"}',
    ],
)
def test_a_record_that_somebody_wrote_by_hand_is_refused_in_one_way(record: bytes) -> None:
    """Whoever reads many passes over it: a list of jobs does not end at one."""
    with pytest.raises(ValueError, match=r"\w"):
        Attempt.decode(record)


def test_a_record_is_read_as_it_was_written() -> None:
    one = Attempt(number=2, worker="w", started_ms=1, ended_ms=2, outcome="failed", signal=9, error_type="x", cpu_s=0.5)
    assert Attempt.decode(one.encode()) == one
