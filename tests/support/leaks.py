"""Finding what a test left behind in Redis: keys that nothing will ever remove."""

from __future__ import annotations

import importlib
import importlib.util

import redis


def keys_without_an_end(server: redis.Redis) -> list[str]:
    """Keys of any namespace with no TTL, whose kind names no reason to end: not trimmed, not declared permanent."""
    if importlib.util.find_spec("qctl.store.keys") is None:
        return []
    reason_to_end = importlib.import_module("qctl.store.keys").reason_to_end
    names = [name.decode() for name in server.scan_iter(count=1000)]
    questions = server.pipeline(transaction=False)
    for name in names:
        questions.pttl(name)
    ends = questions.execute() if names else []
    return sorted(name for name, end in zip(names, ends, strict=True) if end == -1 and not reason_to_end(name))
