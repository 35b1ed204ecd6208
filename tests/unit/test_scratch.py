"""What tests leave when they are killed is taken away by the next session."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import SOURCE
from tests.support.processes import children, is_alive
from tests.support.scratch import scratch_folder, sweep, sweep_after_the_dead
from tests.support.servers import PrivateRedis
from tests.support.waiting import eventually

SESSION = """
import subprocess, time
from tests.support.scratch import scratch_folder
from tests.support.servers import PrivateRedis
folder, server = scratch_folder("qctl-"), PrivateRedis().start()
daemon = subprocess.Popen(["sleep", "600"], cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL)
print(folder, server.folder, daemon.pid, server.pid, flush=True)
time.sleep(600)
"""


def test_a_killed_session_leaves_no_server_and_the_next_one_ends_and_removes_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [sys.executable, "-c", SESSION]
    apart = scratch_folder("qctl-")
    env = os.environ | {"TMPDIR": str(apart)}
    session = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=SOURCE, env=env)
    assert session.stdout is not None
    *folders, daemon, server = session.stdout.readline().split()
    listed = apart / f"qctl-tests-of-{os.geteuid()}" / str(session.pid)
    assert listed.read_text().split() == folders
    session.kill()
    session.communicate()

    eventually(lambda: not is_alive(int(server)), within=60.0)
    assert is_alive(int(daemon))
    monkeypatch.setattr("tempfile.tempdir", str(apart))
    sweep_after_the_dead()
    eventually(lambda: not is_alive(int(daemon)), within=60.0)
    assert [folder for folder in folders if Path(folder).exists()] == []
    assert list(apart.iterdir()) == []
    apart.rmdir()


def test_a_folder_is_written_down_while_another_session_takes_its_lists_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between the two steps of making a list, that folder was found empty by whoever was the last in it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lists = tmp_path / f"qctl-tests-of-{os.geteuid()}"
    make = Path.mkdir
    taken_away = iter([True])

    def made(folder: Path, *given: Any, **said: Any) -> None:
        make(folder, *given, **said)
        if folder == lists and next(taken_away, False):
            folder.rmdir()

    monkeypatch.setattr(Path, "mkdir", made)
    folder = scratch_folder("qctl-")
    assert (lists / str(os.getpid())).read_text() == f"{folder}\n"
    sweep()
    assert list(tmp_path.iterdir()) == []


def test_the_children_of_this_process_are_seen_dead_ones_too() -> None:
    """As a look at every process of the machine sees them."""
    with subprocess.Popen(["sleep", "600"]) as child:
        assert child.pid in {seen.pid for seen in children()}
        child.send_signal(signal.SIGKILL)
        eventually(lambda: [seen.state for seen in children() if seen.pid == child.pid] == ["Z"], within=60.0)
    assert child.pid not in {seen.pid for seen in children()}


def test_a_server_of_a_test_ends_with_the_test_itself() -> None:
    server = PrivateRedis().start()
    folder, pid = server.folder, server.pid
    server.remove()
    assert not is_alive(pid)
    assert not folder.exists()
