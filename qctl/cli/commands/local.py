"""`qctl run --local`: one attempt in this process's own pool, with no Redis and no worker; for trying a task out."""

from __future__ import annotations

import os
import select
import signal
import tempfile
from collections.abc import Mapping, Sequence
from typing import Final

from qctl import clock
from qctl.classes import replace
from qctl.cli.passing_on import pass_on, write_value
from qctl.cli.session import Session
from qctl.cli.submitted import warn_of_lost_value
from qctl.client import LogPiece
from qctl.config import Config
from qctl.config.declared import with_declared
from qctl.config.requests import Request, prepare
from qctl.engine.processes import rundir
from qctl.engine.processes.events import Asked, Event, Finished, Output, Ready, SlotDied
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.pool import Pool
from qctl.engine.processes.table import Stop, Why
from qctl.errors import QctlError
from qctl.model.attempt import Attempt, ValueKind
from qctl.model.call import Call, Kind
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.exit_codes import INTERRUPTED, exit_code_of
from qctl.model.job import Job
from qctl.model.output import GAP, NOTE, Chunk, unpack
from qctl.model.params import read_texts
from qctl.model.show import duration, signal_words
from qctl.model.state import Outcome, Reason, State
from qctl.model.task import Task

_FENCE: Final = 1
#: How a task ends here that lets others stand in its place: nobody runs those.
_REPLACED: Final = Ended(
    outcome=Outcome.FAILED,
    reason=Reason.EXCEPTION,
    error=ErrorInfo(type="Replace", message="the task lets other work stand in its place, which only workers can do"),
)
_PATIENCE: Final = 5.0  #: seconds for the template to say what it could not import
_WAKE: Final = 0.5  #: seconds after which the clocks are looked at in any case


def run_here(request: Request, config: Config, here: Session, *, value_only: bool) -> int:
    """Run one attempt of a request here and answer its exit code.

    The job's output goes where it goes with --follow; with `value_only` the value alone is on stdout.
    """
    imports = bool(config.modules) and not request.adhoc and config.place_of(request.task) == ""
    if not imports:
        prepare(request, config)  # what is wrong with it is told before a process is started
    with tempfile.TemporaryDirectory(prefix="qctl-local-") as folder:
        rundir.let_users_pass(folder)
        plan = PoolPlan(config=config, slots=1, directory=os.path.join(folder, "runs"), label="here", adhoc=True)
        pool = Pool(plan)
        pool.start()
        try:
            if imports:
                request, config = _with_imported(pool, request, config, here)
            submission = prepare(request, config)
            frame = Frame(submission.id, _FENCE, 1, submission.body, submission.queue, submission.secrets)
            task = None if request.adhoc else config.task(request.task)
            modules = config.modules if task is not None and task.kind is Kind.CALL and not imports else ()
            return _LocalRun(pool, frame, task, modules, here, value_only).run()
        finally:
            pool.close()


def _with_imported(pool: Pool, request: Request, config: Config, here: Session) -> tuple[Request, Config]:
    """The same once the pool has imported the modules, one of which may declare the task. Raises ParameterError."""
    ready: Ready | None = None
    while ready is None:
        select.select(pool.sources(), [], [], _WAKE)
        ready = next((event for event in pool.events() if isinstance(event, Ready)), None)
    for name in config.modules:
        if name in ready.broken:
            here.warn(f"{name} cannot be imported: {ready.broken[name]}")
    config = with_declared(config, ready.declared).config
    task = config.known(request.task)
    return (request if task is None else replace(request, params=read_texts(task, request.params))), config


class _LocalRun:
    """One attempt in a pool of one slot."""

    def __init__(
        self,
        pool: Pool,
        frame: Frame,
        task: Task | None,
        modules: Sequence[str],
        here: Session,
        value_only: bool,
    ) -> None:
        self._pool, self._frame, self._task, self._modules = pool, frame, task, modules
        self._here, self._value_only = here, value_only
        self._passed = 0  #: bytes of output that were passed on
        self._ended: Ended | None = None
        self._interrupted = False
        self._complained = False

    def run(self) -> int:
        """Run it to its end."""
        started = clock.monotonic()
        began_ms = round(clock.now().timestamp() * 1000)
        sent = False
        while self._ended is None:
            sent = sent or self._pool.dispatch([self._frame]) > 0
            self._hear(self._pool.events())
            self._limit(clock.monotonic() - started)
            self._sleep()
        self._hear_of_modules()
        self._pool.close()
        return self._settle(self._ended, began_ms, clock.monotonic() - started)

    def _sleep(self) -> None:
        if self._ended is not None:
            return
        due = self._pool.next_due() - clock.monotonic()
        try:
            select.select(self._pool.sources(), [], [], min(_WAKE, max(0.0, due)))
        except KeyboardInterrupt:
            how = Stop.kill(Why.CANCELLED) if self._interrupted else self._stop(signal.SIGINT, Why.CANCELLED)
            self._interrupted = True
            self._pool.stop(self._frame.id, _FENCE, how)

    def _hear_of_modules(self) -> None:
        """What cannot be imported is told once the slots are forked: the end of a short task may come before it."""
        until = clock.monotonic() + _PATIENCE
        while self._modules and not self._complained and clock.monotonic() < until:
            select.select(self._pool.sources(), [], [], _WAKE)
            self._hear(self._pool.events())

    def _stop(self, number: int, why: Why) -> Stop:
        return Stop.terminate(number, self._task.grace if self._task else 10.0, why)

    def _limit(self, elapsed: float) -> None:
        """The task's hard limit; soft ones and retries belong to workers."""
        if self._task is not None and self._task.timeout is not None and elapsed > self._task.timeout:
            self._pool.stop(self._frame.id, _FENCE, self._stop(self._task.stop_signal, Why.TIMEOUT))

    def _hear(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case Output():
                    self._pass_on(event.chunks, self._passed)
                case Finished():
                    self._ended = event.ended if event.ended.instead is None else _REPLACED
                case SlotDied(ended=Ended() as ended):
                    self._ended = ended
                case Asked():
                    self._pool.answer(event.token, {"error": "a local run submits nothing", "exit_code": 77})
                case Ready():
                    self._complain(event.broken)

    def _complain(self, broken: Mapping[str, str]) -> None:
        """Warn of `modules`, on which a Python task may lean.

        What keeps the task itself from being imported, its run tells; what other tasks need is no concern of it.
        """
        self._complained = True
        for name in self._modules:
            if name in broken:
                self._here.warn(f"{name} cannot be imported: {broken[name]}")

    def _pass_on(self, chunks: Sequence[Chunk], offset: int) -> None:
        """Write what has not been written yet; `offset` is where the first chunk belongs in the whole output."""
        for chunk in chunks:
            size = int(chunk.data) if chunk.stream == GAP else len(chunk.data)
            known = max(0, self._passed - offset)
            offset += size
            if known < size and chunk.stream != NOTE:
                rest = str(size - known).encode() if chunk.stream == GAP else chunk.data[known:]
                if not self._value_only or chunk.stream == "e":
                    pass_on(LogPiece(self._frame.id, 1, Chunk(chunk.ms, chunk.stream, rest)), self._here)
                self._passed = offset

    def _settle(self, ended: Ended | None, began_ms: int, elapsed: float) -> int:
        if ended is None:
            raise QctlError("the attempt has left no trace")
        self._pass_on(unpack(ended.packed_log).chunks, 0)
        value = ended.value
        if value is not None and (self._value_only or value.kind is ValueKind.JSON):
            write_value(value.data, value.kind is ValueKind.JSON, self._here)
        if value is None and self._value_only:
            instead = "without --wait its output is passed on as it comes"
            warn_of_lost_value(unpack(ended.packed_log).chunks, instead, self._here)
        if (why := _why(ended)) is not None:
            self._here.say(why)
        code = INTERRUPTED if self._interrupted else exit_code_of(self._as_job(ended, began_ms))
        self._here.say(f"{ended.outcome} here in {duration(elapsed)}  exit {code}")
        return code

    def _as_job(self, ended: Ended, began_ms: int) -> Job:
        """The attempt as a job, to which the table of exit codes applies."""
        attempt = Attempt(
            number=1,
            worker="here",
            started_ms=began_ms,
            ended_ms=began_ms,
            outcome=ended.outcome,
            reason=ended.reason,
            exit_code=ended.exit_code,
            signal=ended.signal,
        )
        return Job(
            id=self._frame.id,
            call=Call.decode(self._frame.body),
            state=State.ENDED,
            queue=self._frame.queue,
            priority=5,
            enqueued_ms=began_ms,
            outcome=ended.outcome,
            reason=ended.reason,
            attempts=(attempt,),
        )


def _why(ended: Ended) -> str | None:
    """Why it failed, where neither its exit code nor the end of its output says so."""
    if ended.error is None or ended.outcome in (Outcome.SUCCEEDED, Outcome.CANCELLED):
        return None
    written = b"".join(chunk.data for chunk in unpack(ended.packed_log).chunks)[-4096:]
    said = ended.error.message
    if ended.error.type == Reason.EXIT:
        return None  # what it said last, or no more than its exit code
    if ended.reason is Reason.SIGNAL and ended.signal is not None and not said.startswith("signal "):
        return signal_words(ended.signal)
    return None if said.encode() in written else said
