"""The short ways of `claim` and `complete` leave the same keys as the long ones, and give the same answers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any, Final

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qctl.model.attempt import Value, ValueKind
from qctl.model.submission import Submission
from qctl.store import EVERY, Store, open_store
from qctl.store.values import Claim, Settlement
from tests.support.mutations.altering import InScript, without
from tests.support.store_seed import SeedWorker, a_job, a_record, everything, make_due, submit

THE_LONG_WAYS: Final = (
    InScript("_claim_plain", "if ARGV[4] ~= '#' and want > 0 then", "if false then"),
    InScript("_complete_plain", "local found = read_plain(digits(now))", "local found = nil"),
)
#: So few that a few jobs are as many.
FEW_BYTES: Final = InScript("_claiming", "CLAIM_BYTES = 1048576", "CLAIM_BYTES = 5000")
JOBS: Final = 12
BODIES: Final = (b'{"task":"tidy"}', b'{"task":"tidy","n":1}', b"x" * 3_000, b"")
VALUES: Final = (None, b"null", b"null", b"1" * 513, b"2" * 512)
#: What only some jobs have.
ODD_TERMS: Final[tuple[dict[str, Any], ...]] = (
    {"task": "bound"},
    {"task": "locked"},
    {"task": "watched"},
    {"queue": "narrow"},
    {"queue": "default@here"},
    {"body": b'{"form":9,"task":"tidy"}'},
    {"unique": "only one"},
    {"secrets": b'{"a":"b"}'},
    {"key": "k"},
    {"delay_ms": 3_600_000},
    {"expires_ms": -1},
)
#: What people, or a bug, may have made of a record.
DAMAGE: Final[tuple[tuple[str, ...], ...]] = (
    *(("HSET", "p", "55"), ("HSET", "p", "x"), ("HSET", "sc", "soon"), ("HSET", "at", "never"), ("HSET", "q", "low")),
    *(("HSET", "s", "odd"), ("HSET", "zz", "1"), ("HSET", "f", "x"), ("HSET", "n", "x"), ("HSET", "n", "7")),
    *(("HSET", "o", "nobody"), ("HSET", "ex", "x"), ("HSET", "cx", "{}"), ("HSET", "h", "lock:a"), ("HDEL", "b")),
    *(("HDEL", "p"), ("HDEL", "at"), ("HDEL", "s"), ("DEL",), ("SET", "\x01z\x00\x00\x00\x01y")),
)
DEEDS: Final = ("after", "cancel", "retry", "bury", "queue twice", "settle twice", "fence", "no record", "log", "pause")
#: A play has only a few kinds of what is odd, so that most of it goes the short ways up to there.
ODD: Final[tuple[Any, ...]] = (*ODD_TERMS, *DAMAGE, *DEEDS)
_TIME: Final = re.compile(r"\b1\d{12}\b")
_numbers = count()


class Play:
    """What happens in one namespace; the same for the same seed, whichever way is gone."""

    def __init__(self, store: Store, client: redis.Redis, seed: int) -> None:
        self.store, self.dice = store, Random(seed)
        self.client: Any = client
        self.odd = self.dice.sample(ODD, self.dice.choice((0, 1, 1, 2, 2)))
        if {"task": "watched"} in self.odd:
            self.odd.append("bury")
        self.often = self.dice.choice((0.05, 0.2, 0.5))
        rules = self._rules()
        self.workers = [SeedWorker(store, name).register(**rules) for name in ("w1", "w2")]
        self.held: dict[str, list[Claim]] = {"w1": [], "w2": []}
        self.told: list[Any] = []

    def _rules(self) -> dict[str, Any]:
        watch = {"tell": {"ops": {"on": ["fail", "recover"]}}}
        return {
            "task_bound": {"running": 1},
            "task_locked": {"locks": ["a"]},
            "notify_watched": watch,
            "queue_narrow": {"running": 1},
            "queue_default": {"length": 100},
        }

    def run(self) -> None:
        self._submit(0)
        if "pause" in self.odd:
            self.store.do(self.store.verbs.pause(["default"], {"by": "ada"}, None))
        for turn in range(6):
            self._claim()
            self._meddle()
            self._complete()
            self._submit(turn + 1)

    def _is(self, kind: Any) -> bool:
        """Whether something odd happens here."""
        return kind in self.odd and self.dice.random() < self.often

    def _submit(self, turn: int) -> None:
        jobs = [self._job(f"j{turn}-{place}") for place in range(self.dice.randint(0, JOBS))]
        self.told.append([one.taken for one in submit(self.store, *jobs)] if jobs else [])
        self.store.do(self.store.verbs.promote())

    def _job(self, name: str) -> Submission:
        dice = self.dice
        job = a_job(
            name,
            task=dice.choice(("tidy", "tidy", "other")),
            body=dice.choice(BODIES),
            queue=dice.choice(("default", "default", "low")),
            priority=dice.choice((5, 5, 9)),
            expires_ms=dice.choice((None, None, 60_000, 90_000)),
        )
        for terms in ODD_TERMS:
            if self._is(terms):
                job = replace(job, **terms)
        return replace(job, after=("j0-0",)) if name != "j0-0" and self._is("after") else job

    def _claim(self) -> None:
        worker = self.dice.choice(self.workers)
        queues: Any = self.dice.choice((EVERY, EVERY, [("low", 2), ("default", 5)], [("default", 3), ("low", 1)]))
        if self._is("queue twice"):
            queues = [("default", 1), ("default", 3)]
        want = self.dice.choice((1, 5, 20))
        for ask in (worker.ask, worker.ask_again) if self.dice.random() < 0.2 else (worker.ask,):
            answer = ask(want, queues)
            claims = [one._replace(enqueued_ms=0) for one in answer.claims]
            self.told.append((answer.standing, answer.more, bool(answer.next_due_ms), claims))
        self.held[worker.id] += [one for one in answer.claims if one not in self.held[worker.id]]

    def _meddle(self) -> None:
        """Some records are changed by hand, jobs are cancelled, or end otherwise."""
        for key in sorted(self.client.scan_iter(f"{self.store.keys.prefix}job:*", _type="hash")):
            for damage in DAMAGE:
                if self._is(damage):
                    command, *words = damage
                    self.client.execute_command(command, key, *words)
        for worker in self.workers:
            for claim in list(self.held[worker.id]):
                if self._is("cancel"):
                    self.store.do(self.store.verbs.cancel([claim.id], {"by": "ada"}))
                if self._is("bury"):
                    self.told.append(worker.bury(claim))
                if self._is("retry"):
                    self.told.append(worker.retry(claim, delay_ms=0))
                    make_due(self.store, *_members(self.client, self.store.keys.scheduled))
                    self.held[worker.id].remove(claim)

    def _complete(self) -> None:
        worker = self.dice.choice(self.workers)
        held = self.held[worker.id]
        self.dice.shuffle(held)
        settled = [self._settled(claim) for claim in held[: self.dice.choice((1, 20))]]
        del held[: len(settled)]
        if settled and self._is("settle twice"):
            settled.append(settled[0])
        told = self.store.do(self.store.verbs.complete(worker.id, settled))
        assert len(told) == len(settled)
        self.told.append(told)
        if self.dice.random() < 0.1:
            self.told.append(self.store.do(self.store.verbs.complete(worker.id, settled)))

    def _settled(self, claim: Claim) -> Settlement:
        data = self.dice.choice(VALUES)
        return Settlement(
            id=claim.id,
            fence=claim.fence + self._is("fence"),
            record=b"" if self._is("no record") else a_record(claim.attempt, cpu_s=self.dice.choice((0.0, 0.125))),
            log=b"printed" if self._is("log") else b"",
            value=None if data is None else Value(ValueKind.JSON, data),
        )


def _members(client: redis.Redis, key: str) -> list[str]:
    members: Any = client.zrange(key, 0, -1)
    return sorted(one.decode() for one in members)


def timeless(name: str, said: Any) -> Any:
    """What a key holds, without the times that `everything` leaves."""
    if name in ("aside", "thaw"):
        return sorted(member for member, _ in said)
    return _TIME.sub("a time", repr(said))


def played(url: str, client: redis.Redis, seed: int, *, long: bool) -> tuple[list[Any], dict[str, Any]]:
    """What was answered, and what is left. Ids of the namespace do not stand in it."""
    store = open_store(url, f"ways{next(_numbers)}")
    try:
        with without([*(THE_LONG_WAYS if long else ()), *([FEW_BYTES] if seed % 2 else ())]):
            play = Play(store, client, seed)
            play.run()
        return play.told, {name: timeless(name, said) for name, said in everything(store).items()}
    finally:
        for key in client.scan_iter(f"{store.keys.prefix}*"):
            client.delete(key)
        store.close()


@given(st.integers(0, 1_000_000))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_ways_leave_the_same_keys_and_give_the_same_answers(
    redis_url: str, redis_client: redis.Redis, seed: int
) -> None:
    short = played(redis_url, redis_client, seed, long=False)
    long = played(redis_url, redis_client, seed, long=True)
    assert short[0] == long[0]
    assert short[1] == long[1]


def test_a_play_without_anything_odd_goes_the_short_ways_alone(
    redis_url: str, store: Store, redis_client: redis.Redis
) -> None:
    """Else the comparison would compare the long ways with themselves."""
    seed = next(seed for seed in count() if not Play(store, redis_client, seed).odd)
    calls = []
    for long in (False, True):
        redis_client.config_resetstat()
        played(redis_url, redis_client, seed, long=long)
        stats: Any = redis_client.info("commandstats")
        calls.append({name for name in ("hlen", "zremrangebyrank") if f"cmdstat_{name}" in stats})
    assert calls == [{"zremrangebyrank"}, {"hlen"}]
