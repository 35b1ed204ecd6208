"""`qctl ps`: jobs that wait or run."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.grammar import new_app
from qctl.cli.hot.ps import of_words
from qctl.cli.query_options import Words
from qctl.cli.watching import Watch

app = new_app()


@app.command()
def ps(
    context: typer.Context,
    query: Words = None,
    every_: Annotated[bool, typer.Option("--all", "-a", help="those that have ended, too")] = False,
    state: Annotated[
        str | None, typer.Option("--state", help="a state or outcome, such as running or failed, or `active`")
    ] = None,
    queue: Annotated[str | None, typer.Option("--queue", "-Q", help="only of this queue")] = None,
    task: Annotated[str | None, typer.Option("--task", help="only of this task; * stands for any text")] = None,
    tree: Annotated[bool, typer.Option("--tree", "-t", help="workflows with all that they are made of")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="at most so many rows")] = 100,
    watched: Watch = False,
) -> None:
    """List the jobs that run or wait, running ones first. What belongs to a workflow stands within its row.
    The id of a job, or its beginning, is a word for it, ended or not.

    \b
    qctl ps                       what goes on
    qctl ps -w                    and goes on, drawn anew each second
    qctl ps -a                    and what has ended
    qctl ps -t                    workflows as trees, with what waits in them
    qctl ps 'by:ana wait>5m'      what ana has waited for more than 5 minutes for
    qctl ps -q --state queued     ids only

    See also: qctl help query, history, show, queue list
    """
    of_words(
        context.obj,
        query=query,
        every_=every_,
        state=state,
        queue=queue,
        task=task,
        tree=tree,
        limit=limit,
        watched=watched,
    )
