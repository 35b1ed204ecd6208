"""What one may do with the schedules of an instance: read them, enable and disable them, run them by hand."""

from __future__ import annotations

from qctl.classes import dataclass, replace
from qctl.client.doubt import doubted, were
from qctl.client.placing import LeastBusy
from qctl.client.submitting import NotUnique, Receipt
from qctl.clock import rfc3339
from qctl.config.requests import Options, Request, prepare
from qctl.errors import NotFound, OutcomeUnknown, QueueFull, Refused
from qctl.model.call import Call
from qctl.model.occurrence import End, Occurrence
from qctl.store import ScheduleReading
from qctl.store.refusals import ConnectionBroken
from qctl.store.schedule_values import Fired, Firing, Run
from qctl.store.taken import Taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qctl.client.asking import Client
    from qctl.model.schedule import Schedule
    from qctl.model.submission import Submission
    from qctl.store.schedule_values import FiringAnswer

_MOST_LEDGERS = 200  #: that are looked at to count what a pause has skipped
_MOST_ROWS = 1000
_BY_HAND = "hand"  #: what stands for a beat where there is none
_TRIES = 3  #: to have all of a large workflow there
_LOOK = "qctl schedule list"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRun:
    """A run that somebody asks for: of a schedule, perhaps for an instant that was missed."""

    schedule: Schedule
    at_ms: int | None = None  #: the instant; None: now


class Scheduling:
    """The schedules of one client's instance. `reading` answers what may be read."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._store = client.store
        self.reading = ScheduleReading(client.store)

    def disable(self, names: Sequence[str], reason: str, by: str, seconds: float | None) -> list[str]:
        """Let schedules start nothing, for so many seconds or until they are enabled.

        Answers OK, ALREADY or UNKNOWN for each. Raises ActUnknown.
        """
        length = None if seconds is None else round(seconds * 1000)
        with doubted(f"{were(names)} being disabled", _LOOK):
            return self._store.do(self._store.verbs.disable(names, {"by": by, "reason": reason}, length))

    def enable(self, names: Sequence[str]) -> list[str]:
        """Let schedules start their tasks again. Answers OK, ALREADY or UNKNOWN for each. Raises ActUnknown."""
        with doubted(f"{were(names)} being enabled", _LOOK):
            return self._store.do(self._store.verbs.enable(names))

    def skipped_by_a_pause(self, since_ms: int) -> int:
        """How many instants were skipped since every queue was paused, as far as that is known quickly."""
        ledgers = self.reading.ledgers(self.reading.names()[:_MOST_LEDGERS], _MOST_ROWS, since_ms)
        return sum(row.count for rows in ledgers.values() for row in rows if row.end is End.PAUSED)

    def run(self, wanted: ManualRun) -> Receipt:
        """Run a schedule's task by hand: an ordinary job with its parameters, which takes no occurrence away (C20).

        It stands in the ledger. Raises what `prepare` raises, NotFound if no beat has taken the schedule up, NotUnique,
        QueueFull, and OutcomeUnknown if the connection broke meanwhile.
        """
        submission = self._submission(wanted)
        now_ms = self._client.reading.now_ms()
        at_ms = now_ms if wanted.at_ms is None else wanted.at_ms
        firing = Firing(
            name=wanted.schedule.name,
            generation=0,
            cursor_ms=0,
            active=(),
            new_cursor_ms=0,
            due_ms=at_ms,
            rows=(Occurrence(at_ms=at_ms, end=End.FIRED, job=submission.id, manual=True),),
            runs=(Run(submission=submission),),
            manual=True,
        )
        answer = self._fire(firing, submission)
        _check(answer, wanted.schedule, submission)
        return Receipt(submission.id, Taken.NEW, submission.queue)

    def _fire(self, firing: Firing, submission: Submission) -> FiringAnswer:
        """Fire, after what goes before; all of it again if some of that was gone by then."""
        for _ in range(_TRIES):
            self._store.do_all(self._store.verbs.uploads([submission]))
            try:
                (answer,) = self._store.do(self._store.verbs.fire(_BY_HAND, [firing]))
            except ConnectionBroken as error:
                raise OutcomeUnknown(id=submission.id) from error
            if answer.fired is not Fired.STALE:
                return answer
        raise Refused(f"what {submission.id} is made of does not stay in Redis", help="qctl doctor")

    def _submission(self, wanted: ManualRun) -> Submission:
        """The job that `qctl run` would make, with the schedule's name on it."""
        one = wanted.schedule
        config = self._client.config
        task = config.task(one.task)
        host = one.host
        if host is None and one.hosts:
            choose = LeastBusy(self._client.live_workers, self._client.reading.queues)
            host = choose(one.hosts, config.queue_of(task))
        request = Request(task=one.task, params=one.params, options=Options(host=host))
        plain = prepare(request, self._client.config_for(request))
        scheduled_for = None if wanted.at_ms is None else rfc3339(wanted.at_ms)
        call = replace(Call.decode(plain.body), schedule=one.name, scheduled_for=scheduled_for)
        return replace(plain, body=call.encode())


def _check(answer: FiringAnswer, schedule: Schedule, submission: Submission) -> None:
    """Raise what a manual run was refused with."""
    if answer.fired is not Fired.OK:
        raise NotFound(
            f"schedule {schedule.name} is declared, and no beat has taken it up",
            help=f"qctl up -d\nqctl run {schedule.task}        runs its task without it",
        )
    for row in answer.rows:
        if row.end is End.UNIQUE:
            raise NotUnique(task=schedule.task, id=row.job)
        if row.end is End.QUEUE_FULL:
            raise QueueFull(queue=submission.queue, length=submission.max_length or 0)


def newest_of_each(rows: Iterable[tuple[str, Occurrence]]) -> dict[str, Occurrence]:
    """Of rows by schedule the newest of each."""
    found: dict[str, Occurrence] = {}
    for name, row in rows:
        if name not in found or row.at_ms > found[name].at_ms:
            found[name] = row
    return found
