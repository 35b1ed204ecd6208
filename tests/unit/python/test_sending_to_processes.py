"""Errors and handles between processes, as pools of them and test runners send them: what is raised must arrive."""

from __future__ import annotations

import copy
import pickle

import pytest

from qctl import AsyncResult, GroupResult, Qctl
from qctl.client import JobFailed
from qctl.client.waiting import LostWhileWaiting
from qctl.errors import NoSuchJob, OutcomeUnknown, QctlError, RedisUnreachable, UsageError, WaitTimeout
from qctl.model.params import ParameterError
from qctl.model.state import Outcome
from qctl.python.job_handle import JobHandle

NOWHERE = "redis://nowhere.invalid"
FAILED = JobFailed(id="abc", task="t", outcome=Outcome.FAILED, why="ValueError: x", type="ValueError", text="x")


@pytest.mark.parametrize(
    "error",
    [
        FAILED,
        UsageError("no", help="qctl help"),
        NoSuchJob(id="abc"),
        WaitTimeout(id="abc", seconds="2s"),
        OutcomeUnknown(id="abc"),
        RedisUnreachable(url=NOWHERE, reason=OSError("gone")),
        LostWhileWaiting(ids="a b", reason="gone"),
        ParameterError(task="t", parameter="p", reason="is wrong"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_arrives_in_another_process_as_it_was_raised(error: QctlError) -> None:
    for sent in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(sent), str(sent), sent.advice) == (type(error), str(error), error.advice)
        assert {name: str(value) for name, value in sent.facts.items()} == {
            name: str(value) for name, value in error.facts.items()
        }


def test_what_a_job_failed_with_is_known_where_it_arrives() -> None:
    sent = pickle.loads(pickle.dumps(FAILED))
    assert (sent.type, sent.message, sent.is_a("ValueError"), sent.facts["outcome"]) == (
        "ValueError",
        "x",
        True,
        Outcome.FAILED,
    )


def test_handles_are_sent_as_their_ids() -> None:
    sent = pickle.loads(pickle.dumps(AsyncResult("abc.1")))
    assert (type(sent), sent) == (AsyncResult, AsyncResult("abc.1"))
    several = pickle.loads(pickle.dumps(GroupResult("abc", [AsyncResult("abc"), AsyncResult("abd")])))
    assert (several.id, [one.id for one in several]) == ("abc", ["abc", "abd"])


def test_a_handle_of_an_instance_of_its_own_asks_that_one_where_it_arrives() -> None:
    there = Qctl(redis=NOWHERE, namespace="other")
    sent = pickle.loads(pickle.dumps(AsyncResult("abc", there)))
    assert (sent._instance._redis, sent._instance._namespace) == (NOWHERE, "other")
    assert pickle.loads(pickle.dumps(JobHandle("abc", there._asked_of_thread))).id == "abc"
