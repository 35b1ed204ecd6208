"""What a step of a workflow receives: a value, a list of those by position, or a record of what went wrong.

`Source` says in the job's record where it is found; the worker that has claimed the job reads it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qctl.model.attempt import Value

#: `in` of a job's record: `v:<node>` the value of a node (of a group: the list), `e:<node>` the error record of a node,
#: `n` null, `f` the record of all nodes that failed; empty: it receives nothing.
Source = str

MOST_BYTES = 64 * 1024 * 1024  #: that a step may receive together; more ends it as `result_rejected`


@dataclass(frozen=True, slots=True)
class Items:
    """A group's value: the members' by position."""

    members: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record with fields by name: `{"ok", "value", "error"}` of a settled member, or the error record

    `{"workflow_id", "failed": [{"id", "task", "outcome", "reason", "error": {"type", "message"}}]}`.
    """

    fields: Mapping[str, Input | Any]


#: None is null, or a step that left no value.
Input = Value | Items | Record | None
