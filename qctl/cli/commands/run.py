"""`qctl run`: submit a job; wait for it, follow it, or run it right here, if asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from qctl.cli.as_scheduled import as_scheduled
from qctl.cli.confirm import asks_for_secrets
from qctl.cli.each import each as each_line
from qctl.cli.each import read_lines
from qctl.cli.emit import as_json, write
from qctl.cli.failure import is_of_output, output_lost
from qctl.cli.grammar import new_app
from qctl.cli.knowing import with_told
from qctl.cli.planned import check_adhoc, receipt_view, show_plan, submit_each, submit_inside, with_whole_ids
from qctl.cli.requesting import Wish, options, request, seconds, shell_words
from qctl.cli.session import Session, session
from qctl.cli.several import accompany_all, tell_all
from qctl.cli.strangers import nobody_has
from qctl.cli.submitted import accompany, warn_if_nobody_reads
from qctl.client import Client, InnerClient, Receipt, run_directory
from qctl.client.asking import knows_every_task
from qctl.client.terms import Taken
from qctl.config.requests import Request
from qctl.errors import QctlError, UsageError
from qctl.model.submission import IfExists
from qctl.model.view import job_view, upstream_words

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
    after: Annotated[list[str] | None, typer.Option("--after", help="a job that has to succeed first")] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="not started by then: never")] = None,
    retries: Annotated[int | None, typer.Option("--retries", min=0, help="tries after the first")] = None,
    key: Annotated[str | None, typer.Option("--key", help="a name that one job has at a time")] = None,
    if_exists: Annotated[str | None, typer.Option("--if-exists", help="key held: return skip replace fail")] = None,
    host: Annotated[str | None, typer.Option("--host", help="only workers of this host run it")] = None,
    variables: Annotated[list[str] | None, typer.Option("--env", help="NAME=value for this job alone")] = None,
    labels: Annotated[list[str] | None, typer.Option("--label", help="name=value")] = None,
    stdin: Annotated[str | None, typer.Option("--input", help="a file that it reads on stdin, - is yours")] = None,
    sh: Annotated[str | None, typer.Option("--sh", help="a shell command of its own: 'a && b'")] = None,
    each: Annotated[str | None, typer.Option("--each", help="a job for each line of a file, - is stdin")] = None,
    null: Annotated[bool, typer.Option("--null", "-0", help="its lines end with a NUL")] = False,
    as_scheduled: Annotated[bool, typer.Option("--as-scheduled", help="as its schedule would be fired")] = False,
    schedule: Annotated[str | None, typer.Option("--schedule", help="which of its schedules")] = None,
    timeout: Annotated[str | None, typer.Option("--timeout", help="wait at most so long: exit 75")] = None,
) -> int:
    """Submit a task, or the command after --. Prints the job's id.

    \b
    id=$(qctl run backup-db keep:=14)          submit, and keep the id
    qctl run backup-db --wait && notify        wait; exits as the job does
    qctl run backup-db -f                      watch what it writes
    qctl run report --at 'tomorrow 6am'        later (qctl help dates)
    qctl run upload --after $id --after @last  when these have succeeded
    qctl run -- rsync -a /srv/a/ /srv/b/       a command of its own
    ls *.png | qctl run resize --each -        a job for each line, {} is the line
    qctl run load --input rows.csv             with a file on its stdin
    qctl run backup-db --local                 try it here
    qctl run backup-db --as-scheduled          as beat would start it, now
    """
    said = locals()
    here = session(context)
    wish = Wish(**{field.name: said[field.name] for field in fields(Wish)})
    manner = _Manner(**{field.name: said[field.name] for field in fields(_Manner)})
    words = (task, params or (), shell_words(sh, task, here.rest, each=each is not None))
    return _carry_out(here, wish, words, manner, context.obj.load)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """What is to happen beside the submit."""

    wait: bool
    follow: bool
    local: bool
    timeout: str | None
    each: str | None
    null: bool
    as_scheduled: bool
    schedule: str | None

    @property
    def stays(self) -> bool:
        return self.wait or self.follow

    def check(self, here: Session, wish: Wish) -> None:
        """Refuse what does not go together. Raises UsageError."""
        if here.settings.for_programs and (self.follow or self.local):
            raise _no_format_of_its_own(here.settings.output, "--follow" if self.follow else "--local")
        if self.timeout is not None and not self.stays:
            raise UsageError("--timeout says how long to wait: it goes with --wait or --follow")
        if self.null and self.each is None:
            raise UsageError("--null says how the lines of --each end: it goes with that")
        if self.schedule is not None and not self.as_scheduled:
            raise UsageError("--schedule says which one is meant with --as-scheduled: it goes with that")
        if self.as_scheduled and self.each is not None:
            raise UsageError("--as-scheduled makes the job that a schedule makes: --each makes others")
        if self.each is not None and wish.stdin is not None:
            raise UsageError("--input is read by one job, and --each makes several")
        if self.local and (self.each is not None or wish.after):
            other = "--each makes several jobs" if self.each is not None else "--after waits for others"
            raise UsageError(f"--local runs one job, here and now: {other}")


def _carry_out(
    here: Session,
    wish: Wish,
    words: tuple[str | None, Sequence[str], Sequence[str] | None],
    manner: _Manner,
    load: Callable[[str], Any],
) -> int:
    """Check all that was asked, then do the one thing that is meant."""
    config = here.config()
    if words[0] is not None:
        config = with_told(here, config, [words[0]])
    manner.check(here, wish)
    if wish.stdin == "-" and any(word.endswith("=@-") for word in words[1]):
        raise UsageError("stdin is read for --input: it cannot be the value of a parameter as well")
    limit = None if manner.timeout is None else seconds("--timeout", manner.timeout)
    chosen, dates = options(wish, here.err.now, here.zone_of_dates(config))
    if manner.each is not None:
        here.echo(dates)
        lines = read_lines(manner.each, null=manner.null, tell=here.say)
        wanted = each_line(manner.each, lines, words, config, here.folder, chosen, asks_for_secrets(here))
        return submit_each(wanted, config, here, wait=manner.wait, follow=manner.follow, timeout=limit)
    one = request(*words, config, here.folder, chosen, asks_for_secrets(here))
    if manner.as_scheduled:
        now_ms = round(here.err.now.timestamp() * 1000)
        one = as_scheduled(one, manner.schedule, config, here.settings.namespace or config.namespace, now_ms)
    here.echo(dates)
    if here.settings.dry_run:
        return show_plan(one, config, here, local=manner.local)
    if manner.local:
        return int(load("local").run_here(one, config, here, value_only=manner.wait))
    if (folder := run_directory(here.environ)) is not None:
        return submit_inside(InnerClient(folder, config), [one], manner.stays, here)
    with here.client(config) as client:
        return _submit(client, one, here, wait=manner.wait, follow=manner.follow, timeout=limit)


def _no_format_of_its_own(output: str, flag: str) -> UsageError:
    """What the job writes would stand in the midst of the document."""
    return UsageError(
        f"{flag} passes the job's own output on: it goes without -o {output}",
        help="qctl run TASK --wait -o json        waits, and writes the job as one document, its value in it",
    )


def _submit(client: Client, wanted: Request, here: Session, *, wait: bool, follow: bool, timeout: float | None) -> int:
    check_adhoc(client, wanted.adhoc)
    wanted = with_whole_ids(client, wanted)
    receipt, *others = client.submit([wanted], strict=knows_every_task(client))
    if others:
        if wait or follow:
            warn_if_nobody_reads(client, [each.queue for each in (receipt, *others)], here)
            return accompany_all(client, [receipt, *others], here, follow=follow, timeout=timeout)
        return tell_all(client, [receipt, *others], here)
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
        here.say(f"{_word(client, receipt, wanted)}{receipt.id} · qctl wait {receipt.id} · qctl logs -f {receipt.id}")
    if not skipped:
        try:
            live = warn_if_nobody_reads(client, [receipt.queue], here)
            nobody_has(client, wanted.task, receipt.queue, live, here)
        except QctlError as error:
            here.warn(f"{receipt.id} was accepted; whether a worker reads queue {receipt.queue} is not known: {error}")


def _word(client: Client, receipt: Receipt, wanted: Request) -> str:
    """What has become of it at first: `queued `, `scheduled `; nothing of a job that was there before."""
    if receipt.taken is Taken.HELD:
        return ""
    if wanted.options.after:
        job = client.job(receipt.id)
        return f"skipped, for {upstream_words(job)}: " if job.upstream else f"{job.outcome or job.state} "
    return "scheduled " if wanted.options.countdown or wanted.options.eta_ms is not None else "queued "


def _standing(client: Client, receipt: Receipt, here: Session) -> dict[str, Any]:
    """The job as it stands now; where that cannot be read, what is known of it."""
    try:
        return job_view(client.job(receipt.id))
    except QctlError as error:
        here.warn(f"{receipt.id} was accepted; what has become of it is not known: {error}")
        return receipt_view(receipt)


def _stood_already(receipt: Receipt, wanted: Request, here: Session) -> bool:
    """Say that the key is held; whether that is all there is to do."""
    if receipt.taken is not Taken.HELD:
        return False
    skip = wanted.options.if_exists is IfExists.SKIP
    here.say(f"key {wanted.options.key} belongs to job {receipt.id}: {'skipped' if skip else 'that one stands'}")
    return skip
