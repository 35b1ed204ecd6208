"""How an instance is on which nothing has ever happened: what a test needs is put in its place."""

from __future__ import annotations

from typing import Final

from qctl.client.health import Health

AT_REST: Final = Health(
    now_ms=0,
    workers=(),
    gone=(),
    queues=(),
    unread=(),
    paused={},
    failed_last_day=0,
    redis_version=None,
    redis_bytes=None,
)
