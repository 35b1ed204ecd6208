"""Seeding schedules: beats to act for, definitions to publish, firings to send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from qctl.model.occurrence import End, Occurrence
from qctl.model.submission import Submission
from qctl.store import Command, ScheduleReading, Store
from qctl.store.schedule_values import (
    BEAT_LIVE_MS,
    Firing,
    FiringAnswer,
    Publication,
    Published,
    Pulse,
    Run,
    ScheduleState,
)
from tests.support.store_seed import HOUR_MS, a_job

NAME: Final = "nightly"
MINUTE_MS: Final = 60_000


def a_publication(name: str = NAME, hash_: str = "h1", keeps_cursor: bool = False, **said: Any) -> Publication:
    """A definition that keeps its ledger for a day, unless it says otherwise."""
    definition = {"task": "tidy", "keep_age": 86_400.0, "keep_runs": 1000} | said
    return Publication(name=name, hash=hash_, definition=json.dumps(definition).encode(), keeps_cursor=keeps_cursor)


def fired(at_ms: int, job: str, **more: Any) -> Occurrence:
    return Occurrence(at_ms=at_ms, end=End.FIRED, job=job, **more)


def a_firing(
    state: ScheduleState,
    *jobs: Submission | str | Run,
    rows: Sequence[Occurrence] | None = None,
    **more: Any,
) -> Firing:
    """The firing of these jobs, each at its own minute after the cursor, as a beat that knows `state` decides it."""
    runs = tuple(job if isinstance(job, Run) else Run(submission=_submission(job)) for job in jobs)
    instants = [state.cursor_ms + MINUTE_MS * (number + 1) for number in range(max(1, len(runs)))]
    said: dict[str, Any] = {
        "name": state.name,
        "generation": state.generation,
        "cursor_ms": state.cursor_ms,
        "active": state.active,
        "new_cursor_ms": instants[-1],
        "due_ms": instants[-1],
        "rows": tuple(fired(at, run.submission.id) for at, run in zip(instants, runs, strict=False)),
        "runs": runs,
    }
    return Firing(**(said | more | ({} if rows is None else {"rows": tuple(rows)})))


@dataclass
class SeedBeat:
    """A beat without a process."""

    store: Store
    id: str = "b1"

    def pulse(self, **about: Any) -> Pulse:
        return self.store.do(self.store.verbs.pulse(self.id, about))

    def publish(self, *publications: Publication, changed: bool = False) -> list[tuple[Published, ScheduleState]]:
        said = [replace(one, changed=changed) for one in publications]
        return self.store.do(self.store.verbs.publish(self.id, said))

    def declare(self, **more: Any) -> ScheduleState:
        """Publish one schedule, and let it have been there for an hour."""
        ((_, state),) = self.publish(a_publication(**more))
        return an_hour_old(self.store, state.name)

    def fire(self, *firings: Firing) -> list[FiringAnswer]:
        return self.store.do(self.store.verbs.fire(self.id, firings))

    def fire_one(self, firing: Firing) -> FiringAnswer:
        (answer,) = self.fire(firing)
        return answer

    def dies(self) -> None:
        """Let its last pulse lie so far back that it is dead to others."""
        pulse = Command(("ZSCORE", self.store.keys.beats, self.id), float)
        _say(self.store, "ZADD", self.store.keys.beats, int(self.store.do(pulse)) - BEAT_LIVE_MS - 1, self.id)


def an_hour_old(store: Store, name: str = NAME) -> ScheduleState:
    """Let a schedule's cursor be an hour back."""
    state = the_state(store, name)
    _say(store, "HSET", store.keys.schedule(name), "cursor", state.cursor_ms - HOUR_MS)
    return the_state(store, name)


def the_state(store: Store, name: str = NAME) -> ScheduleState:
    """A schedule that must be there."""
    state = ScheduleReading(store).state(name)
    assert state is not None
    return state


def _submission(job: Submission | str) -> Submission:
    return a_job(job) if isinstance(job, str) else job


def _say(store: Store, *words: Any) -> None:
    store.do(Command(words, lambda reply: reply))
