"""Values by place: what a step receives and the arguments of a call fill the parameters not given by name."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.model.call import Kind
from qctl.model.filling import fill
from qctl.model.params import ParameterError, bind
from qctl.model.task import Param, ParamType, Task


def a_task(*params: Param) -> Task:
    return Task(name="t", kind=Kind.CALL, call="m:t", params=params)


def a_param(name: str, kind: ParamType = ParamType.JSON, **options: Any) -> Param:
    return Param(name=name, type=kind, required=True, **options)


def test_they_go_in_declared_order_to_what_is_not_given_by_name_and_the_rest_is_left() -> None:
    task = a_task(a_param("a"), a_param("b"), a_param("c"))

    filled = fill(task, {"b": 2}, [1, 3, 4, 5])

    assert filled.by_name == {"a": 1, "c": 3}
    assert filled.rest == (4, 5)
    assert bind(task, {"b": 2}, filled=filled.by_name) == {"b": 2}


def test_what_is_filled_by_place_is_not_required_by_name_and_the_rest_is() -> None:
    with pytest.raises(ParameterError, match="`b`: is required"):
        bind(a_task(a_param("a"), a_param("b")), {}, filled=("a",))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ParamType.INT, "42", 42),
        (ParamType.FLOAT, "0.5", 0.5),
        (ParamType.BOOL, "yes", True),
        (ParamType.LIST, "[1,2]", [1, 2]),
        (ParamType.STR, "42", "42"),
        (ParamType.PATH, "here", "here"),
        (ParamType.JSON, '{"a":1}', '{"a":1}'),
    ],
)
def test_a_commands_text_is_read_as_the_type_that_is_declared(kind: ParamType, text: str, value: Any) -> None:
    assert fill(a_task(a_param("p", kind)), {}, [text], printed=True).by_name == {"p": value}


def test_an_argument_of_a_call_is_of_its_type_already() -> None:
    with pytest.raises(ParameterError, match="t: parameter `p`: by place: `42` is not a whole number"):
        fill(a_task(a_param("p", ParamType.INT)), {}, ["42"])


def test_null_fits_every_parameter() -> None:  # C07, and `a? | b` of an a that failed
    assert fill(a_task(a_param("p", ParamType.INT)), {}, [None]).by_name == {"p": None}


def test_bytes_fit_a_parameter_of_any_content_and_no_other() -> None:
    assert fill(a_task(a_param("p")), {}, [b"\xff"]).by_name == {"p": b"\xff"}
    with pytest.raises(ParameterError, match="1 bytes that are no UTF-8"):
        fill(a_task(a_param("p", ParamType.STR)), {}, [b"\xff"])


def test_a_text_for_python_may_hold_what_no_command_could_take() -> None:
    assert fill(a_task(a_param("p", ParamType.STR)), {}, ["a\0b"], printed=True).by_name == {"p": "a\0b"}


def test_the_value_of_a_secret_stands_in_no_complaint() -> None:
    with pytest.raises(ParameterError) as told:
        fill(a_task(a_param("pin", ParamType.INT, secret=True)), {}, ["hunter22"], printed=True)

    assert "hunter22" not in str(told.value)
