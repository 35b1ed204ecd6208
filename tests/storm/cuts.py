"""Replies that are cut after the server has done the work: whoever asked asks again, and nothing is done twice.

Others do not wait meanwhile: between two tries a worker claims what was submitted, or ends what was fired, and another
beat, which had decided the same instant, fires it as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, Final, TypeVar

from qctl.errors import QctlError
from qctl.model.state import Outcome
from qctl.store import Command, Reading, ScheduleReading, Store, open_store
from qctl.store.command import script
from qctl.store.values import Claim
from tests.support import PrivateRedis
from tests.support.proxy import Proxy
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, fired, the_state
from tests.support.store_seed import SeedWorker, a_job, settled

T = TypeVar("T")
_KEPT: Final = {"keep_age": 10 * 86_400.0, "keep_runs": 1_000_000}
VERBS: Final = ("submit", "claim", "complete", "fire")
_MOST_IN_A_ROW: Final = 3  #: cuts of one call


def _nobody() -> None:
    """Nothing happens between two tries."""


class Cutter:
    """Makes calls whose replies are cut, and asks again until it is told."""

    def __init__(self, server: PrivateRedis, dice: Random) -> None:
        self._proxy, self.dice = Proxy(server.socket), dice
        self.store = open_store(self._proxy.url, "cuts", timeout=5.0)
        self.beside = open_store(server.url, "cuts", timeout=5.0)  #: whose replies come
        for verb in VERBS:  # of a script that the server does not have yet, a reply is cut before anything was done
            self.beside.do(Command(("SCRIPT", "LOAD", script(verb).text), bytes))

    @property
    def made(self) -> int:
        return self._proxy.cuts_made

    def ask(self, verb: str, command: Command[T], meanwhile: Callable[[], None] = _nobody) -> T:
        """Make this call; its first replies do not come. After each of them somebody else may act."""
        self._proxy.cut(script(verb).sha, self.dice.randint(1, _MOST_IN_A_ROW))
        for _ in range(_MOST_IN_A_ROW):
            with suppress(QctlError):  # nobody knows whether it was done
                return self.store.do(command)
            meanwhile()
        return self.store.do(command)

    def close(self) -> None:
        self.store.close()
        self.beside.close()
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
    return {
        "cuts": calls.cutter.made,
        "by_verb": dict(calls.made),
        "meanwhile": dict(calls.meanwhile),
        "duplicates": len(found),
        "found": found[:8],
    }


class _Calls:
    """A submitter, a worker and two beats, one job each at a time."""

    def __init__(self, cutter: Cutter) -> None:
        self.cutter, self.made = cutter, Counter[str]()
        self.meanwhile: Counter[str] = Counter()  #: what was done between two tries
        self.worker = SeedWorker(cutter.beside).register()
        self._beat, self._rival = SeedBeat(cutter.beside), SeedBeat(cutter.beside, "b2")
        self._beat.pulse()
        self._beat.declare(**_KEPT)
        self.submitted: list[str] = []
        self.fired: list[str] = []
        self.claimed: Counter[str] = Counter()
        self._held: list[Claim] = []

    def one_round(self) -> None:
        """Submit a job, fire another, and let the worker run both."""
        number = len(self.submitted)
        self.submitted.append(f"s{number}")
        submit = self.cutter.store.verbs.submit([a_job(self.submitted[-1])])
        self._ask("submit", submit, self._claim_beside if self._happens() else _nobody)
        self._claim_and_complete()
        self.fired.append(f"f{number}")
        self._fire(self.fired[-1])
        self._claim_and_complete()

    def wrong(self) -> list[str]:
        """What did not happen exactly once."""
        store, expected = self.cutter.beside, Counter([*self.submitted, *self.fired])
        reading = Reading(store)
        found = [f"claimed: {id_}" for id_ in _difference(self.claimed, expected)]
        found += [f"ended: {id_}" for id_ in _difference(Counter(_members(store, store.keys.ended("tidy"))), expected)]
        for job in reading.jobs(list(expected)):
            if (job.fence, len(job.attempts), job.outcome) != (1, 1, Outcome.SUCCEEDED):
                found.append(f"{job.id}: fence {job.fence}, {len(job.attempts)} attempts, {job.outcome}")
        ledger = ScheduleReading(store).ledger(NAME, 1_000_000)
        found += [f"ledger: {id_}" for id_ in _difference(Counter(row.job for row in ledger), Counter(self.fired))]
        return found

    def _ask(self, verb: str, command: Command[T], meanwhile: Callable[[], None] = _nobody) -> T:
        before = self.cutter.made
        answer = self.cutter.ask(verb, command, meanwhile)
        self.made[verb] += self.cutter.made - before
        return answer

    def _happens(self) -> bool:
        return self.cutter.dice.random() < 0.5

    def _claim_and_complete(self) -> None:
        """The worker asks for a job, unless it has one, and ends what it has."""
        verbs = self.cutter.store.verbs
        if not self._held:
            self.worker.turn += 1
            self._has(*self._ask("claim", verbs.claim(self.worker.id, self.worker.turn, 1)).claims)
        if self._held:
            self._ask("complete", verbs.complete(self.worker.id, [settled(claim) for claim in self._held]))
            self._held.clear()

    def _has(self, *claims: Claim) -> None:
        self.claimed.update(claim.id for claim in claims)
        self._held += claims

    def _claim_beside(self) -> None:
        """The worker claims while the submitter does not know yet that there is a job, and has it from then on."""
        claims = self.worker.claim()
        self._has(*claims)
        self.meanwhile["claimed"] += len(claims)

    def _fire(self, id_: str) -> None:
        """Fire at the next millisecond after the cursor, an hour back; some pass no instant, as at a boot."""
        state = the_state(self.cutter.beside)
        at = state.cursor_ms + 1
        cursor = at if self._happens() else state.cursor_ms
        firing = a_firing(state, id_, rows=(fired(at, id_),), new_cursor_ms=cursor, due_ms=at)
        rival = a_firing(state, f"{id_}b", rows=(fired(at, f"{id_}b"),), new_cursor_ms=cursor, due_ms=at)

        def meanwhile() -> None:
            """What was fired has ended: that it is active does not keep it from being fired once more."""
            for claim in self.worker.claim():
                self.claimed[claim.id] += 1
                self.worker.complete(claim)
                self.meanwhile["ended"] += 1
            if cursor == at:
                self._rival.fire(rival)
                self.meanwhile["fired"] += 1

        self._ask(
            "fire", self.cutter.store.verbs.fire(self._beat.id, [firing]), meanwhile if self._happens() else _nobody
        )


def _difference(one: Counter[str], other: Counter[str]) -> list[str]:
    return sorted(((one - other) + (other - one)).elements())


def _members(store: Store, key: str) -> list[str]:
    return store.do(Command(("ZRANGE", key, 0, -1), _texts))


def _texts(reply: list[bytes]) -> list[str]:
    return [word.decode() for word in reply]
