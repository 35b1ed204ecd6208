"""A job's attempts up to its end: what follows each is decided as a worker decides it, and no time is waited for."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from qctl.classes import dataclass, replace
from qctl.client import LogPiece
from qctl.config import Config
from qctl.current import Said
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.prepare import NotRunnable, Preparation
from qctl.engine.settle import Counters, Verb, policy_for, settle
from qctl.errors import QctlError
from qctl.model.attempt import Attempt
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.output import GAP, STDERR, Chunk, unpack
from qctl.model.state import State
from qctl.model.submission_json import Extension
from qctl.python.inline.book import Entry, ms
from qctl.python.inline.commands import run_command
from qctl.python.inline.here import Ran, run_here

MOST: Final = 1000  #: attempts of one job; one without a limit of its own would never end here
_WORKER: Final = "this process"
_DICE: Final = Random(0)  # noqa: S311 - never cast, for delays here have no jitter


class EndlessRetries(QctlError):
    """job {id} ({task}) has failed {times} times and asks for more: {why}"""

    help = "give the task an end in the test, or a limit: @task(max_retries=…)"


@dataclass(frozen=True, slots=True)
class Around:
    """What a job may do beside its own work."""

    config: Config
    extend: Callable[[Extension], str]
    answer: Callable[[Mapping[str, Any]], dict[str, Any]]


def run_attempts(entry: Entry, received: bytes, around: Around) -> Ended:
    """Run a job until an attempt of it is the last. Its end is not written down yet."""
    task = around.config.known(entry.submission.task)
    policy = replace(policy_for(task, entry.submission.body), jitter=False)
    most = 0 if policy.limit is None else policy.limit
    total = task.total_timeout if task is not None and task.total_timeout is not None else math.inf
    for number in range(1, MOST + 1):
        began = ms()
        entry.change(state=State.RUNNING, attempt=number, started_ms=began, worker=_WORKER)
        ended = _run(entry, number, received, around)
        failures = entry.job.failures
        ruling = settle(ended, task, policy, Counters(failures, 0), total - sum(entry.delays), _DICE)
        outcome = "replaced" if ruling.verb is Verb.REPLACE else ended.outcome.value
        _keep(entry, ended, began, outcome, max(most, ended.retries or 0) + 1)
        if ruling.verb is not Verb.RETRY:
            return ended
        entry.change(failures=failures + 1)
        entry.delays.append(ruling.delay)
    last = ended.error
    raise EndlessRetries(
        id=entry.id, task=entry.submission.task, times=MOST, why=last.message if last else ended.outcome
    ) from entry.raised


def _run(entry: Entry, number: int, received: bytes, around: Around) -> Ended:
    submission = entry.submission
    frame = Frame(entry.id, number, number, submission.body, entry.job.queue, submission.secrets, received)
    entry.raised, text = None, ""
    task = around.config.known(submission.task)
    if task is None or task.kind is not Kind.CALL:
        ended = run_command(frame, around.config, task, lambda said: _hear(entry, said), around.answer)
        chunks = unpack(ended.packed_log).chunks
        entry.log += [LogPiece(entry.id, number, chunk) for chunk in chunks if chunk.stream != GAP]
        return ended
    with tempfile.TemporaryDirectory(prefix="qctl-inline-") as folder:
        try:
            plan = PoolPlan(config=around.config, slots=1, directory=folder)
            prepared = Preparation(plan, folder, os.environ).prepare(frame)
            ran = run_here(prepared, around.config, lambda said: _hear(entry, said), around.extend)
        except NotRunnable as refusal:
            ran = Ran(refusal.ended, "", None)
    ended, text, entry.raised = ran
    if text:
        entry.log.append(LogPiece(entry.id, number, Chunk(ms(), STDERR, text.encode(errors="backslashreplace"))))
    return ended


def _hear(entry: Entry, said: Said) -> None:
    """A job says how far it is."""
    entry.told.append(said)
    entry.change(progress=said.fraction, progress_text=said.text, told=said.told)


def _keep(entry: Entry, ended: Ended, began: int, outcome: str, tries: int) -> None:
    """Write an attempt down."""
    error = ended.error
    attempt = Attempt(
        number=entry.job.attempt,
        worker=_WORKER,
        started_ms=began,
        ended_ms=max(began, ms()),
        outcome=outcome,
        reason=ended.reason,
        exit_code=ended.exit_code,
        signal=ended.signal,
        error_type=error.type if error else None,
        error_message=error.message if error else None,
        max_attempts=max(tries, entry.job.attempt),
    )
    entry.change(attempts=(*entry.job.attempts, attempt))
