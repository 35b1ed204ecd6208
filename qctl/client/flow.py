"""How much goes into queues and comes out of them, seen in one look: from the newest events and the newest ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from qctl.client.asking import Client
from qctl.model.call import Kind

_MINUTES: Final = 5  #: that the rates are taken over
_MINUTE_MS: Final = 60_000
_EVENTS: Final = 2000  #: that are looked through; where more has happened, the time is the shorter
_SAMPLE: Final = 500  #: jobs of which is looked up to which queue they belong
_ENTERED: Final = frozenset({"submit", "fire", "tell"})  #: events by which there are jobs that were not there before


@dataclass(frozen=True, slots=True)
class Flow:
    """Jobs per minute, by queue."""

    into: Mapping[str, float]
    out: Mapping[str, float]


def read_flow(client: Client, now_ms: int) -> Flow:
    """The rates of the last five minutes. Where much has happened, in proportion to what was looked at."""
    return Flow(_asked_for(client, now_ms), _ended(client, now_ms))


def _asked_for(client: Client, now_ms: int) -> Mapping[str, float]:
    events = client.happening.newest(_EVENTS)
    since = now_ms - _MINUTES * _MINUTE_MS
    if len(events) == _EVENTS:
        since = max(since, events[-1].at_ms)
    ids = [job for event in events if event.type in _ENTERED and event.at_ms >= since for job in event.jobs]
    jobs = client.reading.jobs(ids[:_SAMPLE])
    return _rates(
        (job.queue for job in jobs if job.call.kind is not Kind.WORKFLOW), len(jobs), len(ids), now_ms - since
    )


def _ended(client: Client, now_ms: int) -> Mapping[str, float]:
    since = now_ms - _MINUTES * _MINUTE_MS
    past = client.reading.past(since_ms=since)
    ends = client.reading.endings(past.page(_SAMPLE))
    return _rates((one.queue for one in ends if not one.by_its_steps), len(ends), past.total, now_ms - since)


def _rates(queues: Iterable[str], seen: int, total: int, period_ms: int) -> Mapping[str, float]:
    """Per minute, of so many in all of which so many were seen."""
    factor = total / seen / max(1, period_ms) * _MINUTE_MS if seen else 0.0
    return {queue: number * factor for queue, number in Counter(queues).items()}
