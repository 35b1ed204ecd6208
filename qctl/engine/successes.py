"""What the store is told of attempts that succeeded, made the short way: nearly all jobs end so.

What is the same for all jobs of a task, as long as its definition is the same, is written once. An attempt of which
start and end are heard together goes from the report to the outbox in one step.
"""

from __future__ import annotations

from qctl.engine.journal import Level
from qctl.engine.outbox import Settled
from qctl.engine.processes.events import Finished
from qctl.engine.settle import COMPLETE, Verb, policy_for, record
from qctl.model.ended import is_plain, success_form
from qctl.model.state import Outcome
from qctl.store.values import Settlement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.engine.backlog import Durations
    from qctl.engine.claims import Held
    from qctl.engine.outbox import Outbox
    from qctl.engine.processes.events import Event
    from qctl.engine.station import Station
    from qctl.model.ended import Ended
    from qctl.model.retry import RetryPolicy
    from qctl.model.task import Task

    Forms = tuple[str, str] | tuple[()]  # of a Python call, and of a command

REMEMBERED: Final = 1024  #: tasks
_ASKS: Final = b'"retries":'  #: in a call that asks for a number of attempts of its own
_WHOLE: Final = 0.5  #: before the rest of a time is cut off
# As plain names: to read a member of an enum costs a tenth of all that is done for a job here.
_SUCCEEDED: Final = Outcome.SUCCEEDED
_COMPLETE: Final = Verb.COMPLETE
_NONE: Final = ()
_new: Final = tuple.__new__  #: what a NamedTuple's own call does in a third of the time


class Successes:
    """Settles them."""

    def __init__(self, station: Station, outbox: Outbox, durations: Durations) -> None:
        self._station = station
        self._outbox = outbox
        self._durations = durations
        self._forms: dict[str, tuple[Task, Forms]] = {}  #: of a task's records, by its name

    def settle_plain(self, events: Sequence[Event]) -> Sequence[Event]:
        """Settle those that left nothing but a value, and were not heard of before. Answers all other events."""
        station = self._station
        if station.journal.writes(Level.DEBUG):
            return events
        claims, note, add = station.claims, self._durations.note, self._outbox.add
        sent, offset = claims.sent, station.time.offset_ms + _WHOLE
        others: list[Event] = []
        last: Task | None = None
        forms: Forms = _NONE
        for event in events:
            if type(event) is Finished and event.began:
                id_, fence, ended, at, began, _ = event
                held = sent.get((id_, fence))
                if held is not None and held.task is not last:
                    last = held.task
                    forms = self._forms_of(last)
                if held is not None and forms and is_plain(ended) and _ASKS not in held.claim.body:
                    claims.ended(held, at)
                    note(held.claim.task, at - began)
                    start_ms, end_ms = int(began * 1000 + offset), int(at * 1000 + offset)
                    form = forms[0] if ended.exit_code is None else forms[1]
                    text = form % (held.claim.attempt, start_ms, end_ms, ended.cpu_s, ended.max_rss_bytes)
                    told = (id_, fence, text.encode(), b"", ended.value, _SUCCEEDED, None, 0, False, None, "")
                    add(_new(Settled, (held, _COMPLETE, _new(Settlement, told))))
                    continue
            others.append(event)
        return others

    def settle(self, held: Held, ended: Ended, at: float) -> None:
        """Settle any other, with what it printed or how its command ended."""
        started = held.started or at
        time = self._station.time
        written = record(
            ended,
            COMPLETE,
            number=held.claim.attempt,
            worker=self._station.identity.label,
            started_ms=time.at(started),
            ended_ms=time.at(at),
            task=held.task,
            tries=tries(held, policy_for(held.task, held.claim.body)),
        )
        self._outbox.add(
            Settled(
                held,
                _COMPLETE,
                Settlement(held.claim.id, held.claim.fence, written, ended.packed_log, ended.value, _SUCCEEDED),
            )
        )

    def _forms_of(self, task: Task | None) -> Forms:
        """The forms of the records of a task's jobs, to be filled; nothing if there are none for all of them."""
        if task is None or task.retry.limit is None:
            return _NONE
        known = self._forms.get(task.name)
        if known is not None and known[0] is task:
            return known[1]
        if len(self._forms) >= REMEMBERED:
            self._forms.clear()
        worker, tried = self._station.identity.label, task.retry.limit + 1
        forms = success_form(worker, task.hash, tried), success_form(worker, task.hash, tried, exit_code=0)
        self._forms[task.name] = task, forms
        return forms


def tries(held: Held, policy: RetryPolicy) -> int:
    """How many attempts are allowed; one more than there were where there is no limit."""
    return held.claim.attempt + 1 if policy.limit is None else policy.limit + 1
