"""Figures of ended jobs: how many, how well, how long they waited and ran. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from heapq import nlargest

from qctl.classes import dataclass
from qctl.clock import rfc3339
from qctl.model.state import FAILURES, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import tzinfo
    from typing import Any, Final

    from qctl.model.ending import Ending

SCHEMA: Final = "qctl.stats/1"
BY: Final = ("task", "queue", "worker", "day")
_TOP: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Durations in ms: the middle one, and the one that 95 of 100 do not exceed; None without any."""

    p50: int | None
    p95: int | None

    @classmethod
    def of(cls, durations: Iterable[int | None]) -> Spread:
        """The spread of what is known of them."""
        known = sorted(each for each in durations if each is not None)
        return cls(p50=percentile(known, 50), p95=percentile(known, 95))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The figures of some jobs, under the name of what they have in common."""

    name: str
    outcomes: Mapping[str, int]
    wait: Spread
    run: Spread

    @property
    def jobs(self) -> int:
        return sum(self.outcomes.values())

    @property
    def failures(self) -> int:
        return sum(number for outcome, number in self.outcomes.items() if outcome in FAILURES)

    @property
    def success_percent(self) -> float | None:
        return 100 * self.outcomes.get(Outcome.SUCCEEDED.value, 0) / self.jobs if self.jobs else None


def counted(endings: Iterable[Ending]) -> list[Ending]:
    """The runs of tasks among them: a workflow counts by its jobs, and itself only where it failed by itself."""
    return [one for one in endings if not one.by_its_steps]


def tally(name: str, endings: Sequence[Ending]) -> Tally:
    """The figures of these jobs together."""
    return Tally(
        name=name,
        outcomes=Counter(one.outcome for one in endings),
        wait=Spread.of(one.wait_ms for one in endings),
        run=Spread.of(one.run_ms for one in endings),
    )


def tallies(endings: Iterable[Ending], by: str, zone: tzinfo = UTC) -> list[Tally]:
    """The figures by `task`, `queue`, `worker` or `day`: days in their order, else what has most jobs first."""
    name_of = _names(zone)[by]
    parts: dict[str, list[Ending]] = {}
    for one in endings:
        parts.setdefault(name_of(one), []).append(one)
    if by == "day":
        return [tally(name, parts[name]) for name in sorted(parts)]
    return [tally(name, parts[name]) for name in sorted(parts, key=lambda name: (-len(parts[name]), name))]


def slowest(endings: Iterable[Ending], most: int = _TOP) -> list[Ending]:
    """The jobs whose last attempt ran longest."""
    return nlargest(most, (one for one in endings if one.run_ms is not None), key=lambda one: one.run_ms or 0)


def most_failing(endings: Iterable[Ending], most: int = _TOP) -> list[Tally]:
    """The tasks with most failures, of those that have any."""
    failing = [each for each in tallies(endings, "task") if each.failures]
    return sorted(failing, key=lambda each: -each.failures)[:most]


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The least of the ordered values that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def tally_view(one: Tally) -> dict[str, Any]:
    """The figures in JSON; durations in seconds."""
    return {
        "name": one.name,
        "jobs": one.jobs,
        "outcomes": {outcome.value: one.outcomes.get(outcome.value, 0) for outcome in Outcome},
        "failures": one.failures,
        "success_percent": None if one.success_percent is None else round(one.success_percent, 3),
        "wait_s": _spread_view(one.wait),
        "run_s": _spread_view(one.run),
    }


def stats_view(
    whole: Tally, parts: Sequence[Tally], endings: Sequence[Ending], total: int, per_hour: float
) -> dict[str, Any]:
    """The figures as `qctl.stats/1`. `total` and `per_hour` are of all jobs, the others of those that were read."""
    return {
        "schema": SCHEMA,
        "total": total,
        "read": len(endings),
        "per_hour": round(per_hour, 3),
        **{key: value for key, value in tally_view(whole).items() if key != "name"},
        "groups": [tally_view(part) for part in parts],
        "slowest": [slow_view(one) for one in slowest(endings)],
        "most_failing": [
            {"task": each.name, "failures": each.failures, "jobs": each.jobs} for each in most_failing(endings)
        ],
    }


def slow_view(one: Ending) -> dict[str, Any]:
    """One of the slowest jobs in JSON."""
    return {
        "id": one.id,
        "task": one.task,
        "outcome": one.outcome,
        "run_s": _seconds(one.run_ms),
        "ended_at": rfc3339(one.ended_ms),
    }


def _spread_view(spread: Spread) -> dict[str, float | None]:
    return {"p50": _seconds(spread.p50), "p95": _seconds(spread.p95)}


def _seconds(duration_ms: int | None) -> float | None:
    return None if duration_ms is None else duration_ms / 1000


def _names(zone: tzinfo) -> Mapping[str, Callable[[Ending], str]]:
    return {
        "task": lambda one: one.task,
        "queue": lambda one: one.queue,
        "worker": lambda one: one.worker or "none",
        "day": lambda one: f"{datetime.fromtimestamp(one.ended_ms / 1000, UTC).astimezone(zone):%Y-%m-%d}",
    }
