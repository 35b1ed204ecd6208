"""The bad things that happen to a fleet and its Redis, and what each of them may legitimately cost."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from qctl.store import Command, Store
from qctl.store.command import script
from tests.storm.fleet import Fleet, Member, slots_of, templates_of
from tests.storm.plan import Fault, FaultPlan
from tests.storm.recovering import Recoveries
from tests.storm.server import StormServer
from tests.support.proxy import Proxy
from tests.support.run_record import Run, RunRecord, uptime

STOPPED_LEASES: Final = 1.25  #: leases that a stopped worker stands still …
STOPPED_BEYOND: Final = 2.5  #: … and seconds: by then others have seen that, and given its jobs away
CLOCK_WRONG_FOR: Final = 3.0  #: seconds until Redis' clock is set right: until then what waits for a time waits
JUMPS: Final = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=3652))
#: Both together are less than an hour. A job whose form no worker reads fails when it is an hour old by Redis' clock,
#: and no worker reads the next one's while that is killed and starts anew; whole hours (fault 58) have their own tests.
SERVER_JUMPS: Final = (timedelta(minutes=25), timedelta(minutes=-25))
#: Whose replies are cut, one after the other: the first while there is still much to submit.
CUT_VERBS: Final = (
    *("submit", "claim", "complete", "retry", "heartbeat"),
    *("claim", "complete", "bury", "release", "reclaim"),
)


@dataclass
class Tally:
    """What has happened, and what it may cost in runs."""

    struck: Counter[str] = field(default_factory=Counter)
    slots_killed: int = 0  #: with those that went with their template
    parents_killed: int = 0
    owned: list[list[Run]] = field(default_factory=list)  #: what each worker had when it was killed …
    stops: list[list[Run]] = field(default_factory=list)  #: … or stopped
    hit: set[str] = field(default_factory=set)  #: ids of workers that were killed or stopped: these may be called dead
    dead_slots: dict[int, float] = field(default_factory=dict)  #: since when a slot cannot run anything any more


class Strikes:
    """Strikes what a plan says, and sets right what is only wrong for a while."""

    def __init__(self, fleet: Fleet, server: StormServer, proxy: Proxy, store: Store, record: RunRecord) -> None:
        self.fleet, self.server, self.proxy, self.record = fleet, server, proxy, record
        self._store = store
        self.tally, self.recoveries = Tally(), Recoveries(store)
        self.lingering: set[str] = set()  #: jobs that a worker had best be running when it is stopped
        self._later: list[tuple[float, Callable[[], None]]] = []

    def strike(self, fault: FaultPlan) -> bool:
        """Do one bad thing. False: there is no victim for it now."""
        struck = _ACTS[fault.kind](self, Random(fault.dice))
        self.tally.struck[fault.kind] += struck
        return struck

    def set_right(self, now: float) -> None:
        """What was to last a while is over."""
        due = [act for at, act in self._later if at <= now]
        self._later = [one for one in self._later if one[0] > now]
        for act in due:
            act()

    def let_time_pass(self) -> None:
        """The end of all: nothing stands still, and the times come that were told by a clock that ran ahead."""
        self.set_right(float("inf"))
        self.server.shift(max(SERVER_JUMPS) + timedelta(minutes=1))

    def kill_slot(self, dice: Random) -> bool:
        """One that runs something, if there is one."""
        member = self._victim(dice)
        if member is None:
            return False
        slots = [seen.pid for seen in slots_of(member)]
        self.record.read()
        busy = [slot for slot in slots if self.record.running_in(slot)]
        slot = dice.choice(busy or slots or [0])
        if not slot or not _kill(slot):
            return False
        self._slots_died([slot])
        self.record.read()
        run = self.record.running_in(slot)
        if run is not None:
            self.recoveries.of_slot(member.label, run)
        return True

    def kill_template(self, dice: Random) -> bool:
        member = self._victim(dice)
        if member is None:
            return False
        templates, slots = templates_of(member), [seen.pid for seen in slots_of(member)]
        if not templates or not slots or not _kill(templates[0].pid):
            return False
        self.recoveries.disturb(member.label)
        self._slots_died(slots)
        return True

    def kill_parent(self, dice: Random) -> bool:
        member = self._victim(dice)
        if member is None:
            return False
        slots, ids = [seen.pid for seen in slots_of(member)], self.recoveries.ids_of(member.pid)
        self.recoveries.disturb(member.label)
        began = time.monotonic()
        self.fleet.kill(member)
        self.tally.parents_killed += 1
        self.tally.hit |= {*ids, *self.recoveries.ids_of(member.pid)}  # it may have come by its id just now
        self.tally.dead_slots |= dict.fromkeys(slots, uptime())
        self.tally.owned += [self.recoveries.of_worker(Fault.PARENT, member.label, id_, began) for id_ in ids]
        self.fleet.start(member)
        return True

    def stop(self, dice: Random) -> bool:
        """Two at least stay awake: whoever sees that others are dead has to have seen them for a lease."""
        member = self._one_with_lingering() or self._victim(dice)
        if member is None or sum(not one.stopped for one in self.fleet.members) <= 2:
            return False
        ids = self.recoveries.ids_of(member.pid)
        if not ids:
            return False
        self.recoveries.disturb(member.label)
        began = time.monotonic()
        self.fleet.stop(member)
        self.tally.hit |= {*ids}
        self.tally.stops += [self.recoveries.of_worker(Fault.STOP, member.label, id_, began) for id_ in ids]
        self._after(STOPPED_LEASES * self.fleet.lease + STOPPED_BEYOND, lambda: self.fleet.go_on(member))
        return True

    def kill_redis(self, dice: Random) -> bool:
        self.server.kill_and_start()
        self._store.close()
        self.recoveries.restart()
        return True

    def cut(self, dice: Random) -> bool:
        self.recoveries.disturb()
        self.proxy.cut(script(CUT_VERBS[self.tally.struck[Fault.CUT] % len(CUT_VERBS)]).sha)
        return True

    def shift_worker(self, dice: Random) -> bool:
        for member in self.fleet.members:
            if member.faked:
                self.fleet.shift_clock(member, dice.choice(JUMPS))
        return True

    def shift_server(self, dice: Random) -> bool:
        self.server.shift(dice.choice(SERVER_JUMPS))
        self._after(CLOCK_WRONG_FOR, lambda: self.server.shift(timedelta()))
        return True

    def flush(self, dice: Random) -> bool:
        self._store.do(Command(("SCRIPT", "FLUSH"), bytes))
        return True

    def _victim(self, dice: Random) -> Member | None:
        """One that runs. Of those that stand still nobody hears before they go on."""
        awake = [member for member in self.fleet.members if not member.stopped]
        return dice.choice(awake) if awake else None

    def _one_with_lingering(self) -> Member | None:
        awake = [member for member in self.fleet.members if not member.stopped]
        self.record.read()
        for member in awake:
            runs = [self.record.running_in(seen.pid) for seen in slots_of(member)]
            if any(run and run.job in self.lingering for run in runs):
                return member
        return None

    def _slots_died(self, slots: Sequence[int]) -> None:
        self.tally.slots_killed += len(slots)
        self.tally.dead_slots |= dict.fromkeys(slots, uptime())

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._later.append((time.monotonic() + seconds, act))


_ACTS: Final[dict[Fault, Callable[[Strikes, Random], bool]]] = {
    Fault.SLOT: Strikes.kill_slot,
    Fault.TEMPLATE: Strikes.kill_template,
    Fault.PARENT: Strikes.kill_parent,
    Fault.STOP: Strikes.stop,
    Fault.REDIS: Strikes.kill_redis,
    Fault.CUT: Strikes.cut,
    Fault.WORKER_CLOCK: Strikes.shift_worker,
    Fault.REDIS_CLOCK: Strikes.shift_server,
    Fault.FLUSH: Strikes.flush,
}


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
