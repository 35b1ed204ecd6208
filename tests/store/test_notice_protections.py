"""What the guards of notices are for: without them one would be told twice, or be lost."""

from __future__ import annotations

from qctl.model.state import Outcome
from qctl.store import Reading, Store
from tests.store.weakened import weakened
from tests.support.notices import occasions, pending, run_one, said, watch
from tests.support.store_seed import SeedWorker, a_job, settled, submit


def test_without_the_look_at_the_notice_it_would_be_told_twice(store: Store, worker: SeedWorker) -> None:
    watch(worker)
    run_one(store, worker, "one", well=False)
    (found,) = pending(store)
    mine, yours = (store.verbs.tell([(found, a_job(job, "notify.ops"))]) for job in ("mine", "yours"))
    store.do(mine)

    assert store.do(yours) == ["GONE"]
    assert store.do(weakened(yours, "if call('ZSCORE', key('notices', notice.n), text) then", "if true then")) == [
        "NEW"
    ]
    assert Reading(store).recent() == ["yours", "mine", "one"]


def test_without_the_memory_of_a_trouble_each_failure_would_be_told(store: Store, worker: SeedWorker) -> None:
    watch(worker)
    run_one(store, worker, "one", well=False)
    submit(store, "two", "three")
    two, three = worker.claim(2)
    assert worker.bury(two)
    assert occasions(store) == ["fail one"]

    bury = store.verbs.bury(worker.id, [settled(three, outcome=Outcome.FAILED)])
    guard = "if since and not (how.again and now - tonumber(last) >= how.again) then return nil end"
    store.do(weakened(bury, guard, ""))

    assert len(occasions(store)) == 2


def test_an_end_that_is_sent_again_is_told_once(store: Store, worker: SeedWorker) -> None:
    """Fault 47: the answer was lost."""
    watch(worker)
    submit(store, "one")
    call = store.verbs.bury(worker.id, [settled(worker.take(), outcome=Outcome.FAILED)])

    store.do(call)
    store.do(call)

    assert len(occasions(store)) == 1
    assert said(store, "ZCARD", store.keys.notices("ops")) == 1
