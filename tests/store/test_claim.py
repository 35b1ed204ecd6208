"""claim: queued -> running | ended (expired)."""

from __future__ import annotations

import pytest
import redis

from qctl.model.state import Outcome, Reason, State
from qctl.store import EVERY, Reading, Store
from qctl.store.values import Standing
from tests.support.store_seed import BODY, SeedWorker, a_job, changed, everything, lose, settled, submit
from tests.support.waiting import eventually


def test_a_claimed_job_runs_under_a_new_fence_and_nothing_else_is_touched(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    before = everything(store)

    claim = worker.take()

    assert (claim.id, claim.fence, claim.attempt, claim.body) == ("one", 1, 1, BODY)
    assert (claim.task, claim.queue, claim.failures, claim.crashes, claim.losses) == ("tidy", "default", 0, 0, 0)
    assert changed(before, everything(store)) == {
        "job:one s": "running",
        "job:one o": "w1",
        "job:one f": "1",
        "job:one n": "1",
        "job:one st": "a time",
        "ready:default": before["ready:default"][1:],
        "running:w1 one": "1",
        "worker:w1 turn": "1",
        "worker:w1 claims": "one 1",
        "wake:default": 3,
        "stats waits": 1,
        "events": ["claim one"],
    }


def test_the_tokens_of_an_emptied_queue_go_with_it(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    assert worker.ask().more is False
    assert "wake:default" not in everything(store)


def test_what_is_left_is_told_and_wakes_another_worker(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    submit(store, "one", "two")
    redis_client.delete(store.keys.wake("default"))
    assert worker.ask().more is True
    assert everything(store)["wake:default"] == 1


def test_asking_an_empty_store_changes_nothing(store: Store, worker: SeedWorker) -> None:
    before = everything(store)
    answer = worker.ask(10)
    assert (answer.standing, answer.claims, answer.more, answer.next_due_ms) == (Standing.OK, (), False, None)
    assert everything(store) == before


def test_wanting_nothing_takes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    before = everything(store)
    assert worker.ask(0).claims == ()
    assert everything(store) == before


class TestTheSameTurn:
    """A lost reply loses nothing: faults 47 and reference.md's row about it."""

    def test_answers_the_same_jobs_with_their_bodies_and_changes_nothing(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(store, "one", a_job("two", body=b"\x00\xff binary", priority=9), "three")
        first = worker.ask(2)
        before = everything(store)

        again = worker.ask_again(2)

        assert again.claims == first.claims
        assert everything(store) == before

    def test_leaves_out_what_ended_meanwhile(self, store: Store, worker: SeedWorker) -> None:
        submit(store, "one", "two")
        one, two = worker.claim(2)
        worker.complete(one)
        assert worker.ask_again(2).claims == (two,)

    def test_that_comes_late_takes_nothing(self, store: Store, worker: SeedWorker) -> None:
        """A request that a broken connection delivers after its successor must not take jobs nobody hears of."""
        submit(store, "one", "two")
        worker.claim()
        worker.turn = -1
        before = everything(store)
        assert worker.ask(2).claims == ()
        assert everything(store) == before

    def test_of_another_worker_is_another_turn(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        submit(store, "one", "two")
        assert worker.take().id == "one"
        assert other_worker.take().id == "two"


class TestOrder:
    def test_ten_exact_priorities_and_first_in_first_out_inside_each(self, store: Store, worker: SeedWorker) -> None:
        given = [(f"p{priority}-{n}", priority) for n in range(3) for priority in (5, 0, 9, 3, 7, 1, 8, 2, 6, 4)]
        submit(store, *(a_job(job, priority=priority) for job, priority in given))

        claimed = [claim.id for _ in range(6) for claim in worker.claim(5)]

        assert claimed == [f"p{priority}-{n}" for priority in range(9, -1, -1) for n in range(3)]

    def test_stays_exact_after_two_to_the_forty_eight_jobs(
        self, store: Store, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        redis_client.set(f"{store.keys.prefix}seq", 2**48)
        submit(store, *(a_job(f"p{p}-{n}", priority=p) for n in range(3) for p in (0, 9)))
        assert [claim.id for claim in worker.claim(6)] == ["p9-0", "p9-1", "p9-2", "p0-0", "p0-1", "p0-2"]

    def test_queues_are_served_in_the_order_asked_each_by_its_quota_then_the_rest(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(store, *(a_job(f"{queue}{n}", queue=queue) for queue in "abc" for n in range(5)))
        claimed = worker.claim(6, [("b", 2), ("a", 1)])
        assert [claim.id for claim in claimed] == ["b0", "b1", "a0", "b2", "b3", "b4"]
        assert [claim.id for claim in worker.claim(9, [("b", 9), ("a", 1)])] == ["a1", "a2", "a3", "a4"]

    def test_every_queue_gets_an_equal_share_and_none_is_always_last(self, store: Store, worker: SeedWorker) -> None:
        submit(store, *(a_job(f"{queue}{n}", queue=queue) for queue in "abc" for n in range(9)))
        assert sorted(claim.queue for claim in worker.claim(6, EVERY)) == ["a", "a", "b", "b", "c", "c"]
        firsts = {worker.take().queue for _ in range(3)}
        assert firsts == {"a", "b", "c"}


class TestExpiry:
    def test_an_expired_job_ends_at_claim_and_the_next_one_is_taken(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        submit(store, a_job("late", expires_ms=1), a_job("two"))
        eventually(lambda: read.now_ms() > (read.job("late").expires_ms or 0))
        before = everything(store)

        assert worker.take().id == "two"

        late = read.job("late")
        assert (late.state, late.outcome, late.reason) == (State.ENDED, Outcome.EXPIRED, Reason.EXPIRED)
        after = changed(before, everything(store))
        assert after["ended:tidy"] == after["unsuccessful"] == ["late"]
        assert after["stats expired:tidy"] == 1
        assert "running:w1 late" not in after

    def test_a_heap_of_expired_jobs_is_cleared_in_bounded_turns(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        submit(store, *(a_job(f"j{n}", expires_ms=1) for n in range(1000)), a_job("alive"))
        eventually(lambda: read.now_ms() > (read.job("j999").expires_ms or 0))
        first = worker.ask(50)
        assert first.claims == ()
        assert first.more
        assert 250 <= len(read.ended(2000)) <= 350
        assert eventually(lambda: worker.claim(50))[0].id == "alive"


def test_the_next_due_time_is_told(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, a_job("late", delay_ms=90_000), a_job("soon", delay_ms=30_000))
    assert worker.ask().next_due_ms == read.job("soon").due_ms


class TestStanding:
    def test_a_worker_that_never_registered_gets_nothing(self, store: Store) -> None:
        submit(store, "one")
        before = everything(store)
        assert SeedWorker(store, "nobody").ask().standing is Standing.UNKNOWN
        assert everything(store) == before

    def test_a_worker_learns_that_the_store_was_emptied(
        self, store: Store, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        """Fault 36."""
        submit(store, "one")
        claim = worker.take()
        redis_client.flushall()
        assert worker.ask().standing is Standing.UNKNOWN
        assert worker.heartbeat().standing is Standing.UNKNOWN
        assert worker.complete(claim) == worker.retry(claim) == worker.release(claim) == "UNKNOWN"
        assert everything(store) == {}

    def test_a_condemned_worker_gets_nothing_even_in_its_last_turn(self, store: Store, worker: SeedWorker) -> None:
        submit(store, "one", "two")
        worker.take()
        store.do(store.verbs.reclaim(worker.id, 0))
        assert worker.ask_again().standing is Standing.CONDEMNED
        assert worker.ask().standing is Standing.CONDEMNED

    def test_fences_go_on_rising_from_owner_to_owner(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        submit(store, "one")
        first = worker.take()
        lose(store, worker)
        second = other_worker.take()
        assert first.fence < second.fence
        assert (second.attempt, second.losses) == (2, 1)


class TestBrokenRecords:
    """Fault 80: somebody, or a bug, wrote a record by hand. It is kept for a person to look at; the queue goes on."""

    @pytest.mark.parametrize("damage", ["list", "text", "no body", "no number", "gone", "empty priority"])
    def test_are_stepped_over_set_aside_and_looked_at_once(
        self, store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis, damage: str
    ) -> None:
        submit(store, "one", "bad", "two")
        break_record(redis_client, store.keys.job("bad"), damage)
        raw = redis_client.dump(store.keys.job("bad"))

        claimed = worker.claim(3)

        assert [claim.id for claim in claimed] == ["one", "two"]
        assert redis_client.exists(store.keys.job("bad")) == 0
        assert redis_client.dump(store.keys.broken("bad")) == raw
        after = everything(store)
        assert "ready:default" not in after
        assert [event for event in after["events"] if "bad" in event][1:] == ([] if raw is None else ["broken bad"])
        assert worker.claim(3) == []

    @pytest.mark.damaged("a record is written by hand")
    def test_do_not_hide_the_jobs_that_can_be_read(
        self, store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        submit(store, "one", "bad", "ugly", "two")
        break_record(redis_client, store.keys.job("bad"), "text")
        break_record(redis_client, store.keys.job("ugly"), "no number")
        assert [job.id for job in read.active(10)] == ["one", "two"]

    @pytest.mark.parametrize("state", ["running", "scheduled", "ended"])
    def test_an_id_that_stands_in_a_queue_but_is_not_queued_is_taken_out(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker, redis_client: redis.Redis, state: str
    ) -> None:
        """Fault 81: an id in two places must not run twice."""
        submit(store, a_job(delay_ms=60_000 if state == "scheduled" else None), a_job("two"))
        if state != "scheduled":
            claim = worker.take()
        if state == "ended":
            worker.complete(claim)
        before = everything(store)
        redis_client.zadd(store.keys.ready("default"), {"one": 1})

        assert [claim.id for claim in other_worker.claim(2)] == ["two"]

        after = changed(before, everything(store))
        assert not [name for name in after if "one" in name]
        assert "ready:default" not in everything(store)


def break_record(client: redis.Redis, key: str, damage: str) -> None:
    """Write what no verb ever writes."""
    match damage:
        case "list":
            client.delete(key)
            client.rpush(key, "?")
        case "text":
            client.set(key, "not a record")
        case "no body":
            client.hdel(key, "b")
        case "no number":
            client.hset(key, "f", "many")
        case "empty priority":
            client.hset(key, "p", "")
        case "gone":
            client.delete(key)


def test_a_worker_of_certain_jobs_takes_these_alone_from_whatever_queue(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("mine", queue="far"), a_job("theirs"), a_job("later", delay_ms=60_000))
    claimed = store.do(store.verbs.claim(worker.id, 1, 9, only=["mine", "later", "gone"]))
    assert [claim.id for claim in claimed.claims] == ["mine"]
    assert claimed.awaited
    assert store.do(store.verbs.claim(worker.id, 2, 9)).claims[0].id == "theirs"


def test_a_worker_of_certain_jobs_is_told_when_all_of_them_have_ended(store: Store, worker: SeedWorker) -> None:
    submit(store, "mine")
    first = store.do(store.verbs.claim(worker.id, 1, 1, only=["mine"]))
    store.do(store.verbs.complete(worker.id, [settled(first.claims[0])]))
    again = store.do(store.verbs.claim(worker.id, 2, 1, only=["mine"]))
    assert (again.claims, again.awaited) == ((), False)
