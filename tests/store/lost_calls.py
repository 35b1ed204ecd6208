"""What the tests of lost answers call of the verbs of jobs and schedules: each prepares a store and makes the call."""

from __future__ import annotations

from collections.abc import Callable

from qctl import clock
from qctl.model.state import Outcome, Reason
from qctl.store import Command, Store
from qctl.store.schedule_values import Run, ScheduleState
from qctl.store.values import OutputReport, ProgressReport, Verdict
from tests.store.lost_workflow_calls import WORKFLOW_VERBS
from tests.support.notices import pending, watch
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, the_state
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, a_record, end_long_ago, make_due, settled, submit

Make = Callable[[Store, SeedWorker], Command[object]]
AN_HOUR_AGO = round(clock.now().timestamp() * 1000) - HOUR_MS


def _submit(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.submit([a_job("new", key="k"), a_job("later", delay_ms=60_000)])


def _claim(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.claim(worker.id, worker.turn + 1, 2)


def _complete(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.complete(worker.id, [settled(worker.take(), log=b"x")])


def _bury(store: Store, worker: SeedWorker) -> Command[object]:
    end = settled(worker.take(), outcome=Outcome.FAILED, reason=Reason.EXIT, charge="x", log=b"x")
    return store.verbs.bury(worker.id, [end])


def _retry(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.retry(worker.id, [settled(worker.take(), delay_ms=5, charge="c", log=b"x")])


def _release(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.release(worker.id, [settled(claim, record=b"") for claim in worker.claim(2)])


def _promote(store: Store, worker: SeedWorker) -> Command[object]:
    submit(store, a_job("later", delay_ms=60_000))
    make_due(store, "later")
    return store.verbs.promote()


def _follow(store: Store, worker: SeedWorker) -> Command[object]:
    submit(store, *(a_job(f"j{n:03}", after=("one",)) for n in range(250)))
    worker.bury(worker.take())
    return store.verbs.follow()


def _submit_after(store: Store, worker: SeedWorker) -> Command[object]:
    worker.bury(worker.take())
    return store.verbs.submit([a_job("waits", after=("two",)), a_job("skipped", after=("one", "two"))])


def _reclaim(store: Store, worker: SeedWorker) -> Command[object]:
    claim = worker.take()
    worker.take()
    store.do(store.verbs.reclaim(worker.id, 0))
    return store.verbs.reclaim(worker.id, 0, [Verdict(claim.id, claim.fence, False, a_record())])


def _cancel(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.cancel(["one"], {"by": "ada"})


def _revive(store: Store, worker: SeedWorker) -> Command[object]:
    worker.bury(worker.take())
    return store.verbs.revive(["one"])


def _forget(store: Store, worker: SeedWorker) -> Command[object]:
    worker.bury(worker.take(), log=b"x")
    end_long_ago(store, "one", 2 * HOUR_MS)
    return store.verbs.forget("tidy", HOUR_MS, 100)


def _trim(store: Store, worker: SeedWorker) -> Command[object]:
    worker.bury(worker.take(), log=b"x" * 100)
    return store.verbs.trim_output(50)


def _trim_queues(store: Store, worker: SeedWorker) -> Command[object]:
    submit(store, a_job("four", queue="old"))
    store.do(store.verbs.cancel(["four"], {}))
    return store.verbs.trim_queues(0)


def _mend(store: Store, worker: SeedWorker) -> Command[object]:
    store.do(Command(("DEL", store.keys.ready("default")), int))
    return store.verbs.mend(0, 9, 60_000)


def _report(store: Store, worker: SeedWorker) -> Command[object]:
    claim = worker.take()
    progress = ProgressReport(claim.id, claim.fence, 0.5, "half")
    reports: list[OutputReport | ProgressReport] = [OutputReport(claim.id, claim.fence, 1, 0, b"line"), progress]
    return store.verbs.report(worker.id, reports)


def _register(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.register("w9", {"label": "nine"})


def _unregister(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.unregister(worker.id)


def _pulse(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.pulse("b1", {"host": "db1"})


def _leave(store: Store, worker: SeedWorker) -> Command[object]:
    SeedBeat(store).pulse()
    return store.verbs.leave("b1")


def _publish(store: Store, worker: SeedWorker) -> Command[object]:
    return store.verbs.publish("b1", [a_publication("new"), a_publication("newer")])


def _withdraw(store: Store, worker: SeedWorker) -> Command[object]:
    SeedBeat(store).publish(a_publication())
    store.do(Command(("HSET", store.keys.schedule(NAME), "cursor", 1), int))  # the record stays, and is compared
    return store.verbs.withdraw("b1", [NAME])


def _declared(store: Store) -> ScheduleState:
    """A schedule whose cursor is the same in each store."""
    SeedBeat(store).publish(a_publication())
    store.do(Command(("HSET", store.keys.schedule(NAME), "cursor", AN_HOUR_AGO), int))
    return the_state(store)


def _disable(store: Store, worker: SeedWorker) -> Command[object]:
    _declared(store)
    return store.verbs.disable([NAME], {"by": "ada"})


def _enable(store: Store, worker: SeedWorker) -> Command[object]:
    store.do(_disable(store, worker))
    return store.verbs.enable([NAME])


def _fire(store: Store, worker: SeedWorker) -> Command[object]:
    runs = ("f1", Run(submission=a_job("f2"), after=("f1",)))
    return store.verbs.fire("b1", [a_firing(_declared(store), *runs)])


def _bury_watched(store: Store, worker: SeedWorker) -> Command[object]:
    watch(worker, "fail", "output")
    return _bury(store, worker)


def _tell(store: Store, worker: SeedWorker) -> Command[object]:
    store.do(_bury_watched(store, worker))
    return store.verbs.tell([(one, a_job(f"t{place}")) for place, one in enumerate(pending(store))])


VERBS: dict[str, Make] = WORKFLOW_VERBS | {
    "bury, watched": _bury_watched,
    "tell": _tell,
    "submit": _submit,
    "claim": _claim,
    "complete": _complete,
    "bury": _bury,
    "retry": _retry,
    "release": _release,
    "promote": _promote,
    "follow": _follow,
    "submit after": _submit_after,
    "reclaim": _reclaim,
    "cancel": _cancel,
    "revive": _revive,
    "forget": _forget,
    "trim_output": _trim,
    "trim_queues": _trim_queues,
    "mend": _mend,
    "report": _report,
    "register": _register,
    "unregister": _unregister,
    "pulse": _pulse,
    "leave": _leave,
    "publish": _publish,
    "withdraw": _withdraw,
    "disable": _disable,
    "enable": _enable,
    "fire": _fire,
}
