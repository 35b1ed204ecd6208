"""A worker whose embedded server has died, on a machine short of processes: it waits, and goes on (fault 20)."""

from __future__ import annotations

import errno
import os
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl.engine.revival import PATIENCE, PAUSE, Revival
from qctl.engine.station import Station


def test_a_server_that_no_process_can_be_started_for_is_tried_again_later_and_that_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[float] = []
    said: list[str] = []

    def refuse(*_: Any, **__: Any) -> int:
        tried.append(now)
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "posix_spawn", refuse)
    journal = SimpleNamespace(warning=lambda action, sentence: said.append(sentence))
    station = SimpleNamespace(
        embedded=True, line=SimpleNamespace(up=False), journal=journal, config=SimpleNamespace(fsync="always")
    )
    revival, now, before = Revival(cast(Station, station)), 100.0, len(os.listdir("/proc/self/fd"))

    revival.run_once(now)
    for _ in range(3):
        now = max(now + PATIENCE, revival.next_due())
        revival.run_once(now)

    assert [later - earlier for earlier, later in pairwise(tried)] == [PAUSE, PAUSE]
    assert said[1:] == [f"the embedded server cannot be started: {os.strerror(errno.EAGAIN)}"]
    assert len(os.listdir("/proc/self/fd")) == before
