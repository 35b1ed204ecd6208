"""Random workflows in the store against the reference interpreter: the same steps run once each, on the same values."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from qctl.model.state import Outcome, Reason
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.tree import Step, Tree
from qctl.store import Reading, Store, command, open_store
from qctl.store.values import Answer, Claim
from tests.property.compositions import compositions
from tests.support.canvas import NOTHING, Act, Ran, Told, perform
from tests.support.store_seed import SeedWorker, everything, some_json
from tests.support.workflow_seed import a_workflow, send

EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Theatre:
    """Works a workflow off in the order that a clock of its own says, as workers do that have room for everything."""

    store: Store
    luck: Random
    again: bool = False  #: every call is sent twice
    worker: SeedWorker = field(init=False)
    acts: dict[str, Act] = field(default_factory=dict)
    ran: dict[str, Ran] = field(default_factory=dict)
    ends: list[tuple[float, str]] = field(default_factory=list)
    held: dict[str, tuple[Claim, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.worker = SeedWorker(self.store).register()

    def play(self, step: Step, received: Any) -> Act:
        del received
        if step.task not in self.acts:
            self.acts[step.task] = Act(1 + self.luck.random(), self.luck.random() < 0.65, step.task)
        return self.acts[step.task]

    def perform(self, workflow: str) -> None:
        now = 0.0
        while True:
            self._obey()
            self._take(workflow, now)
            if not self.ends:
                return
            now, task = heapq.heappop(self.ends)
            if task in self.held:
                self._end(task)

    def _take(self, workflow: str, now: float) -> None:
        reading = Reading(self.store)
        for claim in self.worker.claim(50):
            received = as_python(reading.input(workflow, claim.source)) if claim.source else NOTHING
            assert claim.task not in self.held, "it runs twice"
            assert claim.task not in self.ran, "it runs once more"
            self.held[claim.task] = claim, _plain(received)
            act = self.play(Step(task=claim.task), None)
            heapq.heappush(self.ends, (now + act.seconds, claim.task))

    def _follow(self) -> None:
        while self.store.do(self.store.verbs.follow(2))[1]:
            pass

    def _end(self, task: str) -> None:
        claim, received = self.held.pop(task)
        act = self.acts[task]
        for answer in (Answer.OK, Answer.ALREADY)[: 1 + self.again]:
            value = some_json(json.dumps(act.value))
            settled = self.worker.complete(claim, value=value) if act.ok else self.worker.bury(claim)
            assert settled == answer
        self.ran[task] = Ran(task, received, "succeeded" if act.ok else "failed")

    def _obey(self) -> None:
        """What is to be stopped stops at once."""
        self._follow()
        while orders := self.worker.heartbeat().orders:
            for task, (claim, received) in list(self.held.items()):
                if claim.id in orders:
                    del self.held[task]
                    self.worker.bury(claim, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
                    self.ran[task] = Ran(task, received, "cancelled")
            self._follow()


def _plain(received: Any) -> Any:
    """An input in the words of the interpreter."""
    if isinstance(received, dict) and "failed" in received:
        return {"failed": sorted(one["task"] for one in received["failed"])}
    if isinstance(received, dict) and "ok" in received:
        error = received["error"] and received["error"].get("task")
        return {"ok": received["ok"], "value": _plain(received["value"]), "error": error}
    return [_plain(one) for one in received] if isinstance(received, list) else received


def _untold(value: Any) -> Any:
    """The store says of a tolerated failure that it is none."""
    if isinstance(value, dict) and value.get("ok"):
        return {"ok": True, "value": _untold(value["value"]), "error": None}
    return [_untold(one) for one in value] if isinstance(value, list) else value


def _fits(received: Any, expected: Any) -> bool:
    """An error callback of a group starts at its first failure: it is told of no later ones."""
    if isinstance(received, dict) and "failed" in received:
        return isinstance(expected, dict) and set(received["failed"]) <= set(expected["failed"])
    return bool(received == expected)


def compare(store: Store, tree: Tree, theatre: Theatre) -> None:
    told: Told = perform(tree, theatre.play)
    steps = told.steps()
    send(store, a_workflow(tree))
    theatre.perform("w")
    note(str(theatre.acts))
    reading = Reading(store)
    state = reading.workflow("w")
    assert state is not None
    assert {name: ran._replace(received=None) for name, ran in theatre.ran.items()} == {
        name: ran._replace(received=None) for name, ran in steps.items()
    }
    for name, ran in theatre.ran.items():
        assert _fits(ran.received, _untold(steps[name].received)), (name, ran.received, steps[name].received)
    assert state.job.ended
    assert state.job.outcome is not None
    assert (state.job.outcome == Outcome.SUCCEEDED) == told.ok
    if told.ok:
        value = reading.value("w")
        expected = None if told.value == NOTHING else told.value
        assert _plain(json.loads(value.data) if value else None) == _untold(expected)
    left = {name.partition(":")[0] for name in everything(store)}
    assert not left & {"live", "steps", "unstepped", "deadlines", "workflows"}


@pytest.fixture(params=[200, 1], ids=["at once", "one step a call"])
def steps_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """How many steps a call takes; whatever is too much for it is left to `follow`."""
    read = command._read

    def changed(name: str) -> bytes:
        bound = f"local STEPS_AT_ONCE = {request.param}".encode()
        return read(name).replace(b"local STEPS_AT_ONCE = 200", bound)

    monkeypatch.setattr(command, "_read", changed)
    command.script.cache_clear()
    yield
    command.script.cache_clear()


@pytest.mark.usefixtures("steps_at_once")
@pytest.mark.parametrize("again", [False, True], ids=["", "each call twice"])
def test_the_same_steps_run_once_each_with_the_same_values_and_come_to_the_same_end(
    redis_url: str, namespace: str, again: bool
) -> None:
    stores = iter(range(1_000_000))

    @EXAMPLES
    @given(tree=compositions(), seed=st.integers(0, 1_000_000))
    def check(tree: Tree, seed: int) -> None:
        store = open_store(redis_url, f"{namespace}n{next(stores)}")
        try:
            compare(store, tree, Theatre(store, Random(seed), again))
        finally:
            store.close()

    check()
