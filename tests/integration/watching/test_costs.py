"""What a look costs: counted in round trips, commands and bytes, which no neighbour of this machine changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
import redis

from qctl.client import Client
from qctl.client.watching import Want, jobs
from qctl.client.watching.looking import Looker
from qctl.clock import monotonic
from qctl.model.output import Chunk, encode_chunks, pack
from qctl.store import Command, Store
from qctl.store.values import OutputReport
from tests.support.store_seed import SeedWorker, a_job, submit
from tests.support.workflow_seed import a_workflow, group, send

SCREEN = Want(rows=40, schedules=True, errors=True, events=True)


@dataclass
class Costs:
    """What was sent and answered since it was set to nothing."""

    client: Client
    redis: redis.Redis
    trips: int = 0
    commands: int = 0
    _bytes: int = 0

    def begin(self) -> None:
        self.trips = self.commands = 0
        self._bytes = self._sent()

    @property
    def bytes(self) -> int:
        """That the server has sent."""
        return self._sent() - self._bytes

    def _sent(self) -> int:
        return int(self.redis.info("stats")["total_net_output_bytes"])


@pytest.fixture
def costs(client: Client, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Costs:
    counted, exchange = Costs(client, redis_client), client.store.transport.exchange

    def count(commands: Sequence[Command[Any]]) -> list[Any]:
        counted.trips += 1
        counted.commands += len(commands)
        return exchange(commands)

    monkeypatch.setattr(client.store.transport, "exchange", count)
    return counted


def cost_of_a_look(looker: Looker, costs: Costs, want: Want = SCREEN) -> tuple[int, int, int]:
    """Round trips, commands and bytes of a look that is not the first, in the same moment as the one before it.

    What is read again every few seconds is read by the first if it is time.
    """
    now = monotonic()
    with (
        mock.patch("qctl.client.watching.kept.monotonic", return_value=now),
        mock.patch("qctl.client.watching.minutes.monotonic", return_value=now),
    ):
        looker.look(want)
        costs.begin()
        looker.look(want)
    return costs.trips, costs.commands, costs.bytes


def end(worker: SeedWorker, count: int) -> None:
    for at, claim in enumerate(worker.claim(count)):
        (worker.bury if at % 3 == 0 else worker.complete)(claim)


def test_a_look_takes_as_much_of_thousands_of_jobs_as_of_a_screenful(
    store: Store, worker: SeedWorker, looker: Looker, costs: Costs
) -> None:
    """Three round trips, one for new events: whatever is queued, and whatever has ended."""
    submit(store, *(a_job(f"a{n:06}", f"task{n % 5}") for n in range(100)))
    end(worker, 50)
    worker.claim(4)
    few = cost_of_a_look(looker, costs)
    submit(store, *(a_job(f"b{n:06}", f"task{n % 5}") for n in range(4000)))
    end(worker, 2000)
    many = cost_of_a_look(looker, costs)
    assert few[0] == many[0] == 4
    assert many[1] == few[1]
    assert many[2] <= 1.5 * few[2]


def test_it_takes_no_more_far_down_the_list(store: Store, worker: SeedWorker, looker: Looker, costs: Costs) -> None:
    submit(store, *(a_job(f"a{n:06}") for n in range(3000)))
    near = cost_of_a_look(looker, costs, Want(rows=40))
    far = cost_of_a_look(looker, costs, Want(rows=40, first=2900))
    assert (far[0], far[1]) == (near[0], near[1]) == (3, near[1])
    assert far[2] <= 1.5 * near[2]


def test_forty_rows_that_all_change_take_three_round_trips(
    store: Store, worker: SeedWorker, looker: Looker, costs: Costs
) -> None:
    submit(store, *(a_job(f"a{n:06}") for n in range(400)))
    running = worker.claim(40)
    looker.look(Want(rows=40))
    for _ in range(3):
        for claim in running:
            worker.complete(claim)
        running = worker.claim(40)
        costs.begin()
        page = looker.look(Want(rows=40)).page
        assert [job.id for job in page.jobs] == [claim.id for claim in running]
        assert costs.trips == 3
        assert costs.commands <= 80  # of which 40 ask new jobs for their queues


def test_what_runs_on_is_asked_for_its_queue_once(
    store: Store, worker: SeedWorker, looker: Looker, costs: Costs
) -> None:
    submit(store, *(a_job(f"a{n:06}", delay_ms=99_000 if n % 2 else None) for n in range(100)))
    worker.claim(30)
    assert cost_of_a_look(looker, costs, Want(rows=40))[1] <= 20


@pytest.mark.parametrize(("state", "trips"), [("queued", 4), ("running", 7), ("ended", 6)])
def test_the_page_of_a_job_takes_a_handful_of_round_trips(
    store: Store, worker: SeedWorker, looker: Looker, costs: Costs, state: str, trips: int
) -> None:
    """In an instance of many queues, whose limits may be what holds it: glance, queues, job, what it has to do with."""
    submit(store, a_job("one", queue="default@db1"), *(a_job(f"j{n}", queue=f"q{n}") for n in range(30)))
    if state != "queued":
        claim = worker.take([("default@db1", 1)])
        if state == "ended":
            worker.bury(claim)
    cost = cost_of_a_look(looker, costs, Want(jobs=False, job="one", log="one", log_lines=50, schedules=True))
    assert cost[0] <= trips


def test_a_large_workflow_is_not_counted_at_each_look(
    store: Store, looker: Looker, costs: Costs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as its count stands, by the number of its jobs, nothing of it is read but its row."""
    send(store, a_workflow(group(*(f"m{n}" for n in range(400)))))
    commands = []
    for seconds in (0, 1e9):
        monkeypatch.setattr(jobs, "_S_PER_NODE", seconds)
        looker.look(Want(rows=40))
        costs.begin()
        page = looker.look(Want(rows=40)).page
        assert page.counted is not None
        assert page.counted["w"].total == 400
        commands.append(costs.commands)
    assert commands[0] - commands[1] == 4


def test_the_minutes_of_a_day_are_read_once_and_the_one_that_runs_every_ten_seconds(
    store: Store, worker: SeedWorker, looker: Looker, costs: Costs
) -> None:
    submit(store, "one")
    costs.begin()
    looker.look(Want(rows=40))
    assert costs.commands > 1440
    looker._minutes._next = 0.0
    costs.begin()
    looker.look(Want(rows=40))
    assert (costs.trips, costs.commands <= 30) == (4, True)


@pytest.mark.parametrize("ended", [False, True])
def test_output_that_is_known_is_not_sent_again(
    store: Store, worker: SeedWorker, looker: Looker, costs: Costs, ended: bool
) -> None:
    """A quarter of a megabyte by a job whose page and output are open."""
    submit(store, "one")
    claim = worker.take()
    lines = [Chunk(1, "o", b"x" * 63 + b"\n") for _ in range(1024)]
    store.do(
        store.verbs.report(
            "w1", [OutputReport("one", claim.fence, 1, 65536 * n, encode_chunks(lines)) for n in range(4)]
        )
    )
    if ended:
        worker.complete(claim, log=pack(4 * lines))
    want = Want(jobs=False, job="one", log="one", log_lines=5000)
    first = looker.look(want)
    assert sum(len(piece.chunk.data) for piece in first.log) == 262_144
    costs.begin()
    again = looker.look(want)
    assert again.log == first.log
    assert costs.bytes < 20_000
