"""Waiting for jobs side by side, and for the group that they are, and reading many of them at a time.

Whoever waits has patience with a Redis that is away; whoever only asks is told at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from qctl.client import JobFailed
from qctl.clock import monotonic
from qctl.errors import NoSuchJob, RedisBusy, RedisUnreachable, WaitTimeout
from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.workflow.inputs import InputGone, as_python
from qctl.model.workflow.node_names import node_id, parts_of
from qctl.python import states
from qctl.python.asked import Asked
from qctl.store.workflow_values import Fate

T = TypeVar("T")
_AT_ONCE: Final = 200  #: jobs that are read together
_LOOK_AGAIN: Final = 0.2  #: seconds; a group ends moments after the last of its members


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


def place_of_group(client: Asked, group_id: str) -> tuple[str, str]:
    """The workflow and the name of a group, given by its own id, or by its workflow's if that ends in a group.

    Raises NoSuchGroup.
    """
    workflow, name = parts_of(group_id) or (group_id, "")
    state = client.reading.workflow(workflow)
    name = name or ("" if state is None else state.plan.last)
    if state is None or name not in state.nodes or state.nodes[name].group is None:
        raise NoSuchGroup(id=group_id)
    return workflow, name


def read_jobs(client: Asked, ids: Sequence[str]) -> list[Job]:
    """The jobs of these ids as they are now. Raises NoSuchJob."""
    return [job for at in range(0, len(ids), _AT_ONCE) for job in _read(client, ids[at : at + _AT_ONCE])]


@contextmanager
def told_of(what: str, timeout: float | None) -> Iterator[None]:
    """A wait that is over is one for `what`, whichever part of it was waited for."""
    try:
        yield
    except WaitTimeout as error:
        whole = (parts_of(what) or (what, ""))[0]
        advice = "\n".join([*error.advice.splitlines()[:-1], f"qctl wait {whole}"])
        standing = str(error.facts["standing"])
        raise WaitTimeout(id=what, seconds=f"{round(timeout or 0, 2):g}s", standing=standing, help=advice) from error


def ended_jobs(client: Asked, ids: Sequence[str], deadline: float | None) -> Iterator[Job]:
    """The jobs of these ids, each as soon as it is known to have ended; so many at a time, each time in order.

    Raises NoSuchJob, WaitTimeout, LostWhileWaiting.
    """
    for at in range(0, len(ids), _AT_ONCE):
        yield from _as_they_end(client, ids[at : at + _AT_ONCE], deadline)


def _as_they_end(client: Asked, ids: Sequence[str], deadline: float | None) -> Iterator[Job]:
    told: set[str] = set()
    for jobs in client.watch(ids, deadline=math.inf if deadline is None else deadline):
        for job in jobs:
            if job.ended and job.id not in told:
                told.add(job.id)
                yield job
        if all(job.ended for job in jobs):
            return
        if left(deadline) == 0:
            raise client.given_up(" ".join(ids), "the time given", jobs)


def ends_of(client: Asked, nested: Sequence[Any], deadline: float | None) -> list[Any]:
    """What jobs have come to once all have ended: the value, or why there is none. Lists of ids stay lists.

    Raises NoSuchJob, WaitTimeout, LostWhileWaiting.
    """
    jobs = {job.id: job for job in ended_jobs(client, flat(nested), deadline)}
    well = [job.id for job in jobs.values() if job.outcome is Outcome.SUCCEEDED]
    try:
        values = dict(zip(well, patiently(client, lambda: client.reading.values(well), deadline), strict=True))
    except InputGone as error:
        raise NoSuchJob(id=error.facts["what"]) from error  # removed a moment ago

    def end(of: Any) -> Any:
        if isinstance(of, list):
            return [end(one) for one in of]
        return as_python(values[of]) if of in values else states.failure_of(jobs[of], client)

    return [end(one) for one in nested]


def flat(nested: Sequence[Any]) -> list[str]:
    """The ids in lists of lists of ids."""
    return [found for one in nested for found in (flat(one) if isinstance(one, list) else [one])]


def failure_of_group(client: Asked, group: str, fate: Fate, jobs: Sequence[Job]) -> JobFailed:
    """Why a group did not succeed: the first of its members that did not, a real failure before what was skipped."""
    failed = [job for job in jobs if job.ended and job.outcome is not Outcome.SUCCEEDED]
    if failed:
        return states.failure_of(next((job for job in failed if job.attempts or job.upstream), failed[0]), client)
    return JobFailed(id=group, task="group", outcome=fate.outcome, why=str(fate.outcome), type=str(fate.outcome))


def ended_group(client: Asked, workflow: str, group: str, ids: Sequence[str], deadline: float | None) -> Fate:
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
    raise client.given_up(node_id(workflow, group), "the time given", client.reading.jobs([workflow]))


def patiently(client: Asked, ask: Callable[[], T], deadline: float | None) -> T:
    """Ask, and again while Redis is away. Raises LostWhileWaiting when it stays away."""
    try:
        return ask()
    except (RedisUnreachable, RedisBusy):
        return next(client.observe(ask, (), deadline=math.inf if deadline is None else deadline))


def left(deadline: float | None) -> float | None:
    """Seconds up to a deadline in monotonic time."""
    return None if deadline is None else max(0.0, deadline - monotonic())


def _read(client: Asked, ids: Sequence[str]) -> list[Job]:
    found = {job.id: job for job in client.reading.jobs(list(ids))}
    return [found.get(job) or client.job(job) for job in ids]
