"""How long a task usually takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from qctl.client.typical import Typical
from qctl.model.job import Job
from qctl.model.state import Outcome
from tests.unit.jobs_at_hand import failed, succeeded


class Past:
    """What is read of ended jobs."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self.asked: list[str] = []

    def ended(self, limit: int, task: str) -> list[Job]:
        assert limit == 30
        self.asked.append(task)
        return self._jobs


def took(ms: int) -> Job:
    job = succeeded()
    started = job.started_ms
    assert started is not None
    (last,) = job.attempts[-1:]
    return replace(job, ended_ms=started + ms, attempts=(replace(last, started_ms=started, ended_ms=started + ms),))


def test_it_is_the_median_of_the_runs_that_succeeded_and_looked_up_once() -> None:
    past = Past([*(took(ms) for ms in (1000, 2000, 3000, 4000, 90_000)), failed()])
    assert failed().outcome is Outcome.FAILED
    typical = Typical(cast("Any", past))
    assert typical.of(["dump", "dump"]) == {"dump": 3.0}
    assert typical.of(["dump"]) == {"dump": 3.0}
    assert past.asked == ["dump"]


def test_fewer_than_five_runs_say_nothing() -> None:
    assert Typical(cast("Any", Past([took(1000)] * 4))).of(["dump"]) == {}


def test_of_many_tasks_a_few_are_looked_up_at_a_time() -> None:
    past = Past([took(1000)] * 5)
    typical = Typical(cast("Any", past))
    assert len(typical.of("abcdef")) == 4
    assert len(typical.of("abcdef")) == 6


class LongPast(Past):
    """A task that has failed of late, and went well before."""

    def ended(self, limit: int, task: str, before_ms: int | None = None) -> list[Job]:
        self.asked.append(f"{task} before {before_ms}")
        if before_ms is None:
            return [replace(failed(), ended_ms=5000)] * limit
        return [took(7000)] * (limit - 1)


def test_failures_of_late_do_not_hide_what_it_took_before() -> None:
    past = LongPast([])
    assert Typical(cast("Any", past)).of(["dump"]) == {"dump": 7.0}
    assert past.asked == ["dump before None", "dump before 5000"]


class BadPast(Past):
    """A task that has never succeeded."""

    def ended(self, limit: int, task: str, before_ms: int | None = None) -> list[Job]:
        self.asked.append(task)
        return [failed()] * limit


def test_a_task_that_never_succeeds_is_looked_up_to_a_bound() -> None:
    past = BadPast([])
    assert Typical(cast("Any", past)).of(["dump"]) == {}
    assert len(past.asked) == 4
