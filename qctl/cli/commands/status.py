"""`qctl status`: is it healthy? A few lines for people, an exit code for monitors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import typer

from qctl.cli.emit import emit_one
from qctl.cli.grammar import new_app
from qctl.cli.instance import fleet_facts, health_item
from qctl.cli.screens import machines
from qctl.cli.session import Session, refuse_hidden_instance, session
from qctl.client.deliveries import undelivered
from qctl.client.file_at_hand import file_troubles
from qctl.client.fleet import Fleet, look_at_fleet
from qctl.client.opening import NothingRunning
from qctl.client.running_workflows import workflow_troubles
from qctl.client.troubles import Trouble
from qctl.config import Config
from qctl.config.host_zone import host_zone_name
from qctl.config.timetable import schedules

app = new_app()

_EXIT: Final = {"healthy": 0, "degraded": 1, "idle": 3, "down": 3}
_COLUMNS: Final = (
    *("health", "workers", "running", "queued", "scheduled", "failed_last_day", "hosts", "schedules"),
    *("schedules_missed", "schedules_broken", "schedules_late", "schedules_failing", "server", "workflows"),
)


@app.command()
def status(context: typer.Context) -> int:
    """Tell whether the instance is healthy: the server, workers, beats, schedules. It starts nothing.

    \b
    qctl status                    three lines for people
    qctl status -q || alert        for a monitor
    qctl status -o json

    Exit codes:
      0   healthy
      1   degraded: it says what is wrong
      3   nothing is running
      69  Redis does not answer

    See also: doctor, ps, worker list
    """
    here = session(context)
    config, error = here.config_to_look_by()
    if error is not None:
        unclear = "" if config is not None else ": which instance it means is not known, and this may be another one"
        here.warn(f"{error}{unclear}")
    refuse_hidden_instance(here, config or Config())
    facts = _facts(here, config or Config(), file_troubles(config, error))
    emit_one(here.settings, facts, lambda: machines.status(facts, here.out), columns=_COLUMNS, name="health")
    return _EXIT[str(facts["health"])]


def _facts(here: Session, config: Config, of_file: Sequence[Trouble]) -> dict[str, object]:
    try:
        with here.client(config, start=False) as client:
            health = client.health()
            fleet = look_at_fleet(client, (*health.workers, *health.gone))
            flows = client.inspection.workflows()
            bad = [*undelivered(client, health), *workflow_troubles(flows, health.now_ms)]
            declared = _not_taken_up(here, config, fleet)
            return health_item(health, client.instance, fleet, declared, bad, flows.running, of_file)
    except NothingRunning:
        return {
            "schema": "qctl.status/1",
            "health": "down",
            "problems": ["no server is running; qctl up -d starts one", *(said for said, _ in of_file)],
            **dict.fromkeys(("workers", "running", "queued", "scheduled", "workflows", "failed_last_day"), 0),
            **fleet_facts(None),
            "server": f"embedded, of user {os.geteuid()}",
            "redis_version": None,
            "redis_bytes": None,
        }


def _not_taken_up(here: Session, config: Config, fleet: Fleet) -> int:
    """How many schedules the file declares and no beat has taken up. A beat of this very file takes seconds for it."""
    here_file = (os.uname().nodename, os.path.realpath(config.file))
    if any(
        (beat.about.get("host"), os.path.realpath(str(beat.about.get("file")))) == here_file for beat in fleet.beats
    ):
        return 0
    known = {one.name for one in fleet.schedules}
    space = here.settings.namespace or config.namespace
    found = schedules(config, space, host_zone_name(here.environ))
    return sum(1 for one in found if one.enabled and one.name not in known)
