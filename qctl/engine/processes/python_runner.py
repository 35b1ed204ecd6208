"""Runs the attempts of Python tasks in this slot: execute, classify, and put back what the task has changed."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from qctl import current
from qctl.engine.processes import classify, kernel
from qctl.engine.processes.arguments import bound
from qctl.engine.processes.extending import Extending, ask_worker_to_extend
from qctl.engine.processes.isolation import Environment, Interpreter, flush_output
from qctl.engine.processes.nest import NOTHING, ask_for_output
from qctl.engine.processes.prepare import NotRunnable, not_there
from qctl.engine.processes.python_task import Loop, call
from qctl.engine.processes.replacing import resolved
from qctl.engine.processes.reports import Measured
from qctl.engine.processes.table import How
from qctl.engine.processes.usage import MOMENT, Usage
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.processes.imports import TaskCode
    from qctl.engine.processes.leftovers import Leftovers
    from qctl.engine.processes.nest import Printed, SlotEnds
    from qctl.engine.processes.prepared import Prepared
    from qctl.engine.processes.stopping import Stopping
    from qctl.engine.processes.table import Row
    from qctl.model.ended import Ended

Progress = Callable[[current.Said], None]
_measured: Final = partial(tuple.__new__, Measured)
#: Seconds. The kernel takes several times as long to make a file, and hundreds of times as long to fork a process.
_INSTANT: Final = 0.000001


class _Ready(NamedTuple):
    """A call, ready to be made."""

    function: Callable[[], Any]
    retries: tuple[int | None, ...]
    keeps_value: bool


class PythonRunner:
    """Runs one Python task at a time in this process."""

    def __init__(
        self, code: TaskCode, ends: SlotEnds, row: Row, stopping: Stopping, leftovers: Leftovers, progress: Progress
    ) -> None:
        self._code, self._ends, self._row = code, ends, row
        self._stopping, self._leftovers, self._progress = stopping, leftovers, progress
        self._environment, self._interpreter, self._loop = Environment(), Interpreter(), Loop()
        self._seen = ends.activity
        self._forked = False
        self._took = math.inf  #: seconds, the latest call
        os.register_at_fork(after_in_child=self._note_fork)
        self._usage = Usage()
        self._extending = Extending(code.config, partial(ask_worker_to_extend, ends.run_dir))

    def run(self, prepared: Prepared) -> tuple[Ended, Measured]:
        """Run it to its end. Raises NotRunnable if it could not be started."""
        task, stopping = prepared.task, self._stopping
        self._go_there(prepared)
        os.umask(task.umask)
        ended, text = self._execute(prepared)
        if text:
            flush_output()
            self._print(text)
        if not self.was_instant and kernel.has_children():
            kill = stopping.request is not None and stopping.request.stop.how is not How.SOFT
            self._leftovers.meet(task, lambda note: self._print(f"{note}\n"), kill=kill)
        printed = self._printed()
        self._environment.end()
        self._interpreter.restore()
        if task.fail_on_stderr and printed.stderr_bytes and ended.outcome is Outcome.SUCCEEDED:
            ended = classify.failed_on_stderr(printed)
        used = self._usage.since(briefly=self._took < MOMENT)
        return ended, _measured((printed.log, printed.packed, *used))

    @property
    def was_instant(self) -> bool:
        """Whether the latest task took so little time that it cannot have left a process, nor a file anywhere."""
        return self._took < _INSTANT

    def _note_fork(self) -> None:
        self._forked = True

    def _go_there(self, prepared: Prepared) -> None:
        try:
            if _here() != prepared.cwd:  # cheaper than to change to where one is
                os.chdir(prepared.cwd)
        except OSError as error:
            raise NotRunnable(not_there(prepared, error.strerror or "cannot be entered")) from error

    def _execute(self, prepared: Prepared) -> tuple[Ended, str]:
        task = prepared.task
        failure = self._code.failures.get(task.name)
        if failure is not None:
            self._took = math.inf
            return classify.of_failed_import(failure)
        known = self._ready_for(prepared)
        if prepared.alike is not None:
            self._environment.begin_alike(prepared.frame.id, prepared.own, prepared.about)
        else:
            self._environment.begin(prepared.own, prepared.about)
        self._extending.prepared = prepared
        current.begin_in_slot(self._progress, self._extending, known.retries)
        began = time.monotonic()
        called = call(known.function, self._stopping, self._loop)
        self._took = time.monotonic() - began
        if called.error is not None:
            called = resolved(called, self._code.config)
        if self._forked:
            os._exit(0)  # a child that the task forked has come back here; it is no slot
        current.end_in_slot()
        return classify.of_call(
            task, called, self._stopping.request, keep=known.keeps_value, retries=prepared.call.retries
        )

    def _ready_for(self, prepared: Prepared) -> _Ready:
        """What is made of an attempt, and is the same for all that are alike."""
        known: _Ready | None = prepared.alike.ready if prepared.alike is not None else None
        if known is None:
            function = bound(self._code.functions[prepared.task.name], prepared.arguments, prepared.params)
            known = _Ready(function, prepared.retries, prepared.keeps_value)
            if prepared.alike is not None:
                prepared.alike.ready = known
        return known

    def _print(self, text: str) -> None:
        """Write to the attempt's stderr, whatever the task has done to descriptor 2."""
        kernel.write_all(self._ends.err, text.encode(errors="backslashreplace"))

    def _printed(self) -> Printed:
        """What the attempt has printed. First the pipes, then the counter: nest.py says why."""
        ends = self._ends
        flush_output()
        os.dup2(ends.out, 1)
        os.dup2(ends.err, 2)
        if kernel.nothing_waits(ends.out, ends.err) and self._row.activity == self._seen:
            return NOTHING
        printed, self._seen = ask_for_output(ends.handover)
        return printed

    def forget_usage(self) -> None:
        """A child of this slot has run: what it has used is none of the next attempt's."""
        self._usage.since()

    def settle(self) -> None:
        """The slot is complete: what signals are set now is what they are put back to."""
        self._interpreter.remember_signals()


def _here() -> str:
    """The working directory; empty if it was removed, or cannot be told."""
    try:
        return os.getcwd()
    except OSError:
        return ""
