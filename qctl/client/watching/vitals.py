"""How an instance is, look after look: what hardly changes is not read each time."""

from __future__ import annotations

from qctl.client.health import Health
from qctl.client.presence import is_live
from qctl.client.watching.kept import Kept
from qctl.store import eviction
from qctl.store.inspecting import refusing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.store import Queue, Reading
    from qctl.store.glance import Glance

_INFO_S: Final = 10.0  #: seconds for which what the server says of itself is good enough


class Vitals:
    """Makes `Health` of glances."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._info: Kept[Mapping[str, str]] = Kept(_INFO_S)

    def of(self, glance: Glance, queues: Sequence[Queue], failed_last_day: int) -> Health:
        """How it was; how many have failed is counted elsewhere. Raises QctlError."""
        info = self._info.get(self._reading.info)
        live = tuple(worker for worker in glance.workers if is_live(worker, glance.now_ms))
        names = {worker.id for worker in live}
        return Health(
            now_ms=glance.now_ms,
            workers=live,
            gone=tuple(worker for worker in glance.workers if worker.id not in names),
            queues=tuple(queues),
            unread=tuple(queue.name for queue in queues if queue.ready and not any(w.reads(queue.name) for w in live)),
            paused=glance.pauses,
            failed_last_day=failed_last_day,
            redis_version=info.get("redis_version"),
            redis_bytes=int(info["used_memory"]) if "used_memory" in info else None,
            evicts=eviction(info),
            refuses=refusing(info),
        )
