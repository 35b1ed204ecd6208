"""The beat as one duty of a loop: it is asked when it is due, and never waits."""

from __future__ import annotations

import math

from qctl.engine.beat.beat_log import BeatLog
from qctl.engine.beat.deciding import Deciding
from qctl.engine.beat.errand import Errand
from qctl.engine.beat.firing import Firings
from qctl.engine.beat.hosts import LiveHosts
from qctl.engine.beat.publishing import Publishing, beat_id
from qctl.engine.beat.pulse import EVERY, Pulsing
from qctl.engine.beat.requests import Spread
from qctl.engine.beat.rewinding import Rewinding
from qctl.engine.beat.startups import StartUps, boot_time
from qctl.engine.beat.timetable import Timetable
from qctl.engine.beat.told_tasks import ToldTasks
from qctl.engine.beat.zones import Zones
from qctl.engine.place import SPREAD
from qctl.model.names import new_id
from qctl.model.show import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.config import Config
    from qctl.engine.station import Station


class Beat:
    """Fires the schedules of the configuration that its station has in force.

    Any number of beats may run. Each tries to fire what is due; the one that fired a schedule last tries first.
    """

    def __init__(self, station: Station, *, in_worker: bool = False, spread: float = SPREAD) -> None:
        here = station.identity
        self.id = beat_id(here.label, new_id(), here.host, station.config.file)
        self._station = station
        self._pulse = Pulsing(station, self.id, lambda: self.timetable.about(), in_worker=in_worker)
        self.timetable = Timetable(self._pulse.led_by_another)
        startups, log = StartUps(here, boot_time), BeatLog(station.journal)
        self._hosts = LiveHosts(station, self._chooses_hosts)
        self._spread = Spread(spread)
        deciding = Deciding(station.config, startups, self._spread, log, self._hosts)
        self._firings = Firings(station, self._pulse, self.timetable, startups, deciding, log)
        self._rewinding = Rewinding(station, self._pulse, self.timetable)
        self._told_tasks = ToldTasks(station, deciding)
        self._publishing = Publishing(
            station, self._pulse, self.timetable, self._firings, deciding, startups, self._rewinding, self._told_tasks
        )
        self._errand = Errand(station)
        self._zones = Zones(station.journal, station.clock())
        self._taken: Config | None = None  #: the configuration that was taken up last
        self._problem = station.problem
        self._version: int | None = None  #: of the store's schedules, as it was when they were published
        self._refresh_at = -math.inf  #: not before is anything published again
        self._left = False
        self.gone = False  #: the others have been told that this beat goes
        self._pulse.on_jump = self._clock_was_set

    @property
    def settled(self) -> bool:
        """Whether the configuration in force is declared, and nothing else is being asked."""
        return self._taken is self._station.config and self._errand.idle

    def next_due(self) -> float:
        if self._left:
            return math.inf
        if self._station.leaving:
            return -math.inf
        if not self._station.line.up:
            return math.inf
        return min(
            self._news_due(),
            self._zones.next_due(),
            self._pulse.next_due(),
            self._errand.next_due(),
            self._hosts.next_due(),
            self._told_tasks.next_due(),
            self._firings.next_due(),
        )

    def run_once(self, now: float) -> None:
        """Take the next steps of all that is due."""
        if self._left:
            return
        if self._station.leaving:
            self.leave(now)
            return
        if self._station.problem != self._problem:
            self._problem = self._station.problem
            self._pulse.hurry()
        self._pulse.run_once(now)
        if now >= self._zones.next_due() and self._zones.look(self._publishing.zones, self._publishing.zone, now):
            self._taken = None
        self._choose()
        self._errand.run_once(now)
        self._hosts.run_once(now)
        self._told_tasks.run_once(now)
        self._firings.run_once(now)

    def leave(self, now: float) -> None:
        """Tell the others that this beat goes: they need not wait for it."""
        if not self._left:
            self._left = True
            self._station.line.ask([self._station.verbs.leave(self.id)], self._told, self._told, now)

    def _told(self, _answers: list[Any] | None = None) -> None:
        self.gone = True

    def _chooses_hosts(self) -> bool:
        return self.timetable.chooses_hosts

    def _news_due(self) -> float:
        """When there is something to tell, or a course to begin."""
        if self._station.problem != self._problem:
            return -math.inf
        if not self._errand.idle or not self._pulse.heard:
            return math.inf
        if self._taken is not self._station.config:
            return -math.inf
        return self._refresh_at if self._is_outdated() else math.inf

    def _is_outdated(self) -> bool:
        return self._firings.outdated or self._rewinding.failed or self._pulse.version != self._version

    def _choose(self) -> None:
        if not self._errand.idle or not self._pulse.heard:
            return
        config = self._station.config
        if self._taken is not config:
            self._taken = config
            self._errand.begin(self._publishing.take_up(config))
        elif self._is_outdated() and self._station.clock() >= self._refresh_at:
            self._version, self._firings.outdated, self._rewinding.failed = self._pulse.version, False, False
            self._errand.begin(self._publishing.refresh())

    def _clock_was_set(self, jump_ms: int) -> None:
        """The server's clock jumped: say so, and let schedules go on from the present (C4, C5, C7)."""
        how = "forward" if jump_ms > 0 else "back"
        said = f"the server's clock was set {how} by {duration(abs(jump_ms) / 1000)}; times are computed anew"
        self._station.journal.warning("clock", said)
        if jump_ms > 0:  # by the new time every other beat is dead, until its next pulse: none gives way to us for that
            self._refresh_at = self._station.clock() + 2 * EVERY
        else:
            self._spread.forget()
        self._rewinding.look(list(self.timetable.entries.values()))
