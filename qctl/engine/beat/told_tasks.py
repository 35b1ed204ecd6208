"""Tasks that only Python modules declare, as live workers tell of them: a beat without a worker imports none."""

from __future__ import annotations

import math

from qctl.classes import replace
from qctl.config.catalog_lines import tasks_of
from qctl.engine.beat.errand import Errand
from qctl.engine.lease import LEASE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.config import Config
    from qctl.engine.beat.deciding import Deciding
    from qctl.engine.beat.errand import Course, Leg
    from qctl.engine.station import Station
    from qctl.model.task import Task

LOOK: Final = 10.0  #: seconds between two looks
MOST: Final = 1000  #: workers that are looked at


class ToldTasks:
    """Keeps the configuration by which jobs are made up with what workers run: queues, priorities and parameters."""

    def __init__(self, station: Station, deciding: Deciding) -> None:
        self._station, self._deciding = station, deciding
        self._errand = Errand(station)
        self._due = -math.inf
        self._catalogs: dict[str, Mapping[str, Any]] = {}  #: by digest

    def next_due(self) -> float:
        if not self._errand.idle:
            return self._errand.next_due()
        return self._due if _is_unknown(self._station.config) else math.inf

    def run_once(self, now: float) -> None:
        """Look again whether workers run something else."""
        if self._errand.idle and now >= self.next_due():
            self._due = now + LOOK
            self._errand.begin(self._look_again())
        self._errand.run_once(now)

    def learn(self, config: Config) -> Leg[Config]:
        """A configuration with what live workers tell of tasks that it does not declare."""
        if not _is_unknown(config):
            return config
        told = yield from self._ask()
        self._due = self._station.clock() + LOOK
        return replace(config, declared=told)

    def _look_again(self) -> Course:
        told = yield from self._ask()
        if told:  # while all workers are away, what they said last is the best that is known
            self._deciding.config = replace(self._deciding.config, declared=told)

    def _ask(self) -> Leg[Mapping[str, Task]]:
        """What live workers tell, of several definitions that of the one that began last."""
        verbs, station = self._station.verbs, self._station
        since_ms = station.time.at(station.clock()) - round(LEASE * 1000)
        (ids,) = yield [verbs.live_workers(since_ms, MOST)]
        said = (yield [verb(one) for one in ids for verb in (verbs.worker_about, verbs.worker_began)]) if ids else []
        began = sorted((at_ms, str(about.get("catalog"))) for about, at_ms in zip(said[::2], said[1::2], strict=True))
        digests = list(dict.fromkeys(digest for _, digest in began))
        unknown = [digest for digest in digests if digest not in self._catalogs]
        found = (yield [verbs.catalog(digest) for digest in unknown]) if unknown else []
        self._catalogs |= dict(zip(unknown, found, strict=True))
        self._catalogs = {digest: self._catalogs[digest] for digest in digests if self._catalogs[digest]}
        return tasks_of([self._catalogs.get(digest, {}) for _, digest in began])


def _is_unknown(config: Config) -> bool:
    """Whether workflows may have steps that this process cannot know by itself."""
    return bool(config.modules and config.workflows and not config.declared)
