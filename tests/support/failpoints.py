"""Points at which a process is killed, paused, or made to fail: they exist only in a qctl that a test has altered.

A point is a function of qctl, and whether the thing happens before it is called or after it has returned. Spelt
`POINT=ACTION[@N]`: `finish.before=kill@3` kills the process the third time that it comes there.
"""

from __future__ import annotations

import functools
import os
import re
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from tests.support.mutations.altering import wrap


class Failed(Exception):
    """What is raised at a point that was told to."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where something happens."""

    function: str  #: `package.module:Class.method`
    after: bool = False


POINTS: Final[Mapping[str, Point]] = {
    "claim.after": Point("qctl.engine.claims:Claims.take", after=True),  #: of each job, before any slot has it
    "start.before": Point("qctl.engine.processes.attempt:Runner.run"),  #: in the slot that has taken the job
    "finish.before": Point("qctl.engine.outbox:Batch.commands"),
    "finish.after": Point("qctl.engine.settling:Settling._settled"),  #: the store has answered
    "fire.before": Point("qctl.store.schedule_verbs:ScheduleVerbs.fire"),  #: decided, and not sent
    "fire.after": Point("qctl.engine.beat.firing:Firings._told"),  #: the store has answered
    "heartbeat.before": Point("qctl.store.verbs:Verbs.heartbeat"),
    "reclaim.before": Point("qctl.store.verbs:Verbs.reclaim"),
}


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _pause() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise() -> None:
    raise Failed("a failpoint")


ACTIONS: Final[Mapping[str, Callable[[], None]]] = {"kill": _kill, "pause": _pause, "raise": _raise}


def arm(spelt: str) -> None:
    """Let it happen in this process, and in what it forks. Raises ValueError, and Gone if the function is."""
    told = re.fullmatch(r"([\w.-]+)=(\w+)(?:@(\d+))?", spelt)
    if told is None or told[1] not in POINTS or told[2] not in ACTIONS:
        raise ValueError(f"{spelt}: not POINT=ACTION[@N] with one of {', '.join(POINTS)} and {', '.join(ACTIONS)}")
    point, act, when, times = POINTS[told[1]], ACTIONS[told[2]], int(told[3] or 1), count(1)

    def armed(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            hit = next(times) == when
            if hit and not point.after:
                act()
            answer = function(*args, **named)
            if hit and point.after:
                act()
            return answer

        return call

    wrap(point.function, armed)
