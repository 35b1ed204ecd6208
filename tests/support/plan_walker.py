"""Works off a plan on a clock of its own, with room for everything: for what must hold of every plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

from qctl.model.attempt import Value, ValueKind
from qctl.model.state import Outcome
from qctl.model.workflow import walk
from qctl.model.workflow.flatten import Flat
from qctl.model.workflow.inputs import Input, Items, Record, as_python
from qctl.model.workflow.plan import Plan
from qctl.model.workflow.received import Left, Receiving
from qctl.model.workflow.tree import Step
from tests.support.canvas import NOTHING, Play, Ran


class Walk:
    """One walk over the nodes of a composition."""

    def __init__(self, flat: Flat, steps: Mapping[str, Step], play: Play) -> None:
        self._walk = walk.Walk(Plan(first=flat.first, last=flat.last, nodes=flat.nodes, main=flat.main))
        self._last, self._steps, self._play = flat.last, steps, play
        self._receiving = Receiving("w", self._walk, self._left)
        self._values: dict[str, Any] = {}
        self._under_way: list[tuple[float, int, str, bool]] = []
        self.ran: dict[str, Ran] = {}

    def run(self) -> tuple[bool, Any]:
        """Work everything off; say whether it succeeded, and its value."""
        self._walk.start()
        if not self._last:
            return True, NOTHING
        self._take(0.0)
        while self._under_way:
            now, _, name, ok = heappop(self._under_way)
            if name in self._walk.fates:
                continue  # it was cancelled
            task = self._steps[name].task
            self.ran[task] = self.ran[task]._replace(outcome="succeeded" if ok else "failed")
            self._walk.end(name, Outcome.SUCCEEDED if ok else Outcome.FAILED)
            self._take(now)
        ok = self._walk.outcome is Outcome.SUCCEEDED
        return ok, self._plain(f"v:{self._last}") if ok else None

    def _take(self, now: float) -> None:
        while (taken := self._walk.take()) is not None:
            name, source = taken
            step = self._steps[name]
            received = self._plain(source) if source else NOTHING
            act = self._play(step, received)
            assert step.task not in self.ran, "a step ran twice"
            self.ran[step.task] = Ran(step.task, received, "cancelled")
            self._values[name] = act.value
            heappush(self._under_way, (now + act.seconds, len(self.ran), name, act.ok))

    def _left(self, name: str) -> Left:
        value = Value(ValueKind.JSON, json.dumps(self._values.get(name)).encode())
        return Left(task=self._steps[name].task, outcome=None, value=value)

    def _plain(self, source: str) -> Any:
        """What is received, in the words of the reference."""
        return _plain(self._receiving.input(source))


def _plain(received: Input) -> Any:
    """Of what failed the names alone; what a step has left stays as it is."""
    if isinstance(received, Items):
        return [_plain(one) for one in received.members]
    if not isinstance(received, Record):
        return as_python(received)
    fields: Mapping[str, Any] = received.fields
    if "ok" not in fields:
        return {"failed": sorted({one["task"] for one in fields["failed"]})}
    error = fields["error"] and fields["error"]["task"]
    return {"ok": fields["ok"], "value": _plain(fields["value"]), "error": error}
