"""The parameters of a Python function, by its signature: names, types, what may be left out, what a value may be."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, Union

import pytest

from qctl import task
from qctl.config.catalog_lines import catalog, task_of
from qctl.config.values import Config
from qctl.model.params import ParameterError, bind, from_words
from qctl.model.task import Param, Task

if TYPE_CHECKING:
    from nowhere import Missing  # type: ignore[import-not-found]


def annotated(annotation: Any, default: Any = ...) -> Param:
    """The parameter of a function with this annotation."""

    def function(p):  # type: ignore[no-untyped-def]
        pass

    function.__defaults__ = () if default is ... else (default,)
    function.__annotations__ = {"p": annotation}
    return task(name="t.annotated")(function).task.params[0]


@pytest.mark.parametrize(
    ("annotation", "type_"),
    [
        (str, "str"), (int, "int"), (float, "float"), (bool, "bool"), (Path, "path"), ("Path", "path"), ("int", "int"),
        (int | float, "float"), (str | Path, "path"), (Annotated[int, "of it"], "int"), (list[str], "list"),
        (Sequence[str], "list"), (tuple[str, ...], "list"), (list, "json"), (list[int], "json"), (dict, "json"),
        (dict[str, int], "json"), (datetime.date, "json"), (int | str, "json"), (Any, "any"), (object, "any"),
        (Literal["a", "b"], "choice"), (Literal[1, 2], "choice"), (int | None, "json"),
    ],
    ids=str,
)  # fmt: skip
def test_an_annotation_says_the_type(annotation: Any, type_: str) -> None:
    assert (annotated(annotation).type, annotated(annotation).required) == (type_, True)


def test_choices_are_those_of_a_literal() -> None:
    assert annotated(Literal["fast", "slow"]).choices == ("fast", "slow")


def test_a_parameter_without_an_annotation_takes_anything() -> None:
    def function(p):  # type: ignore[no-untyped-def]
        pass

    found = task(name="t.bare")(function).task
    assert found.params[0].type == "any"
    assert bind(found, {"p": {"a": [1, None]}}) == {"p": {"a": [1, None]}}


def test_what_is_typed_for_one_without_a_type_stays_a_text() -> None:
    def function(p):  # type: ignore[no-untyped-def]
        pass

    found = task(name="t.typed")(function).task
    assert from_words(["p=http://a/?b=1"], found, str) == {"p": "http://a/?b=1"}
    assert from_words(["p:=[1]"], found, str) == {"p": [1]}


@pytest.mark.parametrize("optional", [Optional[int], Union[int, None], int | None, int], ids=str)  # noqa: UP007, UP045 - as users write it
def test_one_that_is_none_by_default_may_be_left_out_and_given_none(optional: Any) -> None:
    param = annotated(optional, None)
    assert (param.type, param.required, param.default) == ("int", False, None)
    of_one = Task(name="t", kind="call", params=(param,))  # type: ignore[arg-type]
    assert bind(of_one, {"p": None}) == bind(of_one, {}) == {}
    with pytest.raises(ParameterError):
        bind(of_one, {"p": "x"})


@pytest.mark.parametrize(
    ("annotation", "default", "told"),
    [(int, 3, 3), (str, "", ""), (list[str], ["a"], ["a"]), (dict, {"a": 1}, {"a": 1}), (Any, False, False)],
    ids=str,
)
def test_a_default_that_json_carries_is_told(annotation: Any, default: object, told: object) -> None:
    assert (annotated(annotation, default).default, annotated(annotation, default).required) == (told, False)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (list[str], ()),
        (datetime.date, datetime.date.min),
        (int, "x"),
        (float, float("nan")),
        (Path, "data"),
        (Any, {1}),
    ],
    ids=str,
)
def test_any_other_default_is_the_functions_own_business(annotation: Any, default: object) -> None:
    assert (annotated(annotation, default).default, annotated(annotation, default).required) == (None, False)


def test_annotations_that_name_what_is_not_there_harm_nothing() -> None:
    @task(name="t.missing")
    def function(a: Missing, b: int) -> None:
        pass

    assert [param.type for param in function.task.params] == ["json", "int"]


def test_a_function_takes_names_and_places_that_it_does_not_declare() -> None:
    @task(name="t.open")
    def function(a: int, *more: str, sep: str = ",", **rest: object) -> None:
        pass

    found = function.task
    assert (found.extra, found.rest) == (True, True)
    assert [(param.name, param.by_name) for param in found.params] == [("a", False), ("sep", True)]
    assert bind(found, {"a": 1, "new": [2]}) == {"a": 1, "sep": ",", "new": [2]}
    with pytest.raises(ParameterError):
        bind(found, {"a": 1, "new": float("nan")})


def _small(a: int, b: Literal["x", "y"] = "x", *rest: Any, c: list[str] | None = None, **more: Any) -> None:
    """Do little."""


def _plain() -> None:
    pass


@pytest.mark.parametrize(
    "declared",
    [
        task(name="t.small", queue="high", max_retries=None, time_limit=5, params={"a": {"min": 1, "max": 9}})(_small),
        task(name="t.plain", host="web1", unique="task", tags="net", expires=60)(_plain),
    ],
    ids=lambda each: each.name,
)
def test_who_reads_the_catalogue_knows_of_a_task_what_a_caller_has_to_know(declared: Any) -> None:
    known = declared.task
    entry = catalog(Config(declared={known.name: known}))[known.name]
    found = task_of(known.name, entry)
    for name in ("name", "kind", "call", "params", "queue", "priority", "host", "unique", "expires", "tags", "timeout",
                 "extra", "rest", "file", "line", "hash", "result", "summary"):  # fmt: skip
        assert getattr(found, name) == getattr(known, name), name
    assert found.retry.limit == known.retry.limit


def test_the_catalogue_never_tells_the_default_of_a_secret() -> None:
    @task(name="t.secret", params={"token": {"secret": True, "default": "hush-hush"}})
    def login(token: str) -> None:
        pass

    assert "hush" not in str(catalog(Config(declared={"t.secret": login.task})))
