"""On which of several hosts a schedule's job is to run: one where a worker takes jobs now."""

from __future__ import annotations

import math

from qctl.engine.beat.errand import Errand
from qctl.engine.lease import LEASE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final

    from qctl.engine.beat.errand import Course
    from qctl.engine.station import Station

LOOK: Final = 10.0  #: seconds between two looks
MOST: Final = 1000  #: workers that are looked at


class LiveHosts:
    """Knows where workers are, as long as a schedule may run on one of several hosts."""

    def __init__(self, station: Station, wanted: Callable[[], bool]) -> None:
        self._station = station
        self._wanted = wanted
        self._errand = Errand(station)
        self._due = -math.inf
        self._live: frozenset[str] = frozenset()

    def choose(self, hosts: Sequence[str]) -> str | None:
        """One of some hosts, by chance; of those with a live worker if there is any. None: any host will do."""
        if not hosts:
            return None
        return self._station.dice.choice([host for host in hosts if host in self._live] or list(hosts))

    def next_due(self) -> float:
        return self._due if self._errand.idle else self._errand.next_due()

    def run_once(self, now: float) -> None:
        """Look who is there."""
        if self._errand.idle and now >= self._due:
            self._due = now + LOOK
            if self._wanted():
                self._errand.begin(self._look(self._station.time.at(now)))
        self._errand.run_once(now)

    def _look(self, now_ms: int) -> Course:
        verbs = self._station.verbs
        (ids,) = yield [verbs.live_workers(now_ms - round(LEASE * 1000), MOST)]
        abouts = (yield [verbs.worker_about(worker) for worker in ids]) if ids else []
        self._live = frozenset(str(about["host"]) for about in abouts if _takes_jobs(about))


def _takes_jobs(about: Mapping[str, Any]) -> bool:
    return bool(about.get("host")) and about.get("phase", "working") == "working"
