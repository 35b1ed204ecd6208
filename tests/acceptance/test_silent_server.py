"""The embedded server when it is there and says nothing: stopped by a signal, or at work on something long."""

from __future__ import annotations

import os
import signal

from tests.support import Home


def test_a_server_that_is_there_and_silent_is_not_said_to_be_gone(home: Home) -> None:
    home.write("tasks.toml", "[tasks.hello]\nrun = 'echo hello'\n")
    assert home.run("run", "hello").code == 0
    server = int((home.state / "server.pid").read_text())

    os.kill(server, signal.SIGSTOP)
    silent = home.run("ps", env={"QCTL_REDIS_TIMEOUT": "0.3s"})
    os.kill(server, signal.SIGCONT)

    assert silent.code == 69
    assert f"help: ps -o stat,time -p {server} " in silent.stderr
    assert "starts it again" not in silent.stderr
