"""Two releases over one store: records of a later form wait for a worker that reads them; nothing of one is lost."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from qctl.model import call
from qctl.model.call import Call
from qctl.model.state import Outcome, Reason
from qctl.model.view import held_words
from qctl.store import Command, Reading, Store, worker_verbs
from qctl.store.record import read_fields
from tests.store.test_missing import knows
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, everything, submit

LATER = b'{"form":2,"task":"tidy","what":{"nobody":"knows yet"}}'


@pytest.fixture
def newer_worker(store: Store, monkeypatch: pytest.MonkeyPatch) -> SeedWorker:
    """One that reads records of form 2."""
    with monkeypatch.context() as patch:
        patch.setattr(worker_verbs, "FORM", 2)
        return SeedWorker(store, "newer").register()


def test_a_record_of_a_later_form_is_left_for_a_worker_that_reads_it(
    store: Store, read: Reading, worker: SeedWorker, newer_worker: SeedWorker
) -> None:
    """Fault 79: whoever reads less takes the others, and is not asked for it again."""
    submit(store, a_job("later", body=LATER), a_job("plain"))

    assert [claim.id for claim in worker.claim(9)] == ["plain"]
    assert worker.ask(9).more is False
    assert read.job("later").attempt == 0

    (claim,) = newer_worker.claim(9)
    assert (claim.id, claim.body, claim.attempt) == ("later", LATER, 1)
    newer_worker.complete(claim)
    assert read.job("later").outcome is Outcome.SUCCEEDED
    assert newer_worker.claim(9) == []
    assert not [key for key in everything(store) if key.startswith(("parked", "missing"))]


def test_one_whose_task_a_newer_worker_lacks_is_not_taken_by_an_older_one_that_has_it(
    store: Store, worker: SeedWorker, newer_worker: SeedWorker
) -> None:
    """Fault 79."""
    knows(worker, "tidy")
    submit(store, a_job("later", body=LATER))
    (claim,) = newer_worker.claim(9)
    newer_worker.release(claim, missing=True)

    assert worker.claim(9) == []
    assert store.do(store.verbs.claim(worker.id, 99, 9, only=["later"])).claims == ()


def test_what_nobody_reads_for_an_hour_fails_and_says_so_until_then(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    """Fault 79."""
    submit(store, a_job("later", body=LATER))
    worker.claim(9)
    job = read.job("later")
    assert job.parked_by == "nobody:form 2"
    assert "a newer qctl wrote it" in held_words(job)

    store.do(Command(("HSET", store.keys.job("later"), "at", job.enqueued_ms - HOUR_MS - 1), int))
    worker.claim(9)
    assert (read.job("later").outcome, read.job("later").reason) == (Outcome.FAILED, Reason.UNKNOWN_TASK)


def test_what_a_newer_release_has_added_is_kept_untouched(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 79: unknown fields of the record, through a failed attempt and the end, and of the body."""
    body = b'{"task":"tidy","later":[1]}'
    submit(store, a_job("one", body=body))
    redis_client.hset(store.keys.job("one"), "zz", b"\x00later")
    worker.retry(worker.take(), delay_ms=0)
    store.do(store.verbs.promote())
    worker.complete(worker.take())

    kept: Any = redis_client.get(store.keys.job("one"))
    fields = read_fields(kept)
    assert (fields["zz"], fields["b"]) == (b"\x00later", body)
    assert read.job("one").call.task == "tidy"


def test_the_form_stands_first_and_only_where_it_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 79."""
    assert Call(task="a").encode() == b'{"task":"a"}'
    monkeypatch.setattr(call, "FORM", 2)
    assert Call(task="a").encode() == b'{"form":2,"task":"a"}'
    assert Call.decode(b'{"form":2,"task":"a"}') == Call(task="a")
