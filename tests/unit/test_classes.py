"""qctl's own dataclasses mean what those of the library mean."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from qctl.classes import asdict, dataclass, field, fields, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    task: str
    KIND: ClassVar[str] = "wish"
    priority: int = 5
    labels: dict[str, str] = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    row: int
    column: int = 0


@dataclass(frozen=True, slots=True)
class Corner(Place):
    name: str = "corner"

    def __post_init__(self) -> None:
        if self.row < 0:
            raise ValueError("above the first row")


@dataclass(slots=True)
class Tally:
    name: str
    seen: list[int] = field(default_factory=list)
    total: int = field(init=False, default=0)


def test_a_value_shows_its_fields_and_no_secret() -> None:
    assert repr(Wish(task="a", secret=b"s")) == "Wish(task='a', priority=5, labels={})"


def test_values_of_one_class_are_equal_by_what_is_compared() -> None:
    assert Wish(task="a", secret=b"x") == Wish(task="a", secret=b"y") != Wish(task="b")
    assert Place(1, 2) != Corner(1, 2)
    assert hash(Place(1, 2)) == hash(Place(1, 2))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Tally("a"))


@pytest.mark.parametrize(
    "change", [lambda v: setattr(v, "task", "b"), lambda v: delattr(v, "task"), lambda v: setattr(v, "other", 1)]
)
def test_a_frozen_value_refuses_to_be_changed(change: Callable[[Any], None]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        change(Wish(task="a"))


def test_each_object_has_a_factory_s_value_of_its_own() -> None:
    first, second = Tally("a"), Tally("b")
    first.seen.append(1)
    assert (first.seen, second.seen, second.total) == ([1], [], 0)
    assert Wish(task="a").labels is not Wish(task="a").labels


def test_a_class_with_slots_has_no_place_for_more() -> None:
    with pytest.raises(AttributeError):
        Tally("a").other = 1  # type: ignore[attr-defined]
    assert not hasattr(Corner(1), "__dict__")
    assert vars(Corner)["__slots__"] == ("name",)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: Wish("a"),  # type: ignore[call-arg]
            "positional argument",
        ),
        (
            lambda: Wish(),  # type: ignore[call-arg]
            "missing 1 required keyword-only argument: 'task'",
        ),
        (
            lambda: Wish(task="a", taks="b"),  # type: ignore[call-arg]
            "unexpected keyword argument 'taks'",
        ),
        (
            lambda: Tally("a", total=1),  # type: ignore[call-arg]
            "unexpected keyword argument 'total'",
        ),
    ],
)
def test_wrong_arguments_are_refused_by_name(make: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        make()


def test_a_subclass_has_the_fields_of_its_base_before_its_own_and_checks_itself() -> None:
    assert Corner(1, 2) == Corner(row=1, column=2, name="corner")
    assert [one.name for one in fields(Corner)] == ["row", "column", "name"]
    with pytest.raises(ValueError, match="above the first row"):
        Corner(-1)


def test_a_copy_with_other_values_is_checked_as_well() -> None:
    assert replace(Corner(1), column=3) == Corner(1, 3)
    with pytest.raises(ValueError, match="above the first row"):
        replace(Corner(1), row=-1)
    with pytest.raises(ValueError, match="total"):
        replace(Tally("a"), total=1)


@pytest.mark.parametrize("value", [Wish(task="a", labels={"b": "c"}, secret=b"d"), Corner(1, 2, "x")])
def test_a_value_survives_being_copied_and_sent(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == copy.copy(value) == value


def test_values_match_by_position_and_by_name() -> None:
    match Corner(1, 2):
        case Corner(row, column, name="corner"):
            assert (row, column) == (1, 2)
        case _:
            raise AssertionError


def test_the_library_s_functions_know_the_classes() -> None:
    assert dataclasses.is_dataclass(Wish)
    assert dataclasses.replace(Place(1), row=2) == Place(2)
    assert asdict(Wish(task="a")) == {"task": "a", "priority": 5, "labels": {}, "secret": b""}
    assert [(one.name, one.type) for one in dataclasses.fields(Corner)][-1] == ("name", "str")


def test_a_default_that_all_would_share_is_refused_where_it_is_declared() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @dataclass(slots=True)
        class Shared:
            seen: list[int] = []  # noqa: RUF012


def test_classes_of_the_library_are_replaced_as_well() -> None:
    @dataclasses.dataclass(frozen=True)
    class Theirs:
        a: int

    assert replace(Theirs(1), a=2) == Theirs(2)
    assert [one.name for one in fields(Theirs)] == ["a"]


def test_the_hundredth_object_is_made_as_the_first() -> None:
    @dataclass(frozen=True, slots=True)
    class Many:
        number: int
        more: list[int] = field(default_factory=list)
        fixed: int = field(init=False, default=3)

        def __post_init__(self) -> None:
            self.more.append(self.number)

    made = [Many(number) for number in range(100)]
    assert made == [Many(number=number, more=[]) for number in range(100)]
    assert {one.fixed for one in made} == {3}
    assert made[99].more == [99]
    assert made[0].more is not made[1].more


@pytest.mark.parametrize(
    ("args", "values"), [((), {}), ((1, 2, 3), {}), ((1,), {"row": 1}), ((1,), {"line": 1}), ((), {"column": 1})]
)
def test_a_call_that_does_not_fit_is_refused_as_by_any_function(args: tuple[int, ...], values: dict[str, int]) -> None:
    @dataclass(frozen=True, slots=True)
    class Spot:
        row: int
        column: int = 0

    for _ in range(2):
        with pytest.raises(TypeError, match=r"Spot.__init__\(\)"):
            Spot(*args, **values)
    assert Spot(1) == Spot(1, 0)
