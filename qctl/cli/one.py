"""Submitting one thing, a job or a workflow, and what is to happen beside that: a plan alone, a wait, a run here."""

from __future__ import annotations

from qctl.cli.adhoc import check_adhoc
from qctl.cli.emit import write
from qctl.cli.nobody_reads import nobody_has, warn_if_nobody_reads
from qctl.client.submitting import Taken
from qctl.config.places import run_directory
from qctl.errors import QctlError, UsageError
from qctl.later import later
from qctl.model.call import PIPELINE, Kind
from qctl.model.submission import IfExists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from qctl.cli.accepted import as_they_stand, warn_of_readers
    from qctl.cli.emit import as_json
    from qctl.cli.failure import is_of_output, output_lost
    from qctl.cli.knowing import with_told
    from qctl.cli.planned import show_plan, submit_inside, with_whole_ids
    from qctl.cli.requesting import seconds
    from qctl.cli.session import Session
    from qctl.cli.several import accompany_all, tell_all
    from qctl.cli.submit_options import Manner
    from qctl.cli.submitted import accompany
    from qctl.client import Client, Receipt
    from qctl.client.inside import InnerClient
    from qctl.client.knowing import named_tasks
    from qctl.client.workflows import steps_of
    from qctl.config import Config
    from qctl.config.lone import is_lone
    from qctl.config.requests import Request
    from qctl.model.view import upstream_words
else:
    InnerClient = later("qctl.client.inside", "InnerClient")
    as_they_stand, warn_of_readers = (later("qctl.cli.accepted", name) for name in ("as_they_stand", "warn_of_readers"))
    accompany = later("qctl.cli.submitted", "accompany")
    accompany_all, tell_all = (later("qctl.cli.several", name) for name in ("accompany_all", "tell_all"))
    show_plan, submit_inside, with_whole_ids = (
        later("qctl.cli.planned", name) for name in ("show_plan", "submit_inside", "with_whole_ids")
    )
    is_lone = later("qctl.config.lone", "is_lone")
    is_of_output, output_lost = (later("qctl.cli.failure", name) for name in ("is_of_output", "output_lost"))
    upstream_words = later("qctl.model.view", "upstream_words")
    named_tasks = later("qctl.client.knowing", "named_tasks")
    as_json = later("qctl.cli.emit", "as_json")
    seconds = later("qctl.cli.requesting", "seconds")
    steps_of = later("qctl.client.workflows", "steps_of")
    with_told = later("qctl.cli.knowing", "with_told")


def submit_one(
    one: Request, config: Config, here: Session, manner: Manner, load: Callable[[str], Any], *, local: bool = False
) -> int:
    """Do the one thing that is meant with a request: with `local` run it here. Answers the exit code."""
    if not (one.adhoc or local or config.declares_all):  # what runs here is what is here
        config = with_told(here, config, named_tasks(one, config))
    whole = is_workflow(one, config)
    if manner.graph and not whole:
        raise UsageError(f"--graph draws a workflow, and {one.task} is one job", help="qctl help pipelines")
    if here.settings.dry_run or manner.graph:
        return show_plan(one, config, here, local=local, graph=manner.graph)
    if local:
        if whole:
            raise UsageError("--local runs one job, here and now: a workflow is several", help="qctl run STEP --local")
        return int(load("local").run_here(one, config, here, value_only=manner.wait))
    if (folder := run_directory(here.environ)) is not None:
        return submit_inside(InnerClient(folder, config), [one], manner.stays, here)
    limit = None if manner.timeout is None else seconds("--timeout", manner.timeout)
    with here.client(config) as client:
        return _submit(client, one, here, manner, limit, whole=whole)


def is_workflow(one: Request, config: Config) -> bool:
    """Whether a request is for several jobs that follow each other: an expression of one step alone is one job."""
    if one.tree is not None and not is_lone(one.tree):
        return True
    return not one.adhoc and one.task in config.workflows


def _submit(
    client: Client, wanted: Request, here: Session, manner: Manner, timeout: float | None, *, whole: bool
) -> int:
    follow = manner.follow
    if wanted.adhoc:
        check_adhoc(client, wanted.adhoc)
    if wanted.options.after:
        wanted = with_whole_ids(client, wanted)
    client.look_along()
    receipt, *others = client.submit([wanted], strict=client.knows_every_task)
    if others:
        if manner.stays:
            warn_if_nobody_reads(client, [each.queue for each in (receipt, *others)], here)
            return accompany_all(client, [receipt, *others], here, follow=follow, timeout=timeout)
        return tell_all(client, [receipt, *others], here)
    return go_along(client, receipt, wanted, here, manner, timeout, whole=whole)


def go_along(
    client: Client,
    receipt: Receipt,
    wanted: Request,
    here: Session,
    manner: Manner,
    timeout: float | None,
    *,
    whole: bool,
) -> int:
    """What is meant with one thing that was submitted, or that was there before: wait for it, or hand over its id."""
    skipped = _stood_already(receipt, wanted, here)
    try:
        if manner.stays and not skipped:
            task = wanted.task if receipt.taken is not Taken.HELD else _task_of_holder(client, receipt.id)
            return accompany(client, receipt, task, here, follow=manner.follow, timeout=timeout)
        _hand_over(client, receipt, wanted, here, skipped=skipped, whole=whole)
    except OSError as error:
        if not is_of_output(error):
            raise
        code = output_lost(error)
        here.warn(f"job {receipt.id} was accepted all the same: qctl show {receipt.id}")
        return code
    return 0


def _task_of_holder(client: Client, job_id: str) -> str:
    """What the job is that a key belongs to: not always of the task that was asked for, nor a workflow as that one."""
    call = client.job(job_id).call
    return PIPELINE if call.kind is Kind.WORKFLOW else call.task


def _hand_over(client: Client, receipt: Receipt, wanted: Request, here: Session, *, skipped: bool, whole: bool) -> None:
    """Write what was accepted. What can be read of it no more is no failure: the job is there."""
    if here.settings.output in ("json", "jsonl"):
        write(as_json(as_they_stand(client, [receipt], here)[0]))
    elif not skipped:
        write(receipt.id)
        begun = _word(client, receipt, wanted, whole=whole)
        here.say(f"{begun}{receipt.id} · qctl wait {receipt.id} · qctl logs -f {receipt.id}")
    if not (skipped or (whole and receipt.taken is Taken.HELD)):  # whatever holds the key runs as it does
        try:
            steps = _steps(client, receipt) if whole else [(wanted.task, receipt.queue)]
            live = warn_if_nobody_reads(client, [queue for _, queue in steps], here)
            for task, queue in steps:
                nobody_has(client, task, queue, live, here)
        except QctlError as error:
            warn_of_readers(receipt, error, here)


def _steps(client: Client, receipt: Receipt) -> list[tuple[str, str]]:
    """The tasks and queues of a workflow's jobs: of one that was just made they are known."""
    nodes = {node.name: node for node in receipt.plan.nodes} if receipt.plan else client.workflow(receipt.id).nodes
    return steps_of(nodes)


def _word(client: Client, receipt: Receipt, wanted: Request, *, whole: bool) -> str:
    """What has become of it at first: `queued `, `scheduled `; nothing of a job that was there before."""
    if receipt.taken is Taken.HELD:
        return ""
    if wanted.options.after:
        job = client.job(receipt.id)
        return f"skipped, for {upstream_words(job)}: " if job.upstream else f"{job.outcome or job.state} "
    if wanted.options.countdown or wanted.options.eta_ms is not None:
        return "scheduled "
    return "started " if whole else "queued "


def _stood_already(receipt: Receipt, wanted: Request, here: Session) -> bool:
    """Say that the key is held; whether that is all there is to do."""
    if receipt.taken is not Taken.HELD:
        return False
    skip = wanted.options.if_exists is IfExists.SKIP
    here.say(f"key {wanted.options.key} belongs to job {receipt.id}: {'skipped' if skip else 'that one stands'}")
    return skip
