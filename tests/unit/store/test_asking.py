"""Reads that know no connection, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import pytest

from qctl.errors import RedisBusy
from qctl.store import Command, Store
from qctl.store.asking import alongside, carry_out
from qctl.store.refusals import WrongType

if TYPE_CHECKING:
    from qctl.store.asking import Asking


class Answering:
    """Answers each command with its word in capitals; counts the round trips."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []

    def ask_all(self, commands: Sequence[Command[Any]]) -> list[Any]:
        words = [str(command.words[0]) for command in commands]
        self.trips.append(words)
        errors = {"list": WrongType("", url="r"), "busy": RedisBusy(url="r")}
        return [errors.get(word, word.upper()) for word in words]


def asked(*rounds: str) -> Asking[list[Any]]:
    """Asks for words, round by round, and returns what was answered."""
    found: list[Any] = []
    for words in rounds:
        found += yield [Command((word,), str) for word in words.split()]
    return found


def carried_out(asking: Asking[Any]) -> tuple[Any, list[list[str]]]:
    store = Answering()
    return carry_out(cast("Store", store), asking), store.trips


def test_several_take_as_many_round_trips_as_the_longest_of_them() -> None:
    found, trips = carried_out(alongside(asked("a b", "c"), asked("d"), asked("e", "f", "g"), asked()))
    assert found == [["A", "B", "C"], ["D"], ["E", "F", "G"], []]
    assert trips == [["a", "b", "d", "e"], ["c", "f"], ["g"]]


def test_those_that_ask_others_go_side_by_side_too() -> None:
    found, trips = carried_out(alongside(alongside(asked("a"), asked("b", "c")), asked("", "d")))
    assert found == [[["A"], ["B", "C"]], ["D"]]
    assert trips == [["a", "b"], ["c", "d"]]


def test_a_key_of_another_type_answers_nothing_and_other_refusals_are_raised() -> None:
    assert carried_out(asked("a list"))[0] == ["A", None]
    with pytest.raises(RedisBusy):
        carried_out(alongside(asked("a"), asked("busy")))
