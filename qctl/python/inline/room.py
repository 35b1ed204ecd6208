"""Where jobs run in this process: what is submitted is checked as ever, taken, and worked off before the call returns.

What a job submits while it runs waits until that job has ended, as it would elsewhere: no job runs within another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from qctl.classes import dataclass
from qctl.client import Receipt
from qctl.client.knowing import Known
from qctl.client.placing import placed
from qctl.client.submitting import receipt, refusal
from qctl.config import Config
from qctl.config.declared import with_declared
from qctl.config.declared_here import declared_here
from qctl.config.requests import Request, prepare
from qctl.errors import QctlError, Refused
from qctl.model.attempt import Value
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason, State
from qctl.model.submission import IfExists, Submission
from qctl.model.submission_json import read_extension, read_submission
from qctl.model.workflow.node_names import parts_of
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.python.inline.attempts import Around, run_attempts
from qctl.python.inline.book import Book, Entry
from qctl.python.inline.flows import extend, run_flow
from qctl.python.inline.turns import Turns
from qctl.python.inside import within
from qctl.store.taken import Submitted, Taken


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, and what became of it."""

    request: Request
    receipt: Receipt


class Room:
    """Takes jobs. With `runs` they run at once, else when `turns.work` is called."""

    def __init__(self, config: Config, *, runs: bool = True) -> None:
        self.config, self.runs = config, runs
        self.book = Book()
        self.asked: list[Asked] = []  #: all that was submitted, also by jobs
        self.turns = Turns(self._run_next, self._break_off)
        self._keys: dict[str, str] = {}

    @property
    def is_inside(self) -> bool:
        """Whether a job of this room is what runs here."""
        return within.get() is self

    def submit(self, requests: Iterable[Request], *, strict: bool) -> list[Receipt]:
        """Take what is asked for, each checked before the next. Raises as `Client.submit`."""
        known = Known(self.config, dict)
        wanted = [
            (one, prepare(one, known.of(one), strict=strict))
            for request in requests
            for one in placed(request, known.of(request), lambda hosts, _: hosts[0])
        ]
        receipts = []
        for request, submission in wanted:
            receipts.append(self._take(submission))
            self.asked.append(Asked(request, receipts[-1]))
        if self.runs and not self.is_inside:
            self.turns.work()
        return receipts

    def _break_off(self, error: BaseException) -> None:
        self.book.break_off(_named(error))

    def _take(self, submission: Submission) -> Receipt:
        answer = self._place(submission)
        if (why := refusal(submission, answer)) is not None:
            raise why
        return receipt(submission, answer.taken, answer.id)

    def _place(self, submission: Submission) -> Submitted:
        key, there = submission.key, self.book.get(self._keys.get(submission.key, ""))
        if key and there is not None and submission.if_exists is not IfExists.REPLACE:
            refused = submission.if_exists is IfExists.FAIL
            return Submitted(Taken.REFUSED if refused else Taken.HELD, there.id)
        if (other := self.book.get(submission.id)) is not None:
            if other.submission.body != submission.body:
                raise Refused(f"the id {submission.id} belongs to another job")
            return Submitted(Taken.EXISTS, submission.id)
        for before in submission.after:
            if self.book.get(before) is None:
                return Submitted(Taken.NO_UPSTREAM, before)
        if there is not None and not there.job.ended:
            there.end(Outcome.CANCELLED, Reason.BY_USER)
        if key:
            self._keys[key] = submission.id
        waits = submission.delay_ms is not None or submission.due_ms is not None
        self.turns.add(self.book.add(submission, state=State.SCHEDULED if waits else State.QUEUED))
        return Submitted(Taken.NEW, submission.id)

    def _run_next(self, entry: Entry) -> None:
        if entry.job.ended:
            return  # it was cancelled
        for before in map(self.book.entry, entry.submission.after):
            if (why := _obstacle(before.job)) is not None:
                entry.end(Outcome.SKIPPED, why, before.id)
                return
        if isinstance(entry.submission, WorkflowSubmission):
            run_flow(entry, self.book, self._run)
        else:
            self._run(entry, b"")

    def _run(self, entry: Entry, received: bytes) -> None:
        """Run one job to its end, with what takes its place."""
        config = _with_declared(self.config)
        around = Around(config, lambda added: extend(entry.id, added, self.book), partial(self._answer, entry))
        self.turns.running = entry
        with self._job():
            ended = run_attempts(entry, received, around)
        if ended.instead is not None:
            self._replace(entry, ended.instead)
            return
        _keep_value(entry, ended.value)
        entry.end(ended.outcome, ended.reason)

    def _replace(self, entry: Entry, workflow: WorkflowSubmission) -> None:
        """Let a workflow run in a job's place, and end as that does."""
        instead = self.book.add(workflow)
        entry.change(state=State.WAITING, awaiting=instead.id)
        run_flow(instead, self.book, self._run)
        _keep_value(entry, instead.value)
        assert instead.job.outcome is not None
        entry.end(instead.job.outcome, instead.job.reason, instead.job.upstream)

    @contextmanager
    def _job(self) -> Iterator[None]:
        """Be within a job for a while: what is submitted waits."""
        before = within.set(self)
        try:
            yield
        finally:
            within.reset(before)

    def _answer(self, entry: Entry, question: Mapping[str, Any]) -> dict[str, Any]:
        """Answer what a command asks its worker: to submit jobs, or to add members to its group."""
        try:
            if "extend" in question:
                added = read_extension((parts_of(entry.id) or ("",))[0], question["extend"])
                return {"extended": extend(entry.id, added, self.book)}
            return {"submitted": [self._submitted(read_submission(one)) for one in question["submit"]]}
        except QctlError as error:
            return {"error": str(error), "exit_code": error.exit_code, "help": error.advice}
        except (KeyError, ValueError) as error:
            return {"error": f"in a test a job may submit jobs, and not ask {error}", "exit_code": 77}

    def _submitted(self, submission: Submission) -> Sequence[str]:
        taken = self._take(submission)
        self.asked.append(Asked(Request(task=submission.task), taken))
        return [taken.taken.value, taken.id]


def _obstacle(before: Job) -> Reason | None:
    """Why a job does not start that waits for one which ended so, as the store has it; None if it may."""
    if before.outcome is Outcome.SUCCEEDED:
        return None
    called_off = before.outcome is Outcome.CANCELLED or before.reason is Reason.UPSTREAM_CANCELLED
    return Reason.UPSTREAM_CANCELLED if called_off else Reason.UPSTREAM_FAILED


def _named(error: BaseException) -> str:
    said = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__} ({said})" if said else type(error).__name__


def _keep_value(entry: Entry, value: Value | None) -> None:
    entry.value = value
    if value is not None:
        entry.change(value_kind=value.kind.value, value_bytes=len(value.data))


def _with_declared(config: Config) -> Config:
    """The configuration with the tasks that the code of this process declares."""
    return with_declared(config, [one.declared for one in declared_here.values()]).config
