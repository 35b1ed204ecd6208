"""`qctl queue list`: queues, what is in them, and who reads them."""

from __future__ import annotations

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.instance import queue_item
from qctl.cli.screens import machines
from qctl.cli.session import server_name, session

app = new_app()

_COLUMNS = ("name", "ready", "running", "scheduled", "oldest_s", "workers")


@app.callback()
def queue() -> None:
    """Queues and what is in them."""


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the queues that have held a job.

    \b
    qctl queue list
    qctl queue list -o tsv
    """
    here = session(context)
    with here.client() as client:
        health = client.health()
        items = [queue_item(each, health.workers, health.now_ms) for each in health.queues]
        name = server_name(client.instance)
    emit_list(here.settings, items, lambda: machines.queues(items, name, here.out), columns=_COLUMNS, name="name")
