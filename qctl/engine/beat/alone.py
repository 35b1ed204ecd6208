"""A beat as a process of its own: a loop of a few duties over one connection, without slots or task code."""

from __future__ import annotations

import gc
import math
import os
import selectors
import signal

from qctl import clock
from qctl.config import Watch, load
from qctl.engine.beat.duty import Beat
from qctl.engine.contact import is_news, never_reached
from qctl.engine.lease import LEASE
from qctl.engine.lookout import Lookout
from qctl.engine.place import station_of as place_of
from qctl.engine.reload import Reload
from qctl.engine.sdnotify import Notifier
from qctl.engine.signals import Signals
from qctl.store import address_of
from qctl.store.command import read_every_script
from qctl.store.embedded import ensure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config import Config
    from qctl.engine.beat.options import BeatOptions
    from qctl.engine.station import Station
    from qctl.errors import QctlError
    from qctl.model.address import Address

FIRST_CONTACT: Final = 3.0  #: seconds within which a beat that starts must reach its Redis
FAREWELL: Final = 1.0  #: seconds for telling the others that it goes
LONGEST_SLEEP: Final = 60.0


def run_beat(options: BeatOptions, config: Config | str) -> int:
    """Run a beat until it is told to stop. Answers the exit code 0.

    Raises the QctlErrors of a bad configuration, and RedisUnreachable if Redis is not there at the start.
    """
    notifier = Notifier.taken_from(os.environ)
    known = load(config) if isinstance(config, str) else config
    read_every_script()
    url = options.redis or known.redis
    alone = LoneBeat(options, known, url or ensure(fsync=known.fsync), notifier, embedded=url is None)
    try:
        alone.run()
    finally:
        alone.close()
    return 0


class LoneBeat:
    """The loop, and what happens at its turning points."""

    def __init__(self, options: BeatOptions, config: Config, url: str, notifier: Notifier, *, embedded: bool) -> None:
        self._address = address_of(url, options.namespace or config.namespace)
        self._selector = selectors.DefaultSelector()
        self._station = station = station_of(options, config, self._address, self._selector, embedded=embedded)
        self._notifier = notifier
        self._beat = Beat(station, spread=options.spread)
        self._reload = Reload(station, Watch(config), station.clock())
        self._lookout = Lookout(self._address, self._selector, (station.line,))
        self._signals = Signals()
        self._selector.register(self._signals.fileno(), selectors.EVENT_READ, self._signalled)
        self._last_chance = clock.monotonic() + FIRST_CONTACT
        self._ready = False
        self._gone_at = math.inf
        self._sign_at = math.inf
        self._outage: QctlError | None = None
        station.line.on_down, station.line.on_up = self._redis_gone, self._redis_back

    def run(self) -> None:
        """Loop until it is told to go."""
        station = self._station
        station.journal.info("start", f"beat {self._beat.id} starts")
        self._reload.complain(station.config)
        gc.freeze()
        while not self._beat.gone and clock.monotonic() < self._gone_at:
            self._step()
        station.journal.info("stop", "beat ends")

    def close(self) -> None:
        """Give everything back."""
        self._station.line.close()
        self._lookout.close()
        self._signals.close()
        self._selector.close()

    def _step(self) -> None:
        duties = (self._station.line, self._lookout, self._reload, self._beat)
        due = min(self._gone_at, self._sign_at, *(duty.next_due() for duty in duties))
        happened = self._selector.select(min(LONGEST_SLEEP, max(0.0, due - clock.monotonic())))
        self._station.notice_slumber()
        for key, _ in happened:
            key.data(clock.monotonic())
        now = clock.monotonic()
        for duty in duties:
            if duty.next_due() <= now:
                duty.run_once(now)
        self._tell_systemd(now)
        if self._outage is not None and now > self._last_chance:
            raise never_reached(self._outage, self._address)

    def _tell_systemd(self, now: float) -> None:
        if self._beat.settled and not self._ready:
            self._ready = True
            self._notifier.say("READY=1", "STATUS=firing schedules")
            self._sign_at = now + self._notifier.interval
        if now >= self._sign_at:
            self._notifier.say("WATCHDOG=1")
            self._sign_at = now + self._notifier.interval

    def _signalled(self, now: float) -> None:
        for number in self._signals.take():
            if number == signal.SIGHUP:
                self._reload.hang_up(now)
            elif number in (signal.SIGTERM, signal.SIGINT) and not self._station.leaving:
                self._notifier.say("STOPPING=1")
                self._station.leaving = True
                self._gone_at = now + FAREWELL

    def _redis_gone(self, error: QctlError) -> None:
        if is_news(error, self._outage):
            self._station.journal.error("redis_gone", str(error))
        self._outage = error

    def _redis_back(self) -> None:
        if self._outage is not None:
            self._station.journal.info("redis_back", "connected to Redis again")
        self._outage, self._last_chance = None, math.inf


def station_of(
    options: BeatOptions, config: Config, address: Address, selector: selectors.BaseSelector, *, embedded: bool
) -> Station:
    """The place of a beat without a worker."""
    return place_of(options, config, address, selector, what="beat", lease=LEASE, drain_timeout=0.0, embedded=embedded)
