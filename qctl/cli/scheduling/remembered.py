"""What an instance remembers of schedules, for what is due next: asked within a short time, and not missed."""

from __future__ import annotations

from qctl.classes import dataclass, replace
from qctl.cli.deadline import within
from qctl.cli.scheduling.items import Row, schedule_item
from qctl.cli.scheduling.listing import last_jobs
from qctl.cli.screens.schedules import disabled_words
from qctl.client import open_client
from qctl.client.fleet import look_at_fleet
from qctl.client.troubles import beat_name
from qctl.errors import QctlError
from qctl.model.standing import next_due
from qctl.model.timing import Every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.scheduling.upcoming import Upcoming
    from qctl.cli.session import Session
    from qctl.client.fleet import Fleet, Known
    from qctl.config import Config
    from qctl.model.job import Job

_PATIENCE: Final = 0.5  #: seconds


@dataclass(frozen=True, slots=True)
class Remembered:
    """The instance's schedules as items of `qctl.schedule/1`, and who fires them."""

    fleet: Fleet
    items: Mapping[str, Mapping[str, Any]]

    @property
    def beats(self) -> str:
        """`beat ● b1 on db1`, or that there is none."""
        names = ", ".join(beat_name(beat) for beat in self.fleet.beats)
        return f"beat ● {names}" if names else "no beat runs: qctl up -d"


def remember(here: Session, config: Config) -> Remembered | None:
    """Ask the instance; None where none answers at once."""
    chosen = here.settings
    timeout = min(chosen.redis_timeout, _PATIENCE)

    def ask() -> tuple[Fleet, Mapping[str, Job]]:
        with open_client(config, chosen.redis, chosen.namespace, timeout, start=False) as client:
            fleet = look_at_fleet(client)
            return fleet, last_jobs(client, [known.state.last_job for known in fleet.schedules])

    try:
        fleet, jobs = within(timeout, ask)
    except QctlError:
        return None
    rows = [Row(name=one.name, known=one, last=jobs.get(one.state.last_job)) for one in fleet.schedules]
    return Remembered(fleet, {row.name: schedule_item(row, fleet.now_ms) for row in rows})


def corrected(shown: Sequence[Upcoming], found: Remembered | None, here: Session, after_ms: int) -> list[Upcoming]:
    """What is due next, by what the instance knows: a distance has its origin, and somebody may have disabled one."""
    if found is None:
        return list(shown)
    known = {one.name: one for one in found.fleet.schedules}
    right = [_corrected(one, known.get(one.schedule.name), found, here, after_ms) for one in shown]
    due = sorted((one for one in right if one.due is not None), key=lambda one: one.due.ms if one.due else 0)
    return [*due, *(one for one in right if one.due is None)]


def _corrected(one: Upcoming, known: Known | None, found: Remembered, here: Session, after_ms: int) -> Upcoming:
    if known is None or one.due is None:
        return one
    if known.state.disabled is not None:
        return replace(one, due=None, note=disabled_words(found.items[known.name]["disabled"], here.out))
    if isinstance(one.schedule.timing, Every) and known.zone is not None:
        return replace(one, due=next_due(one.schedule, known.state, known.zone, after_ms), note="")
    return one
