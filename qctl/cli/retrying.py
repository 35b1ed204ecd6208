"""What a retry makes of jobs that have ended, or would make of them: under their own ids, or as copies."""

from __future__ import annotations

from typing import NamedTuple

from qctl.cli.screens.words import called
from qctl.client.acting import FULL
from qctl.client.again import copy
from qctl.config.options import caller
from qctl.errors import NoSuchJob, QctlError, QueueFull, Refused
from qctl.model.call import Kind
from qctl.model.state import Outcome
from qctl.model.workflow.outline import main_names, title_of
from qctl.model.workflow.standing import UNNEEDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.cli.terminal import Look
    from qctl.client import Client
    from qctl.model.job import Job

_MOST_STEPS: Final = 50  #: of a workflow that are named
#: By the store's answer, why a job was not queued.
_NOT_QUEUED: Final = {
    "UNIQUE": "its task is unique and another job of it is active",
    "SECRET": "its secret values went with its end",
    "GONE": "what it received was removed",
    "FULL": "its queue holds as many jobs as its max_length allows",
}


class GoneSecrets(Refused):
    """{job} cannot run again: its secret {names} went with its end"""

    help = "qctl run {task} …"


class Done(NamedTuple):
    """What became of jobs: an item for each."""

    jobs: Sequence[Job]
    items: Sequence[dict[str, Any]]
    behind: Collection[str] = ()  #: ids of those that wait for others of them again
    answers: Sequence[str] = ()  #: of the store, where it was asked
    steps: Mapping[str, Sequence[str]] = {}  #: by id, of workflows, those that would run again

    def lines(self, look: Look, *, dry: bool) -> Iterator[str]:
        """All of it for people."""
        would = "would be " if dry else ""
        for item, job in zip(self.items, self.jobs, strict=True):
            became = _became(item, would, job, job.upstream if job.id in self.behind else None)
            yield f"{called(job, look)}: {became}"
            yield from self.steps.get(job.id, ())


def rehearsed(client: Client, jobs: Sequence[Job], behind: Sequence[Job], *, new: bool) -> Done:
    """What would become of them, as far as that can be known."""
    whole = [*jobs, *behind]
    steps = {} if new else {job.id: _again(client, job) for job in jobs}
    return Done(whole, [_item(job, _foreseen(job, new)) for job in whole], [job.id for job in behind], steps=steps)


def retried(client: Client, jobs: Sequence[Job], behind: Sequence[Job], *, failed: bool) -> Done:
    """Retry them; with `failed` those that succeeded are left as they are. Of those `behind` that waits which can."""
    left = [job for job in jobs if failed and job.outcome is Outcome.SUCCEEDED]
    asked = [job for job in jobs if job not in left]
    said = iter(client.retry([job.id for job in asked], caller()))
    answers = ["UNNEEDED" if job in left else next(said) for job in jobs]
    again = {job.id for job, answer in zip(jobs, answers, strict=True) if answer == "OK"}
    follow = []
    for job in behind:
        if job.upstream in again:
            again.add(job.id)
            follow.append(job)
    answers += client.retry([job.id for job in follow], caller(), behind=True)
    whole = [*jobs, *follow]
    items = [_item(job, answer) for job, answer in zip(whole, answers, strict=True)]
    return Done(whole, items, [job.id for job in follow], answers)


def copied(client: Client, jobs: Sequence[Job], here: Session) -> Done:
    """Submit the same calls once more, each as a job of its own, but for those whose secret values are gone.

    Raises what `copy` raises; copies that were queued before are named.
    """
    items: list[dict[str, Any]] = []
    try:
        items.extend(_copy(client, job) for job in jobs)
    except QctlError:
        if made := [item["id"] for item in items if item["copy_of"]]:
            here.warn(f"{' '.join(made)} {'was' if len(made) == 1 else 'were'} queued before that")
        raise
    return Done(jobs, items)


def code_of(done: Done, *, strict: bool) -> int:
    """The exit code of all. Raises QueueFull, GoneSecrets or Refused if a job was not queued that should have been."""
    jobs, items = done.jobs, done.items
    for job, answer in zip(jobs, done.answers, strict=False):
        if answer.startswith(FULL):
            raise QueueFull(queue=job.queue, length=answer.removeprefix(FULL))
    if bare := [job for job, item in zip(jobs, items, strict=True) if item["answer"] == "SECRET"]:
        raise GoneSecrets(job=bare[0].id, task=bare[0].call.task, names=" ".join(bare[0].call.secrets))
    if gone := [item for item in items if item["answer"] == "GONE"]:
        what = f"{gone[0]['id']} cannot run again: what its step received was removed"
        raise Refused(what, help=f"qctl retry {_workflow_of(gone[0])} --new")
    if any(item["answer"] == "UNIQUE" for item in items):
        raise Refused("another job of a unique task has not ended yet", help="qctl ps")
    if strict and any(item["answer"] == "ACTIVE" for item in items):
        raise Refused("a job has not ended yet", help="qctl ps")
    return int(any(item["answer"] == "SKIPPED" for item in items))


def _again(client: Client, job: Job) -> list[str]:
    """The steps of a workflow that a retry of it would run, or run again, each in a line: those without a success."""
    if job.call.kind is not Kind.WORKFLOW or not job.ended or job.outcome is Outcome.SUCCEEDED:
        return []
    found = client.workflow(job.id)
    main = main_names(found.nodes, found.plan)
    names = [name for name, node in found.nodes.items() if name in main and node.job is not None]
    again = [name for name in names if found.fates.get(name) not in (Outcome.SUCCEEDED, UNNEEDED)]
    said = [f"  .{name} {title_of(found.nodes[name])}  {found.fates.get(name, 'waiting')}" for name in again]
    return said[:_MOST_STEPS] + ([f"  and {len(said) - _MOST_STEPS:,} more"] if len(said) > _MOST_STEPS else [])


def _foreseen(job: Job, new: bool) -> str:
    if not (job.ended or new):
        return "ACTIVE"
    if job.call.kind is Kind.WORKFLOW and job.outcome is Outcome.SUCCEEDED and not new:
        return "UNNEEDED"
    if job.call.workflow_id and not job.attempt and not new:
        return "SKIPPED"
    return "SECRET" if job.call.secrets else "OK"


def _copy(client: Client, job: Job) -> dict[str, Any]:
    """Submit the same call once more. Its task's options are those of today; a workflow's are those of its plan."""
    if job.call.secrets:
        return _item(job, "SECRET")
    return _item(job, "OK") | {"id": copy(client, job).id, "copy_of": job.id}


def _item(job: Job, answer: str) -> dict[str, Any]:
    """The answer as `qctl.retried/1`."""
    if answer == "UNKNOWN":
        raise NoSuchJob(id=job.id)
    said = answer.partition(" ")[0]
    item: dict[str, Any] = {"schema": "qctl.retried/1", "id": job.id, "task": job.call.task, "answer": said}
    return item | {"copy_of": None, "workflow": job.call.kind is Kind.WORKFLOW}


def _workflow_of(item: dict[str, Any]) -> str:
    return str(item["id"] if item["workflow"] else item["id"].rpartition(".")[0])


def _became(item: dict[str, Any], would: str, job: Job, upstream: str | None) -> str:
    """What became of one, in words; `upstream` is the job for which it waits again."""
    answer = item["answer"]
    if answer in _NOT_QUEUED:
        return f"not queued, for {_NOT_QUEUED[answer]}"
    if answer == "ACTIVE":
        return (
            "its workflow still needs it, and has to end first" if job.ended else "has not ended yet, nothing to retry"
        )
    if answer == "UNNEEDED":
        return f"nothing of it failed; as a new workflow: qctl retry {item['id']} --new"
    if answer == "SKIPPED":
        return f"its turn never came, so: qctl retry {_workflow_of(item)} --failed"
    if answer == "UPSTREAM":
        return f"stays skipped, for {upstream} has failed again"
    if upstream:
        return f"{'would wait' if would else 'waits'} for {upstream} again"
    if item["workflow"] and not item["copy_of"]:
        return f"what did not succeed {'would run' if would else 'runs'} again"
    return f"{would}queued as a copy of {item['copy_of']}" if item["copy_of"] else f"{would}queued again"
