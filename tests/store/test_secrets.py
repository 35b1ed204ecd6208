"""Secret values: kept apart from their job, handed over with it, gone with its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis

from qctl.model.state import Outcome, Reason
from qctl.store import Store
from tests.support.store_seed import SeedWorker, a_job, changed, everything, lose, make_due, submit

DAY_MS = 86_400_000
SECRETS = b'{"pin":"hunter22"}'


def keep(store: Store, **more: Any) -> None:
    submit(store, a_job(secrets=SECRETS, **more))


def kept(store: Store) -> bytes | None:
    return everything(store).get("secret:one")


def test_a_secret_has_a_key_of_its_own_and_the_record_says_only_that_there_is_one(store: Store) -> None:
    submit(store, "plain")
    before = everything(store)

    keep(store)

    new = changed(before, everything(store))
    assert new["secret:one"] == SECRETS
    assert new["job:one sk"] == "1"
    assert [name for name, value in new.items() if "hunter22" in str(value)] == ["secret:one"]


def test_it_lasts_30_days_from_when_the_job_may_start(store: Store, redis_client: redis.Redis) -> None:
    keep(store, delay_ms=10 * DAY_MS)

    assert 39 * DAY_MS < redis_client.pttl(store.keys.secret("one")) <= 40 * DAY_MS


def test_a_claim_hands_it_over_and_the_same_turn_does_so_again(store: Store, worker: SeedWorker) -> None:
    keep(store)
    submit(store, "plain")

    first, again = worker.ask(2), worker.ask_again(2)

    assert {claim.id: claim.secrets for claim in first.claims} == {"one": SECRETS, "plain": b""}
    assert again.claims == first.claims


@pytest.mark.parametrize(
    "end",
    [
        lambda worker, claim: worker.complete(claim),
        lambda worker, claim: worker.bury(claim),
        lambda worker, claim: worker.bury(claim, outcome=Outcome.CANCELLED, reason=Reason.BY_USER, charge=""),
        lambda worker, claim: lose(worker.store, worker, lost=True),
    ],
)
def test_it_goes_with_the_jobs_end(store: Store, worker: SeedWorker, end: Callable[..., object]) -> None:
    keep(store)
    claim = worker.take()
    assert kept(store) == SECRETS

    end(worker, claim)

    assert kept(store) is None
    assert "hunter22" not in str(everything(store))


@pytest.mark.parametrize(
    "go_on",
    [
        lambda worker, claim: worker.release(claim),
        lambda worker, claim: worker.retry(claim, 0),
        lambda worker, claim: lose(worker.store, worker),
    ],
)
def test_it_stays_for_the_next_attempt(
    store: Store, worker: SeedWorker, other_worker: SeedWorker, go_on: Callable[..., object]
) -> None:
    keep(store)

    go_on(worker, worker.take())
    store.do(store.verbs.promote())

    assert other_worker.take().secrets == SECRETS


def test_it_goes_with_a_job_that_never_started(store: Store) -> None:
    keep(store)

    store.do(store.verbs.cancel(["one"], {}))

    assert kept(store) is None


def test_it_goes_with_a_job_that_has_expired(store: Store, worker: SeedWorker) -> None:
    keep(store, expires_ms=0)

    assert worker.claim() == []
    assert kept(store) is None


def test_a_scheduled_job_that_expires_takes_it_along(store: Store) -> None:
    keep(store, delay_ms=60_000, expires_ms=0)
    make_due(store, "one")

    store.do(store.verbs.promote())

    assert kept(store) is None


def test_a_job_whose_secret_has_gone_with_its_end_cannot_run_again(store: Store, worker: SeedWorker) -> None:
    keep(store)
    worker.bury(worker.take())
    before = everything(store)

    assert store.do(store.verbs.revive(["one"])) == ["SECRET"]
    assert everything(store) == before


def test_the_same_submit_again_keeps_what_there_is(store: Store) -> None:
    keep(store)

    submit(store, a_job(secrets=b'{"pin":"other"}'))

    assert kept(store) == SECRETS
