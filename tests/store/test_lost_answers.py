"""Faults 46 to 49: the answer is lost after Redis has carried out the call. Every verb may be sent again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qctl import clock
from qctl.model.state import Outcome, Reason
from qctl.store import Command, Reading, Store, open_store
from qctl.store.refusals import ConnectionBroken
from qctl.store.schedule_values import Run, ScheduleState
from qctl.store.values import Answer, OutputReport, ProgressReport, Verdict
from tests.store.lost_workflow_calls import WORKFLOW_VERBS
from tests.store.reply_cutter import ReplyCutter
from tests.support import PrivateRedis
from tests.support.notices import pending, watch
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, the_state
from tests.support.set_clock import server_clock_at
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    Snapshot,
    a_job,
    a_record,
    end_long_ago,
    everything,
    make_due,
    settled,
    submit,
)

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


@pytest.fixture
def cutter(redis_server: PrivateRedis, redis_url: str, tmp_path: Path) -> Iterator[ReplyCutter]:
    with ReplyCutter(str(redis_server.socket), tmp_path) as cutter:
        yield cutter


def seeded(url: str, namespace: str) -> tuple[Store, SeedWorker]:
    store = open_store(url, namespace)
    worker = SeedWorker(store, "w1").register()
    submit(store, "one", "two", "three")
    return store, worker


@pytest.fixture
def still_clock() -> Iterator[None]:
    with server_clock_at(AN_HOUR_AGO + HOUR_MS):
        yield


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("verb", VERBS)
def test_a_call_whose_answer_was_lost_leaves_the_store_as_one_call_does(
    redis_url: str, cutter: ReplyCutter, namespace: str, verb: str
) -> None:
    """The store sends it again by itself, and what it tells is what became of the job.

    The server's clock stands still, so that time limits of workflows are compared to the ms.
    """
    once, worker = seeded(redis_url, f"{namespace}once")
    once.do(VERBS[verb](once, worker))
    direct, worker = seeded(redis_url, f"{namespace}twice")
    command = VERBS[verb](direct, worker)
    relayed = open_store(cutter.url, f"{namespace}twice")
    relayed.do(Command(("PING",), bytes))
    cutter.lose()

    relayed.do(command)

    assert cutter.lost == 1
    assert comparable(direct) == comparable(once)
    for store in (once, direct, relayed):
        store.close()


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("complete", Answer.ALREADY),
        ("bury", Answer.ALREADY),
        ("retry", Answer.ALREADY),
        ("release", Answer.ALREADY),
        ("replace", Answer.ALREADY),
    ],
)
def test_a_settlement_that_was_applied_answers_already(
    redis_url: str, cutter: ReplyCutter, namespace: str, verb: str, answer: Answer
) -> None:
    knowing, worker = seeded(redis_url, f"{namespace}before")
    knowing.do(VERBS[verb](knowing, worker))  # a server that does not know the script would answer that, and lose it
    store, worker = seeded(redis_url, namespace)
    command = VERBS[verb](store, worker)
    relayed = open_store(cutter.url, namespace)
    cutter.lose()
    assert set(relayed.do(command)) == {answer}  # type: ignore[call-overload]
    for each in (knowing, relayed, store):
        each.close()


def test_a_claim_whose_answer_was_lost_is_answered_with_its_jobs(
    redis_url: str, cutter: ReplyCutter, namespace: str
) -> None:
    """Fault 47."""
    store, worker = seeded(redis_url, namespace)
    relayed = open_store(cutter.url, namespace)
    cutter.lose()
    claims = relayed.do(relayed.verbs.claim("w1", 1, 2)).claims
    assert [(claim.id, claim.fence) for claim in claims] == [("one", 1), ("two", 1)]
    assert worker.heartbeat().owned == {"one": 1, "two": 1}
    assert Reading(store).queues()[0].ready == 1
    relayed.close()
    store.close()


def test_a_connection_that_breaks_twice_is_an_error_and_the_next_call_goes_through(
    redis_url: str, cutter: ReplyCutter, namespace: str
) -> None:
    store, _ = seeded(redis_url, namespace)
    relayed = open_store(cutter.url, namespace)
    cutter.lose(2)
    with pytest.raises(ConnectionBroken):
        submit(relayed, "new")
    assert submit(relayed, "new")[0].taken == "EXISTS"
    relayed.close()
    store.close()


def comparable(store: Store) -> Snapshot:
    """All of the store, but for its times, and what follows from being asked once more: hints that one should look."""
    left_out = re.compile(r"wake:|schedules_version|schedule:newe?r? cursor|schedule:\S+ disabled")
    return {name: value for name, value in everything(store).items() if not left_out.match(name)}
