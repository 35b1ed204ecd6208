"""What a step of a workflow receives, from a walk and from what its jobs have left: sources become values. Pure."""

from __future__ import annotations

from typing import NamedTuple

from qctl.model.workflow.ground import UNNEEDED
from qctl.model.workflow.inputs import Items, Record
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.plan import MOST_FAILED
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from qctl.model.ended import ErrorInfo
    from qctl.model.workflow.inputs import Input, Source
    from qctl.model.workflow.walk import Walk


class Left(NamedTuple):
    """What a job has left: how it ended, and its value."""

    task: str
    outcome: str | None
    reason: str | None = None
    error: ErrorInfo | None = None
    value: Input = None
    exit_code: int | None = None
    signal: int | None = None


class Receiving:
    """Answers for the steps of one workflow; `left` is asked by the name of a node that is a job."""

    def __init__(self, workflow_id: str, walk: Walk, left: Callable[[str], Left]) -> None:
        self._id, self._walk, self._left = workflow_id, walk, left

    def input(self, source: Source) -> Input:
        """What a source stands for."""
        kind, _, name = source.partition(":")
        if kind == "v":
            return self._value(name)
        return self._record(name) if kind in ("e", "f") else None

    def _value(self, name: str) -> Input:
        walk, fate = self._walk, self._walk.fates.get(name)
        if fate is None or fate.outcome not in ("succeeded", UNNEEDED):
            return None
        if fate.source:
            return self.input(fate.source)
        if (terms := walk.nodes[name].group) is None:
            return self._left(name).value
        values = [self._value(member) for member in walk.members(name)]
        if terms.policy is not Policy.SETTLED:
            return Items(tuple(values))
        failed = walk.groups[name].failed
        return Items(tuple(self._member(value, failed.get(place)) for place, value in enumerate(values)))

    def _member(self, value: Input, culprit: str | None) -> Record:
        """One of a group that only settles."""
        if culprit is None:
            return Record({"ok": True, "value": value, "error": None})
        said = self._failure(culprit)
        error = said.pop("error") or {"type": said["reason"], "message": None}
        return Record({"ok": False, "value": None, "error": {**error, **said}})

    def _record(self, name: str) -> Record:
        """What has failed: of the whole workflow, of a group's members, or one job."""
        walk = self._walk
        group = walk.groups.get(name)
        names = list(walk.culprits if not name else group.failed.values() if group is not None else [name])
        failed = [self._failure(one) for one in list(dict.fromkeys(names))[:MOST_FAILED]]
        return Record({"workflow_id": self._id, "outcome": walk.outcome, "failed": failed})

    def _failure(self, name: str) -> dict[str, Any]:
        left = self._left(name)
        error = left.error and {"type": left.error.type, "message": left.error.message}
        said = {"task": left.task, "outcome": left.outcome, "reason": left.reason or None}
        ended = {"exit_code": left.exit_code, "signal": left.signal}
        return {"id": node_id(self._id, name), **said, **ended, "error": error}
