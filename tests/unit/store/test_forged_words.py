"""What workers say of themselves and are told, as somebody may have written it by hand: left out, and no error."""

from __future__ import annotations

import json

import pytest

from qctl.store.abouts import about_in
from qctl.store.values import Order
from qctl.store.worker_replies import read_beat


@pytest.mark.parametrize(
    "fact",
    [
        '"slots": Infinity',
        '"pid": NaN',
        f'"skew_ms": 1{"0" * 400}',
        '"weights": {"high": "3"}',
        '"broken": {"ops.tasks": 1}',
        '"queues": "high"',
        '"host": 1',
    ],
)
def test_what_no_worker_says_of_itself_is_left_out(fact: str) -> None:
    assert about_in(f'{{"label": "web1", {fact}}}'.encode()) == {"label": "web1"}


def test_what_a_worker_says_of_itself_is_kept() -> None:
    said = {"host": "web1", "weights": {"high": 3}, "broken": {"a": "no"}, "slots": 2, "skew_ms": -1.5, "problem": None}
    assert about_in(json.dumps({**said, "of a newer qctl": [1]}).encode()) == {**said, "of a newer qctl": [1]}


@pytest.mark.parametrize(
    "said",
    [
        *('{"signal": 9999}', '{"signal": 0}', '{"signal": true}', '{"signal": 9.5}', '{"by": 1}'),
        *('{"grace": NaN}', '{"grace": -1}', f'{{"grace": 1{"0" * 400}}}'),
    ],
)
def test_an_order_that_nobody_could_carry_out_is_none(said: str) -> None:
    assert _orders(said) == {}


def test_an_order_is_read_with_what_is_not_said_as_usual() -> None:
    assert _orders('{"by":"ana","reason":null,"signal":2,"grace":0.5}') == {
        "a": Order(fence=3, by="ana", signal=2, grace=0.5)
    }
    assert _orders("{}") == {"a": Order(fence=3)}


def _orders(said: str) -> object:
    reply = [b"OK", 1, b"", [], [b"a", f"3 {said}".encode()], [], 0, 0]
    return read_beat(reply).orders
