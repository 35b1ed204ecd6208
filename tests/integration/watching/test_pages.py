"""The page of jobs: what has not ended, as it is claimed, then the newest failures; found and sorted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis

from qctl.client import Client
from qctl.client.watching import JobPage, Want
from qctl.client.watching import found as finding
from qctl.client.watching.found import SORTS
from qctl.client.watching.looking import Looker
from qctl.model.query import parse
from qctl.model.state import Outcome
from qctl.store import Store, window
from tests.support import eventually
from tests.support.store_seed import SeedWorker, a_job, end_long_ago, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send

EVERYTHING = Want(rows=1000)


def ids(page: JobPage) -> list[str]:
    return [job.id for job in page.jobs]


def page_of(looker: Looker, **wanted: object) -> JobPage:
    return looker.look(replace(EVERYTHING, **wanted)).page  # type: ignore[arg-type]


def some_of_each_kind(store: Store, worker: SeedWorker) -> list[str]:
    """Jobs in every state, told in the order in which they stand on a page."""
    submit(store, "bad", "good", "run1", "run2")
    claims = {claim.id: claim for claim in worker.claim(4)}
    worker.bury(claims["bad"])
    worker.complete(claims["good"])
    submit(store, a_job("later", delay_ms=60_000), a_job("low", priority=1), a_job("high", priority=9))
    submit(store, a_job("batch", queue="batch"), a_job("after", after=("low",)), "gone")
    store.do(store.verbs.cancel(["gone"], {}))
    return ["run1", "run2", "batch", "high", "low", "later", "after", "bad"]


def test_it_holds_what_has_not_ended_as_it_is_claimed_then_what_has_failed(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    """Neither what succeeded nor what was cancelled."""
    order = some_of_each_kind(store, worker)
    page = page_of(looker)
    assert ids(page) == order
    assert (page.first, page.total, page.cut) == (0, len(order), False)
    assert page.places == {"batch": 1, "high": 1, "low": 2}
    assert [job.worker for job in page.jobs[:3]] == ["w1", "w1", None]


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_each_part_of_it_is_the_same_wherever_one_looks(
    store: Store, worker: SeedWorker, looker: Looker, rows: int
) -> None:
    order = some_of_each_kind(store, worker)
    for first in range(len(order) + 2):
        page = page_of(looker, first=first, rows=rows)
        assert ids(page) == order[first : first + rows]
        assert (page.first, page.total) == (min(first, len(order)), len(order))


def test_only_failures_of_the_last_hour_are_shown_and_ten_of_them(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    submit(store, *(f"j{n:02}" for n in range(13)))
    for claim in worker.claim(13):
        worker.bury(claim, outcome=Outcome.TIMEOUT)
    for n in range(1, 13):
        end_long_ago(store, f"j{n:02}", 1000 * n if n < 12 else 3_700_000)
    page = page_of(looker)
    assert (ids(page), page.total) == ([f"j{n:02}" for n in range(10)], 10)


def test_what_fails_comes_onto_it_and_what_is_retried_goes_back_to_its_queue(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    submit(store, "one")
    page_of(looker)
    worker.bury(worker.take())
    (job,) = page_of(looker).jobs
    assert (job.id, job.outcome) == ("one", Outcome.FAILED)
    store.do(store.verbs.revive(["one"]))
    (job,) = page_of(looker).jobs
    assert (job.id, job.state, job.outcome) == ("one", "queued", None)


def test_what_has_failed_once_more_between_two_looks_is_told_anew(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    submit(store, "bad")
    worker.bury(worker.take())
    assert [job.attempt for job in page_of(looker).jobs] == [1]

    store.do(store.verbs.revive(["bad"]))
    worker.bury(worker.take())

    assert [job.attempt for job in page_of(looker).jobs] == [2]


def test_a_workflow_is_one_row_that_says_how_far_it_is(store: Store, crew: Crew, looker: Looker) -> None:
    submit(store, "one")
    send(store, a_workflow(group(*(f"m{n}" for n in range(4)))), a_workflow(chain("a", "b"), "later", delay_ms=9000))
    page_of(looker)  # that `later` is a workflow shows by its record
    page = page_of(looker)
    assert (ids(page), page.total) == (["w", "one", "later"], 3)
    assert page.counted is not None
    assert {job: (one.done, one.total) for job, one in page.counted.items()} == {"w": (0, 4), "later": (0, 2)}
    assert page.places == {"one": 1}
    crew.look()
    crew.end("1")

    def it_is_counted_again() -> bool:
        counted = page_of(looker).counted
        return counted is not None and (counted["w"].done, counted["w"].total) == (1, 4)

    eventually(it_is_counted_again)


def test_jobs_behind_those_of_a_large_workflow_are_found(store: Store, looker: Looker) -> None:
    send(store, a_workflow(group(*(f"m{n}" for n in range(300))), priority=9))
    submit(store, *(f"j{n}" for n in range(5)))
    page = page_of(looker, rows=4)
    assert (ids(page), page.total) == (["w", "j0", "j1", "j2"], 6)
    assert ids(page_of(looker, first=4, rows=4)) == ["j3", "j4"]


@pytest.mark.parametrize("failed", [0, 3])
def test_where_there_are_not_as_many_as_one_thought_the_last_ones_are_seen_at_once(
    store: Store, worker: SeedWorker, looker: Looker, failed: int
) -> None:
    """`G` beside a workflow: how many of its jobs stand before the end shows only when all of them are read."""
    submit(store, *(f"bad{n}" for n in range(failed)))
    for claim in worker.claim(failed):
        worker.bury(claim)
    send(store, a_workflow(group(*(f"m{n}" for n in range(300)))))
    submit(store, *(a_job(f"j{n:02}", priority=9) for n in range(50)))
    near = page_of(looker, rows=4, full=True)
    assert near.total > 51 + failed, "jobs of the workflow are among them"
    far = page_of(looker, first=near.total - 4, rows=4, full=True)
    assert (far.first, far.total) == (47 + failed, 51 + failed)
    assert ids(far) == [*(f"j{n:02}" for n in range(50)), *(f"bad{n}" for n in reversed(range(failed)))][-4:]
    assert ids(page_of(looker, first=2, rows=9999, full=True))[0] == "w"


def test_the_end_that_one_may_read_up_to_is_shown_at_once_and_said(
    store: Store, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "FURTHEST", 20)
    submit(store, *(f"j{n:02}" for n in range(30)))
    send(store, a_workflow("a"))
    page = page_of(looker, first=1_000_000, rows=4, full=True)
    assert (page.bounded, page.first, page.total) == (True, 16, 20)
    assert ids(page)[-1] == "j18"


def test_while_workflows_run_one_looks_no_further_than_a_bound(
    store: Store, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "FURTHEST", 20)
    submit(store, *(f"j{n:02}" for n in range(30)))
    assert (page_of(looker, first=25, rows=2).cut, ids(page_of(looker, first=25, rows=2))) == (False, ["j25", "j26"])
    send(store, a_workflow("a"))
    assert page_of(looker, first=25, rows=2).cut
    assert ids(page_of(looker, rows=2)) == ["w", "j00"]


def test_what_limits_hold_back_is_shown(store: Store, looker: Looker) -> None:
    worker = SeedWorker(store, "w1").register(task_tidy={"running": 1})
    submit(store, *(f"j{n}" for n in range(5)))
    worker.claim(5)
    page = page_of(looker)
    assert ids(page)[0] == "j0"
    assert set(ids(page)) == {f"j{n}" for n in range(5)}
    assert (page.total, page.places) == (5, {})
    assert [job.parked_by for job in page.jobs[1:]] == ["task:tidy"] * 4


@pytest.mark.parametrize("column", list(SORTS))
def test_it_is_sorted_by_any_column(store: Store, worker: SeedWorker, looker: Looker, column: str) -> None:
    order = some_of_each_kind(store, worker)
    for reverse in (True, False):
        seen = looker.look(replace(EVERYTHING, sort=column, reverse=reverse))
        page = seen.page
        keys = [SORTS[column](job, seen.now_ms) for job in page.jobs]
        assert keys == sorted(keys, reverse=reverse)
        assert sorted(ids(page)) == sorted(order)
    if column != "age":  # what runs grows older
        assert ids(page_of(looker, sort=column, first=2, rows=3)) == ids(page)[2:5]


def test_of_more_jobs_than_are_sorted_it_is_said_that_there_are_more(
    store: Store, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "SORTED", 5)
    submit(store, *(f"j{n}" for n in range(9)))
    assert (ids(page_of(looker, sort="id")), page_of(looker, sort="id").cut) == ([f"j{n}" for n in range(5)], True)
    assert page_of(looker, sort="").cut is False


def test_a_query_finds_active_jobs_first_then_ended_ones_and_says_if_there_may_be_more(
    store: Store, worker: SeedWorker, looker: Looker
) -> None:
    some_of_each_kind(store, worker)
    for text, found in (
        ("queue:batch", ["batch"]),
        ("state:running", ["run1", "run2"]),
        ("state:failed", ["bad"]),
        ("state:succeeded", ["good"]),
    ):
        page = page_of(looker, query=parse(text, datetime.now(UTC), UTC))
        assert (ids(page), page.cut) == (found, False)
    tidy = parse("task:tidy", datetime.now(UTC), UTC)
    page = page_of(looker, query=tidy, rows=2)
    assert (ids(page), page.cut) == (["run1", "run2"], True)
    assert set(ids(page_of(looker, query=tidy, first=6))) == {"after", "gone", "bad", "good"}
    assert page_of(looker, query=tidy, sort="id", rows=3).jobs[0].id == "after"


def test_a_query_is_read_as_far_as_a_bound_and_that_is_said(
    store: Store, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FURTHEST", 5)
    submit(store, *(f"j{n}" for n in range(9)))
    every = parse("state:queued", datetime.now(UTC), UTC)
    page = page_of(looker, query=every, words="state:queued")
    assert (page.total, page.bounded, page.words) == (5, True, "state:queued")
    assert ids(page) == [f"j{n}" for n in range(5)]
    assert page_of(looker, query=every, rows=2).bounded is False
    beyond = page_of(looker, query=every, first=100_000)
    assert (ids(beyond), beyond.first, beyond.total) == ([], 5, 5)


def test_what_took_a_while_is_not_done_at_every_look_and_what_is_shown_is_as_it_is_now(
    store: Store, worker: SeedWorker, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_SHARE", 1e9)
    submit(store, "a", "b")
    wanted = {"sort": "id"}
    assert ids(page_of(looker, **wanted)) == ["a", "b"]
    worker.take()
    submit(store, "c")
    page = page_of(looker, **wanted)
    assert [(job.id, job.state) for job in page.jobs] == [("a", "running"), ("b", "queued")]
    assert ids(page_of(looker, sort="task")) == ["a", "b", "c"]


def test_records_that_nobody_can_read_are_passed_over(
    store: Store, worker: SeedWorker, looker: Looker, client: Client, redis_client: redis.Redis
) -> None:
    """Attack 31's neighbour: whoever may write to Redis may write nonsense, and the screen goes on."""
    submit(store, "one", "two", "three", "four")
    worker.bury(worker.take())
    keys = store.keys
    redis_client.delete(keys.job("two"))
    redis_client.rpush(keys.job("two"), "a list")
    redis_client.hset(keys.job("three"), "p", "\xff")
    redis_client.zadd(keys.unsuccessful, {"nobody": client.reading.now_ms()})
    redis_client.zadd(keys.workflows, {"no-flow": 1})
    redis_client.zadd(keys.workers, {"strange": 1})
    redis_client.hset(keys.worker("strange"), "about", "{nonsense")
    redis_client.hset(keys.paused, "default", "no json")
    redis_client.hset(keys.rules, "queue:default", "[1]")
    redis_client.set(keys.waiting, "no index")
    seen = looker.look(EVERYTHING)
    assert ids(seen.page) == ["four", "one"]
    assert seen.health is not None
    assert ([w.id for w in seen.health.workers], dict(seen.health.paused)) == (["w1"], {})
    redis_client.flushdb()


def test_without_anything_the_page_is_empty(looker: Looker) -> None:
    assert page_of(looker) == JobPage(counted={}, places={})
    assert page_of(looker, jobs=False) == JobPage(unread=True)
