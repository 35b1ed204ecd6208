"""`qctl run`: submit a job or a workflow; wait for it, follow it, or run it right here, if asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from qctl.cli import submit_options as options
from qctl.cli.as_scheduled import as_scheduled as as_its_schedule
from qctl.cli.composing import NoGroup, with_files, with_policy
from qctl.cli.confirm import asks_for_secrets
from qctl.cli.each import each as each_line
from qctl.cli.each import read_lines
from qctl.cli.grammar import new_app
from qctl.cli.knowing import with_told
from qctl.cli.one import submit_one
from qctl.cli.planned import submit_each
from qctl.cli.requesting import Wish, request, seconds, shell_words
from qctl.cli.requesting import options as read_options
from qctl.cli.session import Session, session
from qctl.cli.step_words import means_expression
from qctl.errors import UsageError

app = new_app()


@app.command()
def run(
    context: typer.Context,
    task: Annotated[str | None, typer.Argument(help="a task or workflow of tasks.toml, or an expression")] = None,
    params: Annotated[list[str] | None, typer.Argument(help="name=value, name:=json, name=@file")] = None,
    wait: options.Wait = False,
    follow: options.Follow = False,
    local: Annotated[bool, typer.Option("--local", help="run it here, without Redis or worker")] = False,
    graph: options.Graph = False,
    queue: options.Queue = None,
    priority: options.Priority = None,
    countdown: options.Countdown = None,
    eta: options.Eta = None,
    after: options.After = None,
    expires: options.Expires = None,
    retries: options.Retries = None,
    key: options.Key = None,
    if_exists: options.IfExists = None,
    host: options.Host = None,
    variables: options.Variables = None,
    labels: options.Labels = None,
    stdin: options.Stdin = None,
    policy: options.Policy = None,
    sh: Annotated[str | None, typer.Option("--sh", help="a shell command of its own: 'a && b'")] = None,
    each: options.Each = None,
    null: options.Null = False,
    as_scheduled: Annotated[bool, typer.Option("--as-scheduled", help="as its schedule would be fired")] = False,
    schedule: Annotated[str | None, typer.Option("--schedule", help="which of its schedules")] = None,
    timeout: options.Timeout = None,
) -> int:
    """Submit a task, a workflow, or the command after --. Prints the job's id, and goes on without waiting.

    Usage: qctl run [OPTIONS] TASK [NAME=VALUE]... [-- WORD...]
    qctl run [OPTIONS] -- COMMAND [WORD]...

    \b
    id=$(qctl run backup-db keep:=14)          submit, and keep the id
    qctl run backup-db --wait && notify        wait; exits as the job does
    qctl run 'dump | [gzip, sum] | upload' -w  a workflow (qctl help pipelines)
    qctl run report --at 'tomorrow 6am'        later (qctl help dates)
    qctl run -- rsync -a /srv/a/ /srv/b/       a command of its own
    ls *.png | qctl run resize --each -        a job for each line

    Exit codes:
      0       accepted; with --wait: the job succeeded
      1-123   with --wait or --local: as the job exited
      6       with --wait: it never started, because it was cancelled, expired or skipped
      75      --timeout passed, or the queue is full: try again
      124     the job ran into its time limit

    See also: qctl help pipelines, qctl help exit-codes, chain, group, chord, wait
    """
    said = locals()
    here = session(context)
    words = (task, params or (), shell_words(sh, task, here.rest, each=each is not None))
    return _carry_out(here, options.wish_of(said), words, options.manner_of(said), context.obj.load)


def _carry_out(
    here: Session,
    wish: Wish,
    words: tuple[str | None, Sequence[str], Sequence[str] | None],
    manner: options.Manner,
    load: Callable[[str], Any],
) -> int:
    """Check all that was asked, then do the one thing that is meant."""
    config = here.config()
    if words[0] is not None and not (manner.local or means_expression(words[0])):
        config = with_told(here, config, [words[0]])
    manner.check(here, wish)
    if wish.policy is not None and (manner.each is not None or not means_expression(words[0] or "")):
        raise NoGroup()
    if wish.stdin == "-" and any(word.endswith("=@-") for word in words[1]):
        raise UsageError("stdin is read for --input: it cannot be the value of a parameter as well")
    limit = None if manner.timeout is None else seconds("--timeout", manner.timeout)
    chosen, dates = read_options(wish, here.err.now, here.zone_of_dates(config))
    if manner.each is not None:
        _must_be_one_job(words[0])
        here.echo(dates)
        lines = read_lines(manner.each, null=manner.null, tell=here.say)
        wanted = each_line(manner.each, lines, words, config, here.folder, chosen, asks_for_secrets(here))
        return submit_each(wanted, config, here, wait=manner.wait, follow=manner.follow, timeout=limit)
    one = request(*words, config, here.folder, chosen, asks_for_secrets(here))
    if one.tree is not None:
        one = replace(one, tree=with_policy(one.tree, wish.policy))
    one = with_files(one, here.say, "--input" if wish.stdin == "-" else "")
    if manner.as_scheduled:
        now_ms = round(here.err.now.timestamp() * 1000)
        one = as_its_schedule(one, manner.schedule, config, here.settings.namespace or config.namespace, now_ms)
    here.echo(dates)
    return submit_one(one, config, here, manner, load)


def _must_be_one_job(task: str | None) -> None:
    """Lines make jobs of one task, or a workflow of that name each; an expression has a word of its own for them."""
    if task is not None and means_expression(task):
        raise UsageError(
            "--each makes jobs of one task, and this is an expression",
            help="qctl run 'resize(file=each(@-)) | montage'        goes through the lines of stdin",
        )
