"""How an instance is, look after look: what hardly changes is not read each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from qctl.client.asking import Client, Health
from qctl.client.presence import is_live
from qctl.clock import monotonic
from qctl.store import eviction

_INFO_S: Final = 10.0  #: seconds for which what the server says of itself is good enough
_SCHEDULED: Final = 500  #: scheduled jobs whose queues are counted


class Vitals:
    """Reads `Health` again and again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._info: Mapping[str, str] = {}
        self._info_until = 0.0

    def read(self, failed_last_day: int) -> Health:
        """How it is now; how many have failed is counted elsewhere. Raises QctlError."""
        reading = self._client.reading
        now_ms, workers, pauses = reading.now_ms(), reading.workers(), reading.pauses()
        queues = reading.queues(most_scheduled=_SCHEDULED)
        if monotonic() >= self._info_until:
            self._info, self._info_until = reading.info(), monotonic() + _INFO_S
        info = self._info
        live = tuple(worker for worker in workers if is_live(worker, now_ms))
        return Health(
            now_ms=now_ms,
            workers=live,
            gone=tuple(worker for worker in workers if worker not in live),
            queues=tuple(queues),
            unread=tuple(queue.name for queue in queues if queue.ready and not any(w.reads(queue.name) for w in live)),
            paused=pauses,
            failed_last_day=failed_last_day,
            redis_version=info.get("redis_version"),
            redis_bytes=int(info["used_memory"]) if "used_memory" in info else None,
            evicts=eviction(info),
        )
