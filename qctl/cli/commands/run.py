"""`qctl run`: submit a job; wait for it, follow it, or run it right here, if asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from qctl.cli.confirm import asks_for_secrets
from qctl.cli.emit import as_json, write
from qctl.cli.failure import is_of_output, output_lost
from qctl.cli.grammar import new_app
from qctl.cli.requesting import Wish, options, request, seconds
from qctl.cli.session import Session, session
from qctl.cli.several import accompany_all, tell_all
from qctl.cli.strangers import nobody_has
from qctl.cli.submitted import accompany, warn_if_nobody_reads
from qctl.client import Client, InnerClient, Receipt, Request, run_directory
from qctl.client.asking import knows_every_task
from qctl.client.submitting import prepare
from qctl.client.terms import IfExists, Taken
from qctl.config import Config
from qctl.errors import NotPermitted, QctlError, UsageError
from qctl.model.call import Call
from qctl.model.view import job_view

app = new_app()


@app.command()
def run(
    context: typer.Context,
    task: Annotated[str | None, typer.Argument(help="a task of tasks.toml")] = None,
    params: Annotated[list[str] | None, typer.Argument(help="name=value, name:=json, name=@file")] = None,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="wait; its value on stdout, its exit code")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="wait, and pass its output on live")] = False,
    local: Annotated[bool, typer.Option("--local", help="run it here, without Redis or worker")] = False,
    queue: Annotated[str | None, typer.Option("--queue", "-Q", help="in place of the task's")] = None,
    priority: Annotated[str | None, typer.Option("--priority", "-p", help="0-9, low normal high urgent")] = None,
    countdown: Annotated[str | None, typer.Option("--in", "--countdown", help="start after: 10m")] = None,
    eta: Annotated[str | None, typer.Option("--at", "--eta", help="start at: 'tomorrow 6am'")] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="not started by then: never")] = None,
    retries: Annotated[int | None, typer.Option("--retries", min=0, help="tries after the first")] = None,
    key: Annotated[str | None, typer.Option("--key", help="a name that one job has at a time")] = None,
    if_exists: Annotated[
        str | None, typer.Option("--if-exists", help="key held: return (default) skip replace fail")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="only workers of this host run it")] = None,
    label: Annotated[list[str] | None, typer.Option("--label", help="name=value")] = None,
    timeout: Annotated[str | None, typer.Option("--timeout", help="wait at most so long: exit 75")] = None,
) -> int:
    """Submit a task, or the command after --. Prints the job's id.

    \b
    id=$(qctl run backup-db keep:=14)          submit, and keep the id
    qctl run backup-db --wait && notify        wait; exits as the job does
    qctl run backup-db -f                      watch what it writes
    qctl run report --at 'tomorrow 6am'        later (qctl help dates)
    qctl run -- rsync -a /srv/a/ /srv/b/       a command of its own
    qctl run backup-db --local                 try it here
    """
    here = session(context)
    config = here.config()
    wish = Wish(
        queue=queue,
        priority=priority,
        countdown=countdown,
        eta=eta,
        expires=expires,
        retries=retries,
        key=key,
        if_exists=if_exists,
        host=host,
        labels=label or (),
    )
    manner = _Manner(wait=wait, follow=follow, local=local, timeout=timeout)
    return _carry_out(here, config, wish, (task, params or ()), manner, context.obj.load)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """What is to happen beside the submit."""

    wait: bool
    follow: bool
    local: bool
    timeout: str | None


def _carry_out(
    here: Session,
    config: Config,
    wish: Wish,
    words: tuple[str | None, Sequence[str]],
    manner: _Manner,
    load: Callable[[str], Any],
) -> int:
    """Check all that was asked, then do the one thing that is meant."""
    if here.settings.for_programs and (manner.follow or manner.local):
        raise _no_format_of_its_own(here.settings.output, "--follow" if manner.follow else "--local")
    chosen, dates = options(wish, here.err.now, here.zone_of_dates(config))
    wanted = request(*words, here.rest, config, here.folder, chosen, asks_for_secrets(here))
    stays = manner.wait or manner.follow
    limit = None if manner.timeout is None else seconds("--timeout", manner.timeout)
    if limit is not None and not stays:
        raise UsageError("--timeout says how long to wait: it goes with --wait or --follow")
    here.echo(dates)
    if here.settings.dry_run:
        return _show_plan(wanted, config, here)
    if manner.local:
        return int(load("local").run_here(wanted, config, here, value_only=manner.wait))
    if (folder := run_directory(here.environ)) is not None:
        return _submit_inside(InnerClient(folder, config), wanted, stays, here)
    with here.client(config) as client:
        return _submit(client, wanted, here, wait=manner.wait, follow=manner.follow, timeout=limit)


def _no_format_of_its_own(output: str, flag: str) -> UsageError:
    """What the job writes would stand in the midst of the document."""
    return UsageError(
        f"{flag} passes the job's own output on: it goes without -o {output}",
        help="qctl run TASK --wait -o json        waits, and writes the job as one document, its value in it",
    )


def _show_plan(wanted: Request, config: Config, here: Session) -> int:
    plan = prepare(wanted, config)
    facts = {
        "schema": "qctl.plan/1",
        "task": plan.task,
        "params": Call.decode(plan.body).shown_params,
        "args": list(wanted.args),
        "queue": plan.queue,
        "priority": plan.priority,
    }
    if here.settings.for_programs:
        write(as_json(facts))
    else:
        write(
            here.out.safe(
                f"would submit {plan.task} to queue {plan.queue}, priority {plan.priority}: {facts['params']}"
            )
        )
    return 0


def _submit_inside(client: InnerClient, wanted: Request, wait: bool, here: Session) -> int:
    if wait:
        raise NotPermitted("a job cannot wait for another: it would hold the slot that the other may need")
    # The worker knows its tasks; a job's folder holds no tasks.toml.
    for receipt in client.submit([wanted], strict=False):
        write(as_json(_receipt(receipt)) if here.settings.for_programs else receipt.id)
    return 0


def _submit(client: Client, wanted: Request, here: Session, *, wait: bool, follow: bool, timeout: float | None) -> int:
    _check_adhoc(client, wanted)
    receipt, *others = client.submit([wanted], strict=knows_every_task(client))
    if others:
        if wait or follow:
            return accompany_all(client, [receipt, *others], here, follow=follow, timeout=timeout)
        tell_all(client, [receipt, *others], here)
        return 0
    skipped = _stood_already(receipt, wanted, here)
    try:
        if (wait or follow) and not skipped:
            return accompany(client, receipt, wanted.task, here, follow=follow, timeout=timeout)
        _hand_over(client, receipt, wanted, here, skipped=skipped)
    except OSError as error:
        if not is_of_output(error):
            raise
        code = output_lost(error)
        here.warn(f"job {receipt.id} was accepted all the same: qctl show {receipt.id}")
        return code
    return 0


def _hand_over(client: Client, receipt: Receipt, wanted: Request, here: Session, *, skipped: bool) -> None:
    """Write what was accepted. What can be read of it no more is no failure: the job is there."""
    if here.settings.output in ("json", "jsonl"):
        write(as_json(_standing(client, receipt, here)))
    elif not skipped:
        write(receipt.id)
        later = wanted.options.countdown or wanted.options.eta_ms is not None
        word = "" if receipt.taken is Taken.HELD else "scheduled " if later else "queued "
        here.say(f"{word}{receipt.id} · qctl wait {receipt.id} · qctl logs -f {receipt.id}")
    if not skipped:
        try:
            warn_if_nobody_reads(client, [receipt.queue], here)
            nobody_has(client, wanted.task, receipt.queue, here)
        except QctlError as error:
            here.warn(f"{receipt.id} was accepted; whether a worker reads queue {receipt.queue} is not known: {error}")


def _standing(client: Client, receipt: Receipt, here: Session) -> dict[str, Any]:
    """The job as it stands now; where that cannot be read, what is known of it."""
    try:
        return job_view(client.job(receipt.id))
    except QctlError as error:
        here.warn(f"{receipt.id} was accepted; what has become of it is not known: {error}")
        return _receipt(receipt)


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {"schema": "qctl.receipt/1", "id": receipt.id}


def _check_adhoc(client: Client, wanted: Request) -> None:
    allowed = client.config.adhoc if client.config.adhoc is not None else client.instance.embedded
    if wanted.adhoc and not allowed:
        raise NotPermitted(
            f"{client.instance.shown} takes no commands of their own: only workers with `adhoc = true` run them",
            help="declare the command as a task, or set `adhoc = true` in [qctl]",
        )


def _stood_already(receipt: Receipt, wanted: Request, here: Session) -> bool:
    """Say that the key is held; whether that is all there is to do."""
    if receipt.taken is not Taken.HELD:
        return False
    skip = wanted.options.if_exists is IfExists.SKIP
    here.say(f"key {wanted.options.key} belongs to job {receipt.id}: {'skipped' if skip else 'that one stands'}")
    return skip
