"""`qctl top`: jobs, queues and workers, live."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.grammar import new_app
from qctl.cli.session import refuse_hidden_instance, session
from qctl.client.watching import Snapshot
from qctl.client.watching.looking import Looker
from qctl.clock import monotonic
from qctl.tui.app import TopApp
from qctl.tui.look import Look
from qctl.tui.screen import Screen

app = new_app()


@app.command()
def top(
    context: typer.Context,
    interval: Annotated[float, typer.Option("--interval", help="seconds between two looks")] = 2.0,
) -> None:
    """Show jobs, queues and workers, live."""
    here = session(context)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    with here.client(config) as client:
        first = Snapshot(title=client.instance.title, taken=monotonic())
        TopApp(
            Looker(client, here.zone_of_dates(config)),
            first,
            Screen(interval=interval),
            lambda now_ms: Look(now_ms=now_ms, zone=here.out.zone, unicode=here.out.unicode),
            lambda: here.open(config),
        ).run()
