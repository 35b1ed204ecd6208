"""A job that is named twice in one act is one job: it is acted on once, and answered for once."""

from __future__ import annotations

from qctl.client import Client
from qctl.client.terms import Cancelled
from qctl.config.requests import Request
from tests.support.store_seed import SeedWorker


def test_it_is_retried_once(client: Client, worker: SeedWorker) -> None:
    client.submit([Request(task="greet")])
    claim = worker.take()
    worker.bury(claim)
    assert client.retry([claim.id, claim.id]) == ["OK"]


def test_it_is_cancelled_once(client: Client) -> None:
    first, second = (client.submit([Request(task="greet")])[0].id for _ in range(2))
    assert client.cancel([first, second, first]) == [Cancelled("OK", None)] * 2


def test_it_is_removed_once(client: Client, worker: SeedWorker) -> None:
    client.submit([Request(task="greet")])
    claim = worker.take()
    worker.complete(claim)
    assert client.remove([claim.id, claim.id]) == ["OK"]


def test_it_moves_by_one_level_of_priority(client: Client) -> None:
    (receipt,) = client.submit([Request(task="greet")])
    assert client.prioritise([receipt.id, receipt.id], 1) == ["6"]
    assert client.job(receipt.id).priority == 6
