"""What the slots report of their attempts, and what the worker makes of it."""

from __future__ import annotations

import signal

from qctl.engine.claims import Stage
from qctl.engine.limits import Step
from qctl.engine.outbox import Settled
from qctl.engine.processes.events import Asked, CannotFork, Finished, Output, Progress, SlotDied, Started
from qctl.engine.settle import COMPLETE, Charge, Counters, Ruling, Verb, as_oom, policy_for, record, settle
from qctl.engine.settling import give_back
from qctl.engine.station import Lack
from qctl.engine.successes import Successes, tries
from qctl.engine.unheard import unheard
from qctl.engine.verdicts import tell
from qctl.engine.vetting import vetted
from qctl.errors import QctlError
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.store.values import ProgressReport, Settlement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from qctl.engine.backlog import Durations
    from qctl.engine.claims import Held
    from qctl.engine.limits import Key, Limits
    from qctl.engine.liveoutput import LiveOutput
    from qctl.engine.outbox import Outbox
    from qctl.engine.processes.events import Event
    from qctl.engine.processes.kernel import OomKills
    from qctl.engine.station import Station

#: Seconds in which a worker is said to lack a slot after the last try to fork one, of which there are two a second.
LACKING: Final = 5.0


class Tracking:
    """Follows each attempt from its start to its settlement."""

    def __init__(
        self,
        station: Station,
        outbox: Outbox,
        limits: Limits,
        durations: Durations,
        live: LiveOutput,
        ooms: OomKills,
    ) -> None:
        self._station = station
        self._outbox = outbox
        self._limits = limits
        self._durations = durations
        self._live = live
        self._successes = Successes(station, outbox, durations)
        self._ooms = ooms
        self._ooms_before: dict[Key, int] = {}  #: of those that run: how many there had been
        self._unjudged: dict[Key, tuple[Ended, float]] = {}  #: those that ended before it was known when they must
        self.on_asked: Callable[[Asked, float], None] = unheard

    def heard(self, events: Sequence[Event], now: float) -> list[Event]:
        """Do what reports ask for, in their order. Answers those that are about no attempt."""
        others: list[Event] = []
        for event in self._successes.settle_plain(events):
            if type(event) is Finished:
                self._finished((event.id, event.fence), event.ended, event.at or now, event.began)
            elif not self._noted(event, now):
                others.append(event)
        return others

    def _noted(self, event: Event, now: float) -> bool:
        match event:
            case Started():
                self._began(event)
            case Output(id_, fence, chunks):
                if held := self._station.claims.get((id_, fence)):
                    self._live.printed(held, chunks, now)
            case Progress(id_, fence, fraction, text, told):
                if held := self._station.claims.get((id_, fence)):
                    report = ProgressReport(id_, fence, fraction, text or "", told or "")
                    self._live.progressed(held, report, now)
            case SlotDied():
                self._slot_died(event, now)
            case Asked():
                self.on_asked(event, now)
            case CannotFork(slot, reason):
                told = f"cannot fork {'the template' if slot is None else f'slot {slot + 1}'}: {reason}"
                self._station.journal.warning("cannot_fork", told, **({} if slot is None else {"slot": slot + 1}))
                self._station.lack = Lack(told, now + LACKING)
            case _:
                return False
        return True

    def recalled(self, held: Held, *, sooner: bool) -> None:
        """The limit over all attempts is known; `sooner`: it counts from an earlier one.

        A slot may have begun this one by now, or ended it: then it is judged.
        """
        if sooner and held.stage is Stage.BEGUN:
            self._limits.watch(held.key, Step.TOTAL, held.total_until)
        if unjudged := self._unjudged.pop(held.key, None):
            self._judge(held, *unjudged)

    def refused(self, held: Held, ended: Ended, now: float) -> None:
        """An attempt ends before a slot has seen it, and trying again would not help."""
        self._station.claims.end(held)
        ruling = Ruling(verb=Verb.BURY, outcome=ended.outcome, reason=ended.reason, charge=Charge.FAILURE)
        policy = policy_for(held.task, held.claim.body)
        self._outbox.add(_settled(self._station, held, ended, ruling, tries(held, policy), self._station.time.at(now)))
        tell(self._station.journal, held, ended, ruling, now)

    def _began(self, event: Started) -> None:
        held = self._station.claims.begin((event.id, event.fence))
        if held is None:
            return
        held.note_start(event.at, self._station.time.at(event.at))
        self._ooms_before[held.key] = self._ooms.so_far()
        task = held.task
        if task is None:
            return
        if task.soft_timeout is not None:
            self._limits.watch(held.key, Step.SOFT, event.at + task.soft_timeout)
        if task.timeout is not None:
            self._limits.watch(held.key, Step.HARD, event.at + task.timeout)
        if task.total_timeout is not None:
            self._limits.watch(held.key, Step.TOTAL, held.total_until)

    def _finished(self, key: Key, ended: Ended, at: float, began: float = 0.0) -> None:
        """An attempt is over. `began`: when it had begun, if that was not told before."""
        held = self._station.claims.over(key, at)
        if held is None:
            return
        if began:
            held.note_start(began, self._station.time.at(began))
        else:
            self._limits.forget(key)
            self._ooms_before.pop(key, None)
            self._live.end(key, at)
        if held.started:
            self._durations.note(held.claim.task, at - held.started)
        if ended.outcome is Outcome.SUCCEEDED and ended.instead is None:
            self._successes.settle(held, ended, at)
            tell(self._station.journal, held, ended, COMPLETE, at)
            return
        if held.recalls:
            self._unjudged[key] = ended, at
        else:
            self._judge(held, ended, at)

    def _judge(self, held: Held, ended: Ended, at: float) -> None:
        """Decide what follows from one that did not simply succeed."""
        ended = self._looked_at(held, ended)
        policy = policy_for(held.task, held.claim.body)
        counters = Counters(held.claim.failures, held.claim.crashes)
        ruling = settle(ended, held.task, policy, counters, held.total_until - at, self._station.dice)
        self._outbox.add(_settled(self._station, held, ended, ruling, tries(held, policy), self._station.time.at(at)))
        tell(self._station.journal, held, ended, ruling, at)

    def _looked_at(self, held: Held, ended: Ended) -> Ended:
        """A job may be replaced by what it may submit."""
        if ended.instead is None:
            return ended
        try:
            workflow = vetted(ended.instead, held, self._station)
        except QctlError as error:
            info = ErrorInfo(type=type(error).__name__, message=str(error))
            return Ended(outcome=Outcome.FAILED, reason=Reason.EXCEPTION, error=info, packed_log=ended.packed_log)
        assert isinstance(workflow, WorkflowSubmission)
        return ended._replace(instead=workflow)

    def _slot_died(self, event: SlotDied, now: float) -> None:
        how = f"signal {event.signal}" if event.signal else f"exit {event.exit_code}"
        if event.running is None:
            self._station.journal.warning(
                "slot_died", f"slot {event.slot + 1} died ({how}); another takes its place", pid=event.pid
            )
            return
        ended = event.ended
        assert ended is not None, "a slot that ran something says what it came to"
        if ended.reason is Reason.CRASHED and ended.signal == signal.SIGKILL and self._ran_out_of_memory(event.running):
            ended = as_oom(ended)
        self._finished(event.running, ended, now)

    def _ran_out_of_memory(self, key: Key) -> bool:
        """Whether the kernel has killed for want of memory, anywhere, since this attempt was seen to run."""
        self._ooms.forget()
        kills = self._ooms.so_far()
        return kills > self._ooms_before.get(key, kills)


def _settled(station: Station, held: Held, ended: Ended, ruling: Ruling, tries: int, ended_ms: int) -> Settled:
    if ruling.missing:
        return give_back(held, missing=True)
    written = record(
        ended,
        ruling,
        number=held.claim.attempt,
        worker=station.identity.label,
        started_ms=held.started_ms or ended_ms,
        ended_ms=ended_ms,
        task=held.task,
        tries=tries,
    )
    settlement = Settlement(
        id=held.claim.id,
        fence=held.claim.fence,
        record=written,
        log=ended.packed_log,
        value=ended.value,
        outcome=ruling.outcome or Outcome.FAILED,
        reason=ruling.reason,
        delay_ms=round(ruling.delay * 1000),
        charge=ruling.charge,
        instead=ended.instead,
    )
    return Settled(held, ruling.verb, settlement)
