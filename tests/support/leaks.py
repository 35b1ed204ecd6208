"""Finding what a test left behind in Redis: keys that nothing will ever remove."""

from __future__ import annotations

import redis

from qctl.store.keys import reason_to_end


def keys_without_an_end(server: redis.Redis) -> list[str]:
    """Keys of any namespace with no TTL, whose kind names no reason to end: not trimmed, not declared permanent."""
    names = [name.decode() for name in server.scan_iter(count=1000)]
    questions = server.pipeline(transaction=False)
    for name in names:
        questions.pttl(name)
    ends = questions.execute() if names else []
    return sorted(name for name, end in zip(names, ends, strict=True) if end == -1 and _stays_for_ever(name))


def _stays_for_ever(name: str) -> bool:
    reason = reason_to_end(name)
    return reason is None or reason == "has a TTL"  # which it has not
