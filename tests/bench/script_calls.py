"""How long each call of a script held the server up, by the server's own counters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import qctl.store
from qctl.store import Command, Store, open_store
from qctl.store.command import script
from tests.support import PrivateRedis

_FOLDER = Path(qctl.store.__file__).parent / "lua"
_STATS: Command[bytes] = Command(("INFO", "commandstats"), lambda reply: reply)


class Call(NamedTuple):
    """One call. What it did is the same on every machine, and how long that took is not."""

    script: str
    ms: float
    commands: int  #: that it gave


@dataclass
class Timed:
    """A transport that sends one command at a time, and keeps what each script's call cost."""

    address: Any
    timeout: float
    inner: Any
    calls: list[Call]

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        return [self._one(command) for command in commands]

    def close(self) -> None:
        self.inner.close()

    def _one(self, command: Command[Any]) -> Any:
        if command.script is None:
            return self.inner.exchange([command])[0]
        before_us, before = self._stats()
        (answer,) = self.inner.exchange([command])
        after_us, after = self._stats()
        # Besides what the script gave there are the call itself and one question for the counters.
        self.calls.append(Call(command.script.name, (after_us - before_us) / 1000, after - before - 2))
        return answer

    def _stats(self) -> tuple[int, int]:
        """Microseconds in scripts, and how many commands of any kind, since the server's start."""
        (text,) = self.inner.exchange([_STATS])
        took = commands = 0
        for line in text.decode().splitlines():
            name, _, said = line.partition(":")
            if said:
                calls, usec, *_ = (part.split("=")[1] for part in said.split(","))
                commands += int(calls)
                took += int(usec) if name == "cmdstat_evalsha" else 0
        return took, commands


def timed_store(server: PrivateRedis) -> tuple[Store, list[Call]]:
    """A store over an empty server that knows all scripts, and what is told of their calls."""
    store = open_store(server.url, "bench", timeout=60.0)
    store.do(Command(("FLUSHALL",), bytes))
    for file in _FOLDER.glob("[!_]*.lua"):
        store.do(Command(("SCRIPT", "LOAD", script(file.stem).text), bytes))
    timed = Timed(store.transport.address, store.transport.timeout, store.transport, [])
    return Store(timed, store.keys), timed.calls


def undisturbed(pid: int) -> None:
    """Let a process, but none that it starts, go before all others: what a call took is then its own time."""
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        print("not root: calls are told with what neighbours took of the processor meanwhile")
