"""Waiting for jobs side by side, in order, and reading many of them at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from qctl.client import Client
from qctl.clock import monotonic, pause
from qctl.errors import NoSuchJob, WaitTimeout
from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.workflow.plan import parts_of

_AT_ONCE: Final = 200  #: jobs that are read together
_LOOK_AGAIN: Final = 0.05  #: seconds


class NoSuchGroup(NoSuchJob):
    """no group {id}"""

    help = "qctl ps -a        lists the newest workflows; a group is ID.g1, as `qctl show ID` names it"


#: What Celery's users may say to `get` and `revoke`, and what makes no difference here.
_HARMLESS: Final[Mapping[str, frozenset[str]]] = {
    "get()": frozenset({"interval", "no_ack", "follow_parents", "disable_sync_subtasks", "EXCEPTION_STATES"}),
    "revoke()": frozenset({"signal", "wait", "timeout", "connection"}),
}


def must_be_harmless(where: str, said: Mapping[str, Any]) -> None:
    """Pass over what makes no difference. Raises TypeError for anything else."""
    for name in said:
        if name not in _HARMLESS[where]:
            raise TypeError(f"{where} takes no {name}")


def place_of_group(client: Client, group_id: str) -> tuple[str, str]:
    """The workflow and the name of a group, given by its own id, or by its workflow's if that ends in a group.

    Raises NoSuchGroup.
    """
    workflow, name = parts_of(group_id) or (group_id, "")
    state = client.reading.workflow(workflow)
    name = name or ("" if state is None else state.plan.last)
    if state is None or name not in state.nodes or state.nodes[name].group is None:
        raise NoSuchGroup(id=group_id)
    return workflow, name


def read_jobs(client: Client, ids: Sequence[str]) -> list[Job]:
    """The jobs of these ids as they are now. Raises NoSuchJob."""
    return [job for at in range(0, len(ids), _AT_ONCE) for job in _read(client, ids[at : at + _AT_ONCE])]


def ended_jobs(client: Client, ids: Sequence[str], timeout: float | None, what: str) -> Iterator[Job]:
    """The jobs of these ids, each as soon as it is known to have ended; so many at a time, each time in order.

    Raises NoSuchJob, WaitTimeout for `what` after `timeout` seconds.
    """
    deadline = math.inf if timeout is None else monotonic() + timeout
    for at in range(0, len(ids), _AT_ONCE):
        yield from _as_they_end(client, ids[at : at + _AT_ONCE], deadline, what, timeout)


def _as_they_end(
    client: Client, ids: Sequence[str], deadline: float, what: str, timeout: float | None
) -> Iterator[Job]:
    told: set[str] = set()
    for jobs in client.watch(ids, deadline=deadline):
        for job in jobs:
            if job.ended and job.id not in told:
                told.add(job.id)
                yield job
        if all(job.ended for job in jobs):
            return
        if monotonic() >= deadline:
            raise WaitTimeout(id=what, seconds=f"{round(timeout or 0, 2):g}s")


def has_succeeded(client: Client, workflow: str, group: str, deadline: float | None) -> bool:
    """Whether a group whose members have all ended has succeeded, which is settled within moments of their end."""
    while True:
        state = client.reading.workflow(workflow)
        fate = None if state is None else state.fates.get(group)
        if fate is not None:
            return str(fate) == Outcome.SUCCEEDED
        if left(deadline) == 0:
            raise WaitTimeout(id=f"{workflow}.{group}", seconds="the time given")
        pause(_LOOK_AGAIN)


def left(deadline: float | None) -> float | None:
    """Seconds up to a deadline in monotonic time."""
    return None if deadline is None else max(0.0, deadline - monotonic())


def _read(client: Client, ids: Sequence[str]) -> list[Job]:
    found = {job.id: job for job in client.reading.jobs(list(ids))}
    return [found.get(job) or client.job(job) for job in ids]
