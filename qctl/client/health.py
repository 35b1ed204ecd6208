"""How an instance is, as `status` and the screens tell it: workers, queues, failures of the last day, memory."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.client.presence import is_live
from qctl.store.inspecting import refusing
from qctl.store.instance import eviction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.store import Pause, Queue, Reading, WorkerInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an instance is."""

    now_ms: int
    workers: tuple[WorkerInfo, ...]  #: those that are there
    gone: tuple[WorkerInfo, ...]  #: registered, and dead or not heard of for a lease
    queues: tuple[Queue, ...]
    unread: tuple[str, ...]  #: queues with jobs that no living worker reads
    paused: Mapping[str, Pause]  #: by queue, `*` for all of them
    failed_last_day: int
    redis_version: str | None  #: None, as the next: this user may not ask for INFO
    redis_bytes: int | None
    evicts: str = ""  #: the policy by which Redis may drop keys to make room (fault 41); empty: it drops none
    refuses: str = ""  #: why Redis takes no new jobs (fault 40, or a replica); empty: it does

    @property
    def running(self) -> int:
        return sum(queue.running for queue in self.queues)

    @property
    def ready(self) -> int:
        return sum(queue.ready for queue in self.queues)


def health_of(reading: Reading) -> Health:
    """How the instance is by what is read of it now."""
    facts = reading.info_along()
    whole = reading.whole()
    info = facts()
    now, workers = whole.now_ms, whole.workers
    live = tuple(worker for worker in workers if is_live(worker, now))
    waiting = [queue.name for queue in whole.queues if queue.ready]
    return Health(
        now_ms=now,
        workers=live,
        gone=tuple(w for w in workers if w not in live),
        queues=whole.queues,
        unread=tuple(name for name in waiting if not any(w.reads(name) for w in live)),
        paused=whole.pauses,
        failed_last_day=reading.failures_since(now - 86_400_000, now),
        redis_version=info.get("redis_version"),
        redis_bytes=int(info["used_memory"]) if "used_memory" in info else None,
        evicts=eviction(info),
        refuses=refusing(info),
    )
