"""Scenes of what a worker's parent must notice: the worker's parts over a real Redis, and a clock that is moved."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from random import Random
from unittest import mock

from qctl import clock
from qctl.config import Watch
from qctl.engine.claims import Held
from qctl.engine.outbox import BATCH, Settled
from qctl.engine.processes.stops import crash
from qctl.engine.reload import Reload
from qctl.engine.settle import Counters, Verb, settle
from qctl.engine.settling import Settling
from qctl.model.call import Kind
from qctl.model.retry import RetryPolicy
from qctl.model.state import Outcome, Reason, State
from qctl.model.task import Task
from qctl.store.values import CHARGE_CRASH, Settlement, Standing
from tests.integration.worker.hands import LEASE
from tests.protections.stage import Stage, scene
from tests.support.store_seed import make_due, settled, submit


@scene("lease")
def another_worker_lives_and_has_a_long_job(stage: Stage) -> Iterator[str]:
    """Faults 17 and 39: it renews its lease in time, however long its job takes."""
    other, hands = stage.worker("other"), stage.hands()
    submit(stage.store, "one")
    claim = other.take()
    for _ in range(4):
        other.heartbeat()
        hands.beat()
        hands.reclaim.run_once(hands.now)
        hands.hear()
        hands.pass_time(LEASE * 0.7)

    if other.heartbeat().standing is not Standing.OK:
        yield "it was condemned"
    job = stage.read.job("one")
    if (job.state, job.fence) != (State.RUNNING, claim.fence):
        yield "its job was given to others"


@scene("lease-of-the-other")
def another_worker_lives_and_has_a_longer_lease(stage: Stage) -> Iterator[str]:
    """It renews it in time, which is seldom."""
    hands = stage.hands()
    other = stage.worker("other")
    stage.store.do(stage.store.verbs.register("other", {"label": "other", "lease": LEASE * 4}))
    submit(stage.store, "one")
    claim = other.take()
    for _ in range(3):
        for _ in range(6):
            hands.beat()
            hands.reclaim.run_once(hands.now)
            hands.hear()
            hands.pass_time(LEASE * 0.3)
        other.heartbeat()

    if (job := stage.read.job("one")).state is not State.RUNNING or job.fence != claim.fence:
        yield "its job was given to others"


@scene("trust")
def redis_was_silent_for_a_lease(stage: Stage) -> Iterator[str]:
    """Faults 9 and 50: others may be running what is in hand."""
    hands = stage.hands()
    hands.claim()
    hands.beat()
    hands.pass_time(LEASE)
    hands.heartbeat.run_once(hands.now)

    if hands.station.claims.waiting:
        yield "its jobs are about to begin"
    if hands.tell() != [Verb.RELEASE]:
        yield "they were not given back"


@scene("slumber")
def the_machine_was_suspended_for_a_lease(stage: Stage) -> Iterator[str]:
    """Fault 60: the clock of this process has not moved."""
    hands = stage.hands()
    hands.claim()
    hands.beat()
    with mock.patch("qctl.clock.asleep", return_value=clock.asleep() + LEASE):
        hands.station.notice_slumber()
    hands.heartbeat.run_once(hands.now)

    if hands.station.claims.waiting:
        yield "its jobs are about to begin"
    if hands.tell() != [Verb.RELEASE]:
        yield "they were not given back"


@scene("told-apart")
def somebody_writes_over_what_the_output_of_one_job_is_entered_in(stage: Stage) -> Iterator[str]:
    hands = stage.hands()
    settling = Settling(hands.station, hands.outbox)
    submit(stage.store, "printed", *(f"j{n:03}" for n in range(BATCH)))
    for claim in hands.claim_next(BATCH + 1):
        hands.station.claims.take(held := Held(claim, hands.station.worker, None, hands.now))
        hands.station.claims.end(held)
        log = b"some" if claim.id == "printed" else b""
        hands.outbox.add(Settled(held, Verb.BURY, settled(claim, outcome=Outcome.FAILED, reason=Reason.EXIT, log=log)))
    stage.say("SET", stage.store.keys.outputs, "x")

    for _ in range(3):
        settling.answered(stage.store.ask_all(settling.commands()))
    if {held.claim.id for held in hands.station.claims} != {"printed"}:
        yield "others have ended, and are told again and again"


@scene("reload-put-off")
def no_descriptor_is_left_for_the_processes_of_a_reload(stage: Stage) -> Iterator[str]:
    """Faults 20 and 21: SIGHUP at such a moment."""
    hands = stage.hands()
    reload = Reload(hands.station, Watch(hands.station.config), hands.now)
    reload.on_taken = mock.Mock(side_effect=OSError(errno.EMFILE, "too many open files"))
    try:
        reload.hang_up(hands.now)
    except OSError:
        yield "it ends"


@scene("unwanted")
def a_job_is_cancelled_that_a_slot_has_taken_and_declines(stage: Stage) -> Iterator[str]:
    """It comes back from there when the order counts as obeyed, which is not given again."""
    hands = stage.hands()
    hands.claim()
    slots = hands.send()
    hands.store.do(hands.store.verbs.cancel(["one"], {"by": "ann"}))
    hands.beat()
    slots.declined = True
    hands.crew.recall()
    hands.crew.dispatch()
    hands.beat()

    if slots.taken:
        yield "it begins"
    if hands.tell() != [Verb.RELEASE]:
        yield "it was not given back"


@scene("comparison")
def the_store_says_that_a_job_is_here_which_nobody_has(stage: Stage) -> Iterator[str]:
    """Faults 3, 47 and 81: the answer to a claim was lost, and so was the worker's memory of its turn."""
    hands = stage.hands()
    submit(stage.store, "one")
    stage.store.do(stage.store.verbs.claim(hands.station.worker, 1, 1))
    hands.beat()
    hands.pass_time(1.1)
    hands.beat()

    job = stage.read.job("one")
    if job.state is not State.QUEUED:
        yield "it stands as running for ever"
    if job.losses or job.crashes or job.failures:
        yield "it was charged"


@scene("loss")
def a_job_in_hand_is_not_ours_any_more(stage: Stage) -> Iterator[str]:
    """Faults 9 and 47."""
    hands = stage.hands()
    claim = hands.claim()
    given_back = stage.store.verbs.release(hands.station.worker, [Settlement(id=claim.id, fence=claim.fence)])
    stage.store.do(given_back)
    hands.beat()

    if hands.station.claims.waiting:
        yield "it is about to begin here, and may run elsewhere"


@scene("loss-budget")
def a_worker_dies_and_another_that_has_other_tasks_judges_its_jobs(stage: Stage) -> Iterator[str]:
    """Fault 2: what must not be run again is declared by whoever has the task."""
    dead, hands = stage.worker("dead", lost_tidy={"losses": 1}), stage.hands()
    submit(stage.store, "one")
    dead.take()
    for _ in range(4):
        hands.beat()
        hands.reclaim.run_once(hands.now)
        hands.hear()
        hands.pass_time(LEASE * 0.4)

    job = stage.read.job("one")
    if job.outcome is not Outcome.LOST:
        yield f"it is {job.state} once more"


@scene("crash-budget")
def a_job_kills_every_slot(stage: Stage) -> Iterator[str]:
    """Faults 1, 11 and 12: it ends after exactly its budget."""
    worker = stage.worker()
    task = Task(name="tidy", kind=Kind.RUN, run="kill -9 $PPID", max_crashes=3)
    submit(stage.store, "one")
    tries = 0
    while tries < 10 and (claims := worker.claim()):
        tries += 1
        counters = Counters(claims[0].failures, claims[0].crashes)
        ruling = settle(crash(None, 9), task, RetryPolicy(), counters, 60.0, Random(1))
        if ruling.verb is Verb.RETRY:
            worker.retry(claims[0], 0, CHARGE_CRASH)
            make_due(stage.store, "one")
            stage.store.do(stage.store.verbs.promote())
        else:
            worker.bury(claims[0], reason=ruling.reason, charge=ruling.charge)

    job = stage.read.job("one")
    if (tries, job.crashes, job.state) != (3, 3, State.ENDED):
        yield f"it ran {tries} times, is charged {job.crashes} crashes, and is {job.state}"
