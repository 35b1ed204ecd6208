"""Stops that do not reach the task's own code: what they are for ends nevertheless, under its own reason (fault 10)."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.processes import kernel
from qctl.engine.processes.acceptance import Acceptance
from qctl.engine.processes.events import SlotDied
from qctl.engine.processes.pool import Stop, Stopped
from qctl.engine.processes.table import Why
from qctl.model.state import Outcome, Reason
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import python, value
from tests.support import eventually

TERM = int(signal.SIGTERM)


@pytest.mark.parametrize("options", [{}, {"limits": {"files": 200}}], ids=["in its slot", "in a process of its own"])
@pytest.mark.parametrize("where", ["hooks", "destructor"])
@pytest.mark.parametrize(
    ("stop", "heard"),
    [
        (Stop.soft(), b"SoftTimeLimitExceeded"),
        (Stop.terminate(TERM, 600.0, Why.CANCELLED), b"Stopped"),
    ],
)
def test_a_stop_that_the_interpreter_passes_over_is_told_again_until_the_task_hears_it(
    hire: Hire, tmp_path: Path, stop: Stop, heard: bytes, where: str, options: dict[str, Any]
) -> None:
    """Raised in a fork hook or a destructor, it reaches nobody. What a task itself does with such things stays so."""
    crew = hire(python("unhearing", "where", "mark", module="hard_ends", **options), python("nothing"))
    mark = tmp_path / "mark"
    key, _ = crew.start("unhearing", {"where": where, "mark": str(mark)})
    crew.until(mark.exists)

    crew.pool.stop(*key, stop)

    assert value(crew.finish(key, within=20)) == b'"%s, 0 others"' % heard
    assert not crew.of(SlotDied)
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("why", "outcome", "reason"),
    [
        (Why.CANCELLED, Outcome.CANCELLED, Reason.BY_USER),
        (Why.TIMEOUT, Outcome.TIMEOUT, Reason.TIMEOUT),
        (Why.RELEASED, Outcome.CANCELLED, Reason.STOPPED),
    ],
)
def test_a_stop_that_falls_into_a_fork_hook_and_cannot_be_told_again_ends_the_job_when_its_grace_is_over(
    hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: Why, outcome: Outcome, reason: Reason
) -> None:
    """The interpreter passes over what is raised there: the task goes on, and its slot is killed. No job crashes."""
    monkeypatch.setattr(kernel, "signal_later", lambda signal, seconds: None)
    crew = hire(python("forks_for_long", "mark", module="hard_ends"), python("nothing"))
    mark = tmp_path / "mark"
    key, _ = crew.start("forks_for_long", {"mark": str(mark)})
    crew.until(mark.exists)

    crew.pool.stop(*key, Stop.terminate(TERM, 1.0, why))
    eventually(mark.with_suffix(".on").exists)
    ended = crew.finish(key)

    assert (ended.outcome, ended.reason, ended.signal) == (outcome, reason, 9)
    assert [died.running for died in crew.of(SlotDied)] == [None]
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED


def test_a_slot_that_is_stopped_before_it_begins_what_it_shows_holds_up_no_cancel(
    hire: Hire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 10: SIGSTOP between two frames. Only its KILL tells for certain that it will not begin."""
    may_begin = Acceptance.may_begin

    def stop_before(self: Acceptance, serial: int, epoch: int) -> bool:
        may = may_begin(self, serial, epoch)
        if serial == 1:
            os.kill(os.getpid(), signal.SIGSTOP)
        return may

    monkeypatch.setattr(Acceptance, "may_begin", stop_before)
    crew = hire(python("sleep_soft", "mark"), python("nothing"))
    key = crew.submit("sleep_soft", {"mark": str(tmp_path / "mark")})
    generation = crew.pool._generation
    assert generation is not None
    crew.until(lambda: generation.table.row(0).current == 1)

    assert crew.pool.read_back() == []
    assert crew.pool.stop(*key, Stop.terminate(TERM, 0.1, Why.CANCELLED)) is Stopped.LATER

    assert crew.finish(key, within=20).outcome is Outcome.CANCELLED
    assert [died.running for died in crew.of(SlotDied)] == [None]
    assert crew.run("nothing").outcome is Outcome.SUCCEEDED
