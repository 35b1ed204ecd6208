"""Slots, templates, workers and Redis are killed while random workflows run: each ends as it would have anyway.

Beside the store stands an outside record: every step appends a line when it begins, and one when it is done. A seed
replays what is drawn: `SEEDS=7,8 TREES=200 pytest tests/storm/test_workflow_kills.py` storms for longer.
"""

from __future__ import annotations

import inspect
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.plan import ON_ERROR, node_id
from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree
from qctl.store.workflow_values import WorkflowState
from tests.integration.worker.workshop import Workshop
from tests.property.compositions import Trees, shown, tasks_of
from tests.storm.striking import Storm
from tests.support import PrivateRedis, eventually, processes_below
from tests.support.canvas import NOTHING, Act, Told, perform
from tests.support.leaks import forget_all, level, names_of

TREES: Final = int(os.environ.get("TREES", "16"))
SEEDS: Final = [int(seed) for seed in os.environ.get("SEEDS", "1,2").split(",")]
STRIKE_EVERY: Final = 12  #: steps that begin between two bad things


def blurred(received: Any) -> Any:
    """What a step received, without what depends on the order of things: which of several failures is named."""
    if isinstance(received, list):
        return [blurred(one) for one in received]
    if isinstance(received, dict):
        return {"ok": received["ok"], "value": blurred(received["value"])} if "ok" in received else "failed"
    return received


CODE = f"""
import os, time
from typing import Any
from qctl import current

{inspect.getsource(blurred)}

def note(what):
    fd = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{{current.job_id}} {{what}}\\n".encode())
    os.close(fd)

def step(received=None, tag="", fails=False, tries=1, word=""):
    note("begins")
    time.sleep(0.005)
    if current.attempt < tries:
        raise ConnectionError("not yet")
    note("done")
    if fails:
        raise ValueError(f"no {{tag}}")
    return [tag, blurred(received)]
"""
TASKS = """
[tasks.step]
call = "steps:step"
params.received = { type = "json", required = false }
params.tag = { type = "str", default = "" }
params.fails = { type = "bool", default = false }
params.tries = { type = "int", default = 1 }
params.word = { type = "str", secret = true, required = false }
retries = 2
no_retry_on = ["ValueError"]
max_crashes = 100
max_losses = 100
backoff = "20ms"
backoff_max = "100ms"

[tasks.on_error]
call = "steps:step"
params.received = { type = "json", required = false }
max_crashes = 100
max_losses = 100
backoff = "20ms"

[workflows.wrapped]
pipeline = "step()"
on_error = "on_error"
"""


@dataclass
class Composed:
    """A workflow, and how it is to end: None where that depends on who is faster, or on who cancels what."""

    tree: Tree
    told: Told | None
    id: str = ""
    cancels: list[str] = field(default_factory=list)  #: what was cancelled of it


def composed(dice: random.Random, sure: bool) -> Composed:
    """One that always ends the same way, or any."""
    tree = Trees(dice, plain=sure).tree(dice.randint(3, 40))
    ends = {task: (dice.random() < 0.06, dice.choice([1, 1, 1, 2, 3])) for task in tasks_of(tree)}

    def play(step: Step, received: Any) -> Act:
        fails = ends[step.task][0]
        return Act(1 + dice.random(), not fails, [step.task, None if received == NOTHING else blurred(received)])

    tree = steady(tree) if sure else tree
    return Composed(as_tasks(tree, ends, dice), perform(tree, play) if sure else None)


def steady(tree: Tree) -> Tree:
    """Without what makes it matter who fails first."""
    if isinstance(tree, Step):
        return tree
    if isinstance(tree, Chain):
        return replace(tree, elements=tuple(map(steady, tree.elements)))
    return replace(tree, members=tuple(map(steady, tree.members)), fail_fast=False)


def as_tasks(tree: Tree, ends: dict[str, tuple[bool, int]], dice: random.Random) -> Tree:
    """The same, of the one task that there is; some steps have a secret value."""

    def each(trees: tuple[Tree, ...]) -> tuple[Tree, ...]:
        return tuple(as_tasks(one, ends, dice) for one in trees)

    links: dict[str, Any] = {"link": each(tree.link), "link_error": each(tree.link_error)}
    if isinstance(tree, Chain):
        return replace(tree, elements=each(tree.elements), **links)
    if isinstance(tree, Group):
        return replace(tree, members=each(tree.members), **links)
    fails, tries = ends[tree.task]
    params: dict[str, Any] = {"tag": tree.task, "fails": fails, "tries": tries}
    params |= {"word": "hush"} if dice.random() < 0.1 else {}
    return replace(tree, task="step", params=params, options={}, **links)


def send(shop: Workshop, one: Composed) -> None:
    one.id = shop.compose(one.tree, "wrapped")


@pytest.mark.parametrize("seed", SEEDS)
def test_kills_change_neither_what_a_workflow_comes_to_nor_the_order_of_its_steps(
    tmp_path: Path, own_redis: PrivateRedis, seed: int
) -> None:
    """Rules 1, 2, 5, 7 and 8, C61, C72, C76, C78, C89; faults 1, 2, 4 and 31 amid workflows."""
    shop, dice = Workshop(tmp_path, own_redis.url, "storm"), random.Random(seed)
    (tmp_path / "steps.py").write_text(CODE)
    try:
        shop.declare(TASKS)
        before, channels = level(shop.store), shop.redis("PUBSUB", "CHANNELS")
        all_ = [composed(dice, sure=number % 4 > 0) for number in range(TREES)]
        for one in all_:
            send(shop, one)
            print(one.id, shown(one.tree))  # shown with a failure, beside the seed
        storm = Storm(shop, own_redis, seed)
        ride_out(shop, storm, all_, dice)
        for one in all_:
            must_have_gone_well(one, shop)
        assert storm.slots_killed + storm.workers_killed + storm.redis_killed + storm.templates_killed > 4
        eventually(lambda: len(shop.read.workers()) == 2, within=30.0, every=0.1)
        shop.close()
        forget_all(shop.store)
        assert (names_of(shop.store), shop.redis("PUBSUB", "CHANNELS")) == (before, channels)
    finally:
        shop.close()
    eventually(lambda: processes_below(tmp_path) == [], within=5.0)


def ride_out(shop: Workshop, storm: Storm, all_: list[Composed], dice: random.Random) -> None:
    """Do bad things until all have ended, and cancel some of those that may end in any way, and steps of some."""
    next_strike = STRIKE_EVERY
    unsure = [one for one in all_ if one.told is None]

    def all_have_ended() -> bool:
        nonlocal next_strike
        if sum(shop.runs().values()) >= 2 * next_strike:
            storm.strike()
            shop.store.close()  # a Redis that was killed has a new connection
            next_strike += STRIKE_EVERY
            if unsure and dice.random() < 0.5:
                cancel_some(shop, dice.choice(unsure), dice)
        return all(job.ended for job in shop.read.jobs([one.id for one in all_]))

    eventually(all_have_ended, within=90.0 + TREES, every=0.02)
    afterwards = [node_id(one.id, ON_ERROR) for one in all_ if shop.read.job(one.id).outcome in FAILED]
    eventually(lambda: all(job.ended for job in shop.read.jobs(afterwards)), within=30.0, every=0.05)


FAILED: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)


def cancel_some(shop: Workshop, one: Composed, dice: random.Random) -> None:
    steps = [node_id(one.id, str(number + 1)) for number in range(len(tasks_of(one.tree)))]
    one.cancels.append(one.id if dice.random() < 0.3 else dice.choice(steps))
    shop.store.do(shop.store.verbs.cancel([one.cancels[-1]], {"by": "ada"}))


def must_have_gone_well(one: Composed, shop: Workshop) -> None:
    job = shop.read.job(one.id)
    state = shop.read.workflow(one.id)
    assert state is not None
    if one.told is not None:
        assert job.outcome is (Outcome.SUCCEEDED if one.told.ok else Outcome.FAILED), job
        assert one.told.steps().keys() == {str(step.call.params["tag"]) for step in _begun(state, shop)}
    if one.told is not None and one.told.ok:
        assert blurred(as_python(shop.read.value(one.id))) == blurred(one.told.value)
    must_have_told_once(job, state)
    must_have_kept_order(state, shop)


def must_have_told_once(workflow: Job, state: WorkflowState) -> None:
    """Rule 5: `on_error` is for a workflow that failed, and has one end; only an attempt that was killed came again."""
    told = state.jobs.get(ON_ERROR)
    assert (told is not None and told.outcome is Outcome.SUCCEEDED) is (workflow.outcome in FAILED)
    if told is not None and told.outcome is Outcome.SUCCEEDED:
        assert [attempt.outcome for attempt in told.attempts].count("succeeded") == 1


def must_have_kept_order(state: WorkflowState, shop: Workshop) -> None:
    """All nodes are final; what succeeded ran, what was skipped did not, and nothing before what it comes after."""
    begun, done = _places(shop)
    for name, node in state.nodes.items():
        job = state.jobs.get(name)
        if job is None:
            continue
        assert job.ended, job
        succeeded = [attempt for attempt in job.attempts if attempt.outcome == "succeeded"]
        assert len(succeeded) == (1 if job.outcome is Outcome.SUCCEEDED else 0)
        assert job.outcome is not Outcome.SUCCEEDED or job.id in begun
        assert job.outcome is not Outcome.SKIPPED or job.id not in begun
        for before in _before(state, node.previous) if job.id in begun else ():
            last = max(begun.get(before, [-1]) + done.get(before, [-1]))
            assert last < min(begun[job.id]), f"{job.id} began before {before} was over"


def _places(shop: Workshop) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """By job at which lines of the outside record it began, and was done."""
    begun: dict[str, list[int]] = {}
    done: dict[str, list[int]] = {}
    for place, line in enumerate(shop.record.read_text().splitlines()):
        job, what = line.split()
        (begun if what == "begins" else done).setdefault(job, []).append(place)
    return begun, done


def _begun(state: WorkflowState, shop: Workshop) -> Iterator[Job]:
    begun = _places(shop)[0]
    return (job for name, job in state.jobs.items() if job.id in begun and name != ON_ERROR)


def _before(state: WorkflowState, name: str | None) -> list[str]:
    """The jobs that have to be over: the node's, or all within the group, but for one of which one is enough."""
    if name is None:
        return []
    node = state.nodes[name]
    if node.group is None:
        return [node_id(state.job.id, name)]
    if node.group.policy is Policy.ANY:
        return []
    inside = [inner for inner, one in state.nodes.items() if one.within == name]
    return [job for inner in inside for job in _before(state, inner)]
