"""Slots, workers and Redis are killed while random workflows run: each comes to what it would have come to anyway.

Beside the store stands an outside record: every step appends a line when it begins.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import pytest

from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.tree import Chain, Group, Step, Tree
from qctl.store.workflow_values import WorkflowState
from tests.integration.worker.workshop import Workshop
from tests.storm.striking import Storm
from tests.support import PrivateRedis, eventually, processes_below

TREES: Final = 50
STRIKE_EVERY: Final = 12  #: steps that begin between two bad things
FAILED: Final = "failed"
TOLERATED: Final = "tolerated"

CODE = """
from jobs import mark
import time

def step(received=None, tag=0, fails=False):
    mark()
    time.sleep(0.005)
    if fails:
        raise ValueError(f"no {tag}")
    return [tag, received]
"""
TASKS = """
[tasks.step]
call = "steps:step"
params.received = { type = "json", required = false }
params.tag = { type = "int", default = 0 }
params.fails = { type = "bool", default = false }
max_crashes = 100
max_losses = 100
backoff = "20ms"
backoff_max = "100ms"
"""


class Trees:
    """Random compositions, and what each comes to."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._tags = 0

    def tree(self, depth: int = 3) -> Tree:
        kind = self._dice.choice(["step", "chain", "group"]) if depth else "step"
        if kind == "step":
            self._tags += 1
            fails = self._dice.random() < 0.06
            return Step(
                task="step", params={"tag": self._tags, "fails": fails}, tolerant=fails and self._dice.random() < 0.7
            )
        parts = tuple(self.tree(depth - 1) for _ in range(self._dice.randint(1, 4)))
        return Chain(elements=parts) if kind == "chain" else Group(members=parts)


def comes_to(tree: Tree, received: Any = None) -> Any:
    """The value of a composition, FAILED, or TOLERATED where its last step failed and may."""
    if isinstance(tree, Step):
        failed = TOLERATED if tree.tolerant else FAILED
        return failed if tree.params["fails"] else [tree.params["tag"], received]
    if isinstance(tree, Chain):
        value: Any = None
        for element in tree.elements:
            value = comes_to(element, received)
            if value is FAILED:
                return FAILED
            received = None if value is TOLERATED else value
        return value
    values = [comes_to(member, received) for member in _unrolled(tree)]
    return FAILED if FAILED in values else [None if value is TOLERATED else value for value in values]


def _unrolled(group: Group) -> list[Tree]:
    """Its members; those of a group that is directly inside stand at its place (rule 3)."""
    members: list[Tree] = []
    for member in group.members:
        while isinstance(member, Chain) and len(member.elements) == 1:
            member = member.elements[0]
        members += _unrolled(member) if isinstance(member, Group) else [member]
    return members


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_change_neither_what_a_workflow_comes_to_nor_the_order_of_its_steps(
    tmp_path: Path, own_redis: PrivateRedis, seed: int
) -> None:
    shop, trees = Workshop(tmp_path, own_redis.url, "storm"), Trees(seed)
    (tmp_path / "steps.py").write_text(CODE)
    try:
        shop.declare(TASKS)
        composed = [trees.tree() for _ in range(TREES)]
        ids = [shop.compose(tree) for tree in composed]
        storm = Storm(shop, own_redis, seed)
        next_strike = STRIKE_EVERY

        def all_have_ended() -> bool:
            nonlocal next_strike
            if len(shop.runs()) >= next_strike:
                storm.strike()
                shop.store.close()  # a Redis that was killed has a new connection
                next_strike += STRIKE_EVERY
            return all(job.ended for job in shop.read.jobs(ids))

        eventually(all_have_ended, within=90.0, every=0.02)

        for tree, job in zip(composed, shop.read.jobs(ids), strict=True):
            _must_have_come_to(comes_to(tree), job, shop)
            state = shop.read.workflow(job.id)
            assert state is not None
            _must_have_kept_order(state, shop)
        assert storm.slots_killed + storm.workers_killed + storm.redis_killed > 4
    finally:
        shop.close()
    eventually(lambda: processes_below(tmp_path) == [], within=5.0)


def _must_have_come_to(expected: Any, job: Job, shop: Workshop) -> None:
    if expected is FAILED:
        assert job.outcome is Outcome.FAILED, job
        return
    assert job.outcome is Outcome.SUCCEEDED, job
    assert as_python(shop.read.value(job.id)) == (None if expected is TOLERATED else expected)


def _must_have_kept_order(state: WorkflowState, shop: Workshop) -> None:
    """All nodes are final; what succeeded ran, what was skipped did not, and nothing before what it comes after."""
    begun: dict[str, list[int]] = {}
    for place, id_ in enumerate(shop.marks()):
        begun.setdefault(id_, []).append(place)
    assert state.fates.keys() == state.nodes.keys()
    for name, node in state.nodes.items():
        job = state.jobs.get(name)
        if job is None:
            continue
        succeeded = [attempt for attempt in job.attempts if attempt.outcome == "succeeded"]
        assert len(succeeded) == (1 if job.outcome is Outcome.SUCCEEDED else 0)
        assert (job.id in begun) is (job.outcome is not Outcome.SKIPPED)
        for before in _before(state, node.previous):
            if job.id in begun:
                assert max(begun.get(before, [-1])) < min(begun[job.id]), f"{job.id} began before {before} was over"


def _before(state: WorkflowState, name: str | None) -> list[str]:
    """The jobs that have to be over: the node's, or all within the group."""
    if name is None:
        return []
    if state.nodes[name].job is not None:
        return [f"{state.job.id}.{name}"]
    inside = [inner for inner, node in state.nodes.items() if node.within == name]
    return [job for inner in inside for job in _before(state, inner)]
