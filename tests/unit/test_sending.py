"""Sending many jobs: how many go in one round trip, and what is told when a connection breaks among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from qctl.classes import replace
from qctl.client.sending import SomeRefused, SomeUnknown, send
from qctl.config.requests import Request
from qctl.errors import OutcomeUnknown, QctlError, Refused, TryAgain
from qctl.model.submission import Submission
from qctl.store import Command, Keys, Store
from qctl.store.job_verbs import JobVerbs
from qctl.store.refusals import ConnectionBroken, RedisFull

Answer = Callable[[Sequence[Command[Any]]], list[Any]]


class Answering:
    """A store that answers each round trip by a function; counts the calls of each."""

    def __init__(self, answer: Answer) -> None:
        self.job_verbs = JobVerbs(Keys("team"))
        self.trips: list[int] = []
        self.asked_twice = False
        self._answer = answer

    def ask_all(self, commands: Sequence[Command[Any]]) -> list[Any]:
        self.trips.append(len(commands))
        replies = self._answer(commands)
        pairs = zip(commands, replies, strict=True)
        return [reply if isinstance(reply, QctlError) else command.read(reply) for command, reply in pairs]


def sent(store: Answering, count: int, body: bytes) -> int:
    """Send so many jobs with this body; answers how many were accepted."""
    jobs = [Submission(id=f"job{number}", task="tidy", body=body) for number in range(count)]

    def again(request: object, _: Submission) -> Submission:
        raise AssertionError(request)

    return len(send(cast("Store", store), [(Request(task="tidy"), job) for job in jobs], again))


@pytest.mark.parametrize(
    ("count", "size", "trips"),
    [(500, 10, [1]), (20_000, 10, [40]), (20_001, 10, [40, 1]), (34, 900_000, [18, 16])],
    ids=["a call", "as many as fit", "one more", "large ones"],
)
def test_a_round_trip_has_as_many_jobs_and_bytes_as_redis_takes_within_the_timeout(
    count: int, size: int, trips: list[int]
) -> None:
    store = Answering(lambda commands: [b"NEW"] * len(commands))
    assert sent(store, count, b"x" * size) == count
    assert store.trips == trips


def test_a_connection_that_breaks_behind_refused_jobs_names_the_first_that_is_not_known() -> None:
    def answer(commands: Sequence[Command[Any]]) -> list[Any]:
        (only,) = commands if len(commands) == 1 else (None,)
        if only is None or "job500" in only.words:
            raise ConnectionBroken(url="r", reason="it is gone")
        return [[word for number in range(500) for word in (b"FULL" if number % 2 else b"NEW", b"job%d" % number)]]

    with pytest.raises(SomeUnknown) as broken:
        sent(Answering(answer), 1000, b"{}")
    assert broken.value.facts["id"] == "job500"
    assert broken.value.facts["accepted"] == 250


def test_what_was_not_accepted_is_told_by_its_place_also_what_was_not_sent_any_more() -> None:
    def answer(commands: Sequence[Command[Any]]) -> list[Any]:
        full = [[word for number in range(500) for word in (b"FULL" if number == 7 else b"NEW", b"job%d" % number)]]
        return full + [RedisFull(url="r")] * 2 + [b"NEW"] * (len(commands) - 3)

    with pytest.raises(SomeRefused) as refused:
        sent(Answering(answer), 20_600, b"{}")
    assert refused.value.refused == (8, *range(501, 1501), *range(20_001, 20_601))
    assert str(refused.value).startswith("18,999 of 20,600 jobs were accepted, not numbers 8, 501 to 1500, 20001 to 20")
    assert len(refused.value.accepted or ()) == 18_999


def test_a_disk_that_fills_up_while_many_are_sent_is_named_before_the_jobs_that_nobody_knows_of() -> None:
    def answer(commands: Sequence[Command[Any]]) -> list[Any]:
        raise ConnectionBroken(url="r", reason="No space left on device", help="df -h /s")

    with pytest.raises(SomeUnknown) as unknown:
        sent(Answering(answer), 600, b"{}")
    assert str(unknown.value) == "the connection broke: of 600 jobs nobody knows of job0 and those after it"
    assert unknown.value.advice == "df -h /s\nqctl show job0"
    with pytest.raises(OutcomeUnknown) as alone:
        sent(Answering(answer), 1, b"{}")
    assert alone.value.advice == "df -h /s\nqctl show job0"


@pytest.mark.parametrize("answer", [b"NO_PLAN", b"COLLISION"])
def test_what_is_not_taken_however_often_it_is_sent_is_told_and_not_sent_for_ever(answer: bytes) -> None:
    store = Answering(lambda commands: [[answer, b"job"]] * len(commands))
    job = Submission(id="job", task="tidy", body=b"{}")
    with pytest.raises((TryAgain, Refused)):
        send(cast("Store", store), [(Request(task="tidy"), job)], lambda *_: job)
    assert len(store.trips) <= 10


def test_what_a_round_trip_took_that_was_asked_twice_is_not_taken_for_the_jobs_of_others() -> None:
    """Of the first call one job drew an id that another has, and is sent anew between the answers to both calls."""

    def answer(commands: Sequence[Command[Any]]) -> list[Any]:
        store.asked_twice = len(commands) > 1
        if len(commands) == 1:
            return [b"NEW"]
        words = [[b"EXISTS", b"job%d" % number] for number in range(1000)]
        words[0][0] = b"COLLISION"
        return [[word for pair in words[at : at + 500] for word in pair] for at in (0, 500)]

    store = Answering(answer)
    jobs = [Submission(id=f"job{number}", task="tidy", body=b"{}") for number in range(1000)]
    drawn = iter(["anew"])

    found = send(
        cast("Store", store),
        [(Request(task="tidy"), job) for job in jobs],
        lambda _, job: replace(job, id=next(drawn)),
    )

    assert [one.id for one in found] == ["anew", *(job.id for job in jobs[1:])]
    assert store.trips == [2, 1]
