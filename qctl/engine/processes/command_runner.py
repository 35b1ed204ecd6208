"""Runs the attempts of commands: `run`, `exec`, ad-hoc. Execute and classify; what they print is read here."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import partial

from qctl.config import environment
from qctl.engine.processes import classify, kernel, shell
from qctl.engine.processes.last_words import last_words
from qctl.engine.processes.nest import printed_of
from qctl.engine.processes.prepare import NotRunnable, not_begun
from qctl.engine.processes.reports import Measured
from qctl.engine.processes.spawning import Spawner
from qctl.engine.processes.supervise import Spool
from qctl.engine.processes.transcript import Transcript
from qctl.model.attempt import MAX_VALUE_BYTES, Value, ValueKind
from qctl.model.output import NO_VALUE_KEPT
from qctl.model.workflow.inputs import as_bytes, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.processes.attendant import Attendant
    from qctl.engine.processes.prepared import Prepared
    from qctl.engine.processes.rundir import RunDir
    from qctl.engine.processes.supervise import Watched
    from qctl.model.ended import Ended

_SIGKILL: Final = 9
_RESULT: Final = "result"  #: in the run directory: the value, if a job writes it there
_INPUT: Final = "input"  #: in the run directory: what a workflow's step receives
_RETRY: Final = "retry"  #: in the run directory: when to run it again


class CommandRunner:
    """Runs one command at a time in a child of this slot."""

    def __init__(self, run_dir: RunDir, timezone: str | None, attendant: Attendant) -> None:
        self._run_dir, self._timezone, self._attendant = run_dir, timezone, attendant
        self._result = os.path.join(run_dir.path, _RESULT)
        self._spawner: Spawner | None = None
        self._may_spawn = True  #: as far as was looked since code of a task ran here
        self._ooms = kernel.OomKills()

    def run(self, prepared: Prepared) -> tuple[Ended, Measured]:
        """Run it to its end. Raises NotRunnable if it could not be started."""
        task = prepared.task
        about = {**prepared.about, "QCTL_RESULT": self._result}
        if prepared.frame.received:
            about["QCTL_INPUT"] = self._lay_down(prepared)
        variables = environment.whole(prepared.owner, self._timezone, prepared.own, about)
        transcript = Transcript(task.output_max, task.output_file, time.monotonic(), prepared.other_user, prepared.veil)
        spool = Spool(prepared.keeps_value)
        ooms = self._ooms.so_far()
        open_stdin = partial(self._open_stdin, prepared)
        start = partial(shell.start, prepared, variables, open_stdin, self._is_stopped, self._its_spawner())
        watched = self._attendant.attend(start, prepared, transcript, spool)
        return self._classify(prepared, watched, transcript, spool, ooms)

    def strange_code_runs(self) -> None:
        """A task's own code is about to run in this process, and may leave open what a command must not inherit."""
        if self._spawner is not None:
            self._spawner.close()
            self._spawner = None
        self._may_spawn = True

    def _its_spawner(self) -> Spawner | None:
        if self._spawner is None and self._may_spawn:
            self._spawner = Spawner.if_nothing_is_inherited()
            self._may_spawn = self._spawner is not None
        return self._spawner

    def _lay_down(self, prepared: Prepared) -> str:
        """Write what it receives to a file, and answer its path. The same file is its stdin: it is kept once."""
        try:
            self._run_dir.write(_INPUT, as_bytes(decode(prepared.frame.received)), prepared.other_user)
        except OSError as error:
            refusal = not_begun(
                f"what it receives cannot be written to {self._run_dir.path}: {error.strerror}", "input"
            )
            raise NotRunnable(refusal) from error
        return os.path.join(self._run_dir.path, _INPUT)

    def _open_stdin(self, prepared: Prepared) -> int | None:
        if prepared.frame.received:
            return self._run_dir.open_file(_INPUT)
        given = prepared.call.stdin_bytes
        return None if given is None else shell.readable(given)

    def _is_stopped(self) -> bool:
        return self._attendant.stopping.request is not None

    def _classify(
        self, prepared: Prepared, watched: Watched, transcript: Transcript, spool: Spool, ooms: int
    ) -> tuple[Ended, Measured]:
        value, rejected = None, ""
        try:
            value = self._value(spool) if prepared.keeps_value else None
        except classify.Rejected as error:
            rejected = str(error)
            transcript.note(f"qctl: {rejected}; {NO_VALUE_KEPT}")
        killed = os.WIFSIGNALED(watched.status) and os.WTERMSIG(watched.status) == _SIGKILL
        if killed:
            self._ooms.forget()
        exit_ = classify.Exit(
            status=watched.status,
            cpu_s=watched.cpu_s,
            too_much=watched.too_much,
            request=watched.request,
            value=value,
            rejected=rejected if prepared.must_have_value else "",
            retry_after=self._retry_after,
            oom=killed and watched.request is None and prepared.ran_out_of_memory(ooms),
        )
        transcript.close()
        printed = printed_of(transcript)
        measured = Measured(printed.log, printed.packed, watched.cpu_s, watched.peak_bytes)
        return classify.of_process(
            prepared.task, exit_, printed, lambda: last_words(transcript.kept.chunks(), prepared.veil)
        ), measured

    def _value(self, spool: Spool) -> Value | None:
        """`$QCTL_RESULT` if the job wrote it, else its stdout. Raises Rejected."""
        try:
            data = self._run_dir.read(_RESULT, MAX_VALUE_BYTES + 1)
        except OSError as error:
            raise classify.Rejected(f"$QCTL_RESULT: {error}") from error
        if data is not None and len(data) > MAX_VALUE_BYTES:
            raise classify.Rejected("$QCTL_RESULT is more than 16 MB")
        if data is not None:
            return Value(ValueKind.BYTES, data)
        if spool.too_large:
            raise classify.Rejected(f"stdout is {spool.size} bytes, more than 16 MB")
        return Value(ValueKind.BYTES, spool.whole()) if spool.size else None

    def _retry_after(self) -> float | None:
        """What the job wrote to `$QCTL_RUN_DIR/retry`: when to run it again."""
        try:
            said = self._run_dir.read(_RETRY, 200)
        except OSError:
            return None
        return None if said is None else classify.read_retry(said.decode(errors="replace"), datetime.now(UTC))
