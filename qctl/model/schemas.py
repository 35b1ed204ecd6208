"""The JSON Schemas (draft 2020-12) of what qctl writes: fields are only added inside a major."""

from __future__ import annotations

from typing import Any

from qctl.model import event, view
from qctl.model.call import Kind
from qctl.model.occurrence import End
from qctl.model.schedule import Catchup, Overlap
from qctl.model.state import Outcome, Reason, State
from qctl.model.verdict import Verdict
from qctl.model.workflow.standing import UNNEEDED
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum
    from typing import Final

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
_SECONDS: Final[Schema] = {"type": "number", "minimum": 0}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_TABLE: Final[Schema] = {"type": "object"}
_YES_OR_NO: Final[Schema] = {"type": "boolean"}


def _null_or(what: Schema) -> Schema:
    if "enum" in what:
        return {"enum": [*what["enum"], None]}
    return {**what, "type": [what["type"], "null"]}


def _one_of(words: type[StrEnum]) -> Schema:
    return {"enum": [word.value for word in words]}


def _object(fields: Mapping[str, Schema]) -> Schema:
    """An object with all of these fields, and perhaps with ones of a later version."""
    return {"type": "object", "properties": dict(fields), "required": list(fields)}


_ERROR: Final = {"type": _TEXT, "message": _null_or(_TEXT), "fingerprint": _null_or(_TEXT)}
_SOURCE: Final = {"file": _null_or(_TEXT), "line": _null_or(_WHOLE), "hash": _null_or(_TEXT)}

_NODE: Final[Mapping[str, Schema]] = {
    "name": _TEXT,
    "kind": {"enum": ["job", "group"]},
    "id": _null_or(_TEXT),
    "task": _null_or(_TEXT),
    "params": _null_or(_TABLE),
    "args": {"type": ["array", "null"]},
    "queue": _null_or(_TEXT),
    "after": _null_or(_TEXT),
    "next": _null_or(_TEXT),
    "within": _null_or(_TEXT),
    "position": _null_or(_WHOLE),
    "takes_input": _YES_OR_NO,
    "tolerant": _YES_OR_NO,
    "handler": _YES_OR_NO,
    "links": _TEXTS,
    "error_links": _TEXTS,
    "members": _null_or(_TEXTS),
    "policy": _null_or(_one_of(Policy)),
    "fail_fast": _null_or(_YES_OR_NO),
    "max_parallel": _null_or(_WHOLE),
    "max_fail": _null_or(_WHOLE),
    "open": _null_or(_YES_OR_NO),
    "state": _one_of(State),
    "outcome": {"enum": [*(outcome.value for outcome in Outcome), UNNEEDED, None]},
    "upstream": _null_or(_TEXT),
}

WORKFLOW: Final[Mapping[str, Schema]] = {
    "schema": {"const": "qctl.workflow/1"},
    "id": _null_or(_TEXT),
    "text": _null_or(_TEXT),
    "timeout_s": _null_or(_SECONDS),
    "jobs": _WHOLE,
    "done": _WHOLE,
    "running": _WHOLE,
    "failed": _WHOLE,
    "cancelled": _WHOLE,
    "skipped": _WHOLE,
    "not_run": _WHOLE,
    "open": _YES_OR_NO,
    "nodes": {"type": "array", "items": _object(_NODE)},
}

JOB: Final[Mapping[str, Schema]] = {
    "schema": {"const": view.SCHEMA},
    "id": _TEXT,
    "task": _TEXT,
    "kind": _one_of(Kind),
    "params": _TABLE,
    "args": _TEXTS,
    "state": _one_of(State),
    "outcome": _null_or(_one_of(Outcome)),
    "reason": _null_or(_one_of(Reason)),
    "queue": _TEXT,
    "priority": {"type": "integer", "minimum": 0, "maximum": 9},
    "host": _null_or(_TEXT),
    "worker": _null_or(_TEXT),
    "attempt": _WHOLE,
    "max_attempts": _null_or(_WHOLE),
    "failures": _WHOLE,
    "crashes": _WHOLE,
    "losses": _WHOLE,
    "exit_code": _null_or(_WHOLE),
    "signal": _null_or(_WHOLE),
    "error": _null_or(_object(_ERROR)),
    "enqueued_at": _TIME,
    "eta": _null_or(_TIME),
    "expires_at": _null_or(_TIME),
    "started_at": _null_or(_TIME),
    "ended_at": _null_or(_TIME),
    "wait_s": _null_or(_SECONDS),
    "run_s": _null_or(_SECONDS),
    "timeout_s": _null_or(_SECONDS),
    "progress": _object(
        {"fraction": {"type": ["number", "null"], "minimum": 0, "maximum": 1}, "text": _null_or(_TEXT)}
    ),
    "result": {},
    "workflow_id": _null_or(_TEXT),
    "parent_id": _null_or(_TEXT),
    "children": _TEXTS,
    "schedule": _null_or(_TEXT),
    "scheduled_for": _null_or(_TEXT),
    "key": _null_or(_TEXT),
    "by": _null_or(_TEXT),
    "tags": _TEXTS,
    "labels": {"type": "object", "additionalProperties": _TEXT},
    "source": _object(_SOURCE),
    "workflow": _null_or(_object(WORKFLOW)),
    "log": _object({"bytes": _WHOLE, "lines": _WHOLE, "dropped": _WHOLE}),
    "resources": _object({"cpu_s": _null_or(_SECONDS), "max_rss_bytes": _null_or(_WHOLE)}),
    "notified": _null_or({"type": "array", "items": _object({"at": _TIME, "on": _TEXT, "name": _TEXT, "job": _TEXT})}),
}

EVENT: Final[Mapping[str, Schema]] = {
    "schema": {"const": event.SCHEMA},
    "id": {"type": "string", "pattern": "^[0-9]+-[0-9]+$"},
    "at": _TIME,
    "type": {"enum": list(event.TYPES)},
    "jobs": _TEXTS,
}


_DISABLED: Final = {"at": _TIME, "by": _null_or(_TEXT), "reason": _null_or(_TEXT), "until": _null_or(_TIME)}
_LAST: Final = {
    "job": _TEXT,
    "at": _null_or(_TIME),
    "state": _null_or(_one_of(State)),
    "outcome": _null_or(_one_of(Outcome)),
    "attempt": _null_or(_WHOLE),
    "exit_code": _null_or(_WHOLE),
    "run_s": _null_or(_SECONDS),
}
_PLACE: Final = {"file": _null_or(_TEXT), "line": _null_or(_WHOLE)}

SCHEDULE: Final[Mapping[str, Schema]] = {
    "schema": {"const": "qctl.schedule/1"},
    "name": _TEXT,
    "task": _null_or(_TEXT),
    "timezone": _null_or(_TEXT),
    "schedule": _null_or(_TEXT),
    "hosts": _null_or(_TEXTS),
    "overlap": _null_or(_one_of(Overlap)),
    "catchup": _null_or(_one_of(Catchup)),
    "deadline_s": _null_or(_SECONDS),
    "jitter_s": _null_or(_SECONDS),
    "params": _null_or(_TABLE),
    "source": _null_or(_object(_PLACE)),
    "next_at": _null_or(_TIME),
    "standing": {"enum": [*(verdict.value for verdict in Verdict), "waiting", "not known"]},
    "why": _null_or(_TEXT),
    "drift": _null_or(_TEXT),
    "declared": {"type": "boolean"},
    "taken_up": {"type": "boolean"},
    "enabled": {"type": "boolean"},
    "disabled": _null_or(_object(_DISABLED)),
    "last": _null_or(_object(_LAST)),
    "active": _TEXTS,
    "failures": _WHOLE,
    "missed": _WHOLE,
    "hash": _null_or(_TEXT),
    "beat": _null_or(_TEXT),
}

OCCURRENCE: Final[Mapping[str, Schema]] = {
    "schema": {"const": "qctl.occurrence/1"},
    "schedule": _TEXT,
    "at": _TIME,
    "end": {"enum": [*(end.value for end in End), "open"]},
    "job": _null_or(_TEXT),
    "state": _null_or(_one_of(State)),
    "outcome": _null_or(_one_of(Outcome)),
    "exit_code": _null_or(_WHOLE),
    "run_s": _null_or(_SECONDS),
    "note": _null_or(_TEXT),
    "count": _WHOLE,
    "since": _null_or(_TIME),
    "recorded_at": _null_or(_TIME),
    "turn": _WHOLE,
    "manual": {"type": "boolean"},
}


def job_schema() -> Schema:
    """The schema of `qctl.job/1`."""
    return {"$schema": DRAFT, "title": "a job of qctl", **_object(JOB)}


def workflow_schema() -> Schema:
    """The schema of `qctl.workflow/1`."""
    return {"$schema": DRAFT, "title": "the parts of a workflow of qctl", **_object(WORKFLOW)}


def event_schema() -> Schema:
    """The schema of `qctl.event/1`."""
    return {"$schema": DRAFT, "title": "an event of qctl", **_object(EVENT)}


def schedule_schema() -> Schema:
    """The schema of `qctl.schedule/1`."""
    return {"$schema": DRAFT, "title": "a schedule of qctl", **_object(SCHEDULE)}


def occurrence_schema() -> Schema:
    """The schema of `qctl.occurrence/1`."""
    return {"$schema": DRAFT, "title": "an instant of a schedule, and what became of it", **_object(OCCURRENCE)}
