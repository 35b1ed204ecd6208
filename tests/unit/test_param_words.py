"""Parameters as they are typed: `k=v`, `k:=json`, `k=@file`."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.errors import UsageError
from qctl.model.call import Kind
from qctl.model.params import ParameterError, bind, from_words
from qctl.model.task import Param, ParamType, Task


def a_task(*params: Param, kind: Kind = Kind.CALL, words: tuple[str, ...] | None = None) -> Task:
    return Task(name="resize", kind=kind, params=params, exec=words)


def of_type(type_: str, **more: Any) -> Param:
    return Param(name="p", type=ParamType(type_), **more)


def nothing_to_read(path: str) -> str:
    raise AssertionError(f"nobody asked for {path}")


class TestCommandLine:
    @pytest.mark.parametrize(
        ("param", "word", "value"),
        [
            (of_type("str"), "p=3", "3"),
            (of_type("str"), "p=a=b", "a=b"),
            (of_type("str"), "p=", ""),
            (of_type("str"), 'p:="3"', "3"),
            (of_type("int"), "p=-3", -3),
            (of_type("int"), "p:=3", 3),
            (of_type("float"), "p=2.5", 2.5),
            (of_type("bool"), "p=yes", True),
            (of_type("bool"), "p=off", False),
            (of_type("bool"), "p=TRUE", True),
            (of_type("path"), "p=/etc/hosts", "/etc/hosts"),
            (of_type("path"), "p=data/../in/", "/home/me/in/"),
            (of_type("path"), "p=db1:/srv", "db1:/srv"),
            (of_type("choice", choices=("a", 2)), "p=2", 2),
            (of_type("list"), "p=a, b,c", ["a", "b", "c"]),
            (of_type("list"), "p=[1, 2]", [1, 2]),
            (of_type("list"), "p=", []),
            (of_type("json"), 'p={"a": 1}', {"a": 1}),
        ],
    )
    def test_a_word_is_converted_to_the_declared_type(self, param: Param, word: str, value: object) -> None:
        task = a_task(param)

        given = from_words([word], task, nothing_to_read, "/home/me")

        assert given == {"p": value}
        assert bind(task, given) == given

    @pytest.mark.parametrize(
        ("param", "word", "reason"),
        [
            (of_type("int"), "p=ten", "`ten` is not a whole number"),
            (of_type("int"), "p=1_000", "is not a whole number"),
            (of_type("int"), "p=" + "9" * 5000, "is not a whole number"),
            (of_type("float"), "p=nan", "is not a number"),
            (of_type("bool"), "p=maybe", "neither true nor false"),
            (of_type("json"), "p={", "is not JSON"),
            (of_type("int"), "p:={", "is not JSON"),
            (of_type("list"), "p=[1,", "is not JSON"),
        ],
    )
    def test_a_word_that_cannot_be_converted_says_why(self, param: Param, word: str, reason: str) -> None:
        with pytest.raises(ParameterError) as caught:
            from_words([word], a_task(param), nothing_to_read)
        assert reason in str(caught.value)

    def test_the_text_of_a_file_is_read_by_the_caller(self) -> None:
        assert from_words(["p=@notes.txt"], a_task(of_type("str")), lambda path: f"<{path}>\n") == {
            "p": "<notes.txt>\n"
        }

    def test_a_parameter_given_twice_is_refused(self) -> None:
        with pytest.raises(ParameterError, match="given twice"):
            from_words(["p=1", "p=2"], a_task(of_type("int")), nothing_to_read)

    def test_a_word_that_is_no_parameter_says_how_one_is_written(self) -> None:
        with pytest.raises(UsageError, match="is no parameter"):
            from_words(["world"], a_task(of_type("str")), nothing_to_read)

    def test_a_slip_in_the_name_is_told_with_the_one_that_was_meant(self) -> None:
        with pytest.raises(ParameterError, match="did you mean `p_name`"):
            from_words(["pname=2"], a_task(Param(name="p_name")), nothing_to_read)

    def test_words_for_a_task_of_others_stay_texts(self) -> None:
        assert from_words(["a=1", "b:=1"], None, nothing_to_read) == {"a": "1", "b": 1}
