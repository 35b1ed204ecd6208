"""`qctl retry`: ended jobs run again, under their own ids or as copies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

import typer

from qctl.cli.bulk import agreed, meant, named
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.query_options import QueryOption
from qctl.cli.querying import named_or_meant, one_of, query_of
from qctl.cli.session import session
from qctl.cli.stretch import stretch
from qctl.client import Client
from qctl.client.acting import FULL
from qctl.client.again import copy, skipped_after, with_secrets
from qctl.config.options import caller
from qctl.errors import NoSuchJob, QueueFull, Refused, UsageError
from qctl.model.call import Kind
from qctl.model.job import Job
from qctl.model.query_scope import ENDED, Scope
from qctl.model.query_tree import every
from qctl.model.state import Outcome
from qctl.model.workflow.outline import main_names, title_of
from qctl.model.workflow.standing import UNNEEDED

app = new_app()

_MOST_STEPS: Final = 50  #: of a workflow that are named
_FAILURES: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)
_COLUMNS: Final = ("id", "task", "answer", "copy_of")


@app.command()
def retry(
    context: typer.Context,
    jobs: Annotated[list[str] | None, typer.Argument(metavar="JOB", help="ids or their beginnings, @failed")] = None,
    query: QueryOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="all that failed, timed out or were lost")] = False,
    since: Annotated[str | None, typer.Option("--since", help="of those, what ended since: 2h, mon 09:00")] = None,
    with_dependents: Annotated[
        bool, typer.Option("--with-dependents", help="what was skipped because of them waits for them again")
    ] = False,
    new: Annotated[bool, typer.Option("--new", help="as a new job with an id of its own")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="exit 5 if one has not ended")] = False,
) -> int:
    """Run ended jobs again: the same job, its attempts counted on, failures and crashes from 0.

    Of a workflow what failed or was skipped runs again; the values of the rest are kept.

    \b
    qctl retry @failed             the newest that failed, timed out or was lost
    qctl retry 7kq2 --new          a copy, with an id of its own
    qctl retry 7kq5 --failed       of workflow 7kq5 what failed
    qctl retry --failed --since 2h
    qctl retry 7kq2 --with-dependents    and what was skipped because it failed
    qctl retry --query 'task:import* exit:75' -y

    Exit codes:
      1   one did not run again: a step whose turn never came
      4   there is no such job
      5   with --strict: one has not ended
      75  its queue is full: try again

    See also: errors, cancel, qctl help query
    """
    here = session(context)
    named_or_meant(jobs, query or (failed and not jobs))
    if since is not None and jobs:
        raise UsageError("--since is for --failed and --query")
    if new and with_dependents:
        raise UsageError("nothing waits for a copy: --new and --with-dependents do not go together")
    config = here.config()
    zone = here.zone_of_dates(config)
    asked = every([query_of(here, [query or ""], zone), one_of("state", _FAILURES if failed else ())])
    oldest, _ = stretch(since, None, here, zone)
    with here.client(config) as client:
        bounds = Scope(standings=ENDED, since_ms=oldest)
        found = named(client, jobs) if jobs else meant(here, client, asked, zone, bounds, whole=True)[::-1]
        behind = skipped_after(client, found) if with_dependents else []
        go_on = bool(jobs) or agreed(here, [*found, *behind], "Retry")
        if new:
            found = [with_secrets(client, job) for job in found]
        if here.settings.dry_run or not go_on:
            done = _rehearsed(client, found, behind, new=new)
        elif new:
            done = _Done(found, [_copy(client, job) for job in found])
        else:
            done = _retried(client, found, behind, failed=failed and bool(jobs))
    emit_list(here.settings, done.items, lambda: list(done.lines(dry=here.settings.dry_run)), columns=_COLUMNS)
    return _end(done, strict=strict)


class _Done(NamedTuple):
    """What became of jobs: an item for each."""

    jobs: Sequence[Job]
    items: Sequence[dict[str, Any]]
    behind: Collection[str] = ()  #: ids of those that wait for others of them again
    answers: Sequence[str] = ()  #: of the store, where it was asked
    steps: Mapping[str, Sequence[str]] = {}  #: by id, of workflows, those that would run again

    def lines(self, *, dry: bool) -> Iterator[str]:
        """All of it for people."""
        for item, job in zip(self.items, self.jobs, strict=True):
            yield _line(item, "would be " if dry else "", job, job.upstream if job.id in self.behind else None)
            yield from self.steps.get(job.id, ())


def _rehearsed(client: Client, jobs: Sequence[Job], behind: Sequence[Job], *, new: bool) -> _Done:
    """What would become of them, as far as that can be known."""
    whole = [*jobs, *behind]
    steps = {} if new else {job.id: _again(client, job) for job in jobs}
    return _Done(whole, [_item(job, _foreseen(job, new)) for job in whole], [job.id for job in behind], steps=steps)


def _retried(client: Client, jobs: Sequence[Job], behind: Sequence[Job], *, failed: bool) -> _Done:
    """Retry jobs; with `failed` those that succeeded are left as they are. Of those `behind` that waits which can."""
    left = [job for job in jobs if failed and job.outcome is Outcome.SUCCEEDED]
    said = iter(client.retry([job.id for job in jobs if job not in left], caller()))
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
    return _Done(whole, items, [job.id for job in follow], answers)


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


def _end(done: _Done, *, strict: bool) -> int:
    """The exit code. Raises QueueFull, GoneSecrets or Refused if a job was not queued that should have been."""
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


def _foreseen(job: Job, new: bool) -> str:
    if not (job.ended or new):
        return "ACTIVE"
    if job.call.kind is Kind.WORKFLOW and job.outcome is Outcome.SUCCEEDED and not new:
        return "UNNEEDED"
    if job.call.workflow_id and not job.attempt and not new:
        return "SKIPPED"
    return "SECRET" if job.call.secrets else "OK"


class GoneSecrets(Refused):
    """{job} cannot run again: its secret {names} went with its end"""

    help = "qctl run {task} …"


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


def _line(item: dict[str, Any], would: str, job: Job, upstream: str | None) -> str:
    if item["answer"] == "ACTIVE" and job.ended:
        return f"{item['id']} {item['task']}: its workflow still needs it, and has to end first"
    if item["answer"] == "ACTIVE":
        return f"{item['id']} {item['task']}: has not ended yet, nothing to retry"
    if item["answer"] == "UNIQUE":
        return f"{item['id']} {item['task']}: not queued, for its task is unique and another job of it is active"
    if item["answer"] == "SECRET":
        return f"{item['id']} {item['task']}: not queued, for its secret values went with its end"
    if item["answer"] == "UNNEEDED":
        return f"{item['id']} {item['task']}: nothing of it failed; as a new workflow: qctl retry {item['id']} --new"
    if item["answer"] == "SKIPPED":
        return f"{item['id']} {item['task']}: its turn never came, so: qctl retry {_workflow_of(item)} --failed"
    if item["answer"] == "GONE":
        return f"{item['id']} {item['task']}: not queued, for what it received was removed"
    if item["answer"] == "FULL":
        return f"{item['id']} {item['task']}: not queued, for its queue holds as many jobs as its max_length allows"
    if item["answer"] == "UPSTREAM":
        return f"{item['id']} {item['task']}: stays skipped, for {upstream} has failed again"
    if upstream:
        return f"{item['id']} {item['task']}: {'would wait' if would else 'waits'} for {upstream} again"
    if item["workflow"] and not item["copy_of"]:
        return f"{item['id']} {item['task']}: what did not succeed {'would run' if would else 'runs'} again"
    copy = f" as a copy of {item['copy_of']}" if item["copy_of"] else " again"
    return f"{item['id']} {item['task']}: {would}queued{copy}"
