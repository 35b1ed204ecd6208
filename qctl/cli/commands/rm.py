"""`qctl rm`: ended jobs are removed, with their values and output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from qctl.cli.aside import records_aside, remove_aside
from qctl.cli.bulk import agreed, meant, named
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.query_options import QueryOption
from qctl.cli.querying import named_or_meant, query_of
from qctl.cli.screens.words import called
from qctl.cli.session import session
from qctl.client.among import belongs_to
from qctl.errors import Refused
from qctl.model.job import Job
from qctl.model.query_scope import ENDED, Scope

app = new_app()

_COLUMNS: Final = ("id", "task", "answer", "outcome")


@app.command()
def rm(
    context: typer.Context,
    jobs: Annotated[
        list[str] | None, typer.Argument(metavar="JOB", help="ids, their beginnings, @last:TASK or @failed")
    ] = None,
    query: QueryOption = None,
) -> int:
    """Remove ended jobs, with their values and output, at once and for good. It asks before.

    A workflow goes with its steps, and no step without it. So goes a record that nobody could read (`qctl doctor`).

    \b
    qctl rm 7kq2
    qctl rm --query 'task:import* state:failed until:7d' --dry-run
    qctl rm --query 'label:env=test' -y

    See also: qctl help query, cancel; `retention` of tasks.toml removes by age
    """
    here = session(context)
    named_or_meant(jobs, query)
    config = here.instance_config()
    zone = here.zone_of_dates(config)
    asked = query_of(here, [query or ""], zone)
    with here.client(config) as client:
        bounds = Scope(standings=ENDED)
        asides = records_aside(client, jobs or ())
        left = [job for job in jobs or () if job not in {aside.id for aside in asides}]
        found = meant(here, client, asked, zone, bounds, whole=True) if query else named(client, left)
        _refuse_steps(found)
        _refuse_active([job for job in found if not job.ended])
        removed = remove_aside(here, client, asides)
        go_on = agreed(here, found, "Remove") if found or not asides else False
        if here.settings.dry_run or not go_on:
            items = [_item(job, "OK") for job in found]
        else:
            answers = client.remove([job.id for job in found])
            items = [_item(job, answer) for job, answer in zip(found, answers, strict=True)]
    would = "would be " if here.settings.dry_run else ""
    gone = [f"{item['id']}: its record, which nobody could read, {would}removed" for item in removed]
    rows = list(zip(found, items, strict=True))
    emit_list(
        here.settings,
        removed + items,
        lambda: gone + [f"{called(job, here.out)}: {_became(item, would)}" for job, item in rows],
        columns=_COLUMNS,
    )
    _refuse_active([job for job, item in zip(found, items, strict=True) if item["answer"] == "ACTIVE"])
    return 0


def _refuse_steps(found: Sequence[Job]) -> None:
    """A step's value is what `retry --failed` of its workflow goes on from. Raises Refused."""
    ids = {job.id for job in found}
    for job in found:
        workflow = belongs_to(job.id)
        if workflow is not None and workflow not in ids:
            raise Refused(
                f"{job.id} is a step of workflow {workflow}, which needs it as long as it is there",
                help=f"qctl rm {workflow}        removes the workflow with all its steps, once it has ended",
            )


def _refuse_active(active: list[Job]) -> None:
    if active:
        ids = " ".join(job.id for job in active[:5])
        more = f" and {len(active) - 5:,} more" if len(active) > 5 else ""
        raise Refused(f"not ended, so not removed: {ids}{more}", help=f"qctl cancel {ids}")


def _item(job: Job, answer: str) -> dict[str, Any]:
    """The answer as `qctl.removed/1`. That a job was gone by itself meanwhile is as good."""
    return {
        "schema": "qctl.removed/1",
        "id": job.id,
        "task": job.call.task,
        "answer": answer,
        "outcome": str(job.outcome) if job.outcome else None,
    }


def _became(item: dict[str, Any], would: str) -> str:
    meaning = {
        "OK": f"{would}removed",
        "ACTIVE": "runs again meanwhile, and stays",
        "UNKNOWN": "was gone already",
    }
    return meaning[item["answer"]]
