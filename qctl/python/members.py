"""Waiting for jobs side by side, and for the group that they are, and reading many of them at a time.

Whoever waits has patience with a Redis that is away; whoever only asks is told at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from qctl.client import Client
from qctl.clock import monotonic
from qctl.errors import RedisBusy, RedisUnreachable, WaitTimeout
from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.plan import node_id
from qctl.store.workflow_values import Fate

T = TypeVar("T")
_AT_ONCE: Final = 200  #: jobs that are read together
_LOOK_AGAIN: Final = 0.2  #: seconds; a group ends moments after the last of its members


def read_jobs(client: Client, ids: Sequence[str]) -> list[Job]:
    """The jobs of these ids as they are now. Raises NoSuchJob."""
    return [job for at in range(0, len(ids), _AT_ONCE) for job in _read(client, ids[at : at + _AT_ONCE])]


def ended_jobs(client: Client, ids: Sequence[str], deadline: float | None) -> Iterator[Job]:
    """The jobs of these ids in order, each once it and those before it have ended.

    Raises NoSuchJob, WaitTimeout, LostWhileWaiting.
    """
    for at in range(0, len(ids), _AT_ONCE):
        some = ids[at : at + _AT_ONCE]
        for job in patiently(client, lambda some=some: _read(client, some), deadline):  # type: ignore[misc]
            yield job if job.ended else client.wait([job.id], left(deadline))[0]


def values_of(client: Client, jobs: Sequence[Job]) -> dict[str, Any]:
    """By id the values of those jobs that have succeeded."""
    ids = [job.id for job in jobs if job.outcome is Outcome.SUCCEEDED]
    return dict(zip(ids, map(as_python, client.reading.values(ids)), strict=True))


def ended_group(client: Client, workflow: str, group: str, ids: Sequence[str], deadline: float | None) -> Fate:
    """Wait until a group has ended, and answer how; `ids` are jobs whose ends may be its own.

    Raises NoSuchJob, WaitTimeout, LostWhileWaiting.
    """
    until = math.inf if deadline is None else deadline
    for fate in client.observe(
        lambda: client.reading.fate(workflow, group), [workflow, *ids], look=_LOOK_AGAIN, deadline=until
    ):
        if fate.outcome is not None:
            return fate
        if left(deadline) == 0:
            break
    raise WaitTimeout(id=node_id(workflow, group), seconds="the time given")


def patiently(client: Client, ask: Callable[[], T], deadline: float | None) -> T:
    """Ask, and again while Redis is away. Raises LostWhileWaiting when it stays away."""
    try:
        return ask()
    except (RedisUnreachable, RedisBusy):
        return next(client.observe(ask, (), deadline=math.inf if deadline is None else deadline))


def left(deadline: float | None) -> float | None:
    """Seconds up to a deadline in monotonic time."""
    return None if deadline is None else max(0.0, deadline - monotonic())


def _read(client: Client, ids: Sequence[str]) -> list[Job]:
    found = {job.id: job for job in client.reading.jobs(list(ids))}
    return [found.get(job) or client.job(job) for job in ids]
