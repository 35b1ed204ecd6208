"""How long it takes until what a fault took from a slot or a worker is given to others."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from qctl.store import Command, Store
from tests.storm.plan import Fault
from tests.support.run_record import Run


@dataclass(eq=False)
class Recovery:
    """Jobs that a fault took from whoever ran them, until the store counts on somebody else."""

    kind: Fault
    label: str  #: whose worker it was
    began: float
    over: Callable[[], bool]
    took: float | None = None
    mixed: bool = False  #: another fault came in between, and was waited for as well


class Recoveries:
    """All of them, watched in the store from outside."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.all: list[Recovery] = []

    @property
    def under_way(self) -> bool:
        return any(one.took is None for one in self.all)

    def of_slot(self, label: str, run: Run) -> None:
        """A slot of this worker has died, and with it what it ran."""
        self.all.append(Recovery(Fault.SLOT, label, time.monotonic(), lambda: not self._runs(run)))

    def of_worker(self, kind: Fault, label: str, worker: str, began: float) -> list[Run]:
        """What the store believes a worker has is to be given to others. Answers what that is."""
        pairs = _pairs(self._say("HGETALL", self._store.keys.running(worker)))
        owned = [Run(job, int(fence)) for job, fence in pairs]
        if owned:
            self.all.append(Recovery(kind, label, began, lambda: not self._owns_any(worker, owned)))
        return owned

    def ids_of(self, pid: int) -> list[str]:
        """Under which ids the store knows a worker's process: none before it is registered."""
        keys, found = self._store.keys, []
        for raw in self._say("ZRANGE", keys.workers, 0, -1):
            about = self._say("HGET", keys.worker(raw.decode()), "about")
            if about and json.loads(about).get("pid") == pid:
                found.append(raw.decode())
        return found

    def look(self, now: float) -> None:
        """See which jobs have come back from whoever had them."""
        for one in self.all:
            if one.took is None and one.over():
                one.took = now - one.began

    def disturb(self, label: str | None = None) -> None:
        """Whoever is to see that a slot of this worker has died, or of any, is hit himself. Leases run on."""
        for one in self.all:
            if one.took is None and one.kind is Fault.SLOT and label in (None, one.label):
                one.mixed = True

    def restart(self) -> None:
        """Redis was killed and is there again: who waits for a recovery waited for Redis. Leases are counted anew."""
        for one in self.all:
            if one.took is None:
                one.mixed, one.began = True, time.monotonic()

    def _runs(self, run: Run) -> bool:
        """Whether this claim still stands as running. An ended job is one packed string."""
        key = self._store.keys.job(run.job)
        if self._say("TYPE", key) == b"string":
            return False
        state, fence = self._say("HMGET", key, "s", "f")
        return bool(state == b"running" and int(fence) == run.fence)

    def _owns_any(self, worker: str, owned: Sequence[Run]) -> bool:
        fences = self._say("HMGET", self._store.keys.running(worker), *(run.job for run in owned))
        return any(found == str(run.fence).encode() for found, run in zip(fences, owned, strict=True))

    def _say(self, *words: str | int) -> Any:
        return self._store.do(Command(words, lambda reply: reply))


def _pairs(flat: Sequence[bytes]) -> list[tuple[str, str]]:
    words = [word.decode() for word in flat]
    return list(zip(words[::2], words[1::2], strict=True))
