"""Scenes of what scripts of jobs, workers and limits must not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from qctl.model.state import State
from qctl.store.refusals import RedisFull, WrongType
from qctl.store.taken import Taken
from qctl.store.values import Answer, Standing, Verdict
from tests.protections.stage import Stage, scene
from tests.support.store_seed import SeedWorker, a_job, a_record, lose, settled, some_json, submit

HOUR_MS: Final = 3_600_000


@scene("ownership")
def a_late_finish_meets_a_job_that_runs_elsewhere(stage: Stage) -> Iterator[str]:
    worker, first = stage.at_work()
    other = stage.worker("w2")
    lose(stage.store, worker)
    other.take()

    if worker.complete(first, value=some_json('"stale"')) is not Answer.FENCED:
        yield "the late finish was believed"
    if stage.read.job("one").state is not State.RUNNING:
        yield "the job ended while it ran elsewhere"
    if stage.read.value("one") == some_json('"stale"'):
        yield "the late value was kept"


@scene("fence")
def a_worker_that_was_given_the_job_anew_finishes_its_earlier_attempt(stage: Stage) -> Iterator[str]:
    """The owner alone is not enough."""
    worker, first = stage.at_work()
    worker.release(first)
    worker.take()

    if worker.complete(first) is not Answer.FENCED:
        yield "the earlier attempt ended the later one"


@scene("owner")
def somebody_tells_the_end_of_a_job_that_another_runs(stage: Stage) -> Iterator[str]:
    """Attack 47: he knows the fence."""
    worker, claim = stage.at_work()
    thief = stage.worker("w2")

    if thief.complete(claim, value=some_json('"forged"')) is Answer.OK:
        yield "who does not own the job has ended it"
    if worker.complete(claim) is not Answer.OK:
        yield "the owner could not end it"


@scene("fence-of-reclaim")
def a_late_finish_comes_after_the_job_was_given_back(stage: Stage) -> Iterator[str]:
    worker, claim = stage.at_work()
    lose(stage.store, worker)

    if worker.complete(claim) is not Answer.FENCED:
        yield "it was taken for the same call once more"
    if stage.read.job("one").state is not State.QUEUED:
        yield "the job is not queued any more"


@scene("stepped-over")
def somebody_writes_over_the_queue_of_one_job_of_a_dead_worker(stage: Stage) -> Iterator[str]:
    """Fault 80."""
    worker = stage.worker()
    submit(stage.store, a_job("odd", queue="odd"), "one")
    worker.take(queues=[("odd", 1)])
    worker.take()
    stage.say("DEL", stage.store.keys.ready("odd"))
    stage.say("SET", stage.store.keys.ready("odd"), "x")

    with suppress(WrongType):
        lose(stage.store, worker)
    if stage.read.job("one").state is not State.QUEUED:
        yield "the other one is not given back"


@scene("kept-place")
def somebody_writes_over_what_holds_the_first_job_of_a_queue_back(stage: Stage) -> Iterator[str]:
    """Fault 80."""
    worker = stage.worker(task_tidy={"running": 1})
    submit(stage.store, "one", "two", a_job("other", task="other"))
    worker.take()
    stage.say("SET", stage.store.keys.parked("task:tidy"), "x")

    with suppress(WrongType):
        worker.claim(2)
    if stage.read.job("other").state is not State.RUNNING:
        yield "the one behind it is not claimed"
    if stage.say("ZSCORE", stage.store.keys.ready("default"), "two") is None:
        yield "it has lost its place"


@scene("backoff")
def the_clock_is_set_back_while_a_job_waits_for_its_next_try(stage: Stage) -> Iterator[str]:
    """Fault 58."""
    worker = stage.worker()
    _wait_for_another_try(stage, worker)

    now = worker.heartbeat().now_ms
    if (stage.read.job("one").due_ms or 0) - now > 3.5 * HOUR_MS:
        yield "it waits for an hour more than its backoff"


@scene("one-step")
def several_workers_notice_that_the_clock_was_set_back(stage: Stage) -> Iterator[str]:
    """Fault 58."""
    worker, other = stage.worker(), stage.worker("w2")
    _wait_for_another_try(stage, worker, other)

    worker.heartbeat()
    due = stage.read.job("one").due_ms
    other.heartbeat()
    if stage.read.job("one").due_ms != due:
        yield "it is tried again an hour too early"


def _wait_for_another_try(stage: Stage, *workers: SeedWorker) -> None:
    """A job that waits for its backoff, of three hours as they see it who beat by a clock that was an hour ahead."""
    ahead = stage.read.now_ms() + HOUR_MS
    submit(stage.store, "one")
    workers[0].retry(workers[0].take(), 4 * HOUR_MS, record=a_record(1, "failed", times=(ahead, ahead)))
    for worker in workers:
        stage.say("HSET", stage.store.keys.worker(worker.id), "seen", ahead)


@scene("condemned")
def a_worker_wakes_up_while_its_jobs_are_given_away(stage: Stage) -> Iterator[str]:
    worker = stage.worker()
    submit(stage.store, "one", "two", "three")
    worker.claim(2)
    stage.store.do(stage.store.verbs.reclaim("w1", 0))

    if worker.heartbeat().standing is not Standing.CONDEMNED:
        yield "its heartbeat renewed the lease"
    if worker.ask().claims:
        yield "it claimed once more"
    if stage.store.do(stage.store.verbs.reclaim("w1", 0)).status != "OK":
        yield "the rest is never given back"


@scene("sign-of-life")
def a_worker_gives_a_sign_of_life_that_who_judges_it_has_not_seen(stage: Stage) -> Iterator[str]:
    worker, claim = stage.at_work()
    worker.heartbeat()

    if stage.store.do(stage.store.verbs.reclaim("w1", 0, [Verdict("one", claim.fence, False, b"")])).status != "ALIVE":
        yield "it was condemned"
    if worker.complete(claim) is not Answer.OK:
        yield "its job was given to others"


@scene("turn")
def a_claim_is_sent_again(stage: Stage) -> Iterator[str]:
    worker, first = stage.at_work("two")

    if worker.ask_again().claims != (first,):
        yield "the same turn was answered with other jobs"
    if stage.read.job("two").state is not State.QUEUED:
        yield "a job is owned that nobody asked for"


@scene("id")
def a_submit_is_sent_again(stage: Stage) -> Iterator[str]:
    worker, _ = stage.at_work()

    if submit(stage.store, "one")[0].taken is not Taken.EXISTS:
        yield "it was taken for a new job"
    if worker.claim(9):
        yield "the job runs twice"


@scene("body")
def another_job_comes_under_an_id_that_is_taken(stage: Stage) -> Iterator[str]:
    submit(stage.store, "one")

    if submit(stage.store, a_job("one", body=b'{"task":"other"}'))[0].taken is not Taken.COLLISION:
        yield "who sent it believes that it is there"


@scene("delete-first")
def redis_is_full(stage: Stage) -> Iterator[str]:
    """Fault 40."""
    worker = stage.worker()
    submit(stage.store, "one", "two")
    one, two = worker.claim(2)
    worker.release(two)
    stage.say("CONFIG", "SET", "maxmemory-policy", "noeviction")
    stage.say("CONFIG", "SET", "maxmemory", "1")
    try:
        if _is_refused(worker.heartbeat):
            yield "a heartbeat was refused"
        if _is_refused(lambda: worker.complete(one)):
            yield "a finish was refused"
        if _is_refused(worker.ask):
            yield "a claim was refused"
    finally:
        stage.say("CONFIG", "SET", "maxmemory", "0")


def _is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except RedisFull:
        return True
    return False


@scene("pause")
def a_queue_is_paused(stage: Stage) -> Iterator[str]:
    worker = stage.worker()
    submit(stage.store, "one")
    stage.store.do(stage.store.verbs.pause(["default"], {}, None))

    if worker.claim():
        yield "a job of it was given out"


@scene("limits-as-sets")
def the_record_of_a_job_that_holds_a_limit_is_gone(stage: Stage) -> Iterator[str]:
    """Faults 80 and 81."""
    worker = stage.worker(task_tidy={"running": 1})
    submit(stage.store, "one", "two")
    worker.take()
    stage.say("DEL", stage.store.keys.job("one"))
    stage.say("ZADD", stage.store.keys.thaw, 0, "task:tidy")
    stage.store.do(stage.store.verbs.promote())

    if [claim.id for claim in worker.claim()] != ["two"]:
        yield "its place stays taken"


@scene("remaining")
def a_job_waits_under_the_same_id_for_another(stage: Stage) -> Iterator[str]:
    """An entry among the dependents alone decides nothing: somebody may have put the job there again."""
    worker, keys = stage.worker(), stage.store.keys
    submit(stage.store, "one", "two", "zero", a_job("three", after=("two",)), a_job("four", after=("zero",)))
    for upstream, job in (("one", "three"), ("two", "four")):
        stage.say("ZADD", keys.dependents(upstream), 1, job)
        stage.say("HSET", keys.job(upstream), "dp", "1")
    one, two = worker.claim(2)

    worker.complete(one)
    if stage.read.job("three").state is not State.WAITING:
        yield "it was let go by the end of one that it does not wait for"
    worker.bury(two)
    if stage.read.job("four").state is State.ENDED:
        yield "it was skipped for the failure of one that it does not wait for"


@scene("mark-until-told")
def somebody_writes_over_the_queue_of_one_who_waits(stage: Stage) -> Iterator[str]:
    worker, ready = stage.worker(), stage.store.keys.ready("odd")
    submit(stage.store, "one", a_job("odd", queue="odd", after=("one",)))
    claim = worker.take()
    stage.say("SET", ready, "x")
    with suppress(WrongType):
        worker.complete(claim)
    stage.say("DEL", ready)

    stage.store.do(stage.store.verbs.follow())
    if stage.read.job("odd").state is State.WAITING:
        yield "it waits for one that has ended, and nobody tells it"


@scene("unsettled")
def a_job_is_removed_before_those_that_wait_for_it_were_told(stage: Stage) -> Iterator[str]:
    worker = stage.worker()
    submit(stage.store, "one", *(a_job(f"j{n:03}", after=("one",)) for n in range(201)))
    worker.complete(worker.take())

    if stage.store.do(stage.store.verbs.remove(["one"])) != ["ACTIVE"]:
        yield "it was removed"
    stage.store.do(stage.store.verbs.follow())
    if stage.read.job("j200").state is State.ENDED:
        yield "one of them was skipped"


@scene("priority-at-rest")
def the_priority_of_a_running_job_is_to_change(stage: Stage) -> Iterator[str]:
    _, claim = stage.at_work()

    if stage.store.do(stage.store.verbs.prioritise(["one"], 1)) != ["RUNNING"]:
        yield "it was changed"
    if stage.read.job("one").priority != a_job().priority:
        yield "it has another priority"
    stage.store.do(stage.store.verbs.complete("w1", [settled(claim)]))
