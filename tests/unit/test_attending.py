"""Going along with a job in a log: a line for each change, and a sign of life in each minute without one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl import clock
from qctl.cli import attending
from qctl.cli.attending import Attendance
from qctl.cli.session import Session
from qctl.cli.settings import Settings
from qctl.model.job import Job
from tests.support.fake_clock import FakeClock
from tests.unit.jobs_at_hand import PIPE, queued, running, succeeded


class _Watched:
    """A client whose job changes as a test says, and takes its time for it."""

    def __init__(self, time: FakeClock, looks: Sequence[tuple[float, Job]]) -> None:
        self._time, self._looks = time, looks
        self.reading = SimpleNamespace()

    def watch(self, ids: Sequence[str], look: float, deadline: float = math.inf) -> Iterator[list[Job]]:
        for seconds, job in self._looks:
            self._time.advance(seconds)
            yield [job]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of this process, set by hand."""
    clock_set = FakeClock("2026-11-22T14:02:11+00:00")
    for name in ("monotonic", "now"):
        monkeypatch.setattr(clock, name, getattr(clock_set, name))
    return clock_set


def told(time: FakeClock, looks: Sequence[tuple[float, Job]], capfd: pytest.CaptureFixture[str]) -> list[str]:
    """What is said of a job in a log."""
    here = Session(settings=Settings(), environ={}, folder="/", rest=None, out=PIPE, err=PIPE)
    attending_one = Attendance(here, cast("Any", _Watched(time, looks)), [looks[0][1].id])
    attending_one.wait()
    return capfd.readouterr().err.splitlines()


def test_a_log_gets_a_line_for_each_change_and_a_sign_of_life_each_minute(
    time: FakeClock, capfd: pytest.CaptureFixture[str]
) -> None:
    """CI ends what is silent for long. Time is set here, and nothing waits for it."""
    job = replace(queued(), id="7kq2f8wz", progress=None)
    looks = [(0, job), (30, job), (31, job), (30, running()), (59, running()), (2, running()), (1, succeeded())]
    assert told(time, looks, capfd) == [
        "14:02:11 7kq2f8wz backup-db queued queue=batch priority=5",
        "14:03:12 7kq2f8wz backup-db queued queue=batch priority=5 for=13m07s",
        "14:03:42 7kq2f8wz backup-db running worker=db1.1 attempt=1/4",
        "14:04:43 7kq2f8wz backup-db running worker=db1.1 attempt=1/4 for=14m36s done=68%",
        "14:04:44 7kq2f8wz backup-db succeeded exit=0 run=17m50s",
    ]


def test_a_change_begins_the_minute_anew(time: FakeClock, capfd: pytest.CaptureFixture[str]) -> None:
    job = replace(queued(), id="7kq2f8wz", progress=None)
    looks = [(0, job), (50, running()), (50, running()), (5, succeeded())]
    assert len(told(time, looks, capfd)) == 3
    assert attending._SILENCE == 60.0
