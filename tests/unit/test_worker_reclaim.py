"""What a worker says of others that give no sign of life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl.engine.reclaim import Reclaim
from qctl.errors import RedisBusy
from qctl.store.refusals import WrongType
from qctl.store.values import Orphan, Reclaimed

LEASE = 15.0


class Redis:
    """Keeps who is to hear the next answer."""

    up = True
    hears: Any = None

    def ask(self, _commands: Any, answered: Any, _lost: Any, _now: float) -> bool:
        self.hears = answered
        return True


def what_is_said(*answers: Reclaimed) -> list[str]:
    """Hear of a worker for a whole lease with the same counter, and ask what is to become of it."""
    said: list[str] = []
    line = Redis()
    station = SimpleNamespace(
        identity=SimpleNamespace(host="here"),
        journal=SimpleNamespace(warning=lambda _event, message, **_: said.append(message)),
        lease=SimpleNamespace(length=LEASE, trusted=lambda _now: True, hurry=lambda _now: None),
        line=line,
        task=lambda _name: None,
        time=SimpleNamespace(at=lambda _now: 0),
        verbs=SimpleNamespace(keys=SimpleNamespace(worker=str), reclaim=lambda *_: None),
        ask=lambda *_: None,
    )
    reclaim = Reclaim(cast("Any", station))
    for now in (0.0, LEASE / 3, LEASE * 2 / 3, LEASE):
        reclaim.heard(cast("Any", SimpleNamespace(peers={"old": 7})), now)
    reclaim.run_once(LEASE)
    for answer in answers:
        line.hears([answer])
    return said


@pytest.mark.parametrize("status", ["GONE", "ALIVE"])
def test_nothing_is_said_of_a_worker_that_has_left_or_lives(status: str) -> None:
    assert what_is_said(Reclaimed(status, 0, ())) == []


def test_a_dead_worker_is_told_of_once_and_before_its_jobs() -> None:
    one, two = (Orphan(id=id_, fence=1, attempt=1, task="t", losses=0, started_ms=0) for id_ in ("a", "b"))
    said = what_is_said(Reclaimed("OK", 0, (one,)), Reclaimed("OK", 1, (two,)), Reclaimed("OK", 1, ()))
    assert said == ["worker old is dead; its jobs are given to others", "t a is queued again", "t b is queued again"]


def asked_for(answer: Callable[[int], list[Any]], *heartbeats: str) -> list[int]:
    """Of how many workers at a time it is asked where they are, as heartbeats tell of those, a letter each."""
    asked: list[int] = []

    def ask(commands: Any, answered: Any, _lost: Any, _now: float) -> bool:
        asked.append(len(commands))
        answered(answer(len(commands)))
        return True

    station = SimpleNamespace(
        lease=SimpleNamespace(length=LEASE),
        line=SimpleNamespace(up=True, ask=ask),
        verbs=SimpleNamespace(keys=SimpleNamespace(worker=str)),
    )
    reclaim = Reclaim(cast("Any", station))
    for now, names in enumerate(heartbeats):
        reclaim.heard(cast("Any", SimpleNamespace(peers=dict.fromkeys(names, 7))), float(now))
    return asked


def test_where_a_worker_is_is_asked_once_whoever_a_heartbeat_tells_of() -> None:
    """Of hundreds of workers a heartbeat tells of a hundred, and of others each time."""
    assert asked_for(lambda count: [{"host": "there"}] * count, "ab", "bc", "a", "abc") == [2, 1]


def test_of_a_worker_whose_word_cannot_be_read_is_asked_once_and_of_what_redis_cannot_tell_now_again() -> None:
    answers: Iterator[list[Any]] = iter([[RedisBusy(url="r")], [WrongType("of another type", url="r")]])
    assert asked_for(lambda _: next(answers), *"wwww") == [1, 1]
