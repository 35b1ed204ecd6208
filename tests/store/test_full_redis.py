"""Fault 40: maxmemory is reached, nothing may be evicted. New work is refused; all that ends or moves work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qctl.model.state import Outcome, Reason, State
from qctl.model.submission import IfExists
from qctl.store import Command, Reading, Store
from qctl.store.refusals import RedisFull
from qctl.store.schedule_values import Fired, Published
from qctl.store.values import Answer, ProgressReport, Standing, Verdict
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, the_state
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    a_job,
    a_record,
    end_long_ago,
    everything,
    make_due,
    some_json,
    submit,
)
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, group, send


class Full:
    """A switch: from `fill` on, Redis has no room."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def fill(self) -> None:
        # Scripts are known to the server before, as they are wherever work is being done.
        self._set("maxmemory-policy", "noeviction")
        self._set("maxmemory", "1")

    def drain(self) -> None:
        self._set("maxmemory", "0")

    def _set(self, name: str, value: str) -> None:
        self._store.do(Command(("CONFIG", "SET", name, value), bytes))


@pytest.fixture
def full(store: Store) -> Iterator[Full]:
    switch = Full(store)
    yield switch
    switch.drain()


@pytest.mark.parametrize("more", [{}, {"delay_ms": 5000}, {"key": "k"}], ids=["queued", "scheduled", "with a key"])
def test_new_work_is_refused_and_nothing_half_written(store: Store, full: Full, more: dict[str, Any]) -> None:
    submit(store, "one")
    before = everything(store)
    full.fill()
    with pytest.raises(RedisFull) as refused:
        submit(store, a_job("new", **more), a_job("other"))
    assert refused.value.exit_code == 75
    assert everything(store) == before


def test_replacing_a_job_by_its_key_is_refused_and_leaves_the_old_one(store: Store, full: Full) -> None:
    submit(store, a_job("one", key="k"))
    before = everything(store)
    full.fill()
    with pytest.raises(RedisFull):
        submit(store, a_job("two", key="k", if_exists=IfExists.REPLACE))
    assert everything(store) == before


def test_old_work_made_new_is_refused(store: Store, worker: SeedWorker, full: Full) -> None:
    submit(store, "one")
    worker.bury(worker.take())
    before = everything(store)
    full.fill()
    with pytest.raises(RedisFull):
        store.do(store.verbs.revive(["one"]))
    assert everything(store) == before


def test_a_worker_claims_and_settles_in_every_way_until_nothing_is_left(
    store: Store, read: Reading, worker: SeedWorker, full: Full
) -> None:
    submit(store, "a", "b", "c", "d", "e", a_job("due", delay_ms=60_000))
    make_due(store, "due")
    full.fill()

    assert store.do(store.verbs.promote()).count == 1
    a, b, c, d, e, due = worker.claim(9)
    assert worker.complete(a, value=some_json("1" * 9000), log=b"x" * 9000) is Answer.OK
    assert worker.bury(b, outcome=Outcome.FAILED, reason=Reason.EXIT, log=b"x") is Answer.OK
    assert worker.retry(c, 1, log=b"x") is Answer.OK
    assert worker.release(d) is Answer.OK
    assert store.do(store.verbs.cancel(["e"], {"by": "ada"}))[0].answer == "RUNNING"
    assert worker.heartbeat().orders.keys() == {"e"}
    assert worker.bury(e, outcome=Outcome.CANCELLED, reason=Reason.BY_USER, charge="") is Answer.OK
    assert worker.complete(due) is Answer.OK
    full.drain()
    make_due(store, "c")
    full.fill()
    assert store.do(store.verbs.promote()).count == 1
    for claim in worker.claim(9):
        assert worker.complete(claim) is Answer.OK

    assert {job.state for job in read.jobs(["a", "b", "c", "d", "e", "due"])} == {State.ENDED}
    assert store.do(store.verbs.unregister("w1")) == 0


def test_workers_come_are_commanded_die_and_are_reclaimed(
    store: Store, read: Reading, worker: SeedWorker, full: Full
) -> None:
    """A worker that is started to drain a full Redis must be able to enter."""
    submit(store, "one", "two")
    full.fill()
    fresh = SeedWorker(store, "fresh")
    assert store.do(store.verbs.register("fresh", {}))[0] is Standing.OK
    one, two = fresh.claim(2)
    assert store.do(store.verbs.command_worker("fresh", "stop"))
    assert fresh.heartbeat(peers=5).command == "stop"
    store.do(store.verbs.reclaim("fresh", 1))
    verdicts = [Verdict("one", one.fence, False, a_record()), Verdict("two", two.fence, True, a_record())]
    assert store.do(store.verbs.reclaim("fresh", 1, verdicts)).judged == 2
    assert worker.take().id == "one"
    assert read.job("two").outcome is Outcome.LOST


def test_room_is_made_by_cancelling_forgetting_and_trimming(store: Store, worker: SeedWorker, full: Full) -> None:
    submit(store, "one", "two", "three")
    worker.complete(worker.take(), log=b"x" * 50)
    worker.complete(worker.take(), log=b"x" * 50)
    end_long_ago(store, "one", 2 * HOUR_MS)
    full.fill()
    assert store.do(store.verbs.cancel(["three"], {}))[0].answer == "OK"
    assert store.do(store.verbs.forget("tidy", HOUR_MS, 100)) == (1, False)
    assert store.do(store.verbs.trim_output(0)) == (1, False)


def test_reports_are_refused_and_the_same_round_trip_still_settles(
    store: Store, worker: SeedWorker, full: Full
) -> None:
    submit(store, "one", "two")
    one, two = worker.claim(2)
    full.fill()
    commands = [
        store.verbs.report("w1", [ProgressReport("two", two.fence, 0.5)]),
        store.verbs.heartbeat("w1"),
    ]
    refused, beat = store.transport.exchange(commands)
    assert isinstance(refused, RedisFull)
    assert beat.standing is Standing.OK
    assert worker.complete(one) is Answer.OK


def test_a_full_server_can_be_paused_and_let_go_on(store: Store, full: Full) -> None:
    verbs = store.verbs
    for command in (verbs.pause(["night"], {}, None), verbs.resume(["night"])):
        store.do(command)  # so that the server knows the scripts
    full.fill()

    assert store.do(verbs.pause(["default"], {"by": "ada"}, 60_000)) == ["OK"]
    assert store.do(verbs.resume(["default"])) == ["OK"]


class TestSchedules:
    def test_nothing_is_fired_and_nothing_half_written_and_what_was_fired_ends(
        self, store: Store, beat: SeedBeat, worker: SeedWorker, full: Full
    ) -> None:
        state = beat.fire_one(a_firing(beat.declare(), "one", "two")).state
        assert state is not None
        claim = worker.take()
        before = everything(store)
        full.fill()

        with pytest.raises(RedisFull):
            beat.fire(a_firing(state, "three", replaced=state.active))
        assert everything(store) == before
        assert worker.bury(claim) is Answer.OK
        assert (the_state(store).active, the_state(store).failures) == (("two",), 1)
        full.drain()
        assert beat.fire_one(a_firing(the_state(store), "three")).fired is Fired.OK

    def test_beats_live_on_and_people_may_disable_them(self, store: Store, beat: SeedBeat, full: Full) -> None:
        state = beat.declare()
        verbs = store.verbs
        for command in (verbs.disable([], {}), verbs.enable([]), verbs.withdraw("b1", []), verbs.leave("b9")):
            store.do(command)  # so that the server knows the scripts
        full.fill()
        assert beat.pulse().version == 1
        assert beat.publish(a_publication())[0] == (Published.SAME, state)
        assert store.do(verbs.disable([NAME], {"by": "ada"})) == ["OK"]
        assert store.do(verbs.enable([NAME])) == ["OK"]
        assert store.do(verbs.withdraw("b1", [NAME])) == [NAME]
        assert store.do(verbs.leave("b1"))


def test_a_workflow_that_has_begun_goes_on_and_ends(store: Store, read: Reading, crew: Crew, full: Full) -> None:
    send(store, a_workflow(chain("a", group("b", "c"), "d")), a_workflow(chain("x", "y"), "v"))
    full.fill()
    with pytest.raises(RedisFull):
        send(store, a_workflow("a", "new"))
    with pytest.raises(RedisFull):
        store.do(store.verbs.upload("other", a_workflow("a").plan.nodes))
    store.do(store.verbs.cancel(["v"], {}))
    for claim in crew.worker.claim(9):
        crew.worker.complete(claim)
    for claim in crew.worker.claim(9):
        crew.worker.complete(claim) if claim.task == "b" else crew.worker.bury(claim)
    assert ending(read) == ("failed", "exit", "w.3")
    assert ending(read, "v") == ("cancelled", "by_user", None)
    full.drain()
    assert not [name for name in everything(store) if "new" in name or "other" in name]
