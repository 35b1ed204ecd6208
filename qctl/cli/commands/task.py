"""`qctl task list|show`: the tasks that tasks.toml declares, and those of Python modules that workers tell of."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.emit import emit_list, emit_one
from qctl.cli.grammar import new_app
from qctl.cli.knowing import with_all_told, with_told
from qctl.cli.screens import tasks as screens
from qctl.cli.session import session
from qctl.config import describe, list_tasks

app = new_app()

_COLUMNS = ("name", "kind", "queue", "priority", "usable", "summary")


@app.callback()
def task() -> None:
    """The tasks that there are: of tasks.toml, and of the Python modules that workers import.

    \b
    qctl task list                names, queues, the first line of each doc
    qctl task list --tag nightly  those with a tag
    qctl task show backup-db      one: its parameters and limits

    See also: run, check, schedule list
    """


@app.command("list")
def list_(
    context: typer.Context,
    tag: Annotated[str | None, typer.Option("--tag", help="only tasks with this tag")] = None,
) -> None:
    """List the tasks.

    \b
    qctl task list                names, queues, the first line of each doc
    qctl task list -q             names only
    qctl task list --tag nightly  those with a tag
    """
    here = session(context)
    config = with_all_told(here, here.config())
    items = list_tasks(config, tag)

    def lines() -> list[str]:
        return screens.tasks(items, config.file, here.out, named=here.settings.file)

    emit_list(here.settings, items, lines, columns=_COLUMNS, name="name")


@app.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(metavar="TASK", help="a task's name")]) -> None:
    """Show one task: its command, parameters and limits.

    \b
    qctl task show backup-db
    qctl task show backup-db -o json

    See also: env, run
    """
    here = session(context)
    config = with_told(here, here.config(), [name])
    task = config.task(name)
    item = describe(config, task)
    emit_one(here.settings, item, lambda: screens.task(item, here.out), columns=_COLUMNS, name="name")
