"""What a cancel answers of jobs that end while it is on its way."""

from __future__ import annotations

from qctl.cli.commands.cancel import as_it_ended
from qctl.client import Client
from qctl.client.terms import Cancelled
from qctl.config.requests import Request
from qctl.model.state import Outcome
from tests.support.store_seed import SeedWorker


def test_a_job_that_ends_between_the_look_and_the_cancel_is_told_with_how_it_ended(
    client: Client, worker: SeedWorker
) -> None:
    client.submit([Request(task="greet")])
    claim = worker.take()
    seen = client.job(claim.id)
    worker.complete(claim)
    (answer,) = client.cancel([claim.id])
    assert (seen.outcome, answer) == (None, Cancelled("ENDED", None))
    assert as_it_ended(client, seen, answer).outcome is Outcome.SUCCEEDED


def test_a_job_that_was_removed_meanwhile_is_told_as_it_was_seen(client: Client, worker: SeedWorker) -> None:
    client.submit([Request(task="greet")])
    claim = worker.take()
    seen = client.job(claim.id)
    worker.complete(claim)
    client.remove([claim.id])
    assert as_it_ended(client, seen, Cancelled("ENDED", None)) is seen
