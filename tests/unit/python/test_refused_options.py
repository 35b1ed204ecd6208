"""Options of another form than their own, which are refused at the call, whoever makes it and of what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qctl import Qctl, chain, chord
from qctl.config import Config
from qctl.config.requests import Options, Request, prepare
from qctl.errors import UsageError
from qctl.python import compositions
from qctl.python.call_options import request_options
from tests.unit.python.composed import add, tsum

WRONG = [
    ("priority", 3.5, "priority is a whole number from 0 to 9, 9 first, not 3.5"),
    ("priority", True, "priority is a whole number from 0 to 9"),
    ("priority", "high", "priority is a whole number from 0 to 9"),
    ("priority", 10, "priority is a whole number from 0 to 9"),
    ("retries", 1.5, "retries is a whole number, 0 or more, not 1.5"),
    ("retries", -1, "retries is a whole number, 0 or more, not -1"),
    ("queue", 5, "queue is the name of a queue"),
    ("queue", "", "queue is the name of a queue"),
    ("key", 5, "key is a name"),
    ("host", 5, "host is the name of a host"),
    ("labels", ["a"], "labels is a mapping of texts"),
    ("labels", {"a": 1}, "labels is a mapping of texts"),
    ("env", ["a"], "env is a mapping of texts"),
    ("countdown", -1, "countdown is a number of seconds from 0"),
    ("countdown", float("nan"), "countdown is a number of seconds from 0"),
]


@pytest.mark.parametrize(("option", "value", "told"), WRONG)
def test_an_option_of_another_form_is_refused_before_anything_is_sent(option: str, value: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        prepare(Request(task="add", options=Options(**{option: value})), Config(), strict=False)
    tree = (add.s(1, 2) | add.s(3)).tree()
    with pytest.raises(UsageError, match=told):
        prepare(Request(task="pipeline", tree=tree, options=Options(**{option: value})), Config(), strict=False)


@pytest.mark.parametrize("option", ["priority", "retries"])
def test_a_fraction_is_refused_as_an_option_of_a_step_too(option: str) -> None:
    tree = chain(add.s(1, 2), add.s(3).set(**{option: 3.5})).tree()
    with pytest.raises(UsageError, match=rf"{option} is a whole number"):
        prepare(Request(task="pipeline", tree=tree), Config(), strict=False)


@pytest.mark.parametrize("said", [123, "", "a b"])
def test_an_id_of_ones_own_is_a_text_of_a_name_s_letters(said: Any) -> None:
    from_python = pytest.raises(UsageError, match="task_id is a text of letters, digits")
    with from_python:
        request_options({"task_id": said}, Qctl(redis="redis://nowhere.invalid").zone)
    with pytest.raises(UsageError, match="id is the id of a job"):
        prepare(Request(task="pipeline", tree=(add.s(1, 2) | add.s(3)).tree(), options=Options(id=said)), Config())


def test_a_word_that_if_exists_does_not_know_is_refused_with_those_that_it_knows() -> None:
    with pytest.raises(UsageError, match="if_exists is return or skip or replace or fail, not 'keep'"):
        Qctl(redis="redis://nowhere.invalid").send("add", if_exists="keep")


def test_a_task_stands_for_its_signature_as_the_body_of_a_chord() -> None:
    assert chord([add.s(1, 1)], tsum) == chord([add.s(1, 1)], tsum.s())
    assert (chord([add.s(1, 1)]) | tsum) == chord([add.s(1, 1)], tsum.s())


def test_a_task_stands_for_its_signature_as_a_callback_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(compositions, "submit", lambda tree, *_: sent.append(tree))
    add.apply_async((1, 2), link=tsum, link_error=[tsum, tsum.s()])
    assert ([step.task for step in sent[0].link], [step.task for step in sent[0].link_error]) == (["tsum"], ["tsum"])


def test_a_chord_of_one_signature_is_a_chord_of_a_list_with_it() -> None:
    assert chord(add.s(1, 1), tsum.s()) == chord([add.s(1, 1)], tsum.s())


def test_what_is_no_signature_is_refused_as_the_body_of_a_chord() -> None:
    with pytest.raises(TypeError, match="the body of a chord is a signature"):
        chord([add.s(1, 1)])(5)


def test_none_for_a_typed_parameter_is_refused_by_its_name_and_type() -> None:
    with pytest.raises(UsageError, match="parameter `x`: `None` is not a whole number"):
        prepare(Request(task="add", params={"x": None, "y": 1}), replace(Config(), declared={"add": add.task}))
