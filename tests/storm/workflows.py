"""Random workflows whose steps are all of one task, how each is to end, and whether it did.

Beside the store stands an outside record: every step appends a line when it begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.node_names import ON_ERROR, node_id
from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree
from qctl.store import Reading
from qctl.store.workflow_values import WorkflowState
from tests.property.compositions import Trees, tasks_of
from tests.support.canvas import NOTHING, Act, Told, perform

#: With which a workflow's `on_error` is called; others have done their work without.
FAILED: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)


def blurred(received: Any) -> Any:
    """What a step received, without what depends on the order of things: which of several failures is named."""
    if isinstance(received, list):
        return [blurred(one) for one in received]
    if isinstance(received, dict):
        return {"ok": received["ok"], "value": blurred(received["value"])} if "ok" in received else "failed"
    return received


#: `pause(seconds)`: under libfaketime `time.sleep` is refused as an invalid argument.
PAUSE: Final = """
import select

def pause(seconds):
    select.select([], [], [], seconds)
"""

#: The task `step`, for code that has `pause`, and `note(what)`, which leaves a line in the outside record.
CODE: Final = f"""
from typing import Any

{inspect.getsource(blurred)}

def step(received=None, tag="", fails=False, tries=1, word=""):
    note("begins")
    pause(0.005)
    if current.attempt < tries:
        raise ConnectionError("not yet")
    note("done")
    if fails:
        raise ValueError(f"no {{tag}}")
    return [tag, blurred(received)]
"""

#: What a step has in tasks.toml, beside what is to become of it when it is killed.
STEP: Final = """
[tasks.step]
call = "steps:step"
params.received = { type = "json", required = false }
params.tag = { type = "str", default = "" }
params.fails = { type = "bool", default = false }
params.tries = { type = "int", default = 1 }
params.word = { type = "str", secret = true, required = false }
retries = 2
no_retry_on = ["ValueError"]
backoff = "20ms"
backoff_max = "100ms"
"""
TASK_ON_ERROR: Final = """
[tasks.on_error]
call = "steps:step"
params.received = { type = "json", required = false }
backoff = "20ms"
"""
WRAPPED: Final = """
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


def composed(dice: Random, sure: bool, steps: int) -> Composed:
    """One of so many steps that always ends the same way, or any."""
    tree = Trees(dice, plain=sure).tree(steps)
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


def as_tasks(tree: Tree, ends: dict[str, tuple[bool, int]], dice: Random) -> Tree:
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


class Places:
    """By job at which lines of the outside record it began, and was done."""

    def __init__(self, lines: Sequence[tuple[str, bool]]) -> None:
        """`lines`: of each the job, and whether it began."""
        self.begun: dict[str, list[int]] = {}
        self.done: dict[str, list[int]] = {}
        for place, (job, began) in enumerate(lines):
            (self.begun if began else self.done).setdefault(job, []).append(place)


def must_have_gone_well(one: Composed, reading: Reading, places: Places) -> None:
    """It ended as it would have without faults, and in order. Raises AssertionError."""
    job = reading.job(one.id)
    state = reading.workflow(one.id)
    assert state is not None
    if one.told is not None:
        assert job.outcome is (Outcome.SUCCEEDED if one.told.ok else Outcome.FAILED), job
        assert one.told.steps().keys() == {str(step.call.params["tag"]) for step in _begun(state, places)}
    if one.told is not None and one.told.ok:
        assert blurred(as_python(reading.value(one.id))) == blurred(one.told.value)
    must_have_told_once(job, state)
    must_have_kept_order(state, places)


def must_have_told_once(workflow: Job, state: WorkflowState) -> None:
    """Rule 5: `on_error` is for a workflow that failed, and has one end; only an attempt that was killed came again."""
    told = state.jobs.get(ON_ERROR)
    assert (told is not None and told.outcome is Outcome.SUCCEEDED) is (workflow.outcome in FAILED)
    if told is not None and told.outcome is Outcome.SUCCEEDED:
        assert [attempt.outcome for attempt in told.attempts].count("succeeded") == 1


def must_have_kept_order(state: WorkflowState, places: Places) -> None:
    """All nodes are final; what succeeded ran, what was skipped did not, and nothing before what it comes after."""
    for name, node in state.nodes.items():
        job = state.jobs.get(name)
        if job is None:
            continue
        assert job.ended, job
        succeeded = [attempt for attempt in job.attempts if attempt.outcome == "succeeded"]
        assert len(succeeded) == (1 if job.outcome is Outcome.SUCCEEDED else 0)
        assert job.outcome is not Outcome.SUCCEEDED or job.id in places.begun
        assert job.outcome is not Outcome.SKIPPED or job.id not in places.begun
        for before in _before(state, node.previous) if job.id in places.begun else ():
            last = max(places.begun.get(before, [-1]) + places.done.get(before, [-1]))
            assert last < min(places.begun[job.id]), f"{job.id} began before {before} was over"


def _begun(state: WorkflowState, places: Places) -> Iterator[Job]:
    return (job for name, job in state.jobs.items() if job.id in places.begun and name != ON_ERROR)


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


def steps_of(one: Composed) -> Mapping[str, str]:
    """The ids of all jobs that may come of it, by the names of its nodes."""
    names = [str(number + 1) for number in range(len(tasks_of(one.tree)))]
    return {name: node_id(one.id, name) for name in [*names, ON_ERROR]}
