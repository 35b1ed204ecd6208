"""Finding what a test left behind in Redis: keys that nothing will ever remove, and what retention does not take."""

from __future__ import annotations

import redis

from qctl.store import Command, Store
from qctl.store.keys import KINDS
from qctl.store.replies import texts
from tests.support.store_seed import SeedWorker, submit

#: With a TTL whatever was done: counters of a minute, hints, what workers can run, and when one looked for damage.
_PASSING = {"stats", "wake", "inbox", "catalog", "mended"}


def keys_without_an_end(server: redis.Redis) -> list[str]:
    """Keys of any namespace with no TTL, whose kind names no reason to end: not trimmed, not declared permanent."""
    names = [name.decode() for name in server.scan_iter(count=1000)]
    questions = server.pipeline(transaction=False)
    for name in names:
        questions.pttl(name)
    ends = questions.execute() if names else []
    kinds = [name.partition("}:")[2].partition(":")[0] for name in names]
    left = zip(names, kinds, ends, strict=True)
    return sorted(name for name, kind, end in left if end == -1 and stays_for_ever(kind))


def stays_for_ever(kind: str) -> bool:
    """Whether nothing removes a key of this kind that has no TTL."""
    reason = KINDS.get(kind)
    return reason is None or reason == "has a TTL"  # which it has not


def level(store: Store) -> set[str]:
    """The keys of a namespace in which a plain job has come, run and been forgotten, by a worker that is gone."""
    worker = SeedWorker(store, "before").register()
    submit(store, "before")
    worker.complete(worker.take())
    store.do(store.verbs.unregister("before"))
    forget_all(store)
    return names_of(store)


def names_of(store: Store) -> set[str]:
    """The keys of a namespace, but those that pass by themselves within the hour whatever was done.

    How much output is kept stands beside the name of its counter.
    """
    prefix = store.keys.prefix
    pattern = prefix.replace("[", "\\[").replace("*", "\\*") + "*"
    keys = store.do(Command(("KEYS", pattern), texts))
    names = {name[len(prefix) :] for name in keys}
    found = {name for name in names if name.partition(":")[0] not in _PASSING}
    kept = store.do(Command(("GET", store.keys.output_bytes), lambda reply: int(reply or 0)))
    return (found - {"output_bytes"}) | {f"output_bytes {kept}"}


def forget_all(store: Store) -> None:
    """Let what has ended have ended long ago, then let retention take it, as workers do.

    Again until there is nothing more to take: what others hold goes after them.
    """
    while _forget_each(store):
        pass
    while store.do(store.verbs.follow())[1]:
        pass


def _forget_each(store: Store) -> int:
    """Let retention take what it takes of each task, and answer how many jobs that were."""
    forgotten = 0
    for task in store.do(Command(("SMEMBERS", store.keys.tasks), texts)):
        ended = store.keys.ended(task)
        store.do(Command(("DEL", store.keys.keep(task)), int))
        for job in store.do(Command(("ZRANGE", ended, 0, -1), texts)):
            store.do(Command(("ZADD", ended, "XX", 1, job), int))
        more = True
        while more:
            taken, more = store.do(store.verbs.forget(task, 1, 0))
            forgotten += taken
    return forgotten
