"""Enumerations that are cheap to declare: they are as those of the standard library."""

from __future__ import annotations

import copy
import enum
import json
import pickle
from typing import Any

import pytest

from qctl import enums
from qctl.model.state import State


def _declared(kind: Any) -> Any:
    """An enumeration of two, with a method and a property of its own."""

    class Colour(kind):  # type: ignore[misc]
        """What is seen."""

        RED = "red"
        DARK_BLUE = "dark-blue"

        @property
        def loud(self) -> str:
            return str(self.value).upper()

        def then(self) -> Any:
            return type(self)("red")

    return Colour


OURS, THEIRS = _declared(enums.StrEnum), _declared(enum.StrEnum)


def test_members_say_what_those_of_the_library_say() -> None:
    for ours, theirs in zip(OURS, THEIRS, strict=True):
        for tell in (str, repr, hash, json.dumps, "{:>12}".format, "%s".__mod__, lambda one: (one.name, one.value)):
            assert tell(ours) == tell(theirs)
        assert (type(str(ours)), ours.loud, ours == theirs.value) == (str, theirs.loud, True)
        assert isinstance(ours, OURS)
    assert (list(OURS), len(OURS), list(OURS.__members__)) == (list(THEIRS), len(THEIRS), list(THEIRS.__members__))
    assert [*map(str, reversed(OURS))] == [*map(str, reversed(THEIRS))]
    assert (OURS.__doc__, OURS.RED.then() is OURS.RED) == ("What is seen.", True)


def test_a_member_is_found_by_its_value_and_by_its_name_and_is_always_the_same() -> None:
    assert OURS("dark-blue") is OURS["DARK_BLUE"] is OURS(OURS.DARK_BLUE) is OURS.DARK_BLUE
    assert copy.deepcopy([OURS.RED])[0] is copy.copy(OURS.RED) is OURS.RED
    assert pickle.loads(pickle.dumps(State.RUNNING)) is State.RUNNING
    assert OURS.RED in OURS


@pytest.mark.parametrize("value", ["green", "", "RED", 3, None, ["red"]])
def test_what_is_no_member_is_refused_in_the_librarys_words(value: object) -> None:
    said = []
    for kind in (OURS, THEIRS):
        with pytest.raises(ValueError, match="is not a valid") as refused:
            kind(value)
        said.append(str(refused.value))
    assert said[0] == said[1]
    with pytest.raises(KeyError):
        OURS["green"]


def test_nothing_of_it_can_be_changed() -> None:
    for name in ("value", "name", "other"):
        with pytest.raises(AttributeError):
            setattr(OURS.RED, name, "green")
    with pytest.raises(AttributeError):
        OURS.RED = "green"
    with pytest.raises(ValueError, match="one value"):
        type(OURS)("Twice", (enums.StrEnum,), {"A": "a", "B": "a"})
