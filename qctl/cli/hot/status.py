"""What `qctl status` does: is it healthy? A few lines for people, an exit code for monitors."""

from __future__ import annotations

import os

from qctl.cli.emit import emit_one
from qctl.cli.instance import fleet_facts, health_item
from qctl.cli.screens import machines
from qctl.cli.session import open_session, refuse_hidden_instance
from qctl.cli.settings import FORMATS
from qctl.client.file_at_hand import file_troubles
from qctl.client.fleet import look_at_fleet
from qctl.client.opening import NothingRunning
from qctl.client.running_workflows import workflow_troubles
from qctl.config.values import Config
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.cli.invocation import Invocation
    from qctl.cli.session import Session
    from qctl.client.deliveries import undelivered
    from qctl.client.fleet import Fleet
    from qctl.client.server import ran_out_of_room, server_has_died, state_directory
    from qctl.client.troubles import Trouble
    from qctl.config.host_zone import host_zone_name
    from qctl.config.timetable import schedules
else:
    undelivered = later("qctl.client.deliveries", "undelivered")
    host_zone_name = later("qctl.config.host_zone", "host_zone_name")
    schedules = later("qctl.config.timetable", "schedules")
    ran_out_of_room = later("qctl.client.server", "ran_out_of_room")
    server_has_died = later("qctl.client.server", "server_has_died")
    state_directory = later("qctl.client.server", "state_directory")


_EXIT: Final = {"healthy": 0, "degraded": 1, "idle": 3, "down": 3}
_COLUMNS: Final = (
    *("health", "workers", "running", "queued", "scheduled", "failed_last_day", "hosts", "schedules"),
    *("schedules_missed", "schedules_broken", "schedules_late", "schedules_failing", "server", "workflows"),
)


def of_words(invocation: Invocation) -> int:
    """Carry it out, and answer the exit code that says how healthy it is. Raises QctlError."""
    here = open_session(invocation, FORMATS)
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
            bad = [
                *(undelivered(client, health) if health.failed_last_day else ()),
                *workflow_troubles(flows, health.now_ms),
            ]
            declared = _not_taken_up(here, config, fleet)
            return health_item(health, client.instance, fleet, declared, bad, flows.running, of_file)
    except NothingRunning:
        return {
            "schema": "qctl.status/1",
            "health": "down",
            "problems": [_no_server(), *(said for said, _ in of_file)],
            **dict.fromkeys(("workers", "running", "queued", "scheduled", "workflows", "failed_last_day"), 0),
            **fleet_facts(None),
            "server": f"embedded, of user {os.geteuid()}",
            "redis_version": None,
            "redis_bytes": None,
        }


def _no_server() -> str:
    if server_has_died():
        where = state_directory()
        if ran_out_of_room(where):
            return (
                f"the server has ended, for its disk was full: df -h {where}; once there is room qctl up -d starts it"
            )
        return "the server was started and is gone; qctl up -d starts it again, qctl doctor names its log"
    return "no server is running; qctl up -d starts one"


def _not_taken_up(here: Session, config: Config, fleet: Fleet) -> int:
    """How many schedules the file declares and no beat has taken up. A beat of this very file takes seconds for it."""
    here_file = (os.uname().nodename, os.path.realpath(config.file))
    if any(
        (beat.about.get("host"), os.path.realpath(str(beat.about.get("file")))) == here_file for beat in fleet.beats
    ):
        return 0
    if not any(task.schedules for task in (*config.tasks.values(), *config.workflows.values())):
        return 0  # what knows of zones takes its time to import
    known = {one.name for one in fleet.schedules}
    space = here.settings.namespace or config.namespace
    found = schedules(config, space, host_zone_name(here.environ))
    return sum(1 for one in found if one.enabled and one.name not in known)
