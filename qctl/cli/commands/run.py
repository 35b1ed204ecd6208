"""`qctl run`: submit a job or a workflow; wait for it, follow it, or run it right here, if asked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from qctl.classes import replace
from qctl.cli import submit_options as options
from qctl.cli.as_scheduled import as_scheduled as as_its_schedule
from qctl.cli.composing import NoGroup, with_files, with_policy
from qctl.cli.confirm import asks_for_secrets
from qctl.cli.each import each as each_line
from qctl.cli.each import read_lines
from qctl.cli.grammar import new_app
from qctl.cli.knowing import with_told
from qctl.cli.one import submit_one
from qctl.cli.option_lists import with_options
from qctl.cli.planned import submit_each
from qctl.cli.requesting import options as read_options
from qctl.cli.requesting import request, seconds, shell_words
from qctl.cli.session import Session, session
from qctl.cli.step_words import means_expression
from qctl.errors import UsageError

app = new_app()


@app.command()
@with_options
def run(
    context: typer.Context,
    manner: options.Manner,
    trial: options.Trial,
    wish: options.Wish,
    lines: options.Lines,
    task: Annotated[
        str | None, typer.Argument(metavar="TASK", help="a task or workflow of tasks.toml, or an expression")
    ] = None,
    params: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE", help="also name:=JSON, name=@FILE")
    ] = None,
    policy: options.Policy = None,
    sh: Annotated[str | None, typer.Option("--sh", help="run a line of shell: 'a && b'")] = None,
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
    here = session(context)
    words = (task, params or (), shell_words(sh, task, here.rest, each=lines.each is not None))
    return _carry_out(here, words, policy, wish, manner, lines, trial, context.obj.load)


def _carry_out(
    here: Session,
    words: tuple[str | None, Sequence[str], Sequence[str] | None],
    policy: str | None,
    wish: options.Wish,
    manner: options.Manner,
    lines: options.Lines,
    trial: options.Trial,
    load: Callable[[str], Any],
) -> int:
    """Check all that was asked, then do the one thing that is meant."""
    config = here.config()
    if words[0] is not None and not (trial.local or means_expression(words[0])):
        config = with_told(here, config, [words[0]])
    manner.check(here)
    lines.check(wish)
    trial.check(here, wish, manner, lines)
    if policy is not None and (lines.each is not None or not means_expression(words[0] or "")):
        raise NoGroup()
    if wish.stdin == "-" and any(word.endswith("=@-") for word in words[1]):
        raise UsageError("stdin is read for --input: it cannot be the value of a parameter as well")
    limit = None if manner.timeout is None else seconds("--timeout", manner.timeout)
    chosen, dates = read_options(wish, here.err.now, here.zone_of_dates(config))
    if lines.each is not None:
        _must_be_one_job(words[0])
        here.echo(dates)
        read = read_lines(lines.each, null=lines.null, tell=here.say)
        wanted = each_line(lines.each, read, words, config, here.folder, chosen, asks_for_secrets(here))
        return submit_each(wanted, config, here, wait=manner.wait, follow=manner.follow, timeout=limit)
    one = request(*words, config, here.folder, chosen, asks_for_secrets(here))
    if one.tree is not None:
        one = replace(one, tree=with_policy(one.tree, policy))
    one = with_files(one, here.say, "--input" if wish.stdin == "-" else "")
    if trial.as_scheduled:
        now_ms = round(here.err.now.timestamp() * 1000)
        one = as_its_schedule(one, trial.schedule, config, here.settings.namespace or config.namespace, now_ms)
    here.echo(dates)
    return submit_one(one, config, here, manner, load, local=trial.local)


def _must_be_one_job(task: str | None) -> None:
    """Lines make jobs of one task, or a workflow of that name each; an expression has a word of its own for them."""
    if task is not None and means_expression(task):
        raise UsageError(
            "--each makes jobs of one task, and this is an expression",
            help="qctl run 'resize(file=each(@-)) | montage'        goes through the lines of stdin",
        )
