"""What is read as an expression after `run`, and what stands among words where it means nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qctl.cli.composing import group, step
from qctl.cli.one import is_workflow
from qctl.cli.requesting import request
from qctl.cli.step_signs import means_expression
from qctl.config import Config
from qctl.config.requests import Options, Request, prepare
from qctl.errors import UsageError
from qctl.model.call import PIPELINE, Kind
from qctl.model.task import Param, Task
from qctl.model.workflow.expression import parse
from qctl.model.workflow.tree import Group, Step
from qctl.model.workflow.wording import to_text

WITH_WORKFLOW = Config(workflows={"nightly": Task(name="nightly", kind=Kind.WORKFLOW)})


def asked(task: str, *words: str, rest: Sequence[str] | None = None) -> Request:
    return request(task, words, rest, Config(), "/srv", Options())


@pytest.mark.parametrize("text", ["dump(db=x)", "dump*3", "dump@low", ".dump"])
def test_an_expression_of_one_step_is_a_request_for_its_task_and_no_workflow(text: str) -> None:
    found = asked(text)
    assert (found.task, is_workflow(found, Config())) == ("dump", False)


@pytest.mark.parametrize("text", ["dump?", "dump | upper", "[dump, upper]", "dump(db=each(@hosts))"])
def test_an_expression_that_makes_several_jobs_or_tolerates_is_a_workflow(text: str) -> None:
    found = asked(text)
    assert (found.task, is_workflow(found, Config())) == (PIPELINE, True)


def test_a_workflow_called_like_a_step_is_that_workflow() -> None:
    found = asked("nightly(db=aux)")
    assert (found.task, is_workflow(found, WITH_WORKFLOW)) == ("nightly", True)


def test_a_mark_behind_a_name_is_read_and_words_may_follow() -> None:
    found = asked("dump*3@low", "db=aux").tree
    assert isinstance(found, Step)
    assert (found.task, dict(found.options)) == ("dump", {"retries": 3, "queue": "low"})
    assert found.params == {"db": "aux"}


@pytest.mark.parametrize("name", ["dump", "mod.fun", "a-b_c.d", "./backup.sh", "/usr/bin/x", "db=main"])
def test_what_may_be_a_task_or_a_path_is_no_expression(name: str) -> None:
    assert not means_expression(name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dump]", "there is no `\\["),
        ("dump && upper", "each runs if the one before it has succeeded"),
        ("dump; upper", "steps are parted by `|`"),
        ("dump(=x)", 'a value that begins so: "=…"'),
        ("dump(:=3)", 'a value that begins so: "=…"'),
    ],
)
def test_a_sign_that_means_nothing_is_pointed_at(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(text)
    assert said.replace("\\", "") in caught.value.advice


def test_a_value_that_begins_with_an_equals_sign_is_written_in_quotes() -> None:
    found = parse('dump("=x", ":=y", db==z)')
    assert isinstance(found, Step)
    assert found.words == ("=x", ":=y")
    assert parse(to_text(found)).words == found.words  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["dump db=a | upper", "dump && upper"])
def test_a_sign_among_the_words_of_a_step_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="stands among the words of dump") as caught:
        step(text)
    assert "qctl run 'dump | …'" in caught.value.advice


def test_a_sign_among_the_words_after_run_is_named() -> None:
    with pytest.raises(UsageError, match=r"`\|` stands among the words of dump"):
        asked("dump", "|", "upper")
    assert asked("dump", rest=("|", "upper")).args == ("|", "upper")


def test_a_chord_of_nothing_is_called_a_chord() -> None:
    with pytest.raises(UsageError, match="a chord of nothing") as caught:
        group((), Group(members=()), "count")
    assert "qctl chord 'probe h=a' 'probe h=b' --then count" in caught.value.advice


def test_a_value_that_holds_a_comma_is_told_to_be_quoted() -> None:
    dump = Task(name="dump", kind=Kind.RUN, run="true", params=(Param(name="db"),))
    asked_for = Request(task=PIPELINE, tree=parse("dump(db=a,b)"))
    with pytest.raises(UsageError, match="dump is given 1 value by place, and takes 0") as caught:
        prepare(asked_for, Config(tasks={"dump": dump}))
    assert 'dump(k="a,b")' in caught.value.advice
