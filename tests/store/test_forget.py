"""forget: ended -> nothing."""

from __future__ import annotations

import pytest
import redis

from qctl.errors import NoSuchJob
from qctl.store import Reading, Store
from qctl.store.taken import Submitted, Taken
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    a_job,
    changed,
    end_long_ago,
    everything,
    some_json,
    submit,
)
from tests.support.workflow_seed import a_workflow, group, send, step

WEEK_MS = 7 * 24 * HOUR_MS


def some_ended(store: Store, worker: SeedWorker, *jobs: str, task: str = "tidy", log: bytes = b"") -> None:
    submit(store, *(a_job(job, task=task) for job in jobs))
    for claim in worker.claim(len(jobs)):
        worker.complete(claim, value=some_json("1" * 5000), log=log)


def test_an_old_job_goes_with_its_value_and_output_and_nothing_else_is_touched(
    store: Store, worker: SeedWorker
) -> None:
    some_ended(store, worker, "old", "new", log=b"packed")
    end_long_ago(store, "old", WEEK_MS + 60_000)
    before = everything(store)

    assert store.do(store.verbs.forget("tidy", WEEK_MS, 1000)) == (1, False)

    after = changed(before, everything(store))
    fields = {name for name in after if name.startswith("job:old ")}
    assert {name: after[name] for name in after.keys() - fields} == {
        "value:old": None,
        "log:old:1": None,
        "outputs": ["new:1"],
        "output_bytes": b"6",
        "ended:tidy": ["new"],
        "events": ["forget old"],
    }
    assert all(after[name] is None for name in fields)


def test_by_count_the_oldest_go_first(store: Store, read: Reading, worker: SeedWorker) -> None:
    some_ended(store, worker, *(f"j{n}" for n in range(5)))
    for n in range(5):
        end_long_ago(store, f"j{n}", (10 - n) * HOUR_MS)
    assert store.do(store.verbs.forget("tidy", WEEK_MS, 2)) == (3, False)
    assert [job.id for job in read.ended(9)] == ["j4", "j3"]


def test_what_one_that_has_the_task_keeps_holds_for_the_others_for_a_week(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    some_ended(store, worker, "one", "two")
    end_long_ago(store, "one", 2 * WEEK_MS)
    end_long_ago(store, "two", 2 * WEEK_MS)
    assert store.do(store.verbs.forget("tidy", 3 * WEEK_MS, 9, declared=True)) == (0, False)
    assert 0 <= WEEK_MS - redis_client.pttl(store.keys.keep("tidy")) < 60_000

    assert store.do(store.verbs.forget("tidy", WEEK_MS, 0)) == (0, False)
    assert store.do(store.verbs.forget("tidy", 3 * WEEK_MS, 1, declared=True)) == (1, False)

    redis_client.delete(store.keys.keep("tidy"))
    assert store.do(store.verbs.forget("tidy", WEEK_MS, 9)) == (1, False)


def test_a_job_that_ended_less_than_an_hour_ago_always_stays(store: Store, worker: SeedWorker) -> None:
    """architecture.md, Retention: until then its id answers who submits again."""
    some_ended(store, worker, "one", "two")
    end_long_ago(store, "one", HOUR_MS - 60_000)
    before = everything(store)
    assert store.do(store.verbs.forget("tidy", 0, 0)) == (0, False)
    assert everything(store) == before
    assert submit(store, "one") == [Submitted(Taken.EXISTS, "one")]


def test_just_over_an_hour_it_goes_if_count_or_age_say_so(store: Store, read: Reading, worker: SeedWorker) -> None:
    some_ended(store, worker, "one", "two")
    end_long_ago(store, "one", HOUR_MS + 60_000)
    assert store.do(store.verbs.forget("tidy", WEEK_MS, 2)) == (0, False)
    assert store.do(store.verbs.forget("tidy", WEEK_MS, 1)) == (1, False)
    with pytest.raises(NoSuchJob):
        read.job("one")


def test_one_call_takes_no_more_than_it_was_asked_to_and_says_that_there_is_more(
    store: Store, worker: SeedWorker
) -> None:
    some_ended(store, worker, *(f"j{n}" for n in range(25)))
    for n in range(25):
        end_long_ago(store, f"j{n}", WEEK_MS)
    answers = [store.do(store.verbs.forget("tidy", 0, 0, limit=10)) for _ in range(3)]
    assert answers == [(10, True), (10, True), (5, False)]


def test_the_same_call_again_changes_nothing(store: Store, worker: SeedWorker) -> None:
    some_ended(store, worker, "one")
    end_long_ago(store, "one", WEEK_MS)
    store.do(store.verbs.forget("tidy", 0, 0))
    before = everything(store)
    assert store.do(store.verbs.forget("tidy", 0, 0)) == (0, False)
    assert everything(store) == before


def test_tasks_that_were_renamed_or_removed_are_known_until_their_last_job_is_forgotten(
    store: Store, worker: SeedWorker
) -> None:
    some_ended(store, worker, "one", task="old-name")
    some_ended(store, worker, "two", task="tidy")
    assert everything(store)["tasks"] == ["old-name", "tidy"]
    end_long_ago(store, "one", WEEK_MS, task="old-name")
    store.do(store.verbs.forget("old-name", 0, 0))
    after = everything(store)
    assert after["tasks"] == ["tidy"]
    assert "ended:old-name" not in after


def test_every_attempts_output_goes_and_the_count_of_bytes_stays_exact(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    worker.complete(worker.claim(2)[1], log=b"12")
    submit(store, "three")
    for number in range(30):
        claim = worker.take()
        if number == 29:
            worker.bury(claim, log=b"1234567")
        else:
            worker.retry(claim, 0, log=b"1234567")
            store.do(store.verbs.promote())
    assert everything(store)["output_bytes"] == b"142"
    end_long_ago(store, "three", WEEK_MS)

    store.do(store.verbs.forget("tidy", WEEK_MS - 1, 1000))

    after = everything(store)
    assert after["output_bytes"] == b"2"
    assert [name for name in after if name.startswith("log:")] == ["log:two:1"]
    assert after["outputs"] == ["two:1"]


def test_unsuccessful_jobs_leave_both_indexes(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.bury(worker.take())
    end_long_ago(store, "one", WEEK_MS)
    store.do(store.verbs.forget("tidy", 0, 0))
    assert not {"unsuccessful", "ended:tidy", "tasks"} & everything(store).keys()


def test_a_job_that_lives_again_stays_though_an_index_still_holds_it(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 81: an id in two places."""
    submit(store, "one")
    redis_client.zadd(store.keys.ended("tidy"), {"one": 1})
    assert store.do(store.verbs.forget("tidy", 0, 0)) == (1, False)
    assert worker.take().id == "one"


@pytest.mark.parametrize("there", [b"garbage", b"99999999999999999999", None], ids=["text", "number", "hash"])
@pytest.mark.parametrize("kind", ["passed", "keep"])
def test_whatever_somebody_has_put_in_place_of_what_it_remembers_the_task_is_forgotten(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, kind: str, there: bytes | None
) -> None:
    some_ended(store, worker, "one", "two")
    end_long_ago(store, "one", 2 * WEEK_MS)
    end_long_ago(store, "two", 2 * WEEK_MS)
    name = f"{store.keys.prefix}{kind}:tidy"
    if there is None:
        redis_client.hset(name, "x", "y")
    else:
        redis_client.set(name, there)

    gone = [store.do(store.verbs.forget("tidy", WEEK_MS, 0))[0] for _ in range(2)]

    assert gone == ([0, 2] if kind == "keep" else [2, 0])
    redis_client.delete(name)


def test_what_one_keeps_and_nobody_can_read_can_be_said_again_before_anything_goes(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    some_ended(store, worker, "one")
    end_long_ago(store, "one", 2 * WEEK_MS)
    redis_client.hset(store.keys.keep("tidy"), "x", "y")

    assert store.do(store.verbs.forget("tidy", WEEK_MS, 0)) == (0, False)
    assert store.do(store.verbs.forget("tidy", 9 * WEEK_MS, 9, declared=True)) == (0, False)
    assert store.do(store.verbs.forget("tidy", WEEK_MS, 0)) == (0, False)


def test_an_empty_task_costs_nothing(store: Store) -> None:
    before = everything(store)
    assert store.do(store.verbs.forget("nothing", 0, 0)) == (0, False)
    assert everything(store) == before


@pytest.fixture
def kept(store: Store, worker: SeedWorker) -> None:
    """35 jobs that a workflow still needs, and behind them 5 that nobody does."""
    send(store, a_workflow(group(*(step("tidy") for _ in range(35)), "lasts")))
    worker.claim(99)
    claims = [claim for claim in worker.ask_again(99).claims if claim.task == "tidy"]
    for place, claim in enumerate(claims):
        worker.complete(claim)
        end_long_ago(store, claim.id, WEEK_MS - place)
    some_ended(store, worker, *(f"j{n}" for n in range(5)))
    for n in range(5):
        end_long_ago(store, f"j{n}", WEEK_MS - 100 - n)


@pytest.mark.usefixtures("kept")
class TestPassing:
    """What has to stay costs each call no more for its number, and nothing hides behind it."""

    def test_a_call_reads_as_many_records_as_it_was_asked_to_and_the_next_goes_on_behind_them(
        self, store: Store, read: Reading, redis_client: redis.Redis
    ) -> None:
        answers = []
        for _ in range(5):
            before = reads(redis_client)
            answers.append(store.do(store.verbs.forget("tidy", 0, 0, limit=10)))
            assert reads(redis_client) - before < 3 * 10
        assert answers == [(0, True), (0, True), (0, True), (5, True), (0, False)]
        assert not read.jobs([f"j{n}" for n in range(5)])

    def test_then_the_task_rests_for_a_while_and_begins_at_its_oldest_job(
        self, store: Store, redis_client: redis.Redis
    ) -> None:
        while store.do(store.verbs.forget("tidy", 0, 0, limit=10))[1]:
            pass
        assert 0 < redis_client.pttl(store.keys.passed("tidy")) <= 1000
        before = reads(redis_client)
        assert store.do(store.verbs.forget("tidy", 0, 0, limit=10)) == (0, False)
        assert reads(redis_client) - before < 3
        redis_client.delete(store.keys.passed("tidy"))
        assert store.do(store.verbs.forget("tidy", 0, 0, limit=10)) == (0, True)

    def test_by_count_no_more_go_than_there_are_too_many(self, store: Store, read: Reading) -> None:
        while store.do(store.verbs.forget("tidy", 2 * WEEK_MS, 38, limit=10))[1]:
            pass
        assert [job.id for job in read.jobs([f"j{n}" for n in range(5)])] == ["j2", "j3", "j4"]


def reads(server: redis.Redis) -> int:
    """How often a script, or somebody, has read a job's record by now."""
    said = server.info("commandstats")
    return sum(said.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("get", "hgetall"))
