"""The store as it should be: a model in plain Python, against which the machine of test_store_machine.py compares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from qctl.model.state import MOVES, Outcome, Reason, State
from qctl.model.submission import Submission
from qctl.store.values import Claim, Orphan
from tests.support.store_seed import Snapshot

QUEUES = ("alpha", "beta")
_COUNTERS = {"x": "failures", "c": "crashes", "l": "losses"}


@dataclass
class Modelled:
    """What a job should be."""

    submission: Submission
    state: State
    place: int = 0  #: by which it stands inside its priority
    fence: int = 0
    attempt: int = 0
    counters: dict[str, int] = field(default_factory=lambda: {"failures": 0, "crashes": 0, "losses": 0})
    owner: str | None = None
    outcome: Outcome | None = None
    cancelling: bool = False
    obstacle: Reason | None = None  #: why it was skipped
    remaining: set[str] = field(default_factory=set)  #: the jobs that it waits for
    fired: bool = False  #: by the one schedule; then it waits for the ends of others, however they come


class StoreModel:
    """Jobs by id, and what each verb makes of them. A job moves by `MOVES` only."""

    def __init__(self) -> None:
        self.jobs: dict[str, Modelled] = {}
        self.failures = 0  #: of the schedule
        self._places = count(1)

    def submit(self, submission: Submission, fired: bool = False) -> None:
        job = self.jobs[submission.id] = Modelled(submission, State.WAITING, next(self._places), fired=fired)
        upstreams = [self.jobs[name] for name in submission.after]
        job.remaining = {one.submission.id for one in upstreams if one.state is not State.ENDED}
        bad = [one for one in upstreams if one.outcome not in (None, Outcome.SUCCEEDED)]
        if bad and not fired:
            job.state, job.outcome, job.obstacle = State.ENDED, Outcome.SKIPPED, _obstacle(bad[0])
            job.remaining = set()
        elif not job.remaining:
            job.state = self._due_state(job)
        assert job.state in MOVES["fire" if fired else "submit"].targets

    def ready(self, queue: str) -> list[str]:
        """The ids of a queue in the order in which they must be claimed."""
        queued = [job for job in self.jobs.values() if job.state is State.QUEUED and job.submission.queue == queue]
        return [job.submission.id for job in sorted(queued, key=lambda job: (-job.submission.priority, job.place))]

    def claimed(self, claim: Claim, worker: str) -> None:
        """A worker was handed a job: check that it was handed what the job is."""
        job = self.jobs[claim.id]
        self._move("claim", job, State.RUNNING)
        job.owner, job.fence, job.attempt = worker, job.fence + 1, job.attempt + 1
        assert (claim.fence, claim.attempt) == (job.fence, job.attempt)
        assert (claim.failures, claim.crashes, claim.losses) == tuple(job.counters.values())
        assert claim.body == job.submission.body

    def owns(self, worker: str, claim: Claim | Orphan) -> bool:
        job = self.jobs.get(claim.id)
        return job is not None and job.owner == worker and job.fence == claim.fence

    def owned_by(self, worker: str) -> dict[str, Modelled]:
        return {name: job for name, job in self.jobs.items() if job.owner == worker}

    def complete(self, name: str) -> None:
        self._end("complete", self.jobs[name], Outcome.SUCCEEDED)

    def bury(self, name: str, charge: str) -> None:
        self._charge(self.jobs[name], charge)
        self._end("bury", self.jobs[name], Outcome.FAILED)

    def retry(self, name: str, charge: str) -> None:
        job = self.jobs[name]
        self._charge(job, charge)
        if job.cancelling:
            self._end("retry", job, Outcome.CANCELLED)
        else:
            self._move("retry", job, State.SCHEDULED)

    def release(self, name: str, begun: bool) -> None:
        job = self.jobs[name]
        if job.cancelling:
            self._end("release", job, Outcome.CANCELLED)
        else:
            self._move("release", job, State.QUEUED)
            job.attempt -= not begun

    def reclaim(self, name: str, lost: bool) -> None:
        job = self.jobs[name]
        self._charge(job, "l")
        job.fence += 1
        if job.cancelling or lost:
            self._end("reclaim", job, Outcome.CANCELLED if job.cancelling else Outcome.LOST)
        else:
            self._enter("reclaim", job)

    def promote(self, name: str) -> None:
        self._enter("promote", self.jobs[name])

    def cancel(self, name: str) -> str:
        """What cancel must answer."""
        job = self.jobs.get(name)
        if job is None or job.state is State.ENDED:
            return "ENDED" if job else "UNKNOWN"
        if job.state is State.RUNNING:
            job.cancelling = True
            return "RUNNING"
        self._end("cancel", job, Outcome.CANCELLED)
        return "OK"

    def revive(self, name: str) -> str:
        """What revive must answer."""
        job = self.jobs.get(name)
        if job is None or job.state is not State.ENDED:
            return "ACTIVE" if job else "UNKNOWN"
        job.outcome = job.obstacle = None
        job.counters.update(failures=0, crashes=0)
        self._enter("revive", job)
        return "OK"

    def remove(self, name: str) -> str:
        """What remove must answer."""
        job = self.jobs.get(name)
        if job is None or job.state not in MOVES["remove"].origins:
            return "ACTIVE" if job else "UNKNOWN"
        del self.jobs[name]
        return "OK"

    def forget(self, name: str) -> None:
        assert self.jobs.pop(name).state in MOVES["forget"].origins

    def places(self) -> dict[str, list[str]]:
        """Where each job must stand: in one place."""
        return {name: [job.state.value] for name, job in self.jobs.items()}

    def unsuccessful(self) -> Iterable[str]:
        return {name for name, job in self.jobs.items() if job.outcome not in (None, Outcome.SUCCEEDED)}

    def _enter(self, verb: str, job: Modelled) -> None:
        self._move(verb, job, State.QUEUED)
        job.place = next(self._places)

    def _end(self, verb: str, job: Modelled, outcome: Outcome) -> None:
        """A job ends, and all that wait for it are told, in the order in which they were asked for."""
        self._move(verb, job, State.ENDED)
        job.outcome, job.cancelling, job.remaining = outcome, False, set()
        if job.fired:
            self.failures = _failures_after(self.failures, outcome)
        told = [job]
        for ended in told:
            for other in [other for other in self.jobs.values() if ended.submission.id in other.remaining]:
                other.remaining.discard(ended.submission.id)
                if ended.outcome is not Outcome.SUCCEEDED and not other.fired:
                    self._move("follow", other, State.ENDED)
                    other.outcome, other.obstacle, other.remaining = Outcome.SKIPPED, _obstacle(ended), set()
                    told.append(other)
                elif not other.remaining:
                    self._move("follow", other, self._due_state(other))
                    other.place = next(self._places)

    def _due_state(self, job: Modelled) -> State:
        return State.SCHEDULED if job.submission.delay_ms else State.QUEUED

    def _move(self, verb: str, job: Modelled, target: State) -> None:
        assert job.state in MOVES[verb].origins, f"{verb} of a job that is {job.state}"
        assert target in MOVES[verb].targets
        job.state, job.owner = target, None

    def _charge(self, job: Modelled, charge: str) -> None:
        if charge:
            job.counters[_COUNTERS[charge]] += 1


def _obstacle(upstream: Modelled) -> Reason:
    """Why a job is skipped that waited for one which ended so."""
    cancelled = upstream.outcome is Outcome.CANCELLED or upstream.obstacle is Reason.UPSTREAM_CANCELLED
    return Reason.UPSTREAM_CANCELLED if cancelled else Reason.UPSTREAM_FAILED


def _failures_after(failures: int, outcome: Outcome) -> int:
    """How many runs of a schedule failed since the last that did not, when one more has ended so."""
    if outcome is Outcome.SUCCEEDED:
        return 0
    return failures + (outcome in (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST))


def places_in(found: Snapshot, model: StoreModel) -> dict[str, list[str]]:
    """All places in which each job stands, by the indexes alone; the order inside the queues is checked on the way."""
    places: dict[str, list[str]] = {name: [] for name in model.jobs}
    for queue in QUEUES:
        ready = [name for name, _ in found.get(f"ready:{queue}", [])]
        assert ready == model.ready(queue)
        for name in ready:
            places[name].append("queued")
    for index, place in (("scheduled", "scheduled"), ("waiting", "waiting"), ("ended:tidy", "ended")):
        for row in found.get(index, []):
            name = row if isinstance(row, str) else row[0]
            places[name].append(place)
    for entry in found:
        if entry.startswith("running:"):
            owner, name = entry.removeprefix("running:").split(" ")
            assert model.jobs[name].owner == owner
            places[name].append("running")
    return places
