"""Starts the command of a `run`, `exec` or ad-hoc job: vfork and exec, nothing inherited, no shell that is not needed.

Most are started by the slot's spawner, all others by `subprocess`. That forks by vfork as long as it has no
`preexec_fn`, which is five times as fast; so one is given only where `user`, `nice` or `limits` ask for it. A slot has
one thread, so that it is safe there.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from typing import TypeVar

from qctl.classes import dataclass
from qctl.engine.processes.prepare import NotRunnable, not_begun, not_there
from qctl.engine.processes.restrictions import Refused
from qctl.engine.processes.simple_command import says_more_to_a_shell, simple_command
from qctl.model.call import Kind
from qctl.model.words import fill_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final

    from qctl.engine.processes.prepared import Prepared
    from qctl.engine.processes.restrictions import Restrictions
    from qctl.engine.processes.spawning import Spawner
    from qctl.model.ended import Ended

    Streams = tuple[int | None, int, int]  # what it reads, if it reads anything, and its two outputs

_SHELL: Final = "/bin/sh"  #: what runs a text unless its task says otherwise
_PATIENCE: Final = 5.0  #: seconds to try again when the machine has no process to spare (P23, fault 20)
_NONE_TO_SPARE: Final = (errno.EAGAIN, errno.ENOMEM)
_PAUSE: Final = 0.5
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126

_MOST_SAID: Final = 4000  #: bytes of a complaint that a child leaves in a pipe that nobody reads meanwhile
Started = TypeVar("Started")


@dataclass(frozen=True, slots=True)
class Leader:
    """The process of an attempt, leader of a session and group of its own (P9)."""

    pid: int
    out: int  #: reading ends of its pipes, which do not block
    err: int
    writing: tuple[int, ...] = ()  #: their other ends, if they are kept: nobody is woken by the end of a pipe then
    hear: tuple[int, Callable[[], bool]] | None = None  #: what to do when a descriptor is readable, until that is False
    told_by: int | None = None  #: the signal by which it hears of any stop, in place of the stop's own


def command(prepared: Prepared) -> list[str]:
    """The words to execute. Parameters never become shell text (attack 23)."""
    task, extra = prepared.task, prepared.words
    match task.kind:
        case Kind.RUN:
            return [task.shell, "-c", _no_option(task.run or ""), task.name, *extra]
        case Kind.EXEC:
            return [*fill_words(task, prepared.params), *extra]
        case _:
            return list(extra)


def _no_option(text: str) -> str:
    """The text as no shell takes it for an option: after more of those the task's name would be what it runs."""
    return f" {text}" if text.startswith(("-", "+")) else text


def start(
    prepared: Prepared,
    variables: Mapping[str, str],
    open_stdin: Callable[[], int | None],
    stopped: Callable[[], bool],
    spawner: Spawner | None = None,
) -> Leader:
    """Start the command. Raises NotRunnable, with 126 or 127 if it is our own exec that failed (P22).

    `open_stdin` answers a descriptor from which it reads: of a file, not a pipe, which somebody would have to fill.
    None: it reads nothing.
    """
    out, their_out = _pipe()
    err, their_err = _pipe()
    stdin = None
    try:
        stdin = open_stdin()
        streams = (stdin, their_out, their_err)
        pid = patiently(lambda: _begin(prepared, variables, streams, spawner), stopped)
        return Leader(pid, out, err, (their_out, their_err))
    except (OSError, ValueError, NotRunnable) as error:
        for end in (out, err, their_out, their_err):
            os.close(end)
        if isinstance(error, OSError):
            raise NotRunnable(_refusal(error, command(prepared), prepared, variables)) from error
        if isinstance(error, ValueError):
            raise NotRunnable(not_begun(str(error), "ValueError")) from error
        raise
    finally:
        if stdin is not None:
            os.close(stdin)


def _pipe() -> tuple[int, int]:
    """A pipe, of which reading does not block."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(reading, False)
    return reading, writing


def patiently(fork: Callable[[], Started], stopped: Callable[[], bool]) -> Started:
    """Do what makes a process; for a while again, when the machine has none to spare (P23). Raises its OSError then."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            return fork()
        except OSError as error:
            if error.errno not in _NONE_TO_SPARE or time.monotonic() > give_up or stopped():
                raise
            time.sleep(_PAUSE)


def _begin(prepared: Prepared, variables: Mapping[str, str], streams: Streams, spawner: Spawner | None) -> int:
    """Start it: without a shell where that would only pass it on. What is wrong with it then, the shell will say."""
    words = command(prepared)
    passed_on = _passed_on(words, prepared)
    if passed_on:
        try:
            return _fork(passed_on, prepared, variables, streams, spawner, names_place=True)
        except OSError as error:
            if error.errno in _NONE_TO_SPARE:
                raise
    return _fork(words, prepared, variables, streams, spawner)


def _passed_on(words: Sequence[str], prepared: Prepared) -> Sequence[str]:
    """What a shell would execute as it is; nothing where it has more to do, or is one of the task's own choice."""
    if words[0] != _SHELL or len(words) < 3 or words[1] != "-c" or says_more_to_a_shell(prepared.own):
        return ()
    return simple_command(words[2])


def _fork(
    words: Sequence[str],
    prepared: Prepared,
    variables: Mapping[str, str],
    streams: Streams,
    spawner: Spawner | None,
    *,
    names_place: bool = False,
) -> int:
    """Start these words. `names_place`: in PWD, as a shell would."""
    if spawner is not None and spawner.can_start(words[0], prepared, variables):
        return spawner.start(words, prepared, variables, streams, names_place=names_place)
    place = {"PWD": os.path.realpath(prepared.cwd)} if names_place else {}
    return _popen(words, prepared, {**variables, **place}, streams)


def _popen(words: Sequence[str], prepared: Prepared, variables: Mapping[str, str], streams: Streams) -> int:
    restrictions = prepared.restrictions
    stdin, out, err = streams
    complaints, complain = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK) if restrictions else (-1, -1)
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=out,
            stderr=err,
            env=variables,
            cwd=None if restrictions else prepared.cwd,
            umask=prepared.task.umask,
            start_new_session=True,
            preexec_fn=(lambda: _restrict(restrictions, prepared.cwd, complain)) if restrictions else None,
        )
    except subprocess.SubprocessError as error:  # preexec_fn has raised, and its words are in the pipe
        raise _complaint(_all_of(complaints), prepared) from error
    finally:
        if restrictions:
            os.close(complaints)
            os.close(complain)
    process.returncode = 0  # whoever watches it waits for it: the library need not
    return process.pid


def readable(given: bytes) -> int:
    """A descriptor from which a command reads these bytes."""
    file = os.memfd_create("stdin", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(file), "wb") as writer:
        writer.write(given)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _restrict(restrictions: Restrictions, cwd: str, complain: int) -> None:
    """In the child: give up what is to be given up, then enter the working directory with what is left (P6)."""
    try:
        restrictions.apply()
        os.chdir(cwd)
    except Refused as refusal:
        os.write(complain, f"0 {refusal}".encode()[:_MOST_SAID])
        raise
    except OSError as error:
        os.write(complain, str(error.errno).encode())
        raise


def _all_of(complaints: int) -> bytes:
    try:
        return os.read(complaints, _MOST_SAID)
    except BlockingIOError:
        return b""


def _complaint(said: bytes, prepared: Prepared) -> NotRunnable:
    number, _, text = said.decode(errors="replace").partition(" ")
    if number.isdecimal() and int(number):
        return NotRunnable(not_there(prepared, os.strerror(int(number))))
    return NotRunnable(not_begun(text or "the process could not be restricted", Refused.__name__))


def _refusal(error: OSError, words: Sequence[str], prepared: Prepared, variables: Mapping[str, str]) -> Ended:
    """Say exactly why nothing was started (P6, P22)."""
    name, why = words[0], error.strerror or "cannot be started"
    if error.filename == prepared.cwd and error.errno != errno.E2BIG and not os.path.isdir(prepared.cwd):
        return not_there(prepared, why)
    path = variables.get("PATH", "")
    searched = "" if "/" in name else f" (searched PATH={path})"
    if error.errno == errno.ENOENT:
        found = name if "/" in name else shutil.which(name, path=path)
        if found and os.path.exists(os.path.join(prepared.cwd, found)):
            return _not_executable(f"{found}: bad interpreter: {why}")
        return not_begun(f"{name}: {why}{searched}", "not_found", exit_code=_NOT_FOUND)
    if error.errno in _NONE_TO_SPARE:
        return not_begun(f"cannot fork: {why}", "fork")
    return _not_executable(f"{name}: {why}{searched}")


def _not_executable(message: str) -> Ended:
    return not_begun(message, "not_executable", exit_code=_NOT_EXECUTABLE)
