"""A notice: that something has happened to a task which somebody watches, and the text that tells it. Pure."""

from __future__ import annotations

import base64
import json

from qctl.classes import dataclass
from qctl.enums import StrEnum
from qctl.model.around import Around
from qctl.model.attempt import Attempt
from qctl.model.call import Call
from qctl.model.cells import cut
from qctl.model.job import Job
from qctl.model.job_words import last_end
from qctl.model.report import report
from qctl.model.show import clock_time, count, duration
from qctl.model.state import Outcome, Reason, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, Self

    from qctl.model.page import Page
    from qctl.model.report import Steps
    from qctl.model.task import Task

MOST_BYTES: Final = 64 * 1024  #: of a notice's text
MOST_HEADLINE: Final = 200  #: cells
MOST_LINES: Final = 1000  #: of output, where the output is what is told
TASK_PREFIX: Final = "notify."  #: before a notify name: the task whose jobs deliver its notices


class Occasion(StrEnum):
    """What has happened."""

    FAIL = "fail"
    RECOVER = "recover"
    MISSED = "missed"
    LATE = "late"
    OUTPUT = "output"
    FLOOD = "flood"  #: there were more than are told
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice for one notify name. Times are server time in ms."""

    name: str
    occasion: Occasion
    task: str = ""
    subject: str = ""  #: the schedule, or the task of a job that none has started
    job: str = ""  #: its id; empty: there is none
    at_ms: int = 0
    since_ms: int | None = None  #: when the trouble began
    reason: str = ""  #: why an occurrence did not run, as in the ledger
    count: int = 1  #: of occurrences that did not run, or of notices that are not told
    first_ms: int | None = None  #: the instant that is told of …
    last_ms: int | None = None  #: … or the last of several

    @property
    def task_name(self) -> str:
        """The task whose jobs deliver it."""
        return f"{TASK_PREFIX}{self.name}"

    @classmethod
    def decode(cls, text: bytes | str, count_: int = 0) -> Self:
        """Read a notice as the store keeps it; of a flood with the number of those that are not told.

        Raises ValueError if it is none.
        """
        try:
            said = json.loads(text[_NUMBER:])
            numbers = {key: int(said[short]) for key, short in _NUMBERS.items() if short in said}
            texts = {key: str(said[short]) for key, short in _TEXTS.items() if short in said}
            numbers |= {"count": count_} if count_ else {}
            return cls(occasion=Occasion(said["o"]), **texts, **numbers)  # type: ignore[arg-type]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a notice: {error}") from error


_NUMBER: Final = 17  #: characters before what a notice tells: they make it one of its kind
_TEXTS: Final = {"name": "n", "task": "t", "subject": "s", "job": "j", "reason": "r"}
_NUMBERS: Final = {"at_ms": "at", "since_ms": "si", "count": "c", "first_ms": "i", "last_ms": "l"}


def headline(notice: Notice, job: Job | None, page: Page) -> str:
    """What has happened, in one line that a mail's subject could take."""
    match notice.occasion:
        case Occasion.FAIL:
            said = _failed(notice, job, page)
        case Occasion.RECOVER:
            said = f"succeeded again{_since(notice, page, ', after it had failed since ')}"
        case Occasion.MISSED:
            said = _missed(notice, page)
        case Occasion.LATE:
            said = _late(notice, job, page)
        case Occasion.OUTPUT:
            said = f"{_ended(job)} and wrote output"
        case Occasion.FLOOD:
            return f"{count(notice.count, 'more notice')} for {notice.name}, too many to be told one by one"
        case Occasion.TEST:
            return f"test notice for {notice.name}: whoever reads this hears of failures, too"
    return cut(page.safe(f"{notice.subject} {said}"), MOST_HEADLINE, page.ellipsis)


def text_of(
    notice: Notice,
    job: Job | None,
    output: Sequence[str],
    page: Page,
    around: Around | None = None,
    steps: Steps | None = None,
) -> str:
    """The whole notice: its headline, then the report of the job, if there is one, as `qctl show` writes it (L11)."""
    lines = [headline(notice, job, page), ""]
    lines += report(job, output, page, around or Around(), steps) if job else _without_job(notice, page)
    return _cut("".join(f"{line}\n" for line in lines), job)


def delivery_call(notice: Notice, task: Task, text: str, *, by: str) -> Call:
    """What is asked of a worker that is to deliver this text: it goes by stdin, never by the environment (L11)."""
    about = {"job": notice.job} if notice.job else {}
    return Call(
        task=task.name,
        kind=task.kind,
        by=by,
        tries=1 + (task.retry.limit or 0),
        labels={"notice": notice.occasion.value, **about},
        stdin=base64.b64encode(text.encode()).decode(),
        file=task.file,
        line=task.line,
        hash=task.hash,
    )


def _cut(text: str, job: Job | None) -> str:
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= MOST_BYTES:
        return data.decode()
    rest = f"\n[cut here; all of it: qctl show {job.id if job else ''}]\n"
    return data[: MOST_BYTES - len(rest)].decode("utf-8", "ignore") + rest


def _since(notice: Notice, page: Page, words: str) -> str:
    if notice.since_ms is None:
        return ""
    return f"{words}{clock_time(notice.since_ms, page.zone, page.now_ms)}"


def _ended(job: Job | None) -> str:
    words = {Outcome.SUCCEEDED: "succeeded", Outcome.TIMEOUT: "ran into its time limit", Outcome.LOST: "was lost"}
    return words.get(job.outcome, "failed") if job and job.outcome else "ended"


def _failed(notice: Notice, job: Job | None, page: Page) -> str:
    lasting = notice.since_ms is not None and notice.since_ms < notice.at_ms
    said = f"still fails{_since(notice, page, ', since ')}" if lasting else _ended(job)
    if job is None or job.last is None:
        return said
    return f"{said}: {last_end(job, job.last)}"


def _missed(notice: Notice, page: Page) -> str:
    if notice.first_ms is None:
        return "did not run: its job expired before it was started"
    why = notice.reason.removeprefix("skipped:")
    reason = f" ({why})" if why != notice.reason else ""
    first = clock_time(notice.first_ms, page.zone, page.now_ms)
    if notice.count == 1 or notice.last_ms is None:
        return f"missed its run of {first}{reason}"
    last = clock_time(notice.last_ms, page.zone, page.now_ms)
    return f"missed {count(notice.count, 'run')} from {first} to {last}{reason}"


def _late(notice: Notice, job: Job | None, page: Page) -> str:
    due = notice.first_ms
    if due is None and job is not None:
        due = max(job.enqueued_ms, job.eta_ms or 0)
    if due is None:
        return "is late"
    return f"is late: due {clock_time(due, page.zone, page.now_ms)}, {duration((notice.at_ms - due) / 1000)} ago"


def _without_job(notice: Notice, page: Page) -> list[str]:
    if notice.occasion is Occasion.FLOOD:
        return ["What has happened in the meantime:", "  qctl status", "  qctl errors", "  qctl history"]
    at = clock_time(notice.at_ms, page.zone, page.now_ms)
    said = [f"Seen at {at}.", ""]
    if notice.occasion in (Occasion.MISSED, Occasion.LATE):
        return [*said, f"  qctl schedule history {notice.subject}", f"  qctl schedule missed {notice.subject}"]
    return [*said, f"  qctl history {notice.task}  (job {notice.job} is not kept any more)"]


def sample(name: str, now_ms: int) -> tuple[Notice, Job, list[str]]:
    """A notice that tells of nothing, with the report of a job that never was and what it would have written."""
    began = now_ms - 21_000
    attempt = Attempt(
        number=1,
        worker="example",
        started_ms=began,
        ended_ms=now_ms - 1000,
        outcome="failed",
        reason="exit",
        exit_code=22,
        error_type="exit",
        error_message="exit 22",
    )
    job = Job(
        id="00000000",
        call=Call(task="example", by="nobody"),
        state=State.ENDED,
        queue="default",
        priority=5,
        enqueued_ms=began,
        outcome=Outcome.FAILED,
        reason=Reason.EXIT,
        ended_ms=now_ms - 1000,
        attempt=1,
        failures=1,
        attempts=(attempt,),
    )
    notice = Notice(name=name, occasion=Occasion.TEST, task="example", subject="example", at_ms=now_ms)
    return notice, job, ["This is an example: no such job has run."]
