"""A storm from its first job to its last figure."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from qctl.store import Command, Reading, Store, open_store
from tests.storm.fleet import Fleet
from tests.storm.judging import Endings, bound_of, broken_thresholds, figures_of, recovery_of
from tests.storm.plan import FaultPlan, Plan, draw
from tests.storm.strikes import Strikes
from tests.storm.submitting import Submitter
from tests.storm.workload import Workload, declare
from tests.support import Home, eventually
from tests.support.faked_server import FakedServer
from tests.support.proxy import Proxy
from tests.support.run_record import RunRecord

NAMESPACE: Final = "storm"
BATCH: Final = 20  #: submissions at once
SUBMITTERS: Final = 3  #: the first of them beside the proxy, the others through it
LOOK: Final = 0.02  #: seconds between two looks
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
        self.server = FakedServer("--appendonly", "yes", "--appendfsync", "always")
        self.server.start()
        self.proxy = Proxy(self.server.socket)
        self.home = Home(self.server.url, NAMESPACE)
        self.record = RunRecord(self.home.folder / "record")
        self.work = Workload(self.plan, declare(self.home.work, self.record.path))
        self.store: Store = open_store(self.server.url, NAMESPACE, timeout=5.0)
        self._endings = Endings(self.store)
        self.fleet = Fleet(self.home, self.proxy.url, scale.workers, scale.slots, scale.lease, without)
        self.strikes = Strikes(self.fleet, self.server, self.proxy, self.store, self.record)
        self._submitters = self._start_submitters()

    def run(self) -> dict[str, Any]:
        """Let it rage. Answers all figures, and under `broken` the names of those that are not what they must be."""
        began = time.monotonic()
        self._rage()
        calm = time.monotonic()
        stuck = self._wait_for_the_rest()
        figures = {"seed": self.plan.seed, "jobs": self.plan.count, "faults": sum(self.strikes.tally.struck.values())}
        figures |= {"lease_s": self._scale.lease, "workers": self._scale.workers, "slots": self._scale.slots}
        figures |= {"seconds": round(calm - began, 1), "seconds_to_the_end": round(time.monotonic() - calm, 1)}
        figures |= {"struck": dict(sorted(self.strikes.tally.struck.items())), "cuts": self.proxy.cuts_made}
        figures |= {"sent_again": sum(one.sent_again for one in self._submitters)}
        figures |= {"stuck": len(stuck)}
        reading, tally = Reading(self.store), self.strikes.tally
        figures |= figures_of(self.plan, self.work, reading, self.record, self._endings, tally)
        bound = bound_of(tally, self.record, self._scale.slots)
        figures |= {"extra_runs_bound": sum(bound.values()), "bound": bound}
        figures |= recovery_of(tally.recoveries, self._scale.lease)
        figures |= self._whole_and_clean()
        figures["named"] |= {"stuck": stuck[:8]} if stuck else {}
        return figures | {"broken": broken_thresholds(figures)}

    def close(self) -> None:
        """End everything."""
        self.fleet.close()
        self.proxy.close()
        self.store.close()
        self.home.remove()
        self.server.remove()

    def _start_submitters(self) -> list[Submitter]:
        urls = [self.server.url] + [self.proxy.url] * (SUBMITTERS - 1)
        parts = self.work.parts(SUBMITTERS, BATCH)
        found = [Submitter(url, NAMESPACE, part, self._has_room) for url, part in zip(urls, parts, strict=True)]
        for one in found:
            one.start()
        return found

    def _has_room(self) -> bool:
        sent = sum(one.acknowledged for one in self._submitters) if hasattr(self, "_submitters") else 0
        return sent < len(self.record.starts) + self._ahead

    def _rage(self) -> None:
        """Strike one after the other, each when as many jobs have begun as its plan says."""
        progress = _Progress()
        faults = list(self.plan.faults)
        while faults and not progress.over(len(self.record.starts)):
            self._look()
            if len(self.record.starts) >= faults[0].after:
                self._strike_first(faults)
            time.sleep(LOOK)
        self.strikes.set_right(time.monotonic(), all_of_it=not faults)

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
        self.strikes.look(now)
        for one in self._submitters:
            if one.failure is not None:
                raise one.failure

    def _wait_for_the_rest(self) -> list[str]:
        """The ids of what does not end, and of recoveries that do not come, though nothing bad happens any more."""
        progress = _Progress()
        ids = [one.id for one in self.plan.sent]
        reading = Reading(self.store)
        while not progress.over(sum(self._endings.counts.values())):
            self._look()
            sent = all(not one.is_alive() for one in self._submitters)
            if sent and not self._unended(ids, reading) and not self.strikes.recovering:
                return []
            time.sleep(0.1)
        return self._unended(ids, reading)

    def _unended(self, ids: list[str], reading: Reading) -> list[str]:
        kinds = [Command(("TYPE", self.store.keys.job(id_)), bytes) for id_ in ids]
        found = [self.store.do_all(kinds[at : at + 500]) for at in range(0, len(kinds), 500)]
        return [id_ for id_, kind in zip(ids, (kind for part in found for kind in part), strict=True) if kind != b"string"]

    def _whole_and_clean(self) -> dict[str, Any]:
        """What has to be true when all is over: nothing is held, nothing is left, nothing was complained of."""
        eventually(lambda: self._held() == 0, within=10.0, every=0.05)
        wrong = self.fleet.finish()
        complaints = self.fleet.complaints() + wrong
        repaired = [one for one in self.fleet.records("release") if "nobody here has them" in one["message"]]
        left = [str(seen) for seen in self.home.remove_all()] if hasattr(self.home, "remove_all") else self._left()
        return {
            "repaired": len(repaired),
            "broken_invariants": 0,
            "left_behind": len(left),
            "complaints": len(complaints),
        } | ({"said": (complaints + left)[:8]} if complaints or left else {})

    def _held(self) -> int:
        limit = "task:limited"
        keys = self.store.keys
        names = (keys.held(limit), keys.parked(limit), keys.parked_in("default"), keys.ready("default"))
        return int(self.store.do(Command(("EXISTS", *names), int)))

    def _left(self) -> list[str]:
        """Processes and files of workers that are gone."""
        from tests.support import processes_below

        eventually(lambda: not self._processes(), within=5.0)
        rooms = [path for member in self.fleet.members for path in member.folder.glob("qctl-*")]
        return [str(seen) for seen in processes_below(self.home.folder)] + [os.fspath(path) for path in rooms]

    def _processes(self) -> list[object]:
        return []


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
