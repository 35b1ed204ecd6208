"""Jobs that were submitted with a definition which was edited a moment ago: they run by that one, and not by the last.

A job says the hash of the definition that its caller had. If the slots have another one, the files are looked at, once
for each such hash; if they say that by now, the job waits aside until the processes that know it have taken over.
"""

from __future__ import annotations

import math
from collections import deque

from qctl.engine.claims import Stage
from qctl.engine.unheard import unheard
from qctl.model.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.claims import Held
    from qctl.engine.station import Station

PATIENCE: Final = 10.0  #: seconds that a job waits for code which is being imported; then it runs by what there is
_REMEMBERED: Final = 1000  #: hashes for which the files were looked at


class Edits:
    """Finds the jobs of an edit that is not in force yet, and keeps them until it is."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._aside: deque[Held] = deque()
        self._asked: dict[tuple[str, str], None] = {}
        self.on_edit: Callable[[str, str], None] = unheard  #: the files may define this task by this hash now
        self.on_arrived: Callable[[float], None] = unheard  #: something can be sent to the slots

    def mark(self, name: str) -> bytes:
        """What the body of a job of this task has, if it was submitted with the definition that the slots have."""
        task = (self._station.at_work or self._station.config).known(name)
        return f'"hash":"{task.hash}"'.encode() if task is not None and task.hash else b""

    def is_coming(self, name: str, body: bytes) -> bool:
        """Whether the definition that such a job was submitted with takes over soon, other than that of the slots."""
        if b'"hash":"' not in body:
            return False
        try:
            hash_ = Call.decode(body).hash
        except ValueError:
            return False
        if not hash_:
            return False
        self._ask(name, hash_)
        task = self._station.task(name)
        return self._station.at_work is not None and task is not None and task.hash == hash_

    def keep(self, held: Held) -> None:
        """Keep one that was entered as waiting until the edit is in force."""
        self._station.claims.put_aside(held)
        self._aside.append(held)

    def next_due(self) -> float:
        return self._aside[0].since + PATIENCE if self._aside else math.inf

    def run_once(self, now: float) -> None:
        """Wait no longer for code that is not imported by now."""
        if now >= self.next_due():
            self.let_go(now)

    def let_go(self, now: float) -> None:
        """Other processes have taken over: what was kept for them goes to them."""
        kept, self._aside = self._aside, deque()
        for held in kept:
            if held.stage is Stage.RECEIVING:  # it was not given back or taken from us meanwhile
                self._station.claims.arrive(held, held.received, now)
        if kept:
            self.on_arrived(now)

    def _ask(self, name: str, hash_: str) -> None:
        task = self._station.task(name)
        if (name, hash_) in self._asked or (task is not None and task.hash == hash_):
            return
        if len(self._asked) >= _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._asked[name, hash_] = None
        self.on_edit(name, hash_)
