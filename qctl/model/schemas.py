"""The JSON Schemas (draft 2020-12) of what qctl writes: a job, an event. Fields are only added inside a major."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from qctl.model import event, view
from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason, State

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
_SECONDS: Final[Schema] = {"type": "number", "minimum": 0}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_TABLE: Final[Schema] = {"type": "object"}


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
    "log": _object({"bytes": _WHOLE, "lines": _WHOLE, "dropped": _WHOLE}),
    "resources": _object({"cpu_s": _null_or(_SECONDS), "max_rss_bytes": _null_or(_WHOLE)}),
}

EVENT: Final[Mapping[str, Schema]] = {
    "schema": {"const": event.SCHEMA},
    "id": {"type": "string", "pattern": "^[0-9]+-[0-9]+$"},
    "at": _TIME,
    "type": {"enum": list(event.TYPES)},
    "jobs": _TEXTS,
}


def job_schema() -> Schema:
    """The schema of `qctl.job/1`."""
    return {"$schema": DRAFT, "title": "a job of qctl", **_object(JOB)}


def event_schema() -> Schema:
    """The schema of `qctl.event/1`."""
    return {"$schema": DRAFT, "title": "an event of qctl", **_object(EVENT)}
