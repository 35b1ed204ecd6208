"""Scenes of beats that fire what is not to be fired."""

from __future__ import annotations

from collections.abc import Iterator

from qctl.model.occurrence import End, Occurrence
from qctl.store.schedule_values import Fired, Firing
from tests.protections.stage import Stage, scene
from tests.support.schedule_seed import MINUTE_MS, NAME, a_firing, fired, the_state
from tests.support.store_seed import HOUR_MS


def _answer(stage: Stage, firing: Firing, beat: str = "b1") -> Fired:
    (answer,) = stage.store.do(stage.store.verbs.fire(beat, [firing]))
    return answer.fired


@scene("cursor")
def two_beats_decide_the_same_instant(stage: Stage) -> Iterator[str]:
    """C21: the active jobs do not show it, if the first has ended meanwhile."""
    worker, beat = stage.worker(), stage.beat()
    state = beat.declare()
    beat.fire(a_firing(state, "mine"))
    worker.complete(worker.take())

    if _answer(stage, a_firing(state, "yours"), "b2") is not Fired.STALE:
        yield "it was fired twice"
    if stage.read.jobs(["yours"]):
        yield "there are two jobs of one instant"


@scene("active")
def what_is_active_changes_after_the_decision(stage: Stage) -> Iterator[str]:
    """O5: a job was retried by hand after the beat had looked; O9: what stood in the way has ended."""
    worker, beat = stage.worker(), stage.beat()
    beat.fire(a_firing(beat.declare(), "one"))
    busy = the_state(stage.store)
    worker.bury(worker.take())
    free = the_state(stage.store)
    skipped = Occurrence(at_ms=busy.cursor_ms + 1, end=End.OVERLAP, job="one")
    if _answer(stage, a_firing(busy, rows=[skipped], new_cursor_ms=busy.cursor_ms)) is not Fired.STALE:
        yield "an occurrence was skipped for a run that has ended"
    stage.store.do(stage.store.verbs.revive(["one"]))
    if _answer(stage, a_firing(free, "two")) is not Fired.STALE:
        yield "a run started beside one that it must not overlap"


@scene("server-time")
def a_beat_has_a_fast_clock(stage: Stage) -> Iterator[str]:
    beat = stage.beat()
    firing = a_firing(beat.declare(), "one", due_ms=beat.pulse().now_ms + 60_000)

    if _answer(stage, firing) is not Fired.EARLY:
        yield "it fired before the instant"


@scene("boot")
def a_beat_is_restarted(stage: Stage) -> Iterator[str]:
    """O2: the cursor does not show it, for no instant is passed."""
    worker, beat = stage.worker(), stage.beat()
    state = beat.declare()
    beat.fire(a_firing(state, "one", boot=("db1", "boot1"), new_cursor_ms=state.cursor_ms))
    worker.complete(worker.take())

    if _answer(stage, a_firing(the_state(stage.store), "two", boot=("db1", "boot1"))) is not Fired.STALE:
        yield "it ran once more for the same boot"


@scene("id-of-run")
def a_firing_that_passes_no_instant_is_sent_again(stage: Stage) -> Iterator[str]:
    worker, beat = stage.worker(), stage.beat()
    state = beat.declare()
    firing = a_firing(state, "one", new_cursor_ms=state.cursor_ms)
    beat.fire(firing)
    worker.complete(worker.take())

    if _answer(stage, firing) is not Fired.STALE:
        yield "it was carried out twice"


@scene("generation")
def a_beat_has_another_definition(stage: Stage) -> Iterator[str]:
    if _answer(stage, a_firing(stage.beat().declare(), "one", generation=9)) is not Fired.DRIFT:
        yield "it fired by a definition that is not in force"


@scene("disabled")
def a_schedule_is_disabled_after_the_decision(stage: Stage) -> Iterator[str]:
    state = stage.beat().declare()
    stage.store.do(stage.store.verbs.disable([NAME], {}))

    if _answer(stage, a_firing(state, "one")) is not Fired.STALE:
        yield "it started a job"


@scene("ledger")
def an_instant_comes_again_after_the_clock_was_set_back(stage: Stage) -> Iterator[str]:
    """C4 and C5."""
    worker, beat = stage.worker(), stage.beat()
    state = beat.declare()
    at = state.cursor_ms + MINUTE_MS
    beat.fire(a_firing(state, "old"))
    worker.complete(worker.take())
    _set_cursor(stage, at + 24 * HOUR_MS)
    stage.store.do(stage.store.verbs.rewind("b1", NAME, 1, the_state(stage.store).cursor_ms))
    _set_cursor(stage, at - HOUR_MS)

    (answer,) = beat.fire(a_firing(the_state(stage.store), "again", rows=[fired(at, "again")]))
    if [row.job for row in answer.rows] == ["again"]:
        yield "it was fired twice"
    if answer.fired is not Fired.OK:
        yield f"the firing was not carried out: {answer.fired}"


def _set_cursor(stage: Stage, at_ms: int) -> None:
    stage.say("HSET", stage.store.keys.schedule(NAME), "cursor", at_ms)
