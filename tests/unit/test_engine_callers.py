"""What calls into a run directory: whose answer is whose, and callers that never read."""

from __future__ import annotations

import json
import os
import resource
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from qctl.engine.processes import callers
from qctl.engine.processes.callers import Callers
from qctl.engine.processes.nest import Nest
from qctl.engine.processes.reports import Kind
from qctl.engine.processes.table import Table
from qctl.engine.processes.usage import Usage


class Desk:
    """A template's callers, without its loop: whoever is watched is heard when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.nest = Nest(0, Table(1).row(0), str(folder / "run"))
        self.nest.row.current = 1
        self.asked: list[int] = []
        self.watched: dict[int, Callable[[], None]] = {}
        self.awaited: set[int] = set()  #: who is also called when he takes more to send
        self.callers = Callers(self._report, self)

    def _report(self, kind: Kind, slot: int, serial: int, content: bytes = b"") -> None:
        if kind == Kind.ASKED:
            self.asked.append(json.loads(content)["token"])

    def watch(self, fd: int, action: Callable[[], None]) -> None:
        self.watched[fd] = action

    def await_room(self, fd: int, awaited: bool) -> None:
        (self.awaited.add if awaited else self.awaited.discard)(fd)

    def forget(self, fd: int) -> None:
        self.watched.pop(fd, None)

    def call(self, line: bytes) -> socket.socket:
        caller = socket.socket(socket.AF_UNIX)
        caller.settimeout(5)
        folder = os.open(self.nest.run_dir, os.O_RDONLY)
        caller.connect(f"/proc/self/fd/{folder}/qctl.sock")
        os.close(folder)
        self.callers.accept(self.nest, owner=os.geteuid())
        caller.sendall(line)
        self.hear()
        return caller

    def hear(self) -> None:
        for action in list(self.watched.values()):
            action()

    def close(self) -> None:
        self.callers.leave(0)
        os.close(self.callers._spare)
        self.nest.close_slots_ends()
        self.nest.close()


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    pair = Desk(tmp_path / "one"), Desk(tmp_path / "two")
    yield pair
    for desk in pair:
        desk.close()


def test_a_caller_for_whom_no_descriptor_is_left_is_hung_up_on_and_leaves_the_template_its_rest(
    desks: tuple[Desk, Desk],
) -> None:
    """Fault 21: as long as he waits his socket is readable, and the loop would turn without end."""
    desk, before = desks[0], resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket(socket.AF_UNIX) as caller:
        folder = os.open(desk.nest.run_dir, os.O_RDONLY)
        caller.connect(f"/proc/self/fd/{folder}/qctl.sock")
        resource.setrlimit(resource.RLIMIT_NOFILE, (folder + 1, before[1]))
        filled = []
        try:
            with suppress(OSError):
                while True:
                    filled.append(os.dup(2))
            desk.callers.accept(desk.nest, owner=os.geteuid())
            waits, _, _ = select.select([desk.nest.listener], [], [], 0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            for fd in (folder, *filled):
                os.close(fd)

        assert not waits
        assert caller.recv(1) == b""
    with desk.call(b'{"a": 1}\n'):
        assert desk.asked


@pytest.mark.parametrize(("uid", "heard"), [(0, True), (os.geteuid(), True), (4711, True), (4712, False)])
def test_only_the_jobs_user_the_workers_and_root_are_heard(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch, uid: int, heard: bool
) -> None:
    """Attack 51: a process that an earlier job of another user has left may still hold the socket."""
    desk, _ = desks
    monkeypatch.setattr(callers, "_uid_of", lambda _: uid)
    with socket.socket(socket.AF_UNIX) as caller:
        folder = os.open(desk.nest.run_dir, os.O_RDONLY)
        caller.connect(f"/proc/self/fd/{folder}/qctl.sock")
        os.close(folder)

        desk.callers.accept(desk.nest, owner=4711)

        assert bool(desk.watched) is heard
        if not heard:
            assert caller.recv(1) == b""


def test_an_answer_to_a_question_of_a_dead_template_reaches_nobody_of_the_next(desks: tuple[Desk, Desk]) -> None:
    before, after = desks
    with before.call(b'{"submit": []}\n'), after.call(b'{"submit": []}\n') as waiting:
        after.callers.answer(before.asked[0], {"submitted": "another job's"})
        after.callers.answer(after.asked[0], {"submitted": "its own"})
        assert json.loads(waiting.recv(4096)) == {"submitted": "its own"}


def test_a_caller_that_never_reads_is_hung_up_on(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    line = b'{"progress": 0.5}\n'
    with desk.call(line) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        said = 0
        while desk.watched and said < 20_000_000:
            deaf.sendall(line * 2000)
            said += len(line) * 2000
            desk.hear()
        assert not desk.watched


def test_one_who_waits_for_the_rest_of_a_long_answer_hears_it_as_he_reads(desks: tuple[Desk, Desk]) -> None:
    """He says nothing more until then, so that it is no word of his that the rest could follow."""
    desk, _ = desks
    with desk.call(b'{"a": 1}\n') as waiting:
        desk.callers.answer(desk.asked[0], {"submitted": "x" * 3_000_000})
        heard = b""
        while desk.awaited:
            heard += waiting.recv(1 << 20)
            desk.hear()
        heard += waiting.recv(1 << 20)
        assert len(json.loads(heard)["submitted"]) == 3_000_000


def test_nothing_is_kept_for_a_caller_who_reads_no_more(desks: tuple[Desk, Desk]) -> None:
    """His socket takes whatever is sent, and refuses it: the loop would find no rest."""
    desk, _ = desks
    with desk.call(b'{"a": 1}\n') as waiting:
        desk.callers.answer(desk.asked[0], {"submitted": "x" * 3_000_000})
        assert desk.awaited
        waiting.shutdown(socket.SHUT_RD)
        desk.hear()
        assert not desk.awaited


def test_where_the_kernel_cannot_lower_a_peak_an_attempt_is_measured_all_the_same() -> None:
    usage = Usage("/proc/self/no-such-file")
    seconds, peak = usage.since()
    assert seconds >= 0
    assert peak > 1 << 20


def test_what_two_attempts_have_used_is_told_by_one_clock_however_long_they_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Kernels that account by another clock for `getrusage` would let a short attempt use what nobody has used."""
    usage = Usage("/proc/self/no-such-file")
    real = resource.getrusage
    monkeypatch.setattr(resource, "getrusage", lambda who: resource.struct_rusage((0.0, 0.0, *real(who)[2:])))

    usage.since()
    seconds, _ = usage.since(briefly=True)

    assert 0 <= seconds < time.process_time() / 2
