"""What is wrong with an instance, and where one looks at it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from qctl.client.watching import Snapshot
from qctl.tui.look import Look, steady
from qctl.tui.screen import View

_OLD_MS = 300_000  #: a job that has waited so long in its queue is worth a warning


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning."""

    name: str  #: by which it is dismissed
    text: str
    view: View
    key: str = ""  #: the row that it is about


def warnings(snapshot: Snapshot, look: Look) -> list[Warned]:
    """The worst first."""
    health = snapshot.health
    if health is None:
        return []
    found = [
        Warned(f"unread {name}", f"no worker reads queue {look.safe(name)}", View.QUEUES, name)
        for name in health.unread
    ]
    for queue in health.queues:
        waited = 0 if queue.oldest_ms is None else health.now_ms - queue.oldest_ms
        if waited > _OLD_MS and queue.name not in health.unread and queue.name not in health.paused:
            said = f"queue {look.safe(queue.name)}: oldest job waits {steady(waited / 1000)}"
            found.append(Warned(f"old {queue.name}", said, View.QUEUES, queue.name))
    return found
