"""Orders to cancel, as a heartbeat answers them: what somebody wrote by hand stops no worker."""

from __future__ import annotations

import pytest

from qctl.store.values import Order
from qctl.store.worker_replies import read_beat

_DEEP = b"[" * 100_000


def orders(*said: bytes) -> list[Order]:
    flat = [word for place, order in enumerate(said) for word in (b"job%d" % place, order)]
    return list(read_beat([b"OK", b"1", b"", [], flat, [], 0, 0]).orders.values())


@pytest.mark.parametrize(
    "forged",
    [
        b'1 {"by":[]}',
        b'1 {"signal":true}',
        b'1 {"signal":0}',
        b'1 {"signal":-9}',
        b'1 {"signal":65}',
        b'1 {"signal":1e400}',
        b'1 {"grace":-1}',
        b'1 {"grace":NaN}',
        b'1 {"grace":Infinity}',
        b'1 {"grace":1' + b"0" * 400 + b"}",
        b"-1 {}",
        b"\xff {}",
        b"",
    ],
)
def test_an_order_that_nobody_can_carry_out_is_none(forged: bytes) -> None:
    """Attack 30: others in the same answer are carried out."""
    assert orders(forged, b'2 {"by":"ana","signal":9,"grace":0.5}') == [Order(fence=2, by="ana", signal=9, grace=0.5)]


@pytest.mark.parametrize("said", [b"1 " + _DEEP, b'1 {"by":' + _DEEP, b"1 [1]", b"1"])
def test_an_order_of_which_only_the_fence_can_be_read_is_a_plain_one(said: bytes) -> None:
    """Attack 30: JSON without an end is no bug of the worker's."""
    assert orders(said) == [Order(fence=1)]
