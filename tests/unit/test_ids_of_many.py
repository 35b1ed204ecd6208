"""The ids of jobs that are submitted together are drawn together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from qctl.client.alike import Gathered
from qctl.client.prepared import prepared_task
from qctl.config import Config
from qctl.model.call import Kind
from qctl.model.names import new_id
from qctl.model.task import Task
from qctl.store import Command, Store
from qctl.store.keys import Keys
from qctl.store.transport import Transport

TASKS = {name: Task(name=name, kind=Kind.CALL, call=f"m:{name}") for name in ("tidy", "sweep")}


class Taking:
    """A transport to nobody that takes all jobs."""

    timeout = 3.0

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        return [command.read(b"NEW") for command in commands]

    def close(self) -> None:
        """Nothing is open."""


def test_the_kernel_is_asked_once_for_the_ids_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def drawn(size: int, draw: Callable[[int], bytes] = os.urandom) -> bytes:
        asked.append(size)
        return draw(size)

    store = Store(cast("Transport", Taking()), Keys("qctl"))
    ready = {name: prepared_task(store, task, Config(tasks=TASKS), new_id) for name, task in TASKS.items()}
    gathered = Gathered(new_id)
    monkeypatch.setattr(os, "urandom", drawn)

    assert gathered.add_calls([("tidy", {})] * 700 + [("sweep", {})] * 300, ready.get)

    assert len(set(gathered.put(store))) == 1_000
    assert asked == [8 * 1_000]
