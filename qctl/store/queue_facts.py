"""What jobs tell of their queues, look after look: of a job that was asked once its queue is known."""

from __future__ import annotations

from collections import Counter

from qctl.store.command import Command
from qctl.store.queues import Queue
from qctl.store.replies import same, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.store.asking import Asking
    from qctl.store.glance import Glance
    from qctl.store.keys import Keys


class QueueFacts:
    """Makes queues of glances, one after the other."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._queue_of: dict[str, str] = {}

    def ask(self, glance: Glance) -> Asking[tuple[Queue, ...]]:
        """The queues as they stood at a glance."""
        owned = glance.owned
        wanted = dict.fromkeys((*owned, *glance.due))
        unknown = [job for job in wanted if job not in self._queue_of]
        heads = [line.head for line in glance.lines if line.head]
        answers = yield [Command(("HMGET", self._keys.job(job), "q", "at"), same) for job in (*unknown, *heads)]
        told = dict(zip((*unknown, *heads), answers, strict=True))
        known = self._queue_of | {job: text(told[job][0]) for job in unknown if told[job] and told[job][0]}
        self._queue_of = {job: known[job] for job in wanted if job in known}
        running = Counter(self._queue_of.get(job, "") for job in owned)
        scheduled = Counter(self._queue_of.get(job, "") for job in glance.due)
        return tuple(
            Queue(
                name=line.name,
                ready=line.ready,
                running=running[line.name],
                scheduled=scheduled[line.name],
                oldest_ms=_submitted_ms(told.get(line.head)),
                parked=line.parked,
                pause=glance.pauses.get(line.name),
                rule=line.rule,
            )
            for line in glance.lines
        )


def _submitted_ms(said: Any) -> int | None:
    """None for a job that has ended meanwhile, or that nobody can read."""
    at = said[1] if said else None
    return int(at) if at and at.isdigit() else None
