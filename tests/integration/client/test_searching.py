"""Searching: the jobs that a query means, found where indexes say, and no further than the bound."""

from __future__ import annotations

from datetime import UTC

import pytest

from qctl import clock
from qctl.client import Client
from qctl.client.searching import Search
from qctl.model.query import parse
from qctl.model.query_scope import Scope
from qctl.model.state import Outcome
from qctl.store import Store
from tests.support.store_seed import SeedWorker, a_job, end_long_ago, submit


def search(client: Client, text: str, most: int = 10_000, bounds: Scope | None = None) -> Search:
    return client.search(parse(text, clock.now(), UTC), UTC, bounds, most)


def ended(found: Search) -> list[str]:
    return [job.id for job in found.ended()]


@pytest.fixture
def past(store: Store, worker: SeedWorker) -> Store:
    """Two tasks with five jobs each; the odd ones failed, the last by a time limit."""
    for number in range(5):
        for task in ("backup", "import"):
            body = f'{{"task":"{task}","params":{{"path":"/srv/{number}"}}}}'.encode()
            submit(store, a_job(f"{task}{number}", task=task, queue=f"q{number}", body=body))
            claim = worker.take()
            if number == 4:
                worker.bury(claim, outcome=Outcome.TIMEOUT)
            elif number % 2:
                worker.bury(claim)
            else:
                worker.complete(claim)
    return store


@pytest.mark.parametrize(
    ("query", "found", "total"),
    [
        ("task:backup", ["backup4", "backup3", "backup2", "backup1", "backup0"], 5),
        ("task:b* queue:q2", ["backup2"], 5),
        ("state:failed", ["import3", "backup3", "import1", "backup1"], 6),
        ("state:timeout task:import", ["import4"], 5),
        ("-state:succeeded -state:failed", ["import4", "backup4"], 6),
        ("state:succeeded task:import", ["import2", "import0"], 5),
        ("srv/1", ["import1", "backup1"], 10),
        ("state:active", [], 0),
        ("task:none", [], 0),
    ],
)
def test_indexes_narrow_what_is_read(past: Store, client: Client, query: str, found: list[str], total: int) -> None:
    searched = search(client, query)
    assert sorted(ended(searched) if searched.scope.ended else []) == sorted(found)
    assert searched.extent.total == total
    assert (searched.extent.read, searched.extent.cut) == (total, False)


def test_the_bound_ends_the_reading_and_is_told_of(past: Store, client: Client) -> None:
    for task in ("import", "backup"):
        end_long_ago(past, f"{task}0", 60_000, task)  # surely the oldest, however many ended in one millisecond
    searched = search(client, "srv/0", most=8)
    assert ended(searched) == []
    extent = searched.extent
    assert (extent.read, extent.total, extent.cut, searched.seeks_text) == (8, 10, True, True)
    exactly = search(client, "srv/0", most=10)
    assert set(ended(exactly)) == {"import0", "backup0"}
    assert not exactly.extent.cut


def test_no_more_is_read_than_somebody_takes(store: Store, client: Client, worker: SeedWorker) -> None:
    submit(store, *(f"j{n}" for n in range(300)))
    for claim in worker.claim(300):
        worker.complete(claim)
    searched = search(client, "task:tidy")
    assert next(searched.ended()).id.startswith("j")
    assert searched.extent.read < 100


def test_times_bound_what_is_read(past: Store, client: Client) -> None:
    now = client.reading.now_ms()
    assert ended(search(client, "since:1h", bounds=Scope(until_ms=now - 3_600_000))) == []
    assert len(ended(search(client, "since:1h until:now"))) == 10


def test_active_jobs_are_found_by_state_and_queue(store: Store, client: Client, worker: SeedWorker) -> None:
    submit(store, a_job("runs"))
    worker.take()
    submit(store, a_job("a", queue="night"), a_job("b"), a_job("later", delay_ms=60_000, queue="night"))
    assert [job.id for job in search(client, "").active()] == ["runs", "b", "a", "later"]
    night = search(client, "queue:night state:queued")
    assert [job.id for job in night.active()] == ["a"]
    assert night.extent.total == 1, "the other queue was not looked at"
    assert [job.id for job in search(client, "queue:night").active()] == ["a", "later"]
    assert [job.id for job in search(client, "state:running").active()] == ["runs"]
    assert list(search(client, "state:failed").active()) == []


def test_a_long_queue_is_read_to_the_bound(store: Store, client: Client) -> None:
    submit(store, *(f"j{n}" for n in range(50)))
    searched = search(client, "absent", most=20)
    assert list(searched.active()) == []
    assert (searched.extent.read, searched.extent.total, searched.extent.cut) == (20, 50, True)


def test_acting_on_many_jobs_is_done_in_several_scripts(store: Store, client: Client, worker: SeedWorker) -> None:
    names = [f"j{n:04}" for n in range(1201)]
    submit(store, *names)
    assert {answer.answer for answer in client.cancel(names)} == {"OK"}
    assert set(client.retry(names)) == {"OK"}
    client.cancel(names)
    assert set(client.remove(names)) == {"OK"}
    assert client.reading.ended(9) == []
