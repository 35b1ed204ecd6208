"""Reads of workflows: how one stands, the jobs that its nodes will be, and what its steps receive."""

from __future__ import annotations

from itertools import chain
from typing import TypeVar

from qctl.classes import replace
from qctl.model.attempt import Value, ValueKind
from qctl.model.call import Call
from qctl.model.job import Job
from qctl.model.state import Outcome, State
from qctl.model.workflow.inputs import as_bytes
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.outline import main_names
from qctl.model.workflow.plan import MOST_FAILED
from qctl.store.asking import converse
from qctl.store.command import Command
from qctl.store.error_records import AT_ONCE
from qctl.store.gathering import Gathering, source_of, values_left
from qctl.store.replies import same, text
from qctl.store.workflow_order import in_declared_order
from qctl.store.workflow_values import UNNEEDED, Fate, WorkflowState
from qctl.store.workflow_words import read_node, read_numbers, read_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.model.submission import Submission
    from qctl.model.workflow.inputs import Input
    from qctl.model.workflow.plan import Node, Plan
    from qctl.store.asking import Asking
    from qctl.store.store import Store

#: How a workflow ends before it has begun, and all of its jobs with it.
_TOGETHER: Final = (Outcome.CANCELLED, Outcome.EXPIRED, Outcome.SKIPPED)
T = TypeVar("T")


class WorkflowReading:
    """Reads of one namespace's workflows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = store.keys

    def state(self, job: Job, main: int) -> WorkflowState | None:
        """How a workflow stands, but for its jobs; None if its plan is gone, or cannot be read."""
        terms, more = self._store.do(Command(("HMGET", self._keys.nodes(job.id), "plan", "more"), same))
        plan = read_plan(terms) if terms else None
        if plan is None:
            return None
        nodes = self._nodes(job.id, self._names(job.id, plan, read_numbers(terms), int(more or 0)))
        nodes = self._as_sealed(job.id, nodes)
        told = self._fields(self._keys.fates(job.id), list(nodes))
        fates = {name: text(fate).partition(" ")[0] for name, fate in zip(nodes, told, strict=True) if fate}
        plan = replace(plan, nodes=tuple(nodes.values()), main=main)
        return WorkflowState(
            job=job, plan=plan, nodes=nodes, fates=_all_fates(job, plan, nodes) if job.ended and not fates else fates
        )

    def _as_sealed(self, workflow_id: str, nodes: dict[str, Node]) -> dict[str, Node]:
        """The nodes with their groups as they are by now: one that was declared open may have been sealed."""
        opened = [name for name, node in nodes.items() if node.group is not None and node.group.open]
        if not opened:
            return nodes
        sealed = self._fields(self._keys.flow(workflow_id), [f"sealed {name}" for name in opened])
        found = dict(nodes)
        for name in (name for name, said in zip(opened, sealed, strict=True) if said):
            group = nodes[name].group
            assert group is not None
            found[name] = replace(nodes[name], group=replace(group, open=False))
        return found

    def unreleased(self, nodes: Sequence[tuple[str, str]], flows: Mapping[str, Job]) -> dict[str, Job]:
        """By id the jobs that nodes will be, told as workflows and names; those whose jobs there were are left out.

        `flows` are the jobs of the workflows that there are.
        """
        commands = [
            Command(("HGET", key(workflow_id), name), same)
            for workflow_id, name in nodes
            for key in (self._keys.nodes, self._keys.fates)
        ]
        answers = self._store.do_all(commands)
        found = {}
        for (workflow_id, name), line, fate in zip(nodes, answers[::2], answers[1::2], strict=True):
            node = read_node(name, line) if line and workflow_id in flows else None
            if node is not None and node.job is not None and (fate is None or text(fate).startswith(UNNEEDED)):
                job = _job_to_be(node_id(workflow_id, name), node.job, flows[workflow_id], unneeded=fate is not None)
                found[job.id] = job
        return found

    def fate(self, workflow_id: str, name: str) -> Fate:
        """How a node has ended, as far as it has; of a group also how many members there are by now."""
        keys = self._keys
        commands = [
            Command(("HGET", keys.fates(workflow_id), name), same),
            Command(("HGET", keys.flow(workflow_id), f"n {name}"), same),
        ]
        fate, members = self._store.do_all(commands)
        return Fate(text(fate).partition(" ")[0] if fate else None, int(members) if members else None)

    def final_fate(self, workflow_id: str, name: str) -> Fate:
        """The same of a workflow that has ended: what has no end by then was not needed."""
        found = self.fate(workflow_id, name)
        return replace(found, outcome=found.outcome or UNNEEDED)

    def values(self, ids: Sequence[str]) -> list[Input]:
        """The values that ended jobs left, in the order of their ids. Raises InputTooLarge and InputGone."""
        batches = [ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)]
        return [value for batch in batches for value in self._told(values_left(self._keys, batch))]

    def input(self, workflow_id: str, source: str) -> Input:
        """What a source stands for. Raises InputTooLarge and InputGone."""
        return self._told(Gathering(self._keys).input(workflow_id, source))

    def value(self, workflow_id: str) -> Value | None:
        """The value of a whole workflow, or None: of a group a list as JSON. Raises InputTooLarge and InputGone."""
        gathering = Gathering(self._keys)
        source = self._told(source_of(self._keys, workflow_id))
        found = self._told(gathering.input(workflow_id, source))
        if found is None or isinstance(found, Value):
            return found
        return Value(ValueKind.JSON, as_bytes(found).removesuffix(b"\n"))

    def _told(self, asking: Asking[T]) -> T:
        """Carry out what somebody asks for; a key of another type is a refusal, too."""
        return converse(asking, self._store.do_all)

    def _names(self, workflow_id: str, plan: Plan, numbers: tuple[int, int], more: int) -> list[str]:
        """The names of all nodes, those of members that were added behind the others."""
        jobs, groups = numbers
        ends = [*plan.on_error, *plan.on_success]
        if plan.each_error:
            copies = self._store.do(Command(("LLEN", self._keys.culprits(workflow_id)), int))
            ends += [f"{name}-{place + 1}" for name in plan.on_error for place in range(min(copies, MOST_FAILED))]
        added = self._fields(self._keys.nodes(workflow_id), [f"more {number + 1}" for number in range(more)])
        of_plan = [*map(str, range(1, jobs + 1)), *(f"g{number + 1}" for number in range(groups))]
        return [*of_plan, *chain(*(text(names).split() for names in added if names)), *ends]

    def _nodes(self, workflow_id: str, names: Sequence[str]) -> dict[str, Node]:
        """Nodes by name, in declared order."""
        lines = self._fields(self._keys.nodes(workflow_id), [name.partition("-")[0] for name in names])
        return in_declared_order(names, lines)

    def _fields(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        batches = [names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE)]
        answers = self._store.do_all([Command(("HMGET", key, *batch), same) for batch in batches])
        return list(chain(*answers))


def _all_fates(flow: Job, plan: Plan, nodes: Mapping[str, Node]) -> dict[str, str]:
    """The fates of the nodes of a workflow that ended before it began: it was cancelled, or expired, all at once."""
    main = main_names(nodes, plan)
    return {name: str(flow.outcome) if name in main else UNNEEDED for name in nodes}


def _job_to_be(job_id: str, submission: Submission, flow: Job, *, unneeded: bool) -> Job:
    """A job that was not released: it waits for those before it, or will never start.

    Where the workflow has ended before it came to this one, it ended as that did.
    """
    try:
        call = Call.decode(submission.body)
    except ValueError:
        call = Call(task=submission.task)
    job = Job(
        id=job_id,
        call=call,
        state=State.WAITING,
        queue=submission.queue,
        priority=submission.priority,
        enqueued_ms=flow.enqueued_ms,
    )
    if unneeded or (flow.ended and flow.outcome not in _TOGETHER):
        return replace(job, state=State.ENDED, outcome=Outcome.SKIPPED, ended_ms=flow.ended_ms)
    if not flow.ended:
        return job
    end = replace(job, state=State.ENDED, outcome=flow.outcome, reason=flow.reason, ended_ms=flow.ended_ms)
    return replace(end, upstream=flow.upstream, cancelled_by=flow.cancelled_by, cancel_reason=flow.cancel_reason)
