"""Runs Python tasks that ask for a user, a niceness, limits or `output.file`: each attempt in a child forked for it.

What such an attempt gives up cannot be taken back, so a process does it that ends with the attempt. And the disk of a
file may hang: its slot waits for it then, and not the template, which all others need. The slot watches the child
as it watches a command: the child has a session of its own, its output comes through pipes, and its end without a word
is a crash. All that it inherits of the worker but one socket to its slot is closed before the rights are given up.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

from qctl import current
from qctl.classes import dataclass
from qctl.config import environment
from qctl.engine.processes import classify, kernel, packets, restrictions, scrutiny, shell, stops, surroundings
from qctl.engine.processes.arguments import bound
from qctl.engine.processes.extending import Extending, ask_worker_to_extend
from qctl.engine.processes.isolation import flush_output
from qctl.engine.processes.nest import printed_of
from qctl.engine.processes.prepare import NotRunnable, not_begun, not_there
from qctl.engine.processes.python_task import Loop, call
from qctl.engine.processes.replacing import resolved
from qctl.engine.processes.reports import Measured, pack_ended, pack_json
from qctl.engine.processes.restrictions import Refused
from qctl.engine.processes.shell import Leader
from qctl.engine.processes.stopping import STOP_SIGNAL
from qctl.engine.processes.supervise import Spool
from qctl.engine.processes.table import How
from qctl.engine.processes.transcript import Transcript
from qctl.model.call import Kind
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Final, NoReturn

    from qctl.engine.processes.attendant import Attendant
    from qctl.engine.processes.imports import TaskCode
    from qctl.engine.processes.prepared import Prepared
    from qctl.engine.processes.stopping import Stopping
    from qctl.engine.processes.supervise import Watched
    from qctl.model.ended import Ended

_PROGRESS: Final = b"P"
_PART: Final = b"M"  #: of an end, of which more follows: the task may have left no descriptor for a large message
_ENDED: Final = b"E"
_AT_ONCE: Final = 4096  #: messages that are heard before the clock is looked at: more than a socket holds
Progress = Callable[[current.Said], None]


def is_for(prepared: Prepared) -> bool:
    """Whether an attempt is one of a Python task that gives something up, or has a file for what it prints.

    Most have neither, and are found out cheaply.
    """
    task = prepared.task
    if task.kind is not Kind.CALL:
        return False
    asks = task.user is not None or task.nice is not None or task.limits
    return task.output_file is not None or (bool(asks) and bool(prepared.restrictions))


class ChildRunner:
    """Runs one such attempt at a time."""

    def __init__(self, code: TaskCode, timezone: str | None, attendant: Attendant, progress: Progress) -> None:
        self._code, self._timezone, self._attendant, self._progress = code, timezone, attendant, progress
        self._said: Ended | None = None  #: how the child says that the attempt has ended
        self._begun = bytearray()  #: what it has said of that, if it is not all
        self._lie = ""  #: why what it said is not believed

    def run(self, prepared: Prepared) -> tuple[Ended, Measured]:
        """Run it to its end. Raises NotRunnable if it could not be started."""
        task, self._said, self._lie = prepared.task, None, ""
        self._begun.clear()
        transcript = Transcript(task.output_max, task.output_file, time.monotonic(), prepared.other_user, prepared.veil)
        ooms = kernel.oom_kills()
        ours, theirs = packets.pair()
        with ours, theirs:
            ours.setblocking(False)
            start = partial(self._start, prepared, ours, theirs)
            watched = self._attendant.attend(start, prepared, transcript, Spool(False))
            self._hear(ours)
        ended = self._ended(watched, prepared, oom=prepared.ran_out_of_memory(ooms))
        transcript.close()
        printed = printed_of(transcript)
        if task.fail_on_stderr and printed.stderr_bytes and ended.outcome is Outcome.SUCCEEDED:
            ended = classify.failed_on_stderr(printed)
        return ended, Measured(printed.log, printed.packed, watched.cpu_s, watched.peak_bytes)

    def _start(self, prepared: Prepared, ours: socket.socket, theirs: socket.socket) -> Leader:
        out, their_out = os.pipe2(os.O_CLOEXEC)
        err, their_err = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(out, False)
        os.set_blocking(err, False)
        slot = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, [STOP_SIGNAL])  # until the child can tell its own from its slot's
        try:
            pid = shell.patiently(os.fork, lambda: self._attendant.stopping.request is not None)
            if pid == 0:
                ends = _Ends(their_out, their_err, theirs)
                _Child(prepared, self._code, self._timezone, self._attendant.stopping).be(ends, slot)
        except OSError as error:
            os.close(out)
            os.close(err)
            raise NotRunnable(not_begun(f"cannot fork: {error.strerror}", "fork")) from error
        finally:
            os.close(their_out)
            os.close(their_err)
            theirs.close()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [STOP_SIGNAL])
        return Leader(pid, out, err, hear=(ours.fileno(), lambda: self._hear(ours)), told_by=STOP_SIGNAL)

    def _hear(self, ours: socket.socket) -> bool:
        """Hear what the child says: how far it is, how it ended. False: it says no more."""
        try:
            for _ in range(_AT_ONCE):
                if (message := packets.receive(ours, most=scrutiny.LARGEST)) is None:
                    break
                self._take(message)
        except packets.Closed:
            return False
        except (packets.Unreadable, scrutiny.Unbelievable) as error:
            self._lie = str(error)
        return True

    def _take(self, message: bytes) -> None:
        """Believe a message that makes sense. Raises Unbelievable."""
        if message[:1] == _PROGRESS:
            self._progress(scrutiny.progress_in(message[1:]))
        elif message[:1] == _PART:
            if len(self._begun) + len(message) > scrutiny.LARGEST:
                raise scrutiny.Unbelievable(f"it has more than the {scrutiny.LARGEST} bytes that are taken")
            self._begun += message[1:]
        elif message[:1] == _ENDED:
            self._said = scrutiny.end_in(bytes(self._begun) + message[1:])
        else:
            raise scrutiny.Unbelievable("it is neither an end nor a word of progress")

    def _ended(self, watched: Watched, prepared: Prepared, *, oom: bool) -> Ended:
        says_stopped = self._said is not None and scrutiny.claims_a_stop(self._said)
        if says_stopped and watched.request is None and not watched.too_much:
            self._lie = "it says that it was told to stop, and it was not"
        if self._said is not None and not self._lie and not (says_stopped and watched.too_much):
            return self._said
        number = os.WTERMSIG(watched.status) if os.WIFSIGNALED(watched.status) else None
        code = os.WEXITSTATUS(watched.status) if os.WIFEXITED(watched.status) else None
        if watched.too_much:
            return classify.out_of_memory(watched.too_much, signal=number, exit_code=code)
        told = watched.request
        if told is not None and told.stop.how is not How.SOFT:
            return stops.verdict(told.stop, signal=number, exit_code=code)
        if used_up := restrictions.used_up(prepared.task, number, watched.cpu_s):
            return classify.by_signal(number or 0, used_up)
        crashed = stops.crash(code, number, who="process", oom=oom and number == signal.SIGKILL)
        return crashed._replace(error=scrutiny.distrusted(self._lie)) if self._lie else crashed


@dataclass(frozen=True, slots=True)
class _Ends:
    """What the child keeps open: the writing ends of its pipes, and its end of the socket to the slot."""

    out: int
    err: int
    slot: socket.socket


class _Child:
    """The attempt, in the child."""

    def __init__(self, prepared: Prepared, code: TaskCode, timezone: str | None, stopping: Stopping) -> None:
        self._prepared, self._code, self._timezone, self._stopping = prepared, code, timezone, stopping

    def be(self, ends: _Ends, slot: int) -> NoReturn:
        """Run the attempt, say how it ended, and go."""
        try:
            self._settle_in(ends)
            ended = self._refusal(slot) or self._execute(ends.slot)
            *parts, last = packets.parts_of(pack_ended(ended))
            for mark, part in (*((_PART, each) for each in parts), (_ENDED, last)):
                packets.send(ends.slot, mark + part)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(70)
        os._exit(0)

    def _settle_in(self, ends: _Ends) -> None:
        os.setsid()
        os.dup2(ends.out, 1)
        os.dup2(ends.err, 2)
        kernel.close_all_but({ends.slot.fileno()})

    def _refusal(self, slot: int) -> Ended | None:
        """Give up what is to be given up, and go where the task runs. Answers the attempt's end if that fails."""
        prepared = self._prepared
        os.environ.clear()
        os.environ.update(environment.whole(prepared.owner, self._timezone, prepared.own, prepared.about))
        try:
            prepared.restrictions.apply()
            os.chdir(prepared.cwd)
        except Refused as error:
            return not_begun(str(error), Refused.__name__)
        except OSError as error:
            return not_there(prepared, error.strerror or "cannot be entered")
        os.umask(prepared.task.umask)
        surroundings.follow_parent(signal.SIGKILL, slot)  # after the change of user, which clears it (attack 51)
        self._stopping.begin_in_child()
        return None

    def _execute(self, slot: socket.socket) -> Ended:
        task, me = self._prepared.task, os.getpid()
        failure = self._code.failures.get(task.name)
        if failure is not None:
            ended, text = classify.of_failed_import(failure)
        else:
            run_dir = self._prepared.about["QCTL_RUN_DIR"]
            ask = partial(ask_worker_to_extend, run_dir)
            extending = Extending(self._code.config, ask, self._prepared)
            current.begin_in_slot(partial(_say, slot), extending, self._prepared.retries)
            function = bound(self._code.functions[task.name], self._prepared.arguments, self._prepared.params)
            called = resolved(call(function, self._stopping, Loop()), self._code.config)
            if os.getpid() != me:
                os._exit(0)  # a child that the task forked has come back here
            current.end_in_slot()
            ended, text = classify.of_call(
                task,
                called,
                self._stopping.request,
                keep=self._prepared.keeps_value,
                retries=self._prepared.call.retries,
            )
        flush_output()
        kernel.write_all(2, text.encode(errors="backslashreplace"))
        return ended


def _say(slot: socket.socket, said: current.Said) -> None:
    packets.send(slot, _PROGRESS + pack_json(said._asdict()), packets.DONTWAIT)
