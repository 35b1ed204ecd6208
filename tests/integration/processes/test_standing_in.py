"""What a Python task may say of itself beside its value: stop, let others stand in its place, tell its state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qctl import current
from qctl.engine.processes.events import Progress
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, python


def receiving(name: str, *params: str, **options: Any) -> Task:
    return python(name, *params, module="receiving", **options)


ALL = (receiving("times", "number", "factor"), receiving("first", "received", "suffix"))


def test_a_task_that_stops_is_skipped_and_says_why(hire: Hire) -> None:  # C17, C18
    ended = hire(receiving("gives_up")).run("gives_up")

    assert (ended.outcome, ended.reason) == (Outcome.SKIPPED, Reason.STOPPED)
    assert ended.error is not None
    assert ended.error.message == "nothing new"
    assert log(ended).text("e") == b"nothing new\n"


@pytest.mark.parametrize("options", [{}, {"nice": 1}])
def test_a_task_leaves_a_workflow_to_stand_in_its_place(hire: Hire, options: dict[str, Any]) -> None:  # C94
    ended = hire(*ALL, receiving("replaced", "by", **options)).run("replaced", {"by": "chain"})

    assert ended.outcome is Outcome.SUCCEEDED
    assert ended.instead is not None
    assert [node.job and node.job.task for node in ended.instead.plan.nodes] == ["times", "first"]


def test_one_task_stands_in_for_another_as_a_workflow_of_one(hire: Hire) -> None:
    crew = hire(*ALL, receiving("replaced", "by"))

    assert crew.run("replaced", {"by": "step"}).instead is not None
    assert crew.run("replaced", {"by": "group"}).instead is not None


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("empty", "a task cannot be replaced by an empty chain"),  # C95
        ("strange", "no task `nobody`"),
    ],
)
def test_what_cannot_stand_in_fails_the_task(hire: Hire, by: str, message: str) -> None:
    ended = hire(*ALL, receiving("replaced", "by")).run("replaced", {"by": by})

    assert (ended.outcome, ended.reason) == (Outcome.FAILED, Reason.EXCEPTION)
    assert ended.error is not None
    assert message in ended.error.message
    assert b"raise current.replace" in log(ended).text("e")


def test_a_plain_value_stands_in_for_nothing() -> None:
    with pytest.raises(TypeError, match="by a signature, a chain or a group, not 7"):
        current.replace(7)


@pytest.mark.parametrize("options", [{}, {"nice": 1}])
def test_a_task_tells_its_state_in_celerys_words_and_current_of_total_is_its_progress(
    hire: Hire, options: dict[str, Any]
) -> None:
    crew = hire(receiving("tells", "total", **options))

    crew.run("tells", {"total": 4})

    last = crew.of(Progress)[-1]
    assert (last.fraction, last.text) == (0.75, "nearly")
    assert json.loads(last.told or "") == {"state": "PROGRESS", "meta": {"current": 4, "total": 4, "at": "ü"}}


def test_a_state_that_is_no_json_or_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="has to be JSON"):
        current.update_state(meta={"a": object()})
    with pytest.raises(ValueError, match="more than 65536"):
        current.update_state(meta={"a": "x" * 70_000})
