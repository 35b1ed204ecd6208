"""A state machine over all verbs against a pure model: states, fences, counters, order, ownership and indexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from qctl.model.state import Outcome, State
from qctl.store import Reading, Store, open_store
from qctl.store.schedule_values import Fired, Run
from qctl.store.taken import Submitted, Taken
from qctl.store.values import Answer, Claim, Standing, Verdict
from tests.property.store_model import QUEUES, StoreModel, places_in
from tests.support.schedule_seed import SeedBeat, a_firing, the_state
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    a_job,
    a_record,
    beat_of,
    end_long_ago,
    everything,
    make_due,
    submit,
)

LATE = (Answer.FENCED, Answer.ALREADY, Answer.UNKNOWN)
WORKERS = st.sampled_from(("w0", "w1"))
PRIORITIES = st.sampled_from((5, 5, 9, 0, 7))
_runs = count()

Held = tuple[str, Claim]  #: a worker's id, and what it was handed


class Seen(RuleBasedStateMachine):
    """The store beside its model, and what must hold between them after every step."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.store: Store = open_store(self.url, f"machine{next(_runs)}")
        self.model = StoreModel()
        self.workers: dict[str, SeedWorker] = {}
        self.condemned: set[str] = set()

    def teardown(self) -> None:
        self.store.close()

    @invariant()
    def every_job_is_as_modelled(self) -> None:
        seen = {job.id: job for job in Reading(self.store).jobs(list(self.model.jobs))}
        assert seen.keys() == self.model.jobs.keys()
        for name, job in seen.items():
            model = self.model.jobs[name]
            assert (job.state, job.outcome, job.owner) == (model.state, model.outcome, model.owner)
            assert (job.reason if job.outcome is Outcome.SKIPPED else None) == model.obstacle
            assert (job.fence, job.attempt, job.cancelling) == (model.fence, model.attempt, model.cancelling)
            assert {counter: getattr(job, counter) for counter in model.counters} == model.counters

    @invariant()
    def every_job_stands_in_exactly_the_one_place_of_its_state(self) -> None:
        found = everything(self.store)
        assert places_in(found, self.model) == self.model.places()
        for name, job in self.model.jobs.items():
            assert set(found.get(f"remaining:{name}", [])) == job.remaining
            followers = {other for other, one in self.model.jobs.items() if name in one.remaining}
            assert {other for other, _ in found.get(f"dependents:{name}", [])} == followers
        assert "unsettled" not in found
        assert set(found.get("unsuccessful", [])) == self.model.unsuccessful()
        kept = {name.partition(" ")[0].removeprefix("job:") for name in found if name.startswith("job:")}
        assert kept == self.model.jobs.keys()

    def changes_nothing(self, call: Callable[[], bool]) -> None:
        before = everything(self.store)
        assert call()
        assert everything(self.store) == before


class StoreMachine(Seen):
    """Two workers and up to a few dozen jobs; whoever holds a claim may use it rightly, twice, or too late."""

    claims = Bundle("claims")
    ids = Bundle("ids")

    @initialize(target=ids, count=st.integers(3, 6))
    def there_is_work(self, count: int) -> Any:
        return multiple(*(self._submit("alpha", 5, None) for _ in range(count)))

    @rule(target=ids, queue=st.sampled_from(QUEUES), priority=PRIORITIES, delay=st.sampled_from((None, 60_000)))
    def submit(self, queue: str, priority: int, delay: int | None) -> str:
        return self._submit(queue, priority, delay)

    @rule(target=ids, upstreams=st.lists(ids, min_size=1, max_size=3), delay=st.sampled_from((None, None, 60_000)))
    def submit_after(self, upstreams: list[str], delay: int | None) -> Any:
        """A job that waits for others, which may be waiting themselves, have ended, or be gone."""
        gone = [name for name in upstreams if name not in self.model.jobs]
        job = a_job(f"j{next(_runs)}", queue="beta", delay_ms=delay, after=tuple(upstreams))
        if gone:
            assert submit(self.store, job) == [Submitted(Taken.NO_UPSTREAM, gone[0])]
            return multiple()
        assert submit(self.store, job) == [Submitted(Taken.NEW, job.id)]
        self.model.submit(job)
        return job.id

    @rule(name=ids)
    def submit_again(self, name: str) -> None:
        if name in self.model.jobs:
            job = self.model.jobs[name].submission
            self.changes_nothing(lambda: submit(self.store, job) == [Submitted(Taken.EXISTS, name)])

    @rule(target=claims, worker=WORKERS, want=st.integers(1, 4), queues=st.permutations(QUEUES))
    def claim(self, worker: str, want: int, queues: list[str]) -> Any:
        if worker not in self.workers:
            self.workers[worker] = SeedWorker(self.store, worker).register()
        answer = self.workers[worker].ask(want, [(queue, want) for queue in queues])
        if worker in self.condemned:
            assert (answer.standing, answer.claims) == (Standing.CONDEMNED, ())
            return multiple()
        expected = [name for queue in queues for name in self.model.ready(queue)][:want]
        assert [claim.id for claim in answer.claims] == expected
        for claim in answer.claims:
            self.model.claimed(claim, worker)
        again = self.workers[worker].ask_again(want, [(queue, want) for queue in queues])
        assert again.claims == answer.claims
        return multiple(*((worker, claim) for claim in answer.claims))

    @rule(held=claims)
    def complete(self, held: Held) -> None:
        self._settle(held, SeedWorker.complete, lambda name: self.model.complete(name))

    @rule(held=claims, charge=st.sampled_from(("x", "c", "")))
    def bury(self, held: Held, charge: str) -> None:
        self._settle(held, lambda w, c: w.bury(c, charge=charge), lambda name: self.model.bury(name, charge))

    @rule(held=claims, charge=st.sampled_from(("x", "c")))
    def retry(self, held: Held, charge: str) -> None:
        self._settle(held, lambda w, c: w.retry(c, 60_000, charge), lambda name: self.model.retry(name, charge))

    @rule(target=claims, held=claims)
    def release_and_claim_again(self, held: Held) -> Any:
        """The same worker may get the job once more, under another fence, while its old claim is still about."""
        self.release(held, begun=False)
        return self.claim(held[0], 2, list(QUEUES))

    @rule(held=claims, begun=st.booleans())
    def release(self, held: Held, begun: bool) -> None:
        self._settle(held, lambda w, c: w.release(c, begun), lambda name: self.model.release(name, begun))

    @rule(name=ids)
    def promote(self, name: str) -> None:
        if name in self.model.jobs and self.model.jobs[name].state is State.SCHEDULED:
            make_due(self.store, name)
            assert self.store.do(self.store.verbs.promote()).count == 1
            self.model.promote(name)

    @rule(name=ids)
    def cancel(self, name: str) -> None:
        (cancelled,) = self.store.do(self.store.verbs.cancel([name], {}))
        assert cancelled.answer == self.model.cancel(name)

    @rule(held=claims)
    def cancel_what_runs(self, held: Held) -> None:
        self.cancel(held[1].id)

    @rule(name=ids)
    def revive(self, name: str) -> None:
        assert self.store.do(self.store.verbs.revive([name])) == [self.model.revive(name)]

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), lost=st.booleans(), some=st.integers(1, 3))
    def reclaim(self, data: st.DataObject, lost: bool, some: int) -> None:
        """One batch of a reclaim: it may stand half done for a while."""
        worker = data.draw(st.sampled_from(sorted(self.workers)))
        beat = beat_of(self.store, worker)
        batch = self.store.do(self.store.verbs.reclaim(worker, beat, limit=some)).batch
        self.condemned.add(worker)
        verdicts = [Verdict(one.id, one.fence, lost, a_record(one.attempt, "lost")) for one in batch]
        left = self.store.do(self.store.verbs.reclaim(worker, beat, verdicts)).batch
        for one in batch:
            assert self.model.owns(worker, one)
            self.model.reclaim(one.id, lost)
        if not left:
            del self.workers[worker]
            self.condemned.discard(worker)

    @rule(name=ids)
    def remove(self, name: str) -> None:
        assert self.store.do(self.store.verbs.remove([name])) == [self.model.remove(name)]

    @rule(name=ids)
    def forget(self, name: str) -> None:
        if name in self.model.jobs and self.model.jobs[name].state is State.ENDED:
            end_long_ago(self.store, name, 2 * HOUR_MS)
            assert self.store.do(self.store.verbs.forget("tidy", HOUR_MS, 1000)) == (1, False)
            self.model.forget(name)

    @rule(worker=WORKERS)
    def heartbeat(self, worker: str) -> None:
        beat = SeedWorker(self.store, worker).heartbeat()
        if worker in self.condemned or worker not in self.workers:
            assert beat.standing is (Standing.CONDEMNED if worker in self.condemned else Standing.UNKNOWN)
            return
        mine = self.model.owned_by(worker)
        assert beat.owned == {name: job.fence for name, job in mine.items()}
        assert beat.orders.keys() == {name for name, job in mine.items() if job.cancelling}

    def _submit(self, queue: str, priority: int, delay: int | None) -> str:
        name = f"j{next(_runs)}"
        job = a_job(name, queue=queue, priority=priority, delay_ms=delay)
        assert submit(self.store, job) == [Submitted(Taken.NEW, name)]
        self.model.submit(job)
        return name

    def _settle(self, held: Held, call: Callable[[SeedWorker, Claim], Answer], then: Callable[[str], None]) -> None:
        worker, claim = SeedWorker(self.store, held[0]), held[1]
        if not self.model.owns(worker.id, claim):
            self.changes_nothing(lambda: call(worker, claim) in LATE)
            return
        assert call(worker, claim) is Answer.OK
        then(claim.id)
        self.changes_nothing(lambda: call(worker, claim) is Answer.ALREADY)


class FiringMachine(StoreMachine):
    """And a schedule, whose beat fires whenever it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.beat = SeedBeat(self.store)
        self.beat.pulse()
        self.beat.declare()

    @invariant()
    def a_schedule_knows_its_active_jobs_and_how_they_ended(self) -> None:
        state = the_state(self.store)
        assert set(state.active) == {
            name for name, job in self.model.jobs.items() if job.fired and job.state is not State.ENDED
        }
        assert state.failures == self.model.failures

    @rule(
        target=StoreMachine.ids,
        upstreams=st.lists(StoreMachine.ids, max_size=3),
        delay=st.sampled_from((None, None, 60_000)),
    )
    def fire(self, upstreams: list[str], delay: int | None) -> str:
        """A job of a schedule, which starts when others have ended, however they did."""
        job = a_job(f"j{next(_runs)}", queue="beta", delay_ms=delay)
        state = the_state(self.store)
        firing = a_firing(state, Run(submission=job, after=tuple(upstreams)), new_cursor_ms=state.cursor_ms + 1)
        assert self.beat.fire_one(firing).fired is Fired.OK
        known = tuple(name for name in upstreams if name in self.model.jobs)
        self.model.submit(replace(job, after=known), fired=True)
        self.changes_nothing(lambda: self.beat.fire_one(firing).fired is Fired.STALE)
        return job.id


def test_every_verb_does_what_the_model_says_in_any_order(redis_url: str) -> None:
    """Lawful moves only, each charged once; no job in two places or in none; what is late changes nothing."""
    machine = type("FiringMachine", (FiringMachine,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
