"""`apply()`: a task, chain or group here and now; what its jobs submit goes where it always goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from qctl import GroupResult, group
from qctl.client import JobFailed
from qctl.errors import UsageError
from qctl.python import instance
from tests.unit.python import inline_tasks
from tests.unit.python.inline_tasks import add, fail, same, total


def test_a_chain_or_a_group_is_run_with_its_retries() -> None:
    last = (inline_tasks.third_time.s() | add.s(40)).apply()
    members = group(add.s(1), add.s(2)).apply((10,))

    assert (last.get(), last.state, last.parent.get(), last.parent.retries) == (42, "SUCCESS", 2, 2)
    assert isinstance(members, GroupResult)
    assert members.get() == [11, 12]
    assert (group(same.s(1), same.s(2)) | total.s()).apply().get() == 3


def test_a_failure_is_the_exception_itself_of_the_first_that_failed() -> None:
    last = (fail.s("way") | same.s()).apply()

    with pytest.raises(ValueError, match="no way"):
        last.get()
    assert (last.state, type(last.result)) == ("FAILURE", ValueError)


def test_what_has_raised_nothing_fails_as_ever() -> None:
    with pytest.raises(JobFailed, match="stopped"):
        inline_tasks.stops.apply().get()


def test_arguments_are_checked_as_at_any_call() -> None:
    with pytest.raises(UsageError, match="is not JSON"):
        same.apply((object(),))


def test_what_its_job_submits_goes_to_the_instance_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Elsewhere(instance.Qctl):
        def submit(self, requests: Any) -> Sequence[Any]:
            sent.extend(one.task for one in requests)
            raise LookupError("it is away")

    monkeypatch.setattr(instance, "_current", [Elsewhere()])

    assert inline_tasks.submits.apply().failed()
    assert sent == ["inline.same"]
