"""Variables that a call brings along: they win over the task's own, and a record may not set what a loader obeys."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.config.environment import own_variables
from qctl.errors import UsageError
from qctl.model.call import Call, Kind
from qctl.model.task import Task

TASK = Task(name="tidy", kind=Kind.RUN, run="true", env={"A": "task", "PATH": "/opt/bin"})


def test_they_win_over_parameters_and_the_tasks_env() -> None:
    call = Call.decode(Call(task="tidy", env={"A": "mine", "n": "2"}).encode())
    assert own_variables(TASK, call, {"n": 1}) == {"A": "mine", "PATH": "/opt/bin", "n": "2"}
    assert own_variables(TASK, Call(task="tidy"), {}) == {"A": "task", "PATH": "/opt/bin"}


@pytest.mark.parametrize("env", [{"LD_PRELOAD": "x"}, {"PATH": "x"}, {"a b": "x"}, {"A": 5}, {"A": "x\0"}])
def test_a_record_that_somebody_wrote_by_hand_is_not_run_with_them(env: dict[str, Any]) -> None:
    """Attack 26."""
    with pytest.raises(UsageError):
        own_variables(TASK, Call(task="tidy", env=env), {})
