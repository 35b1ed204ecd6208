"""The check that runs after each test sees each kind of damage: one thing at a time is changed in a whole store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qctl.store import Command, Store
from tests.support.invariants import RULES, Rule, broken_invariants
from tests.support.schedule_seed import SeedBeat, a_firing
from tests.support.snapshot import look_at
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, some_json, submit
from tests.support.workflow_seed import a_workflow, chain, group, send


def say(store: Store, *words: Any) -> Any:
    """Say something to Redis about a key, whose name is told without the namespace."""
    return store.do(Command((words[0], store.keys.prefix + words[1], *words[2:]), lambda reply: reply))


@pytest.fixture
def whole(store: Store) -> Iterator[Store]:
    """A store with something of each kind in it. Of the damage nothing is left."""
    worker = SeedWorker(store).register(task_held={"running": 1})
    SeedWorker(store, "w2").register()
    submit(store, a_job("over", secrets=b"{}"), a_job("bad"))
    over, bad = worker.claim(2)
    worker.complete(over, value=some_json('"' + "x" * 9000 + '"'), log=b"packed")
    worker.bury(bad, log=b"also packed")
    submit(store, a_job("runs", task="held", unique="u"), a_job("parked", task="held"))
    assert [claim.id for claim in worker.claim(2)] == ["runs"]
    submit(store, a_job("waits", after=("runs",)), a_job("late", delay_ms=HOUR_MS), a_job("secret", secrets=b"{}"))
    send(store, a_workflow(chain(group("a", "b"), "c"), timeout_ms=HOUR_MS))
    beat = SeedBeat(store)
    beat.pulse()
    beat.fire_one(a_firing(beat.declare(), "fired"))
    submit(store, a_job("ready"))
    assert broken_invariants(store) == []
    yield store
    store.do(Command(("FLUSHALL",), bytes))


#: What is said to Redis, and what the check says of it then.
DAMAGE: list[tuple[tuple[Any, ...], str]] = [
    # an id in two places, or in none (fault 81)
    (
        ("ZADD", "scheduled", 1, "ready"),
        "job ready is queued and stands in ready:default and scheduled, not",
    ),
    (
        ("ZADD", "ready:other", 1, "ready"),
        "job ready is queued and stands in ready:default and ready:other, not",
    ),
    (
        ("ZADD", "ready:default", 1, "parked"),
        "job parked is queued and stands in parked:task:held and ready:default",
    ),
    (("ZADD", "ready:default", 1, "runs"), "job runs is running and stands in ready:default and running:w1, not in"),
    (("ZADD", "ready:default", 1, "over"), "job over is ended and stands in ended:tidy and ready:default, not in"),
    (
        ("ZADD", "waiting", 1, "late"),
        "job late is scheduled and stands in scheduled and waiting, not",
    ),
    (("HSET", "running:w2", "runs", 1), "job runs is running and stands in running:w1 and running:w2, not in"),
    (("ZREM", "ready:default", "ready"), "job ready is queued and stands in no place, not in ready:default alone"),
    (("ZREM", "scheduled", "late"), "job late is scheduled and stands in no place"),
    (("ZREM", "parked:task:held", "parked"), "job parked is queued and stands in no place"),
    (("ZREM", "waiting", "waits"), "job waits is waiting and stands in no place"),
    (("ZREM", "ended:tidy", "over"), "job over is ended and stands in no place"),
    (("ZREM", "workflows", "w"), "job w is running and stands in no place, not in workflows alone"),
    (("ZADD", "ready:default", 1, "nobody"), "ready:default holds nobody, which has no record"),
    (("DEL", "job:late"), "scheduled holds late, which has no record"),
    (("HSET", "job:ready", "s", "scheduled"), "job ready is scheduled and stands in ready:default, not in scheduled"),
    # what runs, and by whom
    (("HDEL", "running:w1", "runs"), "job runs runs under fence 1, and running:w1 has it under none"),
    (("HSET", "running:w1", "runs", 2), "job runs runs under fence 1, and running:w1 has it under 2"),
    (("HSET", "running:w1", "ready", 1), "running:w1 holds ready under fence 1, and the job is queued"),
    (("HSET", "job:runs", "o", "w2"), "running:w1 holds runs under fence 1, and the job is running w2 1"),
    (("HSET", "job:runs", "f", 7), "job runs runs under fence 7, and running:w1 has it under 1"),
    (("ZREM", "workers", "w1"), "running:w1 is there, and workers lacks w1"),
    (("DEL", "worker:w1"), "workers holds w1, of which there is no record"),
    (("HSET", "worker:w3", "beat", 1), "worker:w3 is there, and workers lacks w3"),
    (("HSET", "orders:w1", "ready", "1 {}"), "orders:w1 holds ready, which it does not run"),
    # limits, and what they hold back
    (("SADD", "held:task:held", "ready"), "held:task:held holds ready, which is queued"),
    (("SADD", "held:task:other", "runs"), "held:task:other holds runs, which is running w1 1"),
    (("SREM", "held:task:held", "runs"), "job runs runs under task:held, and held:task:held lacks it"),
    (("ZREM", "thaw", "task:held"), "thaw lacks task:held: nobody ever looks at parked:task:held again"),
    (("SADD", "parkedin:default", "ready"), "parkedin:default holds ready, which is queued"),
    (("SREM", "parkedin:default", "parked"), "parkedin:default lacks parked, which is parked"),
    (("ZADD", "parked:nobody:gone", 1, "parked"), "missing lacks gone, and parked:nobody:gone waits for it"),
    (("SREM", "queues", "default"), "queues lacks default, where jobs are ready"),
    # who waits for whom
    (("ZREM", "dependents:runs", "waits"), "job waits waits for runs, and dependents:runs lacks it"),
    (("SREM", "remaining:waits", "runs"), "job waits waits for nobody"),
    (("SADD", "remaining:late", "runs"), "remaining:late is there, and the job is scheduled"),
    (("ZADD", "dependents:runs", 1, "late"), "dependents:runs holds late, and remaining:late lacks runs"),
    (
        ("ZADD", "dependents:over", 1, "waits"),
        "dependents:over waits for a job that is ended succeeded 1",
    ),
    # names
    (("SET", "unique:u", "over"), "unique:u is held by over, which is ended"),
    (("ZADD", "active:nightly", 1, "over"), "active:nightly holds over, which is ended"),
    (("ZREM", "active:nightly", "fired"), "active:nightly lacks fired, which it started"),
    (("SREM", "schedules", "nightly"), "schedules lacks nightly"),
    (("SADD", "schedules", "gone"), "schedules holds gone, of which there is no record"),
    (("SREM", "tasks", "tidy"), "tasks lacks tidy, which has ended jobs: they are never forgotten"),
    (("ZREM", "unsuccessful", "bad"), "unsuccessful lacks bad"),
    (("ZADD", "unsuccessful", 1, "over"), "unsuccessful holds over, which is ended"),
    # workflows
    (("DEL", "live:w"), "workflow w runs, and nothing of it is under way"),
    (("ZADD", "live:w", 9, "3"), "live:w holds 3, which is final: job w.3 is without a record"),
    (("HSET", "fates:w", "1", "succeeded"), "live:w holds 1, which is final: job w.1 is queued"),
    (("RPUSH", "steps:w", "pump g1"), "unstepped lacks w, which has steps to do"),
    (("ZADD", "deadlines", 1, "timeout over"), "deadlines holds over, which is ended"),
    (("DEL", "job:w"), "nodes:w is kept, and there is no workflow w"),
    # what goes with a job
    (("SET", "secret:over", "{}"), "secret:over is kept, and the job is ended succeeded 1"),
    (("SET", "value:ready", "j1"), "value:ready is kept, and the job is queued"),
    (("SET", "log:over:2", "packed"), "log:over:2 is in no index, and the job is ended succeeded 1"),
    (("DEL", "log:over:1"), "outputs holds over:1, which has no log"),
    (("DEL", "job:over"), "log:over:1 is kept, and its job has no record"),
    (("INCR", "output_bytes"), "output_bytes says 18, and 17 bytes are kept"),
    # records and keys
    (("HDEL", "job:late", "b"), "job:late is no record of a job: it lacks b"),
    (("HSET", "job:late", "due", "soon"), "job:late has a number that is none"),
    (("HSET", "job:late", "n", 3), "job:late has had more attempts than fences"),
    (("SET", "job:over", "garbage"), "job:over is no record of a job: it lacks t, q, p, b, at"),
    (("SET", "leaked:one", "1"), "leaked:one has no TTL, and nothing removes it"),
    (("SET", "key:mine", "over"), "key:mine has no TTL, and nothing removes it"),
]


@pytest.mark.parametrize(("words", "sentence"), DAMAGE, ids=[" ".join(map(str, words)) for words, _ in DAMAGE])
def test_what_was_done_by_hand_is_told_with_its_keys_and_ids(
    whole: Store, words: tuple[Any, ...], sentence: str
) -> None:
    """Fault 81: whatever a sweep would have to mend is seen."""
    say(whole, *words)
    found = broken_invariants(whole)
    assert any(one.startswith(sentence) for one in found), found


def test_each_rule_has_damage_that_it_alone_knows(whole: Store) -> None:
    """No rule is there for nothing: without it something of the above would go unseen."""
    seen = set()
    for words, sentence in DAMAGE:
        before = whole.do(Command(("DUMP", whole.keys.prefix + words[1]), lambda reply: reply))
        say(whole, *words)
        seen |= {rule for rule in RULES for one in _told_by(rule, whole) if one.startswith(sentence)}
        say(whole, "DEL", words[1])
        if before is not None:
            say(whole, "RESTORE", words[1], 0, before)
    assert seen == set(RULES)
    assert [one for one in broken_invariants(whole) if "TTL" not in one] == []


def _told_by(rule: Rule, store: Store) -> list[str]:
    return list(rule(look_at(store)))
