"""`schedule run-now` and `schedule missed --run`: jobs by hand, which take no occurrence of a schedule away (C20)."""

from __future__ import annotations

from qctl.classes import replace
from qctl.cli.emit import emit_list, emit_one
from qctl.cli.requesting import seconds
from qctl.cli.scheduling.choosing import matching
from qctl.cli.scheduling.naming import by_name
from qctl.cli.several import accompany_all, tell_all
from qctl.cli.submitted import accompany, hand_over_id
from qctl.client.fleet import read_schedule
from qctl.client.scheduling import ManualRun, Scheduling
from qctl.clock import rfc3339
from qctl.errors import ConfigError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.client.terms import ScheduleState
    from qctl.config import Config
    from qctl.model.schedule import Schedule

_COLUMNS: Final = ("task", "schedule", "scheduled_for", "params")


class NotReadable(ConfigError):
    """the definition of schedule {name} cannot be read here: another version of qctl has published it"""

    help = "qctl doctor"


def run_now(here: Session, name: str, *, wait: bool, follow: bool, timeout: str | None) -> int:
    """Run a schedule's task at once, with the schedule's parameters. Raises NotFound and what a submit raises."""
    config = here.config()
    if here.settings.for_programs and follow:
        raise UsageError("--follow passes the job's own output on: it goes without -o json", help="--wait -o json")
    if timeout is not None and not (wait or follow):
        raise UsageError("--timeout says how long to wait: it goes with --wait or --follow")
    limit = None if timeout is None else seconds("--timeout", timeout)
    with here.client(config) as client:
        scheduling = Scheduling(client)
        names = matching(here, config, scheduling.reading.names(), name)
        wanted = [ManualRun(schedule=one) for one in schedules(here, config, scheduling.reading.states(names))]
        if here.settings.dry_run:
            return show(here, wanted)
        receipts = [scheduling.run(one) for one in wanted]
        if len(receipts) > 1:
            if not (wait or follow):
                return tell_all(client, receipts, here)
            return accompany_all(client, receipts, here, follow=follow, timeout=limit)
        if wait or follow:
            return accompany(client, receipts[0], wanted[0].schedule.task, here, follow=follow, timeout=limit)
        hand_over_id(client, receipts[0], here, f"the next time of {wanted[0].schedule.name} stays as it is")
        return 0


def schedules(here: Session, config: Config, states: list[ScheduleState]) -> list[Schedule]:
    """Schedules as they are in force; secrets among their parameters come from the file. Raises NotReadable."""
    of_file = by_name(config, here)
    found = []
    for state in states:
        read = read_schedule(state)
        if read is None:
            raise NotReadable(name=state.name)
        schedule, _ = read
        own = of_file.get(state.name)
        same = own is not None and own.hash == state.hash
        found.append(replace(schedule, params=own.params) if own is not None and same else schedule)
    return found


def show(here: Session, wanted: Sequence[ManualRun], *, as_list: bool = False) -> int:
    """Say what would be run: of one run one document, of several, or `as_list`, a list."""
    plans = [_plan(one) for one in wanted]

    def lines() -> list[str]:
        return [
            here.out.safe(f"would run {plan['task']} by hand, as schedule {plan['schedule']} does") for plan in plans
        ]

    if as_list or len(plans) != 1:
        emit_list(here.settings, plans, lines, columns=_COLUMNS, name="schedule")
    else:
        emit_one(here.settings, plans[0], lines, columns=_COLUMNS, name="schedule")
    return 0


def _plan(one: ManualRun) -> dict[str, Any]:
    return {
        "schema": "qctl.plan/1",
        "task": one.schedule.task,
        "schedule": one.schedule.name,
        "params": sorted(one.schedule.params),
        "scheduled_for": None if one.at_ms is None else rfc3339(one.at_ms),
    }
