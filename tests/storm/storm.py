"""A storm from its first job to its last figure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from qctl.store import Command, Reading, Store, open_store
from tests.storm.aftermath import offenders
from tests.storm.fleet import Fleet
from tests.storm.judging import MOST_NAMED, Endings, bound_of, broken_thresholds, figures_of, recovery_of
from tests.storm.plan import FaultPlan, Plan, draw
from tests.storm.server import StormServer
from tests.storm.strikes import Strikes
from tests.storm.submitting import Submitter
from tests.storm.workload import Workload, declare
from tests.support import Home
from tests.support.proxy import Proxy
from tests.support.run_record import RunRecord

NAMESPACE: Final = "storm"
BATCH: Final = 20  #: submissions at once
SUBMITTERS: Final = 3  #: the first of them beside the proxy, the others through it
LOOK: Final = 0.02  #: seconds between two looks
PATIENCE: Final = 300.0  #: seconds
STANDSTILL: Final = 40.0  #: seconds without any progress after which what has not ended is stuck


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a storm is."""

    jobs: int = 20_000
    faults: int = 200
    workers: int = 4
    slots: int = 4
    lease: float = 5.0  #: seconds


class Storm:
    """One storm: its Redis, its workers, its submitters and its faults. To be closed, however it ends."""

    def __init__(self, seed: int, scale: Scale, without: Sequence[str] = ()) -> None:
        self.plan: Plan = draw(seed, scale.jobs, scale.faults)
        self._scale = scale
        self._ahead = max(100, scale.jobs // 10)  #: jobs that are submitted before those before them have begun
        self.server = StormServer()
        self.server.start()
        self.proxy = Proxy(self.server.socket)
        self.home = Home(self.server.url, NAMESPACE)
        self.record = RunRecord(self.home.folder / "record")
        self.work = Workload(self.plan, declare(self.home.work, self.record.path), scale.lease)
        self.store: Store = open_store(self.server.url, NAMESPACE, timeout=5.0)
        self._endings = Endings(self.store, self.record)
        self.fleet = Fleet(self.home, self.proxy.url, scale.workers, scale.slots, scale.lease, without=without)
        self.strikes = Strikes(self.fleet, self.server, self.proxy, self.store, self.record)
        self.strikes.lingering = {one.id for one in self.plan.jobs if one.task == "lingering"}
        self._not_struck = 0
        self._submitters: list[Submitter] = []
        self._start_submitters()

    def run(self) -> dict[str, Any]:
        """Let it rage. Answers all figures, and under `broken` the names of those that are not what they must be."""
        began = time.monotonic()
        self._rage()
        calm = time.monotonic()
        stuck = self._wait_for_the_rest()
        figures = self._about(calm - began, time.monotonic() - calm) | {"stuck": len(stuck)}
        tally = self.strikes.tally
        figures |= figures_of(self.plan, self.work, Reading(self.store), self.record, self._endings, tally)
        bound = bound_of(tally, self.record, self._scale.slots)
        figures |= {"extra_runs_bound": sum(bound.values()), "bound": bound}
        figures |= recovery_of(self.strikes.recoveries.all, self._scale.lease)
        found = {"stuck": stuck} | self._offenders()
        figures |= {name: len(what) for name, what in found.items()}
        figures["named"] |= {name: what[:MOST_NAMED] for name, what in found.items() if what}
        return figures | {"broken": broken_thresholds(figures)}

    def _offenders(self) -> dict[str, list[str]]:
        """What is not whole and clean. All keys are looked at in one call, which takes seconds where there are many."""
        patient = open_store(self.server.url, NAMESPACE, timeout=PATIENCE)
        try:
            return offenders(self.fleet, self.home, patient, self.strikes.tally.hit)
        finally:
            patient.close()

    def _about(self, raged: float, calmed: float) -> dict[str, Any]:
        """What it was, and how long it took."""
        struck = self.strikes.tally.struck
        return {
            "seed": self.plan.seed,
            "jobs": self.plan.count,
            "faults": sum(struck.values()),
            "not_struck": self._not_struck,
            "struck": dict(sorted(struck.items())),
            "workers": self._scale.workers,
            "slots": self._scale.slots,
            "lease_s": self._scale.lease,
            "seconds": round(raged, 1),
            "seconds_to_the_end": round(calmed, 1),
            "fsync_ms": round(self.server.fsync_ms, 2),
            "redis_down_max_s": round(self.server.down_for, 2),
            "cuts": self.proxy.cuts_made,
            "sent_again": sum(one.sent_again for one in self._submitters),
            "found_again": sum(one.found_again for one in self._submitters),
        }

    def close(self) -> None:
        """End everything."""
        self.fleet.close()
        self.proxy.close()
        self.store.close()
        self.home.remove()
        self.server.remove()

    def _start_submitters(self) -> None:
        urls = [self.server.url] + [self.proxy.url] * (SUBMITTERS - 1)
        for url, part in zip(urls, self.work.parts(SUBMITTERS, BATCH), strict=True):
            self._submitters.append(Submitter(url, NAMESPACE, part, self._has_room))
        for one in self._submitters:
            one.start()

    def _has_room(self) -> bool:
        sent = sum(one.acknowledged for one in self._submitters)
        return sent < len(self.record.starts) + self._ahead

    def _rage(self) -> None:
        """Strike one after the other, each when as many jobs have begun as its plan says."""
        progress = _Progress()
        faults = list(self.plan.faults)
        while faults and not progress.over(len(self.record.starts)):
            self._look()
            self._strike_first(faults)
            time.sleep(LOOK)
        self.strikes.let_time_pass()
        self._not_struck = len(faults)

    def _strike_first(self, faults: list[FaultPlan]) -> None:
        """Strike the first for which there is a victim now; one that has to wait for its own is not left out."""
        for place, fault in enumerate(faults[:8]):
            if len(self.record.starts) >= fault.after and self.strikes.strike(fault):
                del faults[place]
                return

    def _look(self) -> None:
        now = time.monotonic()
        self.record.read()
        self._endings.read()
        self.strikes.set_right(now)
        self.strikes.recoveries.look(now)
        for one in self._submitters:
            if one.failure is not None:
                raise one.failure

    def _wait_for_the_rest(self) -> list[str]:
        """The ids of what does not end, and of recoveries that do not come, though nothing bad happens any more."""
        progress = _Progress()
        while not progress.over(sum(self._endings.counts.values())):
            self._look()
            sent = all(not one.is_alive() for one in self._submitters)
            if sent and not self.strikes.recoveries.under_way and not self._busy() and not self._unended():
                return []
            time.sleep(0.1)
        return self._unended()

    def _busy(self) -> bool:
        """Whether anything waits or runs, what follows the end of a workflow included."""
        keys = self.store.keys
        workers = [raw.decode() for raw in self.store.do(Command(("ZRANGE", keys.workers, 0, -1), list))]
        names = [keys.ready("default"), keys.scheduled, keys.parked_in("default"), *map(keys.running, workers)]
        return self.store.do(Command(("EXISTS", *names), int)) > 0

    def _unended(self) -> list[str]:
        """Jobs and workflows that have not ended: what has is one packed string."""
        ids = [one.id for one in self.plan.sent]
        asked = [Command(("TYPE", self.store.keys.job(id_)), bytes) for id_ in ids]
        kinds = [kind for at in range(0, len(asked), 500) for kind in self.store.do_all(asked[at : at + 500])]
        return [id_ for id_, kind in zip(ids, kinds, strict=True) if kind != b"string"]


class _Progress:
    """Whether something still moves."""

    def __init__(self) -> None:
        self._seen, self._since = -1, time.monotonic()

    def over(self, count: int) -> bool:
        """Whether the count has stood still for too long."""
        now = time.monotonic()
        if count != self._seen:
            self._seen, self._since = count, now
        return now - self._since > STANDSTILL


def one_storm(seed: int, scale: Scale, without: Sequence[str] = ()) -> dict[str, Any]:
    """One storm and its figures. Nothing of it is left."""
    storm = Storm(seed, scale, without)
    try:
        return storm.run()
    finally:
        storm.close()
