"""The processes that run jobs: the pool that takes new ones, and older pools that only finish what they began.

A reload brings a new pool with the new code; once it is ready it takes over what nobody has begun.
"""

from __future__ import annotations

import math
from itertools import islice
from selectors import EVENT_READ

from qctl.classes import replace
from qctl.engine.claims import Stage
from qctl.engine.hands import in_one_hand
from qctl.engine.processes.events import Ready, TemplateDied
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.pool import Pool
from qctl.engine.unheard import unheard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from selectors import BaseSelector
    from typing import Final

    from qctl.config import Config
    from qctl.engine.backlog import Durations
    from qctl.engine.claims import Held
    from qctl.engine.processes.events import Event
    from qctl.engine.processes.plan import PoolPlan
    from qctl.engine.processes.table import Stop
    from qctl.engine.station import Station


AT_ONCE: Final = 64  #: jobs that are offered to a pool in one call


class Crew:
    """All pools of one worker."""

    def __init__(
        self,
        station: Station,
        slots: int,
        plan: Callable[[Config], PoolPlan],
        selector: BaseSelector,
        heard: Callable[[Sequence[Event], float], Sequence[Event]],
        durations: Durations,
    ) -> None:
        self._station = station
        self._durations = durations
        self.slots = station.claims.slots = slots  #: how many there are to be
        self._plan = plan
        self._selector = selector
        self._heard = heard
        self._pools: dict[int, Pool] = {}
        self._current = 0
        self._coming: int | None = None
        self._config = self._config_coming = station.config
        self.ready = False  #: jobs can be begun
        self.on_ready: Callable[[Ready], None] = unheard
        self.on_unwanted: Callable[[Held], None] = unheard  #: one came back that was told to end on its way to a slot

    @property
    def free(self) -> int:
        """How many slots can begin a job now. Those that finish under an older pool count as taken."""
        return max(0, self.slots - len(self._station.claims.begun)) if self.ready else 0

    @property
    def renewing(self) -> bool:
        """Whether another pool is about to take over."""
        return self._coming is not None

    def start(self, config: Config) -> None:
        """Start the first pool."""
        self._config, self._current = config, self._add(config)

    def stand_in(self, config: Config) -> None:
        """Let a pool with this configuration work until the first one, which still imports, is ready and takes over."""
        self._coming, self._config_coming = self._current, self._config
        self._config, self._current = config, self._add(config)
        self._station.at_work = config

    def renew(self, config: Config) -> None:
        """Start a pool with another configuration and newly imported code; it takes over when it is ready.

        OSError: it cannot be made, and the one at work goes on.
        """
        coming, self._coming = self._coming, None
        if coming is not None:
            self._retire(coming)
        self._coming, self._config_coming = self._add(config), config
        self._station.at_work = self._config

    def resize(self, slots: int) -> None:
        """Have so many slots from now on. A pool that only finishes what it began is left alone."""
        self.slots = self._station.claims.slots = slots
        for number, pool in self._pools.items():
            if number in (self._current, self._coming):
                pool.resize(slots)

    def dispatch(self) -> None:
        """Send what is in the parent's hands to the slots, as far as the socket takes it."""
        waiting = self._station.claims.waiting
        if not waiting or not self.ready:
            return
        pool, share = self._pools[self._current], len(waiting) // self.slots
        while waiting:
            jobs, together = in_one_hand(islice(waiting, AT_ONCE), self._durations, share)
            taken = pool.dispatch([_frame(held) for held in jobs], together)
            self._station.claims.went(taken, self._current)
            if taken < len(jobs):
                return

    def recall(self) -> None:
        """Take back into the parent's hands what no slot has taken."""
        if self._station.claims.sent:
            frames = self._pools[self._current].read_back()
            for held in self._station.claims.back(frame.key for frame in frames):
                if held.unwanted:
                    self.on_unwanted(held)

    def stop(self, held: Held, stop: Stop) -> None:
        """Tell one attempt that was sent to end; it hits nobody else."""
        pool = self._pools.get(held.pool)
        if pool is not None and held.stage in (Stage.SENT, Stage.BEGUN):
            pool.stop(held.claim.id, held.claim.fence, stop)

    def answer(self, held: Held, token: int, reply: dict[str, object]) -> None:
        """Answer what a running job has asked for."""
        if held.pool in self._pools:
            self._pools[held.pool].answer(token, reply)

    def next_due(self) -> float:
        return min((pool.next_due() for pool in self._pools.values()), default=math.inf)

    def run_once(self, now: float) -> None:
        """Hear what the pools have to say, and let those go that have nothing left to do."""
        for number, pool in list(self._pools.items()):
            for event in self._heard(pool.events(), now):
                self._note(number, event)
        if len(self._pools) > 1:
            self._let_go()

    def close(self, grace: float) -> None:
        """End every process. Nothing outlives the worker."""
        for number in list(self._pools):
            self._retire(number, grace)

    def _note(self, number: int, event: Event) -> None:
        if isinstance(event, TemplateDied):
            self._station.journal.error("template_died", f"the template died (pid {event.pid}); another is started")
            self.ready = self.ready and number != self._current  # until the next one has imported the code
            return
        if not isinstance(event, Ready):
            return
        if number == self._coming:
            self._take_over(number)
        self.ready = True
        self.on_ready(event)

    def _take_over(self, number: int) -> None:
        self.recall()
        self._current, self._coming = number, None
        self._config, self._station.at_work = self._config_coming, None

    def _let_go(self) -> None:
        busy = {held.pool for held in self._station.claims if held.stage in (Stage.SENT, Stage.BEGUN)}
        for number in self._pools.keys() - busy - {self._current, self._coming}:
            self._retire(number)

    def _add(self, config: Config) -> int:
        number = max(self._pools, default=-1) + 1
        pool = Pool(replace(self._plan(config), slots=self.slots))
        pool.start()
        self._pools[number] = pool
        for source in pool.sources():
            self._selector.register(source, EVENT_READ, self.run_once)
        return number

    def _retire(self, number: int, grace: float = 2.0) -> None:
        pool = self._pools.pop(number)
        for source in pool.sources():
            self._selector.unregister(source)
        pool.close(grace)


def _frame(held: Held) -> Frame:
    id_, fence, attempt, _, queue, _, _, _, _, body, secrets, _ = held.claim
    # What a NamedTuple's own call does in a third of the time: one is made of every job.
    return tuple.__new__(Frame, (id_, fence, attempt, body, queue, secrets, held.received))
