"""Schedules and their occurrences as JSON objects, of which the screens are drawn."""

from __future__ import annotations

import json

from qctl.classes import dataclass
from qctl.clock import rfc3339
from qctl.config.timetable import zone_of
from qctl.model.held_back import first_to_start
from qctl.model.occurrence import End
from qctl.model.standing import next_due
from qctl.model.verdict import Verdict
from qctl.model.view import run_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.client.fleet import Known
    from qctl.client.terms import Disabled, ScheduleState
    from qctl.model.job import Job
    from qctl.model.occurrence import Occurrence
    from qctl.model.schedule import Schedule

SCHEMA: Final = "qctl.schedule/1"
LEDGER_SCHEMA: Final = "qctl.occurrence/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One schedule, as the file at hand declares it and as the store knows it; one of the two may be missing."""

    name: str
    declared: Schedule | None = None
    known: Known | None = None
    last: Job | None = None  #: the job that it fired last
    looked: bool = True  #: was the store asked
    broken: str = ""  #: what is wrong with its task in the file at hand

    @property
    def shown(self) -> Schedule | None:
        """The definition in force, else the one that is declared."""
        return self.known.schedule if self.known is not None else self.declared

    @property
    def standing(self) -> str:
        """How it stands, in a word: a Verdict's, or why there is none."""
        if self.known is not None:
            return self.known.standing.verdict.value
        if self.declared is not None and not self.declared.enabled:
            return Verdict.OFF.value
        return "waiting" if self.looked else "not known"

    @property
    def drift(self) -> str:
        """How the file, the store and the beats differ; empty where they do not."""
        if self.known is None:
            return "no beat has taken it up" if self.looked else ""
        if self.known.state.drifting:
            return f"another definition is held by {', '.join(sorted(self.known.state.drifting))}"
        if self.declared is None:
            broken = (
                "" if self.known.standing.verdict is Verdict.BROKEN else f"broken in the file at hand: {self.broken}"
            )
            return broken if self.broken else "not declared here"
        return "" if self.declared.hash == self.known.state.hash else "another definition than this file's is in force"


def schedule_item(row: Row, now_ms: int) -> dict[str, Any]:
    """A schedule as `qctl.schedule/1`."""
    shown, known = row.shown, row.known
    state = known.state if known is not None else None
    return {
        "schema": SCHEMA,
        "name": row.name,
        **_definition(shown),
        "next_at": _next_at(row, now_ms),
        "standing": row.standing,
        "why": known.standing.why or None if known is not None else None,
        "drift": row.drift or None,
        "declared": row.declared is not None,
        "taken_up": known is not None,
        "enabled": row.standing != Verdict.OFF.value,
        "disabled": _disabled(state.disabled) if state is not None and state.disabled else None,
        "last": _last(state, row.last) if state is not None else None,
        "active": list(state.active) if state is not None else [],
        "failures": state.failures if state is not None else 0,
        "missed": state.missed if state is not None else 0,
        "hash": state.hash if state is not None else shown.hash if shown is not None else None,
        "beat": state.fired_by or None if state is not None else None,
    }


def occurrence_item(name: str, row: Occurrence, job: Job | None) -> dict[str, Any]:
    """A row of a ledger as `qctl.occurrence/1`; of its job nothing where that is only the one in the way."""
    job = job if row.end in (End.FIRED, End.MERGED) else None
    return {
        "schema": LEDGER_SCHEMA,
        "schedule": name,
        "at": rfc3339(row.at_ms),
        "end": row.end.value,
        "job": row.job or None,
        "state": job.state.value if job else None,
        "outcome": job.outcome.value if job and job.outcome else None,
        "exit_code": job.last.exit_code if job and job.last else None,
        "run_s": run_seconds(job) if job else None,
        "note": row.note or None,
        "count": row.count,
        "since": None if row.since_ms is None else rfc3339(row.since_ms),
        "recorded_at": rfc3339(row.recorded_ms) if row.recorded_ms else None,
        "turn": row.turn,
        "manual": row.manual,
    }


def _definition(shown: Schedule | None) -> dict[str, Any]:
    names = (
        "task",
        "timezone",
        "schedule",
        "hosts",
        "overlap",
        "catchup",
        "deadline_s",
        "jitter_s",
        "params",
        "source",
    )
    if shown is None:
        return dict.fromkeys(names)
    return {
        "task": shown.task,
        "timezone": shown.timezone,
        "schedule": shown.timing.shown,
        "hosts": list(shown.hosts),
        "overlap": shown.overlap.value,
        "catchup": shown.catchup.value,
        "deadline_s": shown.deadline,
        "jitter_s": shown.jitter,
        "params": _open_params(shown),
        "source": {"file": shown.file or None, "line": shown.line or None},
    }


def _open_params(shown: Schedule) -> Mapping[str, Any]:
    """Its parameters without secrets, which no definition holds."""
    found: Mapping[str, Any] = json.loads(shown.definition)["params"]
    return found


def _next_at(row: Row, now_ms: int) -> str | None:
    if row.known is not None and row.known.schedule is not None and row.known.zone is not None:
        due = next_due(row.known.schedule, row.known.state, row.known.zone, now_ms)
    elif row.declared is not None and row.known is None:
        zone = zone_of(row.declared.timezone)
        due = first_to_start(row.declared, zone, row.declared.timing.upcoming(now_ms, zone, now_ms))
    else:
        due = None
    return None if due is None or row.standing == Verdict.OFF.value else rfc3339(due.ms)


def _disabled(order: Disabled) -> dict[str, Any]:
    return {
        "at": rfc3339(order.at_ms),
        "by": order.by or None,
        "reason": order.reason or None,
        "until": None if order.until_ms is None else rfc3339(order.until_ms),
    }


def _last(state: ScheduleState, job: Job | None) -> dict[str, Any] | None:
    """The run that it started last, if there was one."""
    if not state.last_job:
        return None
    ended = job is None or job.ended
    return {
        "job": state.last_job,
        "at": None if state.last_at_ms is None else rfc3339(state.last_at_ms),
        "state": job.state.value if job else None,
        "outcome": (job.outcome.value if job.outcome else None) if job else state.last_outcome or None,
        "attempt": job.attempt if job else None,
        "exit_code": job.last.exit_code if job and job.last else None,
        "run_s": (run_seconds(job) if job else None if state.last_run_ms is None else state.last_run_ms / 1000)
        if ended
        else None,
    }
