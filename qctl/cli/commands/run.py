"""`qctl run`: submit a job or a workflow; wait for it, follow it, or run it right here, if asked to."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli import running
from qctl.cli import submit_options as options
from qctl.cli.grammar import new_app
from qctl.cli.option_lists import Policy, with_options
from qctl.cli.session import session

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
    policy: Policy = None,
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
    asked = running.Asked(
        task=task, params=params or (), sh=sh, policy=policy, wish=wish, manner=manner, lines=lines, trial=trial
    )
    return running.run(asked, session(context), context.obj.load)
