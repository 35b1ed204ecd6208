"""What a live screen is told of the row under its cursor, where that is no job."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qctl.client import Client, open_client
from qctl.client.scheduling import ManualRun, Scheduling
from qctl.client.watching import Want
from qctl.client.watching.looking import Looker
from qctl.client.watching.snapshot import Beside, Kind, Subject
from qctl.config import load
from qctl.config.requests import Options, Request
from qctl.config.timetable import schedules
from qctl.model.query import parse
from qctl.store import Store
from tests.support.schedule_seed import SeedBeat, a_publication
from tests.support.store_seed import SeedWorker


def beside(client: Client, kind: Kind, key: str) -> Beside:
    """What a look tells of a subject."""
    seen = Looker(client).look(Want(jobs=False, subject=Subject(kind, key), events=kind is Kind.EVENT)).beside
    assert seen is not None
    return seen


def submit(client: Client, number: int) -> list[str]:
    receipts = client.submit([Request(task="greet", options=Options(queue="high")) for _ in range(number)])
    return [receipt.id for receipt in receipts]


def test_of_a_queue_the_jobs_are_told_that_it_starts_next(client: Client) -> None:
    ids = submit(client, 25)
    assert [job.id for job in beside(client, Kind.QUEUE, "high").jobs] == ids[:20]
    assert beside(client, Kind.QUEUE, "nosuch").jobs == ()


def test_of_a_worker_the_jobs_are_told_that_it_runs(client: Client, worker: SeedWorker) -> None:
    ids = submit(client, 2)
    worker.take()
    assert [job.id for job in beside(client, Kind.WORKER, "w1").jobs] == ids[:1]
    assert beside(client, Kind.WORKER, "nosuch").jobs == ()


def test_of_an_event_its_jobs_are_told_and_what_its_first_one_is_called(client: Client) -> None:
    ids = submit(client, 3)
    seen = Looker(client).look(Want(jobs=False, events=True))
    assert {seen.titles[event.jobs[0]] for event in seen.events if event.jobs} == {"greet"}
    newest = seen.events[0]
    assert [job.id for job in beside(client, Kind.EVENT, newest.id).jobs] == [i for i in ids if i in newest.jobs]


def test_errors_are_those_of_the_jobs_that_a_query_means(client: Client, worker: SeedWorker) -> None:
    ids = [*submit(client, 1), *(one.id for one in client.submit([Request(task="greet")]))]
    for claim in worker.claim(2):
        worker.bury(claim)
    looker = Looker(client)

    def examples(query: str) -> list[str]:
        looked = looker.look(
            Want(jobs=False, errors=True, failures=parse(query, datetime.now(UTC), UTC) if query else None)
        )
        return [group.newest.id for group in looked.errors for _ in range(group.count)]

    assert len(examples("")) == 2
    assert examples("queue:high") == ids[:1]
    assert examples("queue:high state:succeeded") == []


def test_titles_of_jobs_are_read_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(client, 3)
    looker = Looker(client)
    before = looker.look(Want(jobs=False, events=True)).titles
    monkeypatch.setattr(type(client.reading), "jobs", lambda *_: pytest.fail("they are known"))
    assert looker.look(Want(jobs=False, events=True)).titles == before


def test_of_a_schedule_the_last_instants_are_told_with_their_jobs(
    tmp_path: Path, redis_url: str, namespace: str, store: Store
) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text('[tasks.tidy]\nrun = "true"\nschedule = "0 3 * * *"\n')
    with open_client(load(str(file)), redis_url, namespace) as client:
        beat = SeedBeat(store)
        beat.pulse()
        beat.publish(a_publication("tidy", task="tidy"))
        (schedule,) = schedules(client.config, "test", "UTC")
        run = Scheduling(client).run(ManualRun(schedule=schedule))
        told = beside(client, Kind.SCHEDULE, "tidy")
        assert [(row.job, row.manual) for row in told.ledger] == [(run.id, True)]
        assert [job.id for job in told.jobs] == [run.id]
