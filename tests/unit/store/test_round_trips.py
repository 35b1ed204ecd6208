"""What a round trip is made of, and what is known of one that breaks in its middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hiredis
import pytest

from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.model.submission import Submission
from qctl.store import Keys, Store, parse_address
from qctl.store.command import Command, script_call
from qctl.store.command import script as script_named
from qctl.store.job_verbs import JobVerbs
from qctl.store.refusals import ConnectionBroken
from qctl.store.taken import Submitted, Taken
from qctl.store.wire import Wire

PING = Command(("PING",), bytes)
BROKEN, NOBODY = ConnectionResetError("the server closed the connection"), RedisUnreachable(url="r", reason="refused")
UNKNOWN = hiredis.ReplyError("NOSCRIPT No matching script. Please use EVAL.")


class Said:
    """A connection on which everything that is to be answered was said before."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[list[tuple[Any, ...]]] = []

    def send(self, asked: Sequence[tuple[Any, ...]], seconds: float) -> None:
        self.asked.append(list(asked))

    def read(self, deadline: float) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception) and not isinstance(answer, hiredis.ReplyError):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing is open."""


def store_of(*answers: list[Any] | Exception) -> tuple[Store, list[Said]]:
    """A store over connections that answer so, one after the other; those that were made."""
    left, made = list(answers), []

    def make(*_: Any) -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        made.append(Said(answer))
        return made[-1]

    return Store(Wire(parse_address("unix:///nowhere"), 3.0, make), Keys("qctl")), made


def submit(job: str) -> Command[list[Submitted]]:
    return JobVerbs(Keys("qctl")).submit([Submission(id=job, task="tidy", body=b"{}")])


def promote() -> Command[Any]:
    return script_call(script_named("promote"), ("{qctl}:door",), [1], lambda reply: reply)


def test_a_script_that_the_server_does_not_know_is_told_once_for_all_calls_of_it() -> None:
    store, made = store_of([UNKNOWN, UNKNOWN, b"PONG", UNKNOWN, b"NEW", [0], b"NEW"])
    one, due, ping, two = store.ask_all([submit("one"), promote(), PING, submit("two")])
    assert (one, due, ping, two) == ([Submitted(Taken.NEW, "one")], [0], b"PONG", [Submitted(Taken.NEW, "two")])
    _, first, again = made[0].asked  # a greeting of no words goes before
    assert [words[0] for words in first] == ["EVALSHA", "EVALSHA", "PING", "EVALSHA"]
    assert [words[0] for words in again] == ["EVAL", "EVAL", "EVALSHA"]


def test_a_script_that_is_forgotten_before_the_calls_behind_it_is_told_with_each() -> None:
    store, made = store_of([UNKNOWN, UNKNOWN, UNKNOWN, b"NEW", UNKNOWN, UNKNOWN, b"NEW", b"NEW"])
    answers = store.ask_all([submit("one"), submit("two"), submit("three")])
    assert [answer[0].taken for answer in answers] == [Taken.NEW] * 3
    assert [words[0] for words in made[0].asked[-2]] == ["EVAL", "EVALSHA", "EVALSHA"]
    assert [words[0] for words in made[0].asked[-1]] == ["EVAL", "EVAL"]


def test_what_was_answered_before_the_connection_broke_is_known_whatever_goes_along_with_it() -> None:
    """A submit that was taken is not unknown because nobody heard who works there."""
    store, made = store_of([b"NEW", BROKEN], [b"PONG"])
    along = store.along(PING)
    assert store.do(submit("one")) == [Submitted(Taken.NEW, "one")]
    assert len(made) == 1
    assert along.take() == b"PONG"


def test_what_was_answered_by_the_second_try_is_known_as_well() -> None:
    store, _ = store_of([BROKEN], [[b"EXISTS", b"one"], BROKEN], NOBODY)
    along = store.along(PING)
    assert store.do(submit("one")) == [Submitted(Taken.EXISTS, "one")]
    with pytest.raises(RedisUnreachable):
        along.take()


@pytest.mark.parametrize("gone", [NOBODY, RedisBusy(url="r")], ids=["nobody", "loading"])
def test_what_became_of_it_is_unknown_when_nobody_is_there_for_the_second_try(gone: QctlError) -> None:
    """Fault 46: the first try may have been heard."""
    store, _ = store_of([BROKEN], gone)
    with pytest.raises(ConnectionBroken):
        store.do(submit("one"))


def test_before_anything_was_sent_it_is_known_that_nothing_was() -> None:
    store, _ = store_of(NOBODY)
    with pytest.raises(RedisUnreachable) as told:
        store.do(submit("one"))
    assert not isinstance(told.value, ConnectionBroken)


def test_an_answer_of_a_script_that_the_server_did_not_know_is_none() -> None:
    store, made = store_of([UNKNOWN, BROKEN], [b"NEW", b"PONG"])
    along = store.along(PING)
    assert store.do(submit("one")) == [Submitted(Taken.NEW, "one")]
    assert along.take() == b"PONG"
    assert len(made) == 2


@pytest.mark.parametrize("first", [b"NEW", UNKNOWN], ids=["known", "unknown"])
def test_an_answer_to_what_was_told_once_more_stands_for_none_of_the_first_commands(first: Any) -> None:
    """A Redis that has just started knows no script: each is told once more, in places of their own."""
    store, made = store_of([first, UNKNOWN, UNKNOWN, b"NEW", BROKEN], [[b"EXISTS", b"one"], [0], [0]])
    store.along(promote())
    store.along(promote())
    assert store.do(submit("one")) == [Submitted(Taken.EXISTS, "one")]
    assert store.asked_twice
    assert len(made) == 2
