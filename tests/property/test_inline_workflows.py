"""Random workflows in this process against the reference interpreter: the same steps on the same values, one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given

from qctl.config import Config
from qctl.config.declared_here import declared_here
from qctl.model.view import python_value
from qctl.model.workflow.tree import Step
from qctl.python.calling import submit
from qctl.python.declaring import task
from qctl.python.inline.instance import InlineQctl
from tests.property.compositions import Trees, examples, seeds
from tests.property.fitting import fits
from tests.support.canvas import NOTHING, Act, Ran, perform

EXAMPLES = examples(60)
STEPS = 40


class Failed(Exception):
    """How a step fails that is to."""


class Until(float):
    """A step lasts until this instant, whenever it has begun."""

    def __radd__(self, other: object) -> float:
        return float(self)


@dataclass
class Stage:
    """What the steps of a workflow have done, in order."""

    luck: Random
    ran: dict[str, Ran] = field(default_factory=dict)

    def act(self, name: str, received: tuple[Any, ...]) -> str:
        assert name not in self.ran, "a step ran twice"
        well = self.luck.random() < 0.65
        self.ran[name] = Ran(name, plain(received[0]) if received else NOTHING, "succeeded" if well else "failed")
        if not well:
            raise Failed(name)
        return name

    def play(self, step: Step, received: Any) -> Act:
        """The same for the reference: each step ends when it has ended here, what has not run never."""
        del received
        if step.task not in self.ran:
            return Act(Until(math.inf))
        at = list(self.ran).index(step.task) + 1
        return Act(Until(at), self.ran[step.task].outcome == "succeeded", step.task)


stage = Stage(Random(0))


@pytest.fixture(scope="module", autouse=True)
def steps() -> Iterator[None]:
    """The tasks s1, s2, … for as long as these tests run."""
    before = dict(declared_here)
    for number in range(1, STEPS + 1):
        _declare(f"s{number}")
    yield
    declared_here.clear()
    declared_here.update(before)


def _declare(name: str) -> None:
    def step(*received: Any) -> str:
        return stage.act(name, received)

    step.__qualname__ = f"step_{name}"
    task(name=name)(step)


def plain(received: Any) -> Any:
    """What a step receives, in the words of the reference."""
    if isinstance(received, list):
        return [plain(one) for one in received]
    if isinstance(received, dict) and "workflow_id" in received:
        return {"failed": sorted({one["task"] for one in received["failed"]})}
    if isinstance(received, dict) and "ok" in received:
        error = received["error"] and received["error"]["task"]
        return {"ok": received["ok"], "value": plain(received["value"]), "error": error}
    return received


@EXAMPLES
@given(seeds())
def test_a_workflow_comes_to_the_same_here_as_anywhere(drawn: tuple[int, int]) -> None:
    """Rules 1 to 7: whatever the shape, one step after the other."""
    global stage
    size, seed = drawn
    tree, stage = Trees(Random(seed)).tree(size), Stage(Random(seed))
    inline = InlineQctl(Config())

    submit(tree, {}, inline)
    (asked,) = inline.room.asked
    entry = inline.room.book.entry(asked.receipt.id)
    told = perform(tree, stage.play)

    expected = {name: ran for name, ran in told.steps().items() if ran.outcome != "cancelled"}
    own = {name for name, ran in expected.items() if ran.outcome == "failed"}
    assert {name: ran.outcome for name, ran in stage.ran.items()} == {name: r.outcome for name, r in expected.items()}
    assert all(fits(ran.received, expected[name].received, own) for name, ran in stage.ran.items())
    assert (entry.job.outcome == "succeeded") == told.ok
    if told.ok and told.value != NOTHING:
        assert fits(plain(python_value(entry.value)), told.value, own)
    assert all(job.ended for job in inline.room.book.everything())
