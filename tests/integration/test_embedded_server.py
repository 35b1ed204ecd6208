"""The embedded server: one per directory, started by whoever needs it, found again by everybody, private."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qctl.errors import ConfigError, RedisUnreachable, TryAgain
from qctl.store.embedded import address, attendance, ensure, finding, running, state_directory, stop
from qctl.store.embedded.attendance import sign_in, signed_in
from qctl.store.embedded.settings import memory_limit
from tests.integration.embedded import (
    directory,
    each_server,
    kill,
    lock_is_free,
    program,
    python,
    say,
    servers_of,
    the_server,
)
from tests.support import children, eventually

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]

ENSURE = "import sys, pathlib; from qctl.store.embedded import ensure; print(ensure(pathlib.Path(sys.argv[1])))"


@each_server
def test_the_first_who_needs_a_server_starts_it_and_others_find_it(directory: Path) -> None:
    url = ensure(directory)

    assert url == f"unix://{directory}/redis.sock"
    assert say(directory, "PING") == "+PONG\r\n"
    first = the_server(directory)
    assert ensure(directory) == url
    assert the_server(directory) == first


def test_finding_a_running_server_costs_one_connection(directory: Path) -> None:
    ensure(directory)

    def connections() -> int:
        return int(say(directory, "INFO", "stats").split("total_connections_received:")[1].split()[0])

    before = connections()
    ensure(directory)

    assert connections() == before + 2, "one of ensure, one of this question"


@each_server
def test_twelve_starters_at_once_end_up_with_one_server(directory: Path) -> None:
    """Fault 54."""
    starters = [python(ENSURE, directory) for _ in range(12)]

    said = [starter.communicate(timeout=30) for starter in starters]

    assert [out for out, _ in said] == [f"unix://{directory}/redis.sock\n"] * 12, said
    assert len(servers_of(directory)) == 1


def test_many_who_find_it_dead_start_one_again(directory: Path) -> None:
    ensure(directory)
    say(directory, "SET", "kept", "yes")
    kill(directory)

    finders = [python(ENSURE, directory) for _ in range(8)]
    for finder in finders:
        assert finder.wait(30) == 0
        finder.communicate()

    assert len(servers_of(directory)) == 1
    assert say(directory, "GET", "kept").endswith("yes\r\n")


@each_server
def test_what_was_acknowledged_survives_kill_9_of_the_server(directory: Path) -> None:
    ensure(directory)
    for number in range(200):
        assert say(directory, "RPUSH", "acknowledged", str(number)) == f":{number + 1}\r\n"

    kill(directory)
    ensure(directory)

    assert say(directory, "LLEN", "acknowledged") == ":200\r\n"


def test_the_server_outlives_its_starter_in_a_session_of_its_own(directory: Path) -> None:
    starter = python(ENSURE, directory, start_new_session=True)
    starter.communicate(timeout=30)
    server = the_server(directory)

    assert os.getsid(server.pid) == server.pid != starter.pid
    assert server.pid not in {child.pid for child in children()}


def test_the_running_server_itself_holds_the_lock(directory: Path) -> None:
    ensure(directory)

    assert not lock_is_free(directory)
    os.kill(the_server(directory).pid, signal.SIGKILL)
    eventually(lambda: lock_is_free(directory))


def test_the_server_holds_nothing_open_that_its_starter_was_started_with(directory: Path) -> None:
    """A script's `exec 9>lock; flock 9` is free, and a reader of its pipe done, as soon as the script has ended."""
    reader, writer = os.pipe()
    starter = python(ENSURE, directory, pass_fds=[writer])
    os.close(writer)
    assert starter.wait(30) == 0
    starter.communicate()

    assert the_server(directory)
    assert select.select([reader], [], [], 5)[0], "somebody still has the other end"
    assert os.read(reader, 1) == b""
    os.close(reader)
    assert not lock_is_free(directory)


def test_leftovers_of_a_power_cut_are_no_obstacle_and_a_foreign_pid_is_left_alone(directory: Path) -> None:
    """Fault 55: the pid in the file belongs to another program now."""
    ensure(directory)
    say(directory, "SET", "kept", "yes")
    kill(directory)
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    (directory / "server.pid").write_text(f"{bystander.pid}\n")
    assert (directory / "redis.sock").exists()

    assert running(directory) is None
    ensure(directory)
    stop(directory)

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


@each_server
def test_stop_ends_it_in_order_and_keeps_the_data(directory: Path) -> None:
    ensure(directory)
    say(directory, "SET", "kept", "yes")

    assert stop(directory)

    assert running(directory) is None
    assert servers_of(directory) == []
    assert "bye bye" in (directory / "server.log").read_text()
    assert not stop(directory)
    ensure(directory)
    assert say(directory, "GET", "kept").endswith("yes\r\n")


def test_a_server_that_hangs_is_not_killed_but_named(directory: Path) -> None:
    ensure(directory)
    pid = the_server(directory).pid
    os.kill(pid, signal.SIGSTOP)

    with pytest.raises(TryAgain):
        stop(directory, within=0.2)

    os.kill(pid, signal.SIGCONT)
    eventually(lambda: running(directory) is None)  # it obeys once it can
    assert stop(directory) is False


@each_server
def test_it_evicts_nothing_syncs_each_write_and_knows_its_bounds(directory: Path) -> None:
    ensure(directory)

    def setting(name: str) -> str:
        return say(directory, "CONFIG", "GET", name).split("\r\n")[-2]

    assert setting("appendonly") == "yes"
    assert setting("appendfsync") == "always"
    assert setting("maxmemory-policy") == "noeviction"
    assert setting("maxmemory") == str(memory_limit())
    assert setting("save") == ""


def test_fsync_every_second_is_a_choice(directory: Path) -> None:
    ensure(directory, fsync="everysec")

    assert "everysec" in say(directory, "CONFIG", "GET", "appendfsync")


def test_a_path_too_long_for_a_socket_is_refused_with_its_length(directory: Path) -> None:
    """Fault 56: Linux gives a socket's address 107 bytes."""
    deep = directory / ("x" * 100)

    with pytest.raises(ConfigError, match=r"has 1\d\d bytes .* at most 107") as refused:
        ensure(deep)

    assert "XDG_STATE_HOME" in refused.value.advice
    assert not deep.exists()


def test_a_path_of_exactly_107_bytes_works(directory: Path) -> None:
    deep = directory / ("x" * (107 - len(str(directory)) - len("//redis.sock")))

    assert len(ensure(deep)) == len("unix://") + 107


def test_a_place_that_cannot_be_written_is_named() -> None:
    """Fault 82."""
    with pytest.raises(RedisUnreachable, match="/proc/qctl") as refused:
        ensure(Path("/proc/qctl"))

    assert refused.value.exit_code == 69


def test_a_server_without_any_directory_is_simply_not_running(directory: Path) -> None:
    assert running(directory) is None
    assert stop(directory) is False
    assert not directory.exists()


def test_the_state_directory_follows_xdg_and_root_has_a_place_of_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    assert state_directory() == Path("/srv/state/qctl")

    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", "/home/ops")
    root = os.geteuid() == 0
    assert state_directory() == Path("/var/lib/qctl" if root else "/home/ops/.local/state/qctl")


def test_a_server_that_is_silent_is_taken_to_be_there_within_a_part_of_a_second(
    directory: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked of it next has its own timeout, and does not begin a second late."""
    url = ensure(directory)
    waited: list[float] = []

    def silence(place: Path, timeout: float = 1.0) -> address.Pulse:
        waited.append(timeout)
        return address.Pulse.SILENT

    monkeypatch.setattr(finding, "ping", silence)
    assert (ensure(directory), len(waited), max(waited) < 0.2) == (url, 1, True)


def test_workers_are_found_without_a_server_for_as_long_as_they_live(directory: Path) -> None:
    assert signed_in(directory) == []
    ensure(directory)
    assert signed_in(directory) == []
    code = "import sys, pathlib, qctl.store.embedded.attendance as a; a.sign_in(pathlib.Path(sys.argv[1])); input()"
    worker = python(code, directory, stdin=subprocess.PIPE)
    stop(directory)

    eventually(lambda: signed_in(directory) == [worker.pid])
    worker.communicate("\n")
    assert signed_in(directory) == []


def test_only_what_may_be_a_mark_is_looked_at(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other file may lie on a server that does not answer any more: who looked at it would wait with it."""
    directory.mkdir(mode=0o700)
    mark = sign_in(directory)
    assert mark is not None
    looked_at: list[str] = []
    stat = os.stat

    def noted(path: str, **how: Any) -> os.stat_result:
        looked_at.append(os.readlink(path))
        return stat(path, **how)

    monkeypatch.setattr(attendance, "os", SimpleNamespace(**{**vars(os), "stat": noted}))
    assert signed_in(directory) == [os.getpid()]
    assert {Path(name).name for name in looked_at} == {attendance.ATTENDANCE}
    os.close(mark)


def test_workers_of_the_server_of_another_directory_are_none_of_its_own(directory: Path, tmp_path: Path) -> None:
    """As root's system instance beside one that root has elsewhere: `qctl down` of one tells none of the other's."""
    other = tmp_path / "other" / directory.name
    for place in (directory, other):
        place.mkdir(mode=0o700, parents=True)
    marks = [sign_in(directory)]
    assert (signed_in(directory), signed_in(other)) == ([os.getpid()], [])
    marks.append(sign_in(other))
    os.close(marks[0] or -1)
    assert (signed_in(directory), signed_in(other)) == ([], [os.getpid()])
    os.close(marks[1] or -1)


def test_a_worker_starts_where_there_is_no_room_to_be_seen(tmp_path: Path) -> None:
    assert sign_in(tmp_path / "gone") is None
