"""The worker's parent process: one selector loop over Redis, the slots, the clocks and the signals.

It imports no task code, starts no threads and never waits for one thing alone. Each duty is asked when it is due; the
loop sleeps in one `select`.
"""

from __future__ import annotations

import gc
import math
import os
import selectors
import signal

import qctl
from qctl import clock
from qctl.config import load
from qctl.config.coming import without_code
from qctl.engine.assembly import assemble
from qctl.engine.contact import is_news, never_reached
from qctl.engine.lease import Lease
from qctl.engine.processes import cgroups
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.readiness import Readiness
from qctl.engine.sdnotify import Notifier
from qctl.engine.signals import Signals
from qctl.engine.sizing import bounds, ceiling, slots_in_words
from qctl.engine.workroom import Workroom
from qctl.store import address_of
from qctl.store.command import read_every_script
from qctl.store.embedded import ensure
from qctl.store.embedded.attendance import sign_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config import Config
    from qctl.engine.options import WorkerOptions
    from qctl.engine.processes.events import Ready
    from qctl.errors import QctlError
    from qctl.store.values import Standing

#: Seconds within which a worker that starts must reach its Redis. Later it waits for Redis as long as it takes.
FIRST_CONTACT: Final = 3.0
GRACE: Final = 2.0  #: seconds for slots without a job to go at the end
LONGEST_SLEEP: Final = 60.0
GLANCE: Final = 0.005  #: seconds between two rounds of the duties meanwhile: none is in a greater hurry
COLLECT_AFTER: Final = 20_000  #: objects; a turn makes thousands, and hardly any of them in circles


def run_worker(options: WorkerOptions, config: Config | str) -> int:
    """Run a worker until it is told to stop. Answers the exit code: 0, or 1 if running jobs had to be cut off.

    Raises the QctlErrors of a bad configuration and of `-Q`, and RedisUnreachable if Redis is not there at the start.
    """
    notifier = Notifier.taken_from(os.environ)  # before anything is started that would inherit it
    known = load(config) if isinstance(config, str) else config
    read_every_script()
    url = options.redis or known.redis
    worker = Worker(options, known, url or ensure(fsync=known.fsync), notifier, embedded=url is None)
    mark = None if url else sign_in()
    try:
        return worker.run()
    finally:
        worker.close()
        if mark is not None:
            os.close(mark)


class Worker:
    """The loop, and what happens at its turning points."""

    def __init__(self, options: WorkerOptions, config: Config, url: str, notifier: Notifier, *, embedded: bool) -> None:
        self._options = options
        self._embedded = embedded
        self._address = address_of(url, options.namespace or config.namespace)
        self._selector = Readiness()
        self._delegation = cgroups.take_over()
        self._workroom = Workroom() if options.directory is None else None
        self._directory = self._workroom.path if self._workroom else str(options.directory)
        self._parts = parts = assemble(
            options, config, self._address, self._selector, self._plan, notifier, embedded=embedded
        )
        self._station = parts.station
        self._signals = Signals()
        self._selector.register(self._signals.fileno(), selectors.EVENT_READ, self._signalled)
        self._last_chance = clock.monotonic() + FIRST_CONTACT
        self._outage: QctlError | None = None
        self._glance_at = -math.inf  #: when duties are asked again while the slots have plenty to do
        parts.station.line.on_down, parts.station.line.on_up = self._redis_gone, self._redis_back
        parts.registration.on_registered = self._registered
        parts.claiming.on_standing = parts.heartbeat.on_standing = self._forsaken
        parts.heartbeat.on_trust = parts.heartbeat.on_stranger = parts.turn.look
        parts.heartbeat.on_forgotten = parts.registration.repeat
        parts.crew.on_ready = self._ready

    def run(self) -> int:
        """Loop until nothing is left to do."""
        station, parts = self._station, self._parts
        station.journal.info("start", f"worker {station.worker} starts: {slots_in_words(self._options)}")
        if without_code(station.config) is not station.config:
            qctl.import_all()
        parts.reload.complain(station.config)
        parts.crew.start(station.config)
        parts.cold_start.begin(clock.monotonic())
        gc.freeze()  # what is here now stays for good: the collector need not look at it again and again
        gc.set_threshold(COLLECT_AFTER)
        while not parts.departure.gone:
            self._step()
        station.journal.info("stop", "worker ends")
        return 1 if parts.departure.cut_off else 0

    def close(self) -> None:
        """End every process and give everything back. Nothing outlives the worker."""
        parts = self._parts
        parts.revival.close()
        parts.crew.close(GRACE)
        self._station.line.close()
        parts.attention.close()
        parts.lookout.close()
        self._signals.close()
        self._selector.close()
        if self._workroom is not None:
            self._workroom.close()

    def _step(self) -> None:
        """Sleep until something happens or is due, then do it."""
        parts = self._parts
        rest = parts.intake.rest()
        if rest:
            clock.pause(rest)  # reports come together: one that finds this process asleep at the socket has to wake it
        now = clock.monotonic()
        busy = rest > 0 and now < self._glance_at
        due = self._glance_at if busy else min(duty.next_due() for duty in parts.duties)
        happened = self._selector.select(min(LONGEST_SLEEP, max(0.0, min(due, parts.turn.next_due()) - now)))
        self._station.notice_slumber()
        for key, _ in happened:
            key.data(clock.monotonic())
        now = clock.monotonic()
        if busy:
            parts.crew.run_once(now)
        else:
            self._glance_at = now + GLANCE
            for duty in parts.duties:
                if duty.next_due() <= now:
                    duty.run_once(now)
        # What depends on everything else is asked each time.
        parts.intake.dispatch(now)
        parts.turn.run_once(now, parts.crew.free)
        parts.sizing.run_once(now)
        parts.attention.run_once(now)
        parts.departure.run_once(now)
        self._check_progress(now)

    def _check_progress(self, now: float) -> None:
        station, turn = self._station, self._parts.turn
        if not self._parts.registration.registered and self._outage and now > self._last_chance:
            raise never_reached(self._outage, self._address)
        leaves = self._options.until_empty or bool(self._options.only)
        if leaves and turn.done and len(station.claims) == turn.refused and not station.shutdown.going:
            station.journal.info("empty", "no more work in these queues")
            station.shutdown.finish(now)

    def _signalled(self, now: float) -> None:
        for number in self._signals.take():
            if number == signal.SIGHUP:
                self._parts.supervision.reloading(now)
                self._parts.reload.hang_up(now)
            elif number in (signal.SIGTTIN, signal.SIGTTOU):
                self._parts.sizing.signalled(1 if number == signal.SIGTTIN else -1)
            else:
                self._station.shutdown.signalled(now)

    def _registered(self, now: float) -> None:
        self._last_chance = float("inf")
        self._station.lease.begin(now)

    def _ready(self, event: Ready) -> None:
        self._parts.reload.ready(event)
        self._parts.registration.run_once(clock.monotonic())  # the limits of its tasks, before one is claimed
        self._station.journal.debug("ready", f"slots are ready (template {event.pid})")
        self._parts.turn.look()

    def _redis_gone(self, error: QctlError) -> None:
        if is_news(error, self._outage):
            self._station.journal.error("redis_gone", str(error))
        self._outage = error

    def _redis_back(self) -> None:
        if self._outage and self._parts.registration.registered:
            self._station.journal.info("redis_back", "connected to Redis again")
            self._station.lease.hurry(clock.monotonic())
        self._outage = None

    def _forsaken(self, standing: Standing, worker: str) -> None:
        """The store does not count on this worker any more: what runs is not ours, and we begin anew."""
        station = self._station
        if worker != station.worker:
            return
        now = clock.monotonic()
        for held in list(station.claims):
            self._parts.heartbeat.lose(held)
        silent = station.lease.silent(now)
        station.lease = Lease(self._options.lease, now)
        self._parts.heartbeat.restart()
        self._parts.registration.renew(now, standing, silent)

    def _plan(self, config: Config) -> PoolPlan:
        return PoolPlan(
            config=config,
            slots=bounds(self._options)[0],
            most=ceiling(self._options),
            directory=os.path.join(self._directory, "runs"),
            label=self._station.identity.label,
            adhoc=self._embedded if config.adhoc is None else config.adhoc,
            max_jobs=self._options.max_jobs,
            max_memory=self._options.max_memory,
            delegation=self._delegation,
            stderr=self._options.log_to,
        )
