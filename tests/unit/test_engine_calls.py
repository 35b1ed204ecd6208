"""How a task is called in its slot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from qctl.current import SoftTimeLimitExceeded, Stopped
from qctl.engine.processes.python_task import Loop, call
from qctl.engine.processes.table import Request, Stop, Why

if TYPE_CHECKING:
    from qctl.engine.processes.interrupting import Interruptible


@pytest.mark.parametrize(
    ("stop", "met"),
    [(Stop.soft(), SoftTimeLimitExceeded), (Stop.terminate(15, 1.0, Why.CANCELLED), Stopped)],
)
def test_a_stop_that_came_while_the_task_was_made_ready_is_met_at_its_first_line(
    stop: Stop, met: type[BaseException]
) -> None:
    """Its signal has found nobody to interrupt, and does not come again."""
    ran = []
    stopping = cast("Interruptible", SimpleNamespace(interrupt=None, request=Request(7, 1, stop)))

    called = call(lambda: ran.append(1), stopping, Loop())

    assert isinstance(called.error, met)
    assert not ran
    assert stopping.interrupt is None
