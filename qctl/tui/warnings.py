"""What is wrong with an instance, and where one looks at it. Pure."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.show import count, duration
from qctl.model.verdict import TROUBLE
from qctl.tui.screen import View
from qctl.tui.views.queues import OLD_MS, pause_of, pause_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from qctl.client.health import Health
    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning."""

    name: str  #: by which it is dismissed
    text: str
    view: View
    key: str = ""  #: the row that it is about


def warnings(snapshot: Snapshot, look: Look) -> list[Warned]:
    """The worst first: what loses jobs, what keeps all of them from running, what keeps some."""
    health = snapshot.health
    if health is None:
        return []
    return [
        *_server(health, look),
        *_unread(health, look),
        *_beat(snapshot),
        *_paused(health, look),
        *_gone(health, look),
        *_old(health, look),
        *_schedules(snapshot, look),
    ]


def _server(health: Health, look: Look) -> Iterator[Warned]:
    if health.evicts:
        said = f"Redis may drop jobs to make room ({look.safe(health.evicts)}): qctl doctor"
        yield Warned("evicts", said, View.QUEUES)
    if health.refuses:
        yield Warned("refuses", f"{look.safe(health.refuses)}: qctl doctor", View.QUEUES)


def _unread(health: Health, look: Look) -> Iterator[Warned]:
    """Queues whose jobs nobody takes."""
    unread = [queue for queue in health.queues if queue.name in health.unread]
    if unread and not health.workers:
        jobs = count(sum(queue.ready for queue in unread), "job")
        verb = "waits" if jobs == "1 job" else "wait"
        yield Warned("no worker", f"{jobs} {verb} and no worker is there: qctl up -d", View.QUEUES, unread[0].name)
        return
    for queue in unread:
        said = f"no worker reads queue {look.safe(queue.name)}, {count(queue.ready, 'job')} in it"
        yield Warned(f"unread {queue.name}", said, View.QUEUES, queue.name)


def _beat(snapshot: Snapshot) -> Iterator[Warned]:
    waiting = snapshot.fleet.waiting if snapshot.fleet is not None else []
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        said = f"no beat runs, {count(len(waiting), 'schedule')} {verb} for one: qctl beat"
        yield Warned("no beat", said, View.SCHEDULE, waiting[0].name)


def _paused(health: Health, look: Look) -> Iterator[Warned]:
    if pause := health.paused.get("*"):
        yield Warned("paused", f"every queue is paused {look.safe(pause_words(pause, look))}", View.QUEUES)


def _gone(health: Health, look: Look) -> Iterator[Warned]:
    if health.gone:
        names = ", ".join(worker.label for worker in health.gone[:3])
        more = f" and {len(health.gone) - 3:,} more" if len(health.gone) > 3 else ""
        said = f"{'worker' if len(health.gone) == 1 else 'workers'} {look.safe(names)}{more} gone"
        yield Warned(f"gone {names}", said, View.WORKERS, health.gone[0].id)


def _old(health: Health, look: Look) -> Iterator[Warned]:
    """Queues that do not keep up, the slowest first."""
    waits = [
        (health.now_ms - queue.oldest_ms, queue.name)
        for queue in health.queues
        if queue.oldest_ms is not None and queue.name not in health.unread and pause_of(queue, health) is None
    ]
    for waited, name in sorted(waits, reverse=True):
        if waited > OLD_MS:
            minutes = duration(waited // 60_000 * 60)
            said = f"queue {look.safe(name)}: oldest job waits {minutes} (limit {duration(OLD_MS / 1000)})"
            yield Warned(f"old {name}", said, View.QUEUES, name)


def _schedules(snapshot: Snapshot, look: Look) -> Iterator[Warned]:
    """Schedules that are not as they should be, of each kind the first by name; where no beat is, that says it all."""
    fleet = snapshot.fleet
    if fleet is None or not fleet.beats:
        return
    for verdict in TROUBLE:
        found = fleet.of(verdict)
        if not found:
            continue
        first = found[0]
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        why = f", {look.safe(first.standing.why)}" if first.standing.why and not more else ""
        said = f"schedule {look.safe(first.name)}{more}: {verdict}{why}"
        yield Warned(f"{verdict} {first.name}", said, View.SCHEDULE, first.name)
