"""The state of the world in a few reads: what runs, what waits, what failed, who works."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.client.fleet import look_at_fleet
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.fleet import Fleet
    from qctl.client.health import Health
    from qctl.model.job import Job

_DAY_MS: Final = 86_400_000
_FAILED: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)
_LOOKED_AT: Final = 50  #: ended jobs, to find some that failed: cancelled ones stand among them


@dataclass(frozen=True, slots=True)
class World:
    """An instance as it is now."""

    server: str
    health: Health
    running: tuple[Job, ...]  #: those that run longest, a few
    failed: tuple[Job, ...]  #: of the last day, the newest few
    fleet: Fleet

    @property
    def oldest_ms(self) -> int | None:
        """Since when the job waits that is next in its queue and waits longest."""
        return min((queue.oldest_ms for queue in self.health.queues if queue.oldest_ms is not None), default=None)


def look_around(client: Client, few: int) -> World:
    """Read it, with up to `few` jobs of each kind. Raises QctlError."""
    health, reading = client.health(), client.reading
    ids = [job for worker in (*health.workers, *health.gone) for job in worker.running]
    running = sorted(reading.jobs(ids[:_LOOKED_AT]), key=lambda job: job.started_ms or 0)
    since = health.now_ms - _DAY_MS
    ended = reading.ended(_LOOKED_AT, unsuccessful=True) if health.failed_last_day else []
    failed = [job for job in ended if job.outcome in _FAILED and (job.ended_ms or 0) >= since]
    fleet = look_at_fleet(client, (*health.workers, *health.gone))
    return World(client.instance.title, health, tuple(running[:few]), tuple(failed[:few]), fleet)
