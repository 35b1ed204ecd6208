"""submit: nothing -> queued | scheduled."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from qctl.model.state import Outcome, Reason, State
from qctl.model.submission import IfExists
from qctl.store import Reading, Store
from qctl.store.refusals import WrongType
from qctl.store.taken import Submitted, Taken
from tests.support.store_seed import BODY, SeedWorker, a_job, changed, everything, submit

LEVEL = 2**49


def test_a_submitted_job_is_queued_and_nothing_else_is_touched(store: Store) -> None:
    submit(store, "before")
    before = everything(store)

    answers = submit(store, "one")

    assert answers == [Submitted(Taken.NEW, "one")]
    assert changed(before, everything(store)) == {
        "job:one form": "live",
        "job:one s": "queued",
        "job:one t": "tidy",
        "job:one q": "default",
        "job:one p": "5",
        "job:one b": BODY.decode(),
        "job:one at": "a time",
        "job:one sc": str(4 * LEVEL + 2),
        "ready:default": [("before", 4 * LEVEL + 1), ("one", 4 * LEVEL + 2)],
        "recent": ["one", "before"],
        "seq": b"2",
        "wake:default": 2,
        "stats in:default": 2,
        "events": ["submit one"],
    }


def test_a_job_with_a_delay_is_scheduled_by_the_servers_time(store: Store, read: Reading) -> None:
    before = everything(store)

    submit(store, a_job(delay_ms=90_000))

    job = read.job("one")
    assert job.state is State.SCHEDULED
    assert job.due_ms == job.eta_ms == job.enqueued_ms + 90_000
    assert changed(before, everything(store)) == {
        "job:one form": "live",
        "job:one s": "scheduled",
        "job:one t": "tidy",
        "job:one q": "default",
        "job:one p": "5",
        "job:one b": BODY.decode(),
        "job:one at": "a time",
        "job:one due": "a time",
        "job:one et": "a time",
        "scheduled": ["one"],
        "queues": ["default"],
        "recent": ["one"],
        "wake:default": 1,
        "stats in:default": 1,
        "events": ["submit one"],
    }


def test_a_due_time_in_the_past_queues_at_once(store: Store, read: Reading) -> None:
    submit(store, a_job(due_ms=1))
    assert read.job("one").state is State.QUEUED


def test_expiry_counts_from_now_on_the_server(store: Store, read: Reading) -> None:
    submit(store, a_job(expires_ms=5000))
    job = read.job("one")
    assert job.expires_ms == job.enqueued_ms + 5000


@pytest.mark.parametrize("state", ["queued", "scheduled", "running", "ended"])
def test_the_same_id_and_body_again_changes_nothing_in_any_state(store: Store, worker: SeedWorker, state: str) -> None:
    """Faults 46 and 48: a submit whose answer was lost may be sent again at any later time."""
    job = a_job(delay_ms=60_000 if state == "scheduled" else None, priority=7, key="nightly")
    submit(store, job)
    if state in ("running", "ended"):
        claim = worker.take()
        if state == "ended":
            worker.complete(claim)
    before = everything(store)

    assert submit(store, job) == [Submitted(Taken.EXISTS, "one")]
    assert everything(store) == before


def test_the_same_id_with_another_body_is_a_collision(store: Store) -> None:
    submit(store, "one")
    before = everything(store)
    assert submit(store, a_job(body=b"another")) == [Submitted(Taken.COLLISION, "one")]
    assert everything(store) == before


def test_a_batch_answers_in_its_order_and_counts_one_event(store: Store) -> None:
    submit(store, "two")
    before = everything(store)

    answers = submit(store, "one", "two", a_job("two", body=b"x"), "three", "one")

    assert [answer.taken for answer in answers] == ["NEW", "EXISTS", "COLLISION", "NEW", "EXISTS"]
    assert changed(before, everything(store))["events"] == ["submit one three"]


def test_five_thousand_jobs_fit_in_one_call(store: Store, read: Reading) -> None:
    answers = submit(store, *(a_job(f"j{n}") for n in range(5000)))
    assert {answer.taken for answer in answers} == {Taken.NEW}
    assert read.queues()[0].ready == 5000


class TestUserKeys:
    """`--key`: a name that a caller gives a job, with a lifetime of its own."""

    @pytest.mark.parametrize("if_exists", [IfExists.RETURN, IfExists.SKIP])
    def test_a_held_key_answers_its_holder(self, store: Store, if_exists: IfExists) -> None:
        submit(store, a_job("one", key="k"))
        before = everything(store)
        assert submit(store, a_job("two", key="k", if_exists=if_exists)) == [Submitted(Taken.HELD, "one")]
        assert everything(store) == before

    def test_a_held_key_refuses_who_asked_for_that(self, store: Store) -> None:
        submit(store, a_job("one", key="k"))
        before = everything(store)
        assert submit(store, a_job("two", key="k", if_exists=IfExists.FAIL)) == [Submitted(Taken.REFUSED, "one")]
        assert everything(store) == before

    @pytest.mark.parametrize("delay", [None, 60_000], ids=["queued", "scheduled"])
    def test_replace_withdraws_a_holder_that_does_not_run(self, store: Store, read: Reading, delay: int | None) -> None:
        submit(store, a_job("one", key="k", delay_ms=delay))
        replacing = a_job("two", key="k", if_exists=IfExists.REPLACE)

        assert submit(store, replacing) == [Submitted(Taken.NEW, "two")]

        old = read.job("one")
        assert (old.outcome, old.reason) == (Outcome.CANCELLED, Reason.BY_USER)
        after = everything(store)
        assert [job for job, _ in after["ready:default"]] == ["two"]
        assert "scheduled" not in after
        assert after["key:k"] == b"two"
        assert after["unsuccessful"] == ["one"]
        assert submit(store, replacing) == [Submitted(Taken.EXISTS, "two")]
        assert everything(store) == after

    def test_replace_lets_a_running_holder_run(self, store: Store, read: Reading, worker: SeedWorker) -> None:
        submit(store, a_job("one", key="k"))
        worker.take()
        assert submit(store, a_job("two", key="k", if_exists=IfExists.REPLACE)) == [Submitted(Taken.NEW, "two")]
        assert read.job("one").state is State.RUNNING
        assert everything(store)["key:k"] == b"two"

    @pytest.mark.damaged("a job's record is deleted")
    def test_a_key_whose_job_is_forgotten_is_free(self, store: Store, redis_client: redis.Redis) -> None:
        submit(store, a_job("one", key="k"))
        store.do(store.verbs.cancel(["one"], {}))
        redis_client.delete(store.keys.job("one"))
        assert submit(store, a_job("two", key="k")) == [Submitted(Taken.NEW, "two")]

    def test_a_key_lives_as_long_as_it_was_asked_to(self, store: Store, redis_client: redis.Redis) -> None:
        submit(store, a_job(key="k", key_ttl_ms=90_000))
        left = redis_client.pttl(store.keys.user_key("k"))
        assert 80_000 < left <= 90_000


class TestWaking:
    def test_each_new_job_leaves_one_token_up_to_a_bound(self, store: Store) -> None:
        submit(store, "one", "two")
        assert everything(store)["wake:default"] == 2
        submit(store, *(f"j{n}" for n in range(100)))
        assert everything(store)["wake:default"] == 16

    def test_a_new_head_of_the_schedule_leaves_a_token_and_a_later_one_does_not(self, store: Store) -> None:
        submit(store, a_job("one", delay_ms=60_000))
        submit(store, a_job("two", delay_ms=90_000))
        assert everything(store)["wake:default"] == 1
        submit(store, a_job("three", delay_ms=30_000))
        assert everything(store)["wake:default"] == 2

    @pytest.mark.parametrize("delay", [None, 60_000], ids=["queued", "scheduled"])
    def test_a_new_queue_is_told_to_every_worker_once(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker, delay: int | None
    ) -> None:
        submit(store, a_job(queue="new", delay_ms=delay))
        after = everything(store)
        assert after[f"inbox:{worker.id}"] == after[f"inbox:{other_worker.id}"] == ["queues"]
        submit(store, a_job("two", queue="new"))
        assert everything(store)[f"inbox:{worker.id}"] == ["queues"]


def test_only_the_newest_ten_thousand_ids_are_remembered_for_prefixes(store: Store, read: Reading) -> None:
    submit(store, "abcdoldest")
    for start in range(0, 10_000, 2500):
        submit(store, *(a_job(f"{n:05}xyz") for n in range(start, start + 2500)))
    assert len(read.recent()) == 10_000
    assert read.recent(1) == ["09999xyz"]
    assert "abcdoldest" not in read.recent()


@pytest.mark.parametrize(
    ("key", "terms"),
    [
        ("ready:default", {"unique": "u"}),  # the long way
        ("scheduled", {"delay_ms": 90_000}),
        ("waiting", {"after": ("first",)}),
        ("dependents:first", {"after": ("first",)}),
        ("recent", {"unique": "u"}),
    ],
)
def test_a_job_that_can_stand_in_no_index_leaves_no_record_and_is_taken_once_it_can(
    store: Store, redis_client: redis.Redis, key: str, terms: dict[str, Any]
) -> None:
    """Fault 80: else whoever submits it again were told that it is there, and nobody would ever run it."""
    submit(store, "first")
    index = f"{store.keys.prefix}{key}"
    if redis_client.exists(index):
        redis_client.rename(index, f"{index}-kept")
    redis_client.set(index, "somebody's")
    with pytest.raises(WrongType):
        submit(store, a_job("one", **terms))
    assert "job:one q" not in everything(store)
    redis_client.delete(index)
    if redis_client.exists(f"{index}-kept"):
        redis_client.rename(f"{index}-kept", index)
    assert [answer.taken for answer in submit(store, a_job("one", **terms))] == [Taken.NEW]
    assert "job:one q" in everything(store)
