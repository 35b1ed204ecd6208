"""Jobs that somebody else has made stand nowhere or in two places run all the same, as do those of a lost claim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl.engine.backlog import Backlog, Durations
from qctl.engine.claiming import Claiming
from qctl.engine.selection import read_selection
from qctl.model.state import Outcome, State
from qctl.store.refusals import NotUnderstood
from tests.integration.worker.hands import Hands
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually
from tests.support.store_seed import submit

TASKS = f"""
[tasks.marked]
run = '''{MARK}'''
[tasks.gated]
run = '''{MARK}; while [ ! -e "$RECORD.open" ]; do sleep 0.02; done'''
"""
#: A round is made each 30 s.
OFTEN = "from qctl.engine import mending\nmending.EVERY = 0.3\n"


def test_a_worker_finds_in_a_round_what_stands_nowhere_or_in_two_places_and_runs_it_once(shop: Workshop) -> None:
    """Fault 81: queued and in no queue, due and in no schedule, running and nobody's, queued although it runs."""
    shop.declare(TASKS)
    keys = shop.store.keys
    running = shop.submit("gated")
    worker = shop.ready_worker(slots=2, lease=2.0, first=OFTEN)
    shop.running(running)
    (known,) = shop.read.workers()
    shop.store.do(shop.store.verbs.command_worker(known.id, "drain"))
    eventually(lambda: shop.read.workers()[0].about["phase"] == "draining")
    queued, due = shop.submit("marked"), shop.submit("marked", delay_ms=300)

    shop.redis("DEL", keys.ready("default"), keys.scheduled)
    shop.redis("ZADD", keys.ready("default"), 1, running)

    def put_back() -> bool:
        said = " ".join(record["message"] for record in worker.records("repaired"))
        return queued in said and due in said

    eventually(put_back, within=20.0)
    shop.store.do(shop.store.verbs.command_worker(known.id, "resume"))
    assert {shop.ended(id_).outcome for id_ in (queued, due)} == {Outcome.SUCCEEDED}
    Path(f"{shop.record}.open").touch()
    assert shop.ended(running).outcome is Outcome.SUCCEEDED
    assert shop.runs() == {running: 1, queued: 1, due: 1}
    assert shop.redis("EXISTS", keys.ready("default")) == 0


def test_a_running_job_that_has_lost_its_owner_has_it_again_or_runs_anew_uncharged(shop: Workshop) -> None:
    """Fault 81: a heartbeat before the round finds that its worker does not own it, stops it, and gives it back."""
    shop.declare(TASKS)
    id_ = shop.submit("gated")
    worker = shop.ready_worker(lease=2.0, first=OFTEN)
    shop.running(id_)
    (known,) = shop.read.workers()

    shop.redis("HDEL", shop.store.keys.running(known.id), id_)

    assert id_ in worker.says("repaired")["message"]
    Path(f"{shop.record}.open").touch()
    job = shop.ended(id_)
    assert (job.outcome, job.failures, job.crashes, job.losses) == (Outcome.SUCCEEDED, 0, 0, 0)
    assert shop.runs()[id_] == (2 if worker.records("lost") else 1)
    eventually(lambda: shop.owned() == 0)


@pytest.fixture
def hands(redis_url: str, namespace: str) -> Iterator[Hands]:
    made = Hands(redis_url, namespace)
    yield made
    made.close()


def test_jobs_whose_claim_was_answered_with_what_cannot_be_read_are_given_back(hands: Hands) -> None:
    """Fault 47: nobody here knows them, so the comparison at a heartbeat lets others have them, uncharged."""
    ids = [f"job{number}" for number in range(3)]
    submit(hands.store, *ids)
    selection = read_selection(None)
    accepted: list[Any] = []
    claiming = Claiming(hands.station, Backlog(3, Durations()), selection, lambda *said: accepted.append(said))
    hands.beat()  # it trusts its lease
    (asked,) = claiming.commands(hands.now, 3, passing=False)
    assert len(hands.store.do(asked).claims) == 3

    refusal = claiming.answered(NotUnderstood(url="x", reason="nonsense"))

    assert isinstance(refusal, NotUnderstood)
    assert accepted == []
    hands.beat()  # a difference may be an answer that is under way: it is looked at twice
    assert {hands.read.job(id_).state for id_ in ids} == {State.RUNNING}
    hands.pass_time(1.1)
    hands.beat()
    found = [hands.read.job(id_) for id_ in ids]
    assert {(job.state, job.attempt, job.failures, job.crashes, job.losses) for job in found} == {
        (State.QUEUED, 0, 0, 0, 0)
    }
    claiming.look()
    assert [command.words for command in claiming.commands(hands.now, 3, passing=False)] != [asked.words], "a new turn"
