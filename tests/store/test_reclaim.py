"""reclaim: running -> queued | ended (lost)."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from qctl.model.state import Outcome, Reason, State
from qctl.store import Reading, Store
from qctl.store.values import Answer, OutputReport, Reclaimed, Standing, Verdict
from tests.support.store_seed import SeedWorker, a_job, a_record, changed, everything, lose, submit

LEVEL = 2**49


def reclaim(
    store: Store, *verdicts: Verdict, beat: int = 0, limit: int = 100, refused: Sequence[str] = ()
) -> Reclaimed:
    return store.do(store.verbs.reclaim("w1", beat, verdicts, limit, refused))


def test_the_first_call_condemns_and_tells_the_jobs_and_moves_none(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    claims = worker.claim(2)
    before = everything(store)

    answer = reclaim(store)

    assert (answer.status, answer.judged) == ("OK", 0)
    assert [orphan[:5] for orphan in answer.batch] == [(one.id, one.fence, 1, "tidy", 0) for one in claims]
    assert {orphan.started_ms for orphan in answer.batch} == {read.job("one").started_ms}
    assert changed(before, everything(store)) == {"worker:w1 condemned": "a time"}


def test_a_job_to_be_queued_again_goes_behind_its_level_under_a_new_fence_and_nothing_else_is_touched(
    store: Store, worker: SeedWorker
) -> None:
    submit(store, "one", "two", "three")
    worker.claim(2)
    reclaim(store)
    before = everything(store)

    answer = reclaim(store, Verdict("one", 1, False, a_record(1, "lost")))

    assert (answer.status, answer.judged, [one.id for one in answer.batch]) == ("OK", 1, ["two"])
    assert changed(before, everything(store)) == {
        "job:one s": "queued",
        "job:one sc": str(4 * LEVEL + 4),
        "job:one f": "2",
        "job:one l": "1",
        "job:one a1": a_record(1, "lost").decode(),
        "job:one o": None,
        "job:one st": None,
        "running:w1 one": None,
        "ready:default": [("three", 4 * LEVEL + 3), ("one", 4 * LEVEL + 4)],
        "seq": b"4",
        "wake:default": before["wake:default"] + 1,
        "events": ["reclaim one"],
    }


def test_a_job_judged_lost_ends_and_with_the_last_one_the_worker_goes(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.take()
    reclaim(store)
    before = everything(store)

    answer = reclaim(store, Verdict("one", 1, True, a_record(1, "lost")))

    assert (answer.status, answer.judged, answer.batch) == ("OK", 1, ())
    after = changed(before, everything(store))
    assert {name: value for name, value in after.items() if not name.startswith(("worker:", "inbox:"))} == {
        "job:one form": "packed",
        "job:one s": None,
        "job:one sc": None,
        "job:one o": None,
        "job:one st": None,
        "job:one f": "2",
        "job:one l": "1",
        "job:one a1": a_record(1, "lost").decode(),
        "job:one oc": "lost",
        "job:one rs": "worker_lost",
        "job:one en": "a time",
        "running:w1 one": None,
        "workers": None,
        "ended:tidy": ["one"],
        "unsuccessful": ["one"],
        "tasks": ["tidy"],
        "stats lost:tidy": 1,
        "stats out:default": 1,
        "events": ["reclaim one"],
    }
    assert not [name for name in everything(store) if "w1" in name]


def test_the_same_call_again_changes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    worker.claim(2)
    reclaim(store)
    verdict = Verdict("one", 1, False, b"")
    reclaim(store, verdict)
    before = everything(store)
    assert reclaim(store, verdict).judged == 0
    assert everything(store) == before
    reclaim(store, Verdict("two", 1, False, b""))
    before = everything(store)
    assert reclaim(store, verdict).status == "GONE"
    assert everything(store) == before


def test_how_many_losses_end_a_job_is_told_by_the_least_that_any_worker_declares_the_dead_one_among_them(
    store: Store, other_worker: SeedWorker
) -> None:
    dead = SeedWorker(store, "w1").register(lost_once={"losses": 1}, lost_tidy={"losses": 50})
    other_worker.register(lost_tidy={"losses": 20})
    submit(store, a_job("one", task="once"), a_job("two", task="tidy"), a_job("three", task="usual"))
    dead.claim(3)
    assert {one.id: one.most_losses for one in reclaim(store).batch} == {"one": 1, "two": 20, "three": None}


def test_a_worker_whose_counter_moved_is_alive_and_untouched(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.take()
    worker.heartbeat()
    before = everything(store)
    assert reclaim(store, Verdict("one", 1, False, b"")).status == "ALIVE"
    assert everything(store) == before


def test_a_condemned_worker_cannot_come_back(store: Store, worker: SeedWorker) -> None:
    """architecture.md 5: the first batch marks the worker condemned, which no heartbeat undoes."""
    submit(store, "one", "two", "three")
    worker.claim(2)
    reclaim(store)
    before = everything(store)
    assert worker.heartbeat().standing is Standing.CONDEMNED
    assert worker.ask().standing is Standing.CONDEMNED
    assert store.do(store.verbs.register("w1", {}))[0] is Standing.CONDEMNED
    assert everything(store) == before
    assert reclaim(store, beat=7).status == "OK"


def test_a_condemned_worker_may_still_finish_what_nobody_took_from_it(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    one, two = worker.claim(2)
    reclaim(store)
    assert worker.complete(one) is Answer.OK
    reclaim(store, Verdict("one", 1, False, b""), Verdict("two", 1, False, b""))
    assert worker.complete(two) is Answer.FENCED
    assert read.job("one").outcome is Outcome.SUCCEEDED
    assert read.job("two").state is State.QUEUED


def test_two_rescuers_at_once_give_each_job_back_once(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, *(f"j{n}" for n in range(6)))
    worker.claim(6)
    first, second = reclaim(store), reclaim(store)
    mine = [Verdict(one.id, one.fence, False, b"") for one in first.batch]
    theirs = [Verdict(one.id, one.fence, False, b"") for one in second.batch]
    assert reclaim(store, *mine[:4]).judged + reclaim(store, *theirs).judged == 6
    assert {job.losses for job in read.active(9)} == {1}
    assert len(other_worker.claim(9)) == 6


def test_a_large_heap_is_given_back_in_batches(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, *(a_job(f"j{n}") for n in range(250)))
    worker.claim(250)
    verdicts: list[Verdict] = []
    rounds = 0
    while True:
        answer = reclaim(store, *verdicts, limit=100)
        if not answer.batch:
            break
        verdicts = [Verdict(one.id, one.fence, False, b"") for one in answer.batch]
        rounds += 1
    assert rounds == 3
    assert read.queues()[0].ready == 250
    assert read.workers() == []


def test_losses_have_a_counter_of_their_own(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    for n in range(3):
        one = SeedWorker(store, f"x{n}").register()
        one.take()
        lose(store, one)
    job = read.job("one")
    assert (job.losses, job.failures, job.crashes, job.attempt) == (3, 0, 0, 3)
    last = SeedWorker(store, "last").register()
    assert last.take().losses == 3
    lose(store, last, lost=True)
    assert (read.job("one").outcome, read.job("one").reason) == (Outcome.LOST, Reason.WORKER_LOST)


def test_what_the_lost_attempt_wrote_is_kept_counted_and_forgotten_like_all_output(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(
        store.verbs.report("w1", [OutputReport("one", 1, 1, 0, b"half a "), OutputReport("one", 1, 1, 7, b"line")])
    )
    lose(store, worker)
    after = everything(store)
    assert (after["outputs"], after["output_bytes"]) == (["one:1"], b"11")
    assert [one.chunk for one in read.output("one", claim.attempt)[1]] == [b"half a ", b"line"]
    assert store.do(store.verbs.trim_output(0)) == (1, False)
    assert everything(store)["output_bytes"] == b"0"
    assert "log:one:1" not in everything(store)


def test_an_idle_worker_that_died_is_taken_out(store: Store, worker: SeedWorker) -> None:
    assert reclaim(store) == Reclaimed("OK", 0, ())
    assert not [name for name in everything(store) if "w1" in name]


class TestDamage:
    """Faults 80 and 81."""

    def test_an_entry_without_its_job_and_a_broken_record_do_not_hold_up_the_rest(
        self, store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        submit(store, "gone", "bad", "one")
        worker.claim(3)
        redis_client.delete(store.keys.job("gone"))
        redis_client.set(store.keys.job("bad"), "?")

        answer = reclaim(store)
        assert [one.id for one in answer.batch] == ["one"]
        answer = reclaim(store, Verdict("one", 1, False, b""))

        assert answer.batch == ()
        assert not [name for name in everything(store) if "w1" in name]
        assert redis_client.get(store.keys.broken("bad")) == b"?"
        assert read.job("one").state is State.QUEUED

    def test_the_jobs_of_a_worker_whose_record_is_gone_are_given_back(
        self, store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        submit(store, "one")
        claim = worker.take()
        redis_client.delete(store.keys.worker("w1"))
        beat = other_worker.heartbeat(peers=5).peers["w1"]
        lose(store, worker)
        assert beat == -1
        assert read.job("one").state is State.QUEUED
        assert worker.complete(claim) is Answer.FENCED
        assert not [name for name in everything(store) if "w1" in name]

    def test_a_worker_that_entered_again_after_its_record_was_lost_is_alive(
        self, store: Store, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        submit(store, "one")
        worker.take()
        redis_client.delete(store.keys.worker("w1"))
        worker.register()
        assert reclaim(store, beat=-1).status == "ALIVE"


def test_what_the_dead_declared_is_taken_back_once_however_many_tell(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """A hundred workers notice at the same time: rules would be made anew a hundred times for each."""
    SeedWorker(store, "lives").register(task_tidy={"running": 3})
    assert reclaim(store).status == "OK"
    redis_client.hset(store.keys.rules, "task:tidy", '{"running":2}')
    assert reclaim(store).status == "GONE"
    assert redis_client.hget(store.keys.rules, "task:tidy") == b'{"running":2}'
