"""Runs the attempts of commands: `run`, `exec`, ad-hoc. Execute and classify; what they print is read here."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from qctl.engine.processes import classify, environment, kernel, shell, supervise
from qctl.engine.processes.leftovers import Leftovers
from qctl.engine.processes.nest import printed_of
from qctl.engine.processes.prepare import Prepared
from qctl.engine.processes.reports import Measured
from qctl.engine.processes.rundir import RunDir
from qctl.engine.processes.stopping import Stopping
from qctl.engine.processes.supervise import Spool, Watch, Watched
from qctl.engine.processes.table import How
from qctl.engine.processes.transcript import Transcript
from qctl.model.attempt import MAX_VALUE_BYTES, Ended, Value, ValueKind
from qctl.model.output import NO_VALUE_KEPT, Chunk

_SIGKILL: Final = 9


class CommandRunner:
    """Runs one command at a time in a child of this slot."""

    def __init__(
        self,
        run_dir: RunDir,
        timezone: str | None,
        stopping: Stopping,
        leftovers: Leftovers,
        show: Callable[[list[Chunk]], None],
        template: int,
    ) -> None:
        self._run_dir, self._timezone, self._stopping = run_dir, timezone, stopping
        self._leftovers, self._show, self._template = leftovers, show, template

    def run(self, prepared: Prepared) -> tuple[Ended, Measured]:
        """Run it to its end. Raises NotRunnable if it could not be started."""
        task = prepared.task
        about = {**prepared.about, "QCTL_RESULT": self._result_file}
        variables = environment.whole(prepared.owner, self._timezone, prepared.own, about)
        transcript = Transcript(task.output_max, task.output_file, time.monotonic())
        spool = Spool(task.result != "discard")
        ooms = kernel.oom_kills()
        with supervise.tree_first(self._template):
            leader = shell.start(prepared, variables, lambda: self._stopping.request is not None)
            try:
                watch = Watch(leader, transcript, spool, self._stopping, self._show, self._template)
                watched = watch.until_the_end()
                self._end_others(prepared, watched, transcript)
                watch.drain()
            finally:
                supervise.close_pipes(leader)
        return self._classify(prepared, watched, transcript, spool, ooms)

    @property
    def _result_file(self) -> str:
        return os.path.join(self._run_dir.path, "result")

    def _end_others(self, prepared: Prepared, watched: Watched, transcript: Transcript) -> None:
        stopped = watched.request is not None and watched.request.stop.how is not How.SOFT
        self._leftovers.meet(prepared.task, transcript.note, kill=stopped)

    def _classify(
        self, prepared: Prepared, watched: Watched, transcript: Transcript, spool: Spool, ooms: int
    ) -> tuple[Ended, Measured]:
        killed = os.WIFSIGNALED(watched.status) and os.WTERMSIG(watched.status) == _SIGKILL
        exit_ = classify.Exit(
            status=watched.status,
            request=watched.request,
            value=self._value(prepared, spool, transcript),
            retry_after=self._retry_after(),
            oom=killed and watched.request is None and kernel.oom_kills() > ooms,
        )
        transcript.close()
        printed = printed_of(transcript)
        usage = watched.usage
        measured = Measured(printed.log, printed.packed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
        return classify.of_process(prepared.task, exit_, printed), measured

    def _value(self, prepared: Prepared, spool: Spool, transcript: Transcript) -> Value | None:
        """`$QCTL_RESULT` if the job wrote it, else its stdout."""
        if prepared.task.result == "discard":
            return None
        with contextlib.suppress(OSError), open(self._result_file, "rb") as file:
            data = file.read(MAX_VALUE_BYTES + 1)
            if len(data) > MAX_VALUE_BYTES:
                transcript.note(f"qctl: $QCTL_RESULT is more than 16 MB; {NO_VALUE_KEPT}")
                return None
            return Value(ValueKind.BYTES, data)
        if spool.too_large:
            transcript.note(f"qctl: stdout is {spool.size} bytes, more than 16 MB; {NO_VALUE_KEPT}")
            return None
        return Value(ValueKind.BYTES, spool.whole()) if spool.size else None

    def _retry_after(self) -> float | None:
        """What the job wrote to `$QCTL_RUN_DIR/retry`: when to run it again."""
        try:
            with open(os.path.join(self._run_dir.path, "retry"), encoding="utf-8", errors="replace") as file:
                return classify.read_retry(file.read(200), datetime.now(UTC))
        except OSError:
            return None
