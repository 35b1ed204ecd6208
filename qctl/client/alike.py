"""Plain jobs that differ in little, many at once: sent as what they have in common, an id and a body for each."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.client.sending import MOST_BYTES, MOST_JOBS, MOST_JOBS_TOGETHER, MOST_TOGETHER, send
from qctl.config.requests import Request, prepare_as
from qctl.errors import RedisUnreachable, UsageError
from qctl.store.refusals import ConnectionBroken, in_doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from qctl.client.prepared import PreparedTask
    from qctl.config.preparing import Preparing
    from qctl.model.submission import Submission
    from qctl.store import Command, Store

    Calls = Sequence[tuple[str, Mapping[str, Any]]]  #: tasks and parameters


@dataclass(frozen=True, slots=True)
class Run:
    """Jobs of one task, in their order: the bodies."""

    task: PreparedTask
    bodies: list[bytes]


def runs_of(calls: Calls, ready: Callable[[str], PreparedTask | None]) -> list[Run] | None:
    """The jobs of these calls, all of them checked; None where they go the long way, which also tells what is wrong."""
    runs: list[Run] = []
    last: str | None = None
    try:
        for name, params in calls:
            if name != last:
                if (task := ready(name)) is None:
                    return None
                last, body = name, task.body
                runs.append(Run(task, []))
                add = runs[-1].bodies.append
            add(body(params))
    except UsageError:
        return None
    return runs


def put_alike(store: Store, runs: Sequence[Run], how: Preparing, calls: Calls) -> list[str]:
    """Submit jobs and answer their ids.

    Where not all of them are simply new, and if the connection broke, they are submitted once more under the same ids,
    each with all that is said of it: none is taken twice, and it is told what became of each. Raises as `send`.
    """
    ids, doubt = _drawn_apart(how.draw, len(calls)), None
    try:
        if _all_taken(store, runs, ids):
            return ids
    except ConnectionBroken as error:
        doubt = error
    requests = (Request(task=task, params=params) for task, params in calls)
    wanted = list(zip(requests, _written_out(runs, ids), strict=True))
    return [receipt.id for receipt in send(store, wanted, lambda request: prepare_as(request, how), doubt)]


def _drawn_apart(draw: Callable[[], str], count: int) -> list[str]:
    """So many ids, no two alike: of two jobs of one id and body the second would be taken for the first."""
    ids = [draw() for _ in range(count)]
    while len(set(ids)) < count:
        ids = [draw() for _ in range(count)]
    return ids


def _all_taken(store: Store, runs: Sequence[Run], ids: Sequence[str]) -> bool:
    """Submit jobs under these ids; whether all of them are new. Raises ConnectionBroken, RedisUnreachable."""
    longest = max((len(body) for run in runs for body in run.bodies), default=0) or 1
    commands = list(_commands(runs, ids, max(1, min(MOST_JOBS, MOST_BYTES // longest))))
    together = max(1, min(MOST_JOBS_TOGETHER, MOST_TOGETHER // longest) // MOST_JOBS)
    for at in range(0, len(commands), together):
        try:
            answers = store.ask_all(commands[at : at + together])
        except RedisUnreachable as error:
            raise in_doubt(error) if at else error from error
        if not all(answer is True for answer in answers):
            return False
    return True


def _commands(runs: Sequence[Run], ids: Sequence[str], most: int) -> Iterator[Command[bool]]:
    start = 0
    for run in runs:
        for at in range(0, len(run.bodies), most):
            bodies = run.bodies[at : at + most]
            yield run.task.command(ids[start : start + len(bodies)], bodies)
            start += len(bodies)


def _written_out(runs: Sequence[Run], ids: Sequence[str]) -> Iterator[Submission]:
    """The same jobs, each with all that is said of it."""
    left = iter(ids)
    for run in runs:
        for body in run.bodies:
            yield run.task.job(next(left), body)
