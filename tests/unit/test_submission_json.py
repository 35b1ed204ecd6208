"""Submissions as JSON: how a job hands them to its worker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qctl.config import Config
from qctl.config.requests import Options, Request, prepare
from qctl.errors import UsageError
from qctl.model.call import Kind
from qctl.model.submission import Submission
from qctl.model.submission_json import read_submission, write_submission
from qctl.model.task import Param, ParamType, Task
from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree

TASKS = {
    name: Task(name=name, kind=Kind.CALL, call=f"m:{name}", params=(Param(name="x", type=ParamType.JSON),))
    for name in ("a", "b", "c")
}


def submission_of(tree: Tree | None, **options: Any) -> Submission:
    request = Request(task="a" if tree is None else "pipeline", tree=tree, options=Options(**options))
    return prepare(request, Config(tasks=TASKS))


def sent(one: Submission) -> Any:
    """What arrives."""
    return json.loads(json.dumps(write_submission(one)))


@pytest.mark.parametrize(
    "tree",
    [
        None,
        Step(task="a"),
        Chain(elements=()),
        Chain(
            elements=(
                Step(task="a", options={"queue": "high", "countdown": 2}, link_error=(Step(task="c"),)),
                Group(
                    members=(Step(task="b"), Chain(elements=(Step(task="b", tolerant=True), Step(task="c")))),
                    policy=Policy.ALL,
                    fail_fast=True,
                    max_parallel=2,
                    max_fail=1,
                ),
                Step(task="c", takes_input=False),
                Step(task="b", handler=True),
            ),
            link=(Step(task="a"),),
        ),
    ],
)
def test_a_submission_arrives_as_it_was_sent(tree: Tree | None) -> None:
    one = submission_of(tree, key="k", after=("abc",), expires=60)

    assert read_submission(sent(one)) == one


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (("id",), "a b"),
        (("queue",), "a b"),
        (("plan", "first"), "1 2"),
        (("plan", "nodes"), None),
        (("plan", "nodes", 0, "name"), "../1"),
        (("plan", "nodes", 0, "next"), "x"),
        (("plan", "nodes", 0, "job", "id"), "other.1"),
        (("plan", "nodes", 0, "job"), None),
        (("plan", "timeout_ms"), 1 << 80),
        (("plan",), 5),
    ],
)
def test_what_is_no_submission_is_refused_whatever_a_job_writes(where: tuple[Any, ...], what: Any) -> None:
    said = sent(submission_of(Chain(elements=(Step(task="a"), Step(task="b")))))
    spot = said
    for key in where[:-1]:
        spot = spot[key]
    spot[where[-1]] = what

    with pytest.raises(UsageError):
        read_submission(said)


def test_a_step_is_no_workflow_of_its_own() -> None:
    said = sent(submission_of(Chain(elements=(Step(task="a"), Step(task="b")))))
    said["plan"]["nodes"][0]["job"]["plan"] = said["plan"]

    with pytest.raises(UsageError):
        read_submission(said)
