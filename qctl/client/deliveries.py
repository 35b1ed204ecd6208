"""Whether those who are to be told of failures are: the jobs that deliver notices, and how the last ones ended."""

from __future__ import annotations

from qctl.model.job_words import ending
from qctl.model.notice import TASK_PREFIX
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.health import Health
    from qctl.client.troubles import Trouble
    from qctl.model.job import Job

_DAY_MS: Final = 86_400_000
_MOST: Final = 200  #: deliveries, the newest, that are looked at
_BAD: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)


def undelivered(client: Client, health: Health) -> list[Trouble]:
    """Each notify name of which the last notice of this day did not get through. Raises QctlError."""
    if not health.failed_last_day:
        return []
    day_ago = health.now_ms - _DAY_MS
    past = client.reading.past(lambda task: task.startswith(TASK_PREFIX), since_ms=day_ago, first=_MOST)
    last: dict[str, Job] = {}
    for job in client.reading.jobs(past.page(_MOST)):
        last.setdefault(job.call.task, job)
    return [_trouble(job) for job in last.values() if job.outcome in _BAD]


def _trouble(job: Job) -> Trouble:
    name = job.call.task.removeprefix(TASK_PREFIX)
    how = ending(job.last) if job.last else str(job.outcome)
    return f"[notify.{name}] is not told of what it should be: its last job, {job.id}, {how}", f"qctl show {job.id}"
