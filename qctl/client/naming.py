"""Which job is meant: a whole id, the first characters of one, `@last`, `@last:TASK`, `@failed`."""

from __future__ import annotations

from itertools import islice

from qctl.errors import NoSuchJob, NotFound, UsageError
from qctl.later import later
from qctl.model.names import ID_LENGTH, PREFIX_LENGTH
from qctl.model.state import Outcome
from qctl.model.workflow.node_names import node_id, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from qctl.client.searching import Search
    from qctl.model.job import Job
    from qctl.model.names import is_name
    from qctl.model.query_scope import Scope
    from qctl.model.query_tree import Every
    from qctl.store import Reading
else:
    Search = later("qctl.client.searching", "Search")
    Every = later("qctl.model.query_tree", "Every")
    Scope = later("qctl.model.query_scope", "Scope")
    is_name = later("qctl.model.names", "is_name")

_BATCH = 500
_FAILED = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)


def resolve(said: str, reading: Reading) -> str:
    """The id that is meant. Raises UsageError, NoSuchJob, or NotFound if several of the newest 10,000 ids begin so."""
    if not said.strip():
        raise UsageError("an id is missing: it is an empty text", help="qctl ps -a        lists the newest jobs")
    if (parts := parts_of(said)) is not None and not reading.exists(said):
        return _of_workflow(*parts, reading)
    if said.startswith("@"):
        return _by_place(said, reading)
    if not is_name(said):
        raise NoSuchJob(id=said)
    if len(said) == ID_LENGTH or reading.exists(said):
        return said
    if len(said) < PREFIX_LENGTH:
        raise NoSuchJob(id=said, help=f"give at least {PREFIX_LENGTH} characters of the id")
    found = sorted({job for job in reading.recent() if job.startswith(said)})
    if len(found) > 1:
        raise NotFound(f"{said} begins {len(found)} ids: {' '.join(found[:5])}", help="give more characters")
    if not found:
        raise NoSuchJob(id=said)
    return found[0]


def _of_workflow(workflow: str, name: str, reading: Reading) -> str:
    """A job of a workflow, which may be named as any other: `7kq5.2`, `@last.2`. Raises NotFound for a group."""
    whole = resolve(workflow, reading)
    if name.startswith("g"):
        raise NotFound(f"{name} is a group of workflow {whole}, and no job", help=f"qctl show {whole}")
    return node_id(whole, name)


def _by_place(said: str, reading: Reading) -> str:
    place, _, task = said.partition(":")
    if said == "@failed":
        jobs = [job.id for job in islice(_failed(reading), 1)]
    elif place == "@last" and task:
        jobs = list(islice(_of_task(task, reading), 1))
    elif said == "@last":
        jobs = reading.recent(1)
    else:
        raise NotFound(f"{said} names no job", help="write @last, @last:TASK or @failed")
    if not jobs:
        raise NoSuchJob(id=said)
    return jobs[0]


def _failed(reading: Reading) -> Iterator[Job]:
    """Jobs that failed by themselves: what was cancelled, skipped or came too late has no fault to look at."""
    return Search(reading, Every(), bounds=Scope(standings=frozenset(map(str, _FAILED)))).ended()


def _of_task(task: str, reading: Reading) -> Iterator[str]:
    newest = reading.recent()
    for start in range(0, len(newest), _BATCH):
        yield from (job.id for job in reading.jobs(newest[start : start + _BATCH]) if job.call.task == task)
