"""Waiting for several jobs, of which some end long before the others."""

from __future__ import annotations

import pytest

from qctl.client import Client
from qctl.client.waiting import lost_while_waiting
from qctl.config.requests import Request
from qctl.errors import RedisUnreachable
from qctl.model.state import Outcome
from tests.support.store_seed import SeedWorker


def submitted(client: Client, count: int) -> list[str]:
    return [receipt.id for receipt in client.submit([Request(task="greet")] * count)]


def test_what_has_ended_is_not_read_again_while_others_are_waited_for(
    client: Client, worker: SeedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each end of one of thousands would cost the reading of them all."""
    ids, read = submitted(client, 4), client.reading.jobs
    asked: list[list[str]] = []
    monkeypatch.setattr(client.reading, "jobs", lambda wanted: asked.append(list(wanted)) or read(wanted))  # type: ignore[func-returns-value]
    watched = client.watch(ids, look=0.0)
    for _ in range(3):
        worker.complete(worker.take())
    assert [job.ended for job in next(watched)] == [True, True, True, False]
    assert [job.ended for job in next(watched)] == [True, True, True, False]
    worker.complete(worker.take())
    assert all(job.ended for job in next(watched))
    assert asked == [ids, ids[3:], ids[3:], ids[:3]]


def test_a_job_that_is_retried_while_others_are_waited_for_is_waited_for_anew(
    client: Client, worker: SeedWorker
) -> None:
    retried, kept, other = submitted(client, 3)
    watched = client.watch([retried, kept, other], look=0.0)
    worker.bury(worker.take())
    worker.complete(worker.take())
    assert [job.ended for job in next(watched)] == [True, True, False]
    client.retry([retried])
    client.remove([kept])
    worker.complete(worker.take())
    assert [job.ended for job in next(watched)] == [False, True, True]
    worker.complete(worker.take())
    assert [job.outcome for job in next(watched)] == [Outcome.SUCCEEDED] * 3


def test_of_many_that_are_waited_for_their_number_is_said() -> None:
    away = RedisUnreachable(url="redis://db1", reason="no answer")
    many = lost_while_waiting([f"job{n}" for n in range(200)], away, "no answer")
    assert (str(many), many.advice) == ("Redis went away while waiting for 200 jobs: no answer", "qctl ps")
    assert len(many.accepted or ()) == 200
