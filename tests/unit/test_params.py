"""Parameters: what is given becomes what a job runs with, or a sentence that says what is wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from qctl.model.call import Kind
from qctl.model.params import ParameterError, ParametersTooLarge, bind, check_unknown, expected, from_words, read_texts
from qctl.model.task import Param, ParamType, Task


def a_task(*params: Param, kind: Kind = Kind.CALL, words: tuple[str, ...] | None = None) -> Task:
    return Task(name="resize", kind=kind, params=params, exec=words)


def of_type(type_: str, **more: Any) -> Param:
    return Param(name="p", type=ParamType(type_), **more)


def nothing_to_read(path: str) -> str:
    raise AssertionError(f"nobody asked for {path}")


class TestTypes:
    @pytest.mark.parametrize(
        ("type_", "fitting"),
        [
            ("str", "é漢字"),
            ("str", ""),
            ("int", -3),
            ("float", 3),
            ("float", 2.5),
            ("bool", False),
            ("path", "/srv"),
            ("list", ["a", 1, True]),
            ("json", {"a": [None, {"b": 1.5}]}),
            ("json", None),
        ],
    )
    def test_a_value_of_its_type_is_taken_as_it_is(self, type_: str, fitting: object) -> None:
        assert bind(a_task(of_type(type_)), {"p": fitting}) == {"p": fitting}

    @pytest.mark.parametrize(
        ("type_", "unfit"),
        [
            ("str", 3),
            ("str", None),
            ("int", "3"),
            ("int", 3.0),
            ("int", True),
            ("float", "x"),
            ("float", float("nan")),
            ("float", 10**400),
            ("float", True),
            ("bool", 1),
            ("bool", "true"),
            ("path", ""),
            ("path", 4),
            ("list", "a,b"),
            ("list", [None]),
            ("list", [["nested"]]),
            ("list", [float("nan")]),
            ("json", {1, 2}),
            ("json", float("inf")),
        ],
    )
    def test_a_value_of_another_type_is_refused(self, type_: str, unfit: object) -> None:
        with pytest.raises(ParameterError) as caught:
            bind(a_task(of_type(type_)), {"p": unfit})
        assert "resize: parameter `p`:" in str(caught.value)
        assert caught.value.exit_code == 2

    @pytest.mark.parametrize(
        ("param", "unfit", "reason"),
        [
            (of_type("int", min=1, max=9), 0, "`0` is less than 1"),
            (of_type("int", min=1, max=9), 10, "`10` is more than 9"),
            (of_type("str", max=2), "abc", "`abc` is longer than 2"),
            (of_type("list", min=1), [], "`[]` is shorter than 1"),
            (of_type("str", pattern="[a-z]+"), "ab1", "`ab1` does not match [a-z]+"),
            (of_type("list", pattern="[a-z]+"), ["ab", "1"], "`1` does not match [a-z]+"),
            (of_type("choice", choices=("gzip", "xz")), "zip", "`zip` is not one of gzip, xz"),
            (of_type("list", choices=("a", "b")), ["a", "c"], "`c` is not one of a, b"),
            (of_type("choice", choices=(1, 2)), True, "`true` is not one of 1, 2"),
        ],
    )
    def test_bounds_patterns_and_choices_are_kept(self, param: Param, unfit: object, reason: str) -> None:
        with pytest.raises(ParameterError, match="parameter") as caught:
            bind(a_task(param), {"p": unfit})
        assert reason in str(caught.value)

    @pytest.mark.parametrize(
        ("value", "sign", "position"),
        [
            ("ab\0c", "U+0000", 3),
            ("\ud83d", "U+D83D", 1),
            ("a\udcff", "is not UTF-8: byte 0xff", 2),
            ("invoice\u202egpj.exe", "U+202E", 8),
        ],
    )
    def test_what_no_command_can_carry_is_refused_with_its_position(self, value: str, sign: str, position: int) -> None:
        """Attack 25."""
        for type_, whole in (("str", value), ("path", value), ("list", [value])):
            with pytest.raises(ParameterError) as caught:
                bind(a_task(of_type(type_)), {"p": whole})
            assert f"{sign} at position {position}" in str(caught.value)

    def test_a_nul_hides_nowhere_in_json(self) -> None:
        """Attack 25."""
        for value in ({"a": ["\0"]}, {"\0": 1}, "\udc80"):
            with pytest.raises(ParameterError):
                bind(a_task(of_type("json")), {"p": value})

    def test_json_that_is_nested_without_end_is_refused(self) -> None:
        value: list[Any] = []
        for _ in range(5000):
            value = [value]

        with pytest.raises(ParameterError):
            bind(a_task(of_type("json")), {"p": value})


class TestPresence:
    def test_an_unknown_name_is_told_with_the_one_that_was_meant(self) -> None:
        with pytest.raises(ParameterError, match=r"`widht`: is not known, did you mean `width`\?"):
            bind(a_task(Param(name="width")), {"widht": "3"})

    def test_an_unknown_name_like_none_lists_what_there_is(self) -> None:
        with pytest.raises(ParameterError, match="the task has width"):
            bind(a_task(Param(name="width")), {"zzz": "3"})

    def test_a_required_parameter_that_is_missing_says_what_it_takes(self) -> None:
        with pytest.raises(ParameterError, match="required and was not given; expected a whole number from 1 up") as e:
            bind(a_task(of_type("int", required=True, min=1)), {})
        assert e.value.advice == "qctl run resize p=…"

    def test_a_default_stands_in_and_an_optional_one_is_left_out(self) -> None:
        task = a_task(Param(name="a", default="x"), Param(name="b"))

        assert bind(task, {}) == {"a": "x"}

    def test_values_stand_in_declared_order(self) -> None:
        task = a_task(Param(name="a"), Param(name="b"), Param(name="c"))

        assert list(bind(task, {"c": "3", "a": "1", "b": "2"})) == ["a", "b", "c"]

    def test_a_value_of_the_workers_environment_is_read_by_the_worker_only(self) -> None:
        task = a_task(of_type("int", required=True, env="WIDTH"))

        assert bind(task, {}) == {}
        assert bind(task, {}, {"WIDTH": "7"}) == {"p": 7}
        assert bind(task, {"p": 8}, {"WIDTH": "7"}) == {"p": 8}
        with pytest.raises(ParameterError, match="variable WIDTH, which is not set"):
            bind(task, {}, {})

    def test_a_bad_value_in_the_workers_environment_names_the_variable(self) -> None:
        with pytest.raises(ParameterError, match="variable WIDTH: `wide` is not a whole number"):
            bind(a_task(of_type("int", env="WIDTH")), {}, {"WIDTH": "wide"})

    def test_an_error_about_a_secret_does_not_tell_it(self) -> None:
        task = a_task(of_type("int", secret=True, env="PIN"))

        with pytest.raises(ParameterError) as given:
            bind(task, {"p": "hunter2"})
        with pytest.raises(ParameterError) as inherited:
            bind(task, {}, {"PIN": "hunter2"})

        assert "hunter2" not in str(given.value) + str(inherited.value)


class TestSize:
    def test_parameters_of_more_than_a_megabyte_together_are_refused(self) -> None:
        """Fault 30. Attack 25."""
        task = a_task(Param(name="a"), Param(name="b"))

        with pytest.raises(ParametersTooLarge, match="more than 1 MB"):
            bind(task, {"a": "x" * 600_000, "b": "y" * 600_000})

    def test_a_value_too_long_for_a_variable_is_refused_before_exec_refuses_it(self) -> None:
        fits, too_long = "x" * 131_000, "x" * 131_072

        assert bind(a_task(Param(name="p"), kind=Kind.RUN), {"p": fits}) == {"p": fits}
        assert bind(a_task(Param(name="p"), kind=Kind.CALL), {"p": too_long})
        with pytest.raises(ParameterError, match="128 KB"):
            bind(a_task(Param(name="p"), kind=Kind.RUN), {"p": too_long})

    def test_parameters_for_a_task_of_others_are_any_clean_json(self) -> None:
        assert check_unknown("theirs", {"a": [1, {"b": None}]}) == {"a": [1, {"b": None}]}
        with pytest.raises(ParameterError):
            check_unknown("theirs", {"a": {1, 2}})
        with pytest.raises(ParameterError):
            check_unknown("theirs", {"a": "\0"})


class TestDash:
    """Attack 24: a value that a command would read as an option."""

    def test_a_value_that_begins_with_a_dash_may_not_stand_in_exec(self) -> None:
        task = a_task(Param(name="p"), kind=Kind.EXEC, words=("rm", "{p}"))

        with pytest.raises(ParameterError, match="read as an option"):
            bind(task, {"p": "-rf"})

    def test_nor_may_an_element_of_a_list(self) -> None:
        task = a_task(of_type("list"), kind=Kind.EXEC, words=("rm", "{p}"))

        with pytest.raises(ParameterError, match="read as an option"):
            bind(task, {"p": ["a", "--recursive"]})

    def test_dash_allows_it(self) -> None:
        task = a_task(of_type("int", dash=True), kind=Kind.EXEC, words=("head", "-n", "{p}"))

        assert bind(task, {"p": -5}) == {"p": -5}

    def test_in_run_it_is_a_variable_and_no_option(self) -> None:
        assert bind(a_task(Param(name="p"), kind=Kind.RUN), {"p": "-rf"}) == {"p": "-rf"}


@pytest.mark.parametrize(
    ("param", "words"),
    [
        (of_type("int", min=1, max=9), "a whole number from 1 to 9"),
        (of_type("float", max=0.5), "a number up to 0.5"),
        (of_type("int", min=-1234567, max=9999999.0), "a whole number from -1234567 to 9999999"),
        (of_type("int", min=0), "a whole number from 0 up"),
        (of_type("str", pattern="[a-z]+"), "a text like /[a-z]+/"),
        (of_type("choice", choices=("a", 2, True)), "one of a, 2, true"),
    ],
)
def test_what_a_parameter_takes_is_said_in_words(param: Param, words: str) -> None:
    assert expected(param) == words


def test_a_bound_is_said_as_it_was_written() -> None:
    with pytest.raises(ParameterError, match=r"`10000001` is more than 9999999$"):
        bind(a_task(of_type("int", max=9999999)), {"p": 10000001})


TYPED = "hunter" + "22"  # in two pieces: a traceback shows lines of this file as well


class TestSecretsInTracebacks:
    """Attack 34: `-vv`, and a program's own log, show what an error came from."""

    TASK = a_task(Param(name="p", type=ParamType.INT, secret=True, env="TOKEN"))

    @pytest.mark.parametrize(
        "read",
        [
            lambda task: from_words(["p=@-"], task, lambda _: TYPED),
            lambda task: read_texts(task, {"p": TYPED}),
            lambda task: bind(task, {"p": TYPED}),
            lambda task: bind(task, {}, {"TOKEN": TYPED}),
        ],
        ids=["typed", "unread text", "given", "of the environment"],
    )
    def test_an_unfit_secret_is_not_shown(self, read: Callable[[Task], object]) -> None:
        with pytest.raises(ParameterError) as refused:
            read(self.TASK)
        assert TYPED not in "".join(traceback.format_exception(refused.value))
