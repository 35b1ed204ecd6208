"""What the store is told of attempts that succeeded, made the short way: nearly all jobs end so.

What is the same for all jobs of a task, as long as its definition is the same, is written once.
"""

from __future__ import annotations

from qctl.engine.settle import COMPLETE, policy_for, record
from qctl.model.ended import success_form
from qctl.model.state import Outcome
from qctl.store.values import Settlement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.claims import Held
    from qctl.engine.station import Station
    from qctl.model.ended import Ended
    from qctl.model.retry import RetryPolicy
    from qctl.model.task import Task

REMEMBERED: Final = 1024  #: tasks
_ASKS: Final = b'"retries":'  #: in a call that asks for a number of attempts of its own
_SUCCEEDED: Final = Outcome.SUCCEEDED


class Successes:
    """Writes their settlements."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._forms: dict[str, tuple[Task, str]] = {}  #: of a task's records, by its name

    def settlement(self, held: Held, ended: Ended, started: float, at: float) -> Settlement:
        """What is told of one that began and ended at these times."""
        claim, task, log = held.claim, held.task, ended.log
        known = self._forms.get(claim.task)
        form = known[1] if known is not None and known[0] is task else self._learn(held)
        if form and not log.bytes and ended.exit_code is None and _ASKS not in claim.body:
            offset = self._station.time.offset_ms + 0.5  # what is cut off after it is rounded
            text = form % (
                claim.attempt, started * 1000 + offset, at * 1000 + offset, ended.cpu_s, ended.max_rss_bytes
            )  # fmt: skip
            written = text.encode()
        else:
            written = self._in_full(held, ended, started, at)
        # What a NamedTuple's own call does in a third of the time.
        return tuple.__new__(
            Settlement,
            (claim.id, claim.fence, written, ended.packed_log, ended.value, _SUCCEEDED, None, 0, False, None, ""),
        )

    def _learn(self, held: Held) -> str:
        """The form of a task's records; empty if each is different."""
        task = held.task
        if task is None or task.retry.limit is None:
            return ""
        if len(self._forms) >= REMEMBERED:
            self._forms.clear()
        form = success_form(self._station.identity.label, task.hash, tries(held, task.retry))
        self._forms[held.claim.task] = task, form
        return form

    def _in_full(self, held: Held, ended: Ended, started: float, at: float) -> bytes:
        time = self._station.time
        return record(
            ended,
            COMPLETE,
            number=held.claim.attempt,
            worker=self._station.identity.label,
            started_ms=time.at(started),
            ended_ms=time.at(at),
            task=held.task,
            tries=tries(held, policy_for(held.task, held.claim.body)),
        )


def tries(held: Held, policy: RetryPolicy) -> int:
    """How many attempts are allowed; one more than there were where there is no limit."""
    return held.claim.attempt + 1 if policy.limit is None else policy.limit + 1
