"""Starvation: levels are exact, so a stream of urgent jobs keeps the others waiting for as long as it lasts."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

PATIENCE_MS: Final = 600_000  #: how long a job waits before it is said to starve


class Standing(NamedTuple):
    """A job of a queue that is the first of its level, or that runs."""

    priority: int
    since_ms: int  #: when it began to wait, or to run


class Starving(NamedTuple):
    """A level of a queue whose first job waits while others pass."""

    priority: int
    waits_ms: int


def starving(heads: Sequence[Standing], running: Sequence[Standing], now_ms: int) -> Starving | None:
    """The level that waits longest of those that others pass: by a job that began since, or by one that comes first.

    `heads` are the first jobs of a queue's levels, `running` the jobs of that queue that run.
    """
    found = [
        Starving(head.priority, now_ms - head.since_ms)
        for head in heads
        if now_ms - head.since_ms >= PATIENCE_MS and _passed(head, heads, running)
    ]
    return max(found, key=lambda one: one.waits_ms, default=None)


def _passed(head: Standing, heads: Sequence[Standing], running: Sequence[Standing]) -> bool:
    began = any(job.priority > head.priority and job.since_ms > head.since_ms for job in running)
    return began or any(other.priority > head.priority and other.since_ms > head.since_ms for other in heads)
