"""Replies that are cut after the server has done the work: whoever asked asks again, and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any, Final, TypeVar

from qctl.errors import QctlError
from qctl.model.state import Outcome
from qctl.store import Command, Reading, ScheduleReading, Store, open_store
from qctl.store.command import script
from tests.support import PrivateRedis
from tests.support.proxy import Proxy
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, fired, the_state
from tests.support.store_seed import SeedWorker, a_job, settled

T = TypeVar("T")
_KEPT: Final = {"keep_age": 10 * 86_400.0, "keep_runs": 1_000_000}
_MOST_IN_A_ROW: Final = 3  #: cuts of one call


class Cutter:
    """Makes calls whose replies are cut, and asks again until it is told."""

    def __init__(self, server: PrivateRedis, dice: Random) -> None:
        self._proxy, self._dice = Proxy(server.socket), dice
        self.store = open_store(self._proxy.url, "cuts", timeout=5.0)

    @property
    def made(self) -> int:
        return self._proxy.cuts_made

    def ask(self, verb: str, command: Command[T]) -> T:
        """Make this call; its first replies do not come."""
        self._proxy.cut(script(verb).sha, self._dice.randint(1, _MOST_IN_A_ROW))
        for _ in range(_MOST_IN_A_ROW):
            with suppress(QctlError):  # nobody knows whether it was done
                return self.store.do(command)
        return self.store.do(command)

    def close(self) -> None:
        self.store.close()
        self._proxy.close()


def cut_replies(seed: int, cuts: int) -> dict[str, Any]:
    """Cut so many replies of submit, claim, complete and fire. Answers what was done more than once, or not at all."""
    server = PrivateRedis().start()
    cutter = Cutter(server, Random(seed))
    try:
        return _told(_Calls(cutter), cuts)
    finally:
        cutter.close()
        server.remove()


def _told(calls: _Calls, cuts: int) -> dict[str, Any]:
    while calls.cutter.made < cuts:
        calls.one_round()
    found = calls.wrong()
    return {"cuts": calls.cutter.made, "by_verb": dict(calls.made), "duplicates": len(found), "found": found[:8]}


class _Calls:
    """A submitter, a worker and a beat, one job each at a time."""

    def __init__(self, cutter: Cutter) -> None:
        self.cutter, self.made = cutter, Counter[str]()
        store = cutter.store
        self.worker = SeedWorker(store).register()
        self._beat = SeedBeat(store)
        self._beat.pulse()
        self._beat.declare(**_KEPT)
        self.submitted: list[str] = []
        self.fired: list[str] = []
        self.claimed: Counter[str] = Counter()

    def one_round(self) -> None:
        """Submit a job, fire another, and let the worker run both."""
        number = len(self.submitted)
        verbs = self.cutter.store.verbs
        self.submitted.append(f"s{number}")
        self._ask("submit", verbs.submit([a_job(self.submitted[-1])]))
        self.fired.append(f"f{number}")
        self._fire(self.fired[-1])
        for _ in range(2):
            self.worker.turn += 1
            answer = self._ask("claim", verbs.claim(self.worker.id, self.worker.turn, 1))
            self.claimed.update(claim.id for claim in answer.claims)
            self._ask("complete", verbs.complete(self.worker.id, [settled(claim) for claim in answer.claims]))

    def wrong(self) -> list[str]:
        """What did not happen exactly once."""
        store, expected = self.cutter.store, Counter([*self.submitted, *self.fired])
        reading = Reading(store)
        found = [f"claimed: {id_}" for id_ in _difference(self.claimed, expected)]
        found += [f"ended: {id_}" for id_ in _difference(Counter(_members(store, store.keys.ended("tidy"))), expected)]
        for job in reading.jobs(list(expected)):
            if (job.fence, len(job.attempts), job.outcome) != (1, 1, Outcome.SUCCEEDED):
                found.append(f"{job.id}: fence {job.fence}, {len(job.attempts)} attempts, {job.outcome}")
        ledger = ScheduleReading(store).ledger(NAME, 1_000_000)
        found += [f"ledger: {id_}" for id_ in _difference(Counter(row.job for row in ledger), Counter(self.fired))]
        return found

    def _ask(self, verb: str, command: Command[T]) -> T:
        before = self.cutter.made
        answer = self.cutter.ask(verb, command)
        self.made[verb] += self.cutter.made - before
        return answer

    def _fire(self, id_: str) -> None:
        """Fire at the next millisecond after the cursor, which lies an hour back."""
        state = the_state(self.cutter.store)
        at = state.cursor_ms + 1
        firing = a_firing(state, id_, rows=(fired(at, id_),), new_cursor_ms=at, due_ms=at)
        self._ask("fire", self.cutter.store.verbs.fire(self._beat.id, [firing]))


def _difference(one: Counter[str], other: Counter[str]) -> list[str]:
    return sorted(((one - other) + (other - one)).elements())


def _members(store: Store, key: str) -> list[str]:
    return store.do(Command(("ZRANGE", key, 0, -1), _texts))


def _texts(reply: list[bytes]) -> list[str]:
    return [word.decode() for word in reply]
