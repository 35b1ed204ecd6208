"""The bad things that happen to a fleet and its Redis, and what each of them may legitimately cost."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from qctl.store import Command, Store
from qctl.store.command import script
from tests.storm.fleet import Fleet, Member, slots_of, templates_of
from tests.storm.plan import Fault, FaultPlan
from tests.storm.server import StormServer
from tests.support.proxy import Proxy
from tests.support.run_record import Run, RunRecord, uptime

STOPPED_LEASES: Final = 1.25  #: leases that a stopped worker stands still …
STOPPED_BEYOND: Final = 2.5  #: … and seconds: by then others have seen that, and given its jobs away
CLOCK_WRONG_FOR: Final = 3.0  #: seconds until Redis' clock is set right: until then what waits for a time waits
JUMPS: Final = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=3652))
#: Both together are less than the hour after which a job fails whose task, or whose form, no worker has.
SERVER_JUMPS: Final = (timedelta(minutes=25), timedelta(minutes=-25))
CUT_VERBS: Final = (
    "claim",
    "claim",
    "complete",
    "complete",
    "retry",
    "bury",
    "heartbeat",
    "reclaim",
    "release",
    "submit",
)


@dataclass(eq=False)
class Recovery:
    """Jobs that a fault took from whoever ran them, until the store counts on somebody else."""

    kind: Fault
    label: str  #: whose worker it was
    began: float
    over: Callable[[], bool]
    took: float | None = None
    mixed: bool = False  #: another fault came in between, and was waited for as well


@dataclass
class Tally:
    """What has happened, and what it may cost in runs."""

    struck: Counter[str] = field(default_factory=Counter)
    slots_killed: int = 0  #: with those that went with their template
    parents_killed: int = 0
    owned: list[list[Run]] = field(default_factory=list)  #: what each worker had that was killed or stopped
    stops: list[list[Run]] = field(default_factory=list)
    dead_slots: dict[int, float] = field(default_factory=dict)  #: since when a slot cannot run anything any more
    recoveries: list[Recovery] = field(default_factory=list)


class Strikes:
    """Strikes what a plan says, and sets right what is only wrong for a while."""

    def __init__(self, fleet: Fleet, server: StormServer, proxy: Proxy, store: Store, record: RunRecord) -> None:
        self.fleet, self.server, self.proxy, self.record = fleet, server, proxy, record
        self._store = store
        self.tally = Tally()
        self._later: list[tuple[float, Callable[[], None]]] = []

    def strike(self, fault: FaultPlan) -> bool:
        """Do one bad thing. False: there is no victim for it now."""
        struck = _ACTS[fault.kind](self, Random(fault.dice))
        self.tally.struck[fault.kind] += struck
        return struck

    def set_right(self, now: float, *, all_of_it: bool = False) -> None:
        """What was to last a while is over."""
        due = [act for at, act in self._later if all_of_it or at <= now]
        self._later = [] if all_of_it else [one for one in self._later if one[0] > now]
        for act in due:
            act()

    def let_time_pass(self) -> None:
        """Who was told a time by a clock that ran ahead waits for it: by the server's clock, which now comes there."""
        self.server.shift(max(SERVER_JUMPS) + timedelta(minutes=1))

    def look(self, now: float) -> None:
        """See which jobs have come back from whoever had them."""
        for one in self.tally.recoveries:
            if one.took is None and one.over():
                one.took = now - one.began

    @property
    def recovering(self) -> bool:
        return any(one.took is None for one in self.tally.recoveries)

    def kill_slot(self, dice: Random) -> bool:
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
            self.tally.recoveries.append(Recovery(Fault.SLOT, member.label, time.monotonic(), self._gone_from(run)))
        return True

    def kill_template(self, dice: Random) -> bool:
        member = self._victim(dice)
        if member is None:
            return False
        templates, slots = templates_of(member), [seen.pid for seen in slots_of(member)]
        if not slots or not _kill(templates[0].pid):
            return False
        self._disturb(member)
        self._slots_died(slots)
        return True

    def kill_parent(self, dice: Random) -> bool:
        member = self._victim(dice)
        if member is None:
            return False
        slots = [seen.pid for seen in slots_of(member)]
        ids = self._ids_of(member)
        self._disturb(member)
        began = time.monotonic()
        self.fleet.kill(member)
        self.tally.parents_killed += 1
        self.tally.dead_slots |= dict.fromkeys(slots, uptime())
        self._lost(member, ids, Fault.PARENT, began, self.tally.owned)
        self.fleet.start(member)
        return True

    def stop(self, dice: Random) -> bool:
        member = self._victim(dice)
        if member is None or sum(one.stopped for one in self.fleet.members) + 1 >= len(self.fleet.members) - 1:
            return False
        ids = self._ids_of(member)
        if not ids:
            return False
        self._disturb(member)
        began = time.monotonic()
        self.fleet.stop(member)
        self._lost(member, ids, Fault.STOP, began, self.tally.stops)
        self._after(STOPPED_LEASES * self.fleet.lease + STOPPED_BEYOND, lambda: self.fleet.go_on(member))
        return True

    def kill_redis(self, dice: Random) -> bool:
        self.server.kill_and_start()
        self._store.close()
        self._disturb_all()
        return True

    def cut(self, dice: Random) -> bool:
        self._disturb_all()
        self.proxy.cut(script(dice.choice(CUT_VERBS)).sha)
        return True

    def shift_worker(self, dice: Random) -> bool:
        members = [member for member in self.fleet.members if member.faked]
        self.fleet.shift_clock(members[0], dice.choice(JUMPS))
        return True

    def shift_server(self, dice: Random) -> bool:
        self.server.shift(dice.choice(SERVER_JUMPS))
        self._after(CLOCK_WRONG_FOR, lambda: self.server.shift(timedelta()))
        return True

    def flush(self, dice: Random) -> bool:
        self._say("SCRIPT", "FLUSH")
        return True

    def _victim(self, dice: Random) -> Member | None:
        """One that runs. Of those that stand still nobody hears before they go on."""
        awake = [member for member in self.fleet.members if not member.stopped]
        return dice.choice(awake) if awake else None

    def _slots_died(self, slots: Sequence[int]) -> None:
        self.tally.slots_killed += len(slots)
        self.tally.dead_slots |= dict.fromkeys(slots, uptime())

    def _lost(self, member: Member, ids: Sequence[str], kind: Fault, began: float, where: list[list[Run]]) -> None:
        """What these had is to be given to others."""
        for id_ in ids:
            pairs = _pairs(self._say("HGETALL", self._store.keys.running(id_)))
            owned = [Run(job, int(fence)) for job, fence in pairs]
            where.append(owned)
            if owned:
                self.tally.recoveries.append(Recovery(kind, member.label, began, self._has_none_of(id_, owned)))

    def _ids_of(self, member: Member) -> list[str]:
        """Under which ids the store knows this process: none before it is registered."""
        keys, found = self._store.keys, []
        for raw in self._say("ZRANGE", keys.workers, 0, -1):
            about = self._say("HGET", keys.worker(raw.decode()), "about")
            if about and json.loads(about).get("pid") == member.pid:
                found.append(raw.decode())
        return found

    def _gone_from(self, run: Run) -> Callable[[], bool]:
        def gone() -> bool:
            state, fence = self._say("HMGET", self._store.keys.job(run.job), "s", "f")
            return bool(state != b"running" or int(fence) != run.fence)

        return lambda: self._has_ended(run.job) or gone()

    def _has_ended(self, job: str) -> bool:
        return bool(self._say("TYPE", self._store.keys.job(job)) == b"string")

    def _has_none_of(self, worker: str, owned: Sequence[Run]) -> Callable[[], bool]:
        def has_none() -> bool:
            fences = self._say("HMGET", self._store.keys.running(worker), *(run.job for run in owned))
            return all(found != str(run.fence).encode() for found, run in zip(fences, owned, strict=True))

        return has_none

    def _disturb(self, member: Member) -> None:
        """Whoever is to see that a slot of this worker has died is hit himself."""
        for one in self.tally.recoveries:
            if one.took is None and one.kind is Fault.SLOT and one.label == member.label:
                one.mixed = True

    def _disturb_all(self) -> None:
        """Redis is silent: who waits for a recovery waits for Redis first. A lease is counted anew from then on."""
        for one in self.tally.recoveries:
            if one.took is None:
                one.mixed, one.began = True, time.monotonic()

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._later.append((time.monotonic() + seconds, act))

    def _say(self, *words: str | int) -> Any:
        return self._store.do(Command(words, lambda reply: reply))


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


def _pairs(flat: Sequence[bytes]) -> list[tuple[str, str]]:
    words = [word.decode() for word in flat]
    return list(zip(words[::2], words[1::2], strict=True))


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
