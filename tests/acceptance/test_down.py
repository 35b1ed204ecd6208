"""`qctl down` where it cannot ask the server."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.support import Home, eventually

SLEEPER = "[tasks.sleeper]\nrun = 'exec sleep 60'\n"


@pytest.mark.damaged
def test_down_says_what_it_waits_for_where_no_server_can_be_asked(home: Home) -> None:
    home.write("tasks.toml", SLEEPER)
    home.run("up", "-d")
    home.run("run", "sleeper", "-q")
    eventually(lambda: json.loads(home.run("status", "-o", "json").stdout)["running"])
    os.kill(int((home.state / "server.pid").read_text()), signal.SIGKILL)
    (data,) = home.state.rglob("appendonly*.aof")
    data.write_bytes(b"no data of any Redis")

    down = home.run("down", "--timeout", "4s")  # it says so after a second, if it looks again before the end

    assert down.code == 75
    assert "waiting for 1 worker, 4s at most (Ctrl-C leaves it; qctl down --now gives back what runs)" in down.stderr
    assert home.run("down", "--now").code == 0
