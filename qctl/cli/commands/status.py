"""`qctl status`: is it healthy? Three lines for people, an exit code for monitors."""

from __future__ import annotations

import os
from typing import Final

import typer

from qctl.cli.emit import emit_one
from qctl.cli.grammar import new_app
from qctl.cli.instance import health_item
from qctl.cli.screens import machines
from qctl.cli.session import Session, refuse_hidden_instance, session
from qctl.client.opening import NothingRunning
from qctl.config import Config

app = new_app()

_EXIT: Final = {"healthy": 0, "degraded": 1, "idle": 3, "down": 3}
_COLUMNS: Final = ("health", "workers", "running", "queued", "scheduled", "failed_last_day", "server")


@app.command()
def status(context: typer.Context) -> int:
    """Tell whether the instance is healthy. It starts nothing.

    \b
    qctl status                   exit 0 healthy, 1 degraded, 3 nothing running
    qctl status -o json
    """
    here = session(context)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    facts = _facts(here, config)
    emit_one(here.settings, facts, lambda: machines.status(facts, here.out), columns=_COLUMNS, name="health")
    return _EXIT[str(facts["health"])]


def _facts(here: Session, config: Config) -> dict[str, object]:
    try:
        with here.client(config, start=False) as client:
            return health_item(client.health(), client.instance)
    except NothingRunning:
        return {
            "schema": "qctl.status/1",
            "health": "down",
            "problems": ["no server is running; qctl up -d starts one"],
            **dict.fromkeys(("workers", "running", "queued", "scheduled", "failed_last_day"), 0),
            "server": f"embedded, of user {os.geteuid()}",
            "redis_version": None,
            "redis_bytes": None,
        }
