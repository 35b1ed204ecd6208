"""Reads of workflows: how one stands, the jobs that its nodes will be, and what its steps receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, TypeVar

from qctl.model.attempt import Value, ValueKind
from qctl.model.call import Call
from qctl.model.job import Job
from qctl.model.state import Outcome, State
from qctl.model.submission import Submission
from qctl.model.workflow.inputs import Input, as_bytes
from qctl.model.workflow.plan import Node, node_id
from qctl.store.error_records import AT_ONCE, Asking
from qctl.store.gathering import Gathering, source_of
from qctl.store.instance import plain, same
from qctl.store.replies import text
from qctl.store.store import Store
from qctl.store.workflow_order import in_declared_order
from qctl.store.workflow_values import UNNEEDED, WorkflowState
from qctl.store.workflow_words import read_node, read_numbers, read_plan

T = TypeVar("T")
_MOST_COPIES: Final = 1000  #: of `on_error`: MOST_AFTERWARDS of lua/_workflows.lua


class WorkflowReading:
    """Reads of one namespace's workflows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = store.keys

    def state(self, job: Job, main: int) -> WorkflowState | None:
        """How a workflow stands, but for its jobs; None if its plan is gone."""
        terms, more = self._store.do(plain(("HMGET", self._keys.nodes(job.id), "plan", "more"), same))
        if terms is None:
            return None
        nodes = self._nodes(job.id, self._names(job.id, terms, int(more or 0)))
        nodes = self._as_sealed(job.id, nodes)
        fates = self._fields(self._keys.fates(job.id), list(nodes))
        return WorkflowState(
            job=job,
            plan=read_plan(terms, nodes.values(), main),
            nodes=nodes,
            fates={name: text(fate).partition(" ")[0] for name, fate in zip(nodes, fates, strict=True) if fate},
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

    def unreleased(self, nodes: Sequence[tuple[str, str]], over: Mapping[str, bool]) -> dict[str, Job]:
        """By id the jobs that nodes will be, told as workflows and names; those whose jobs there were are left out.

        `over` says of the workflows that there are, whether they have ended.
        """
        commands = [
            plain(("HGET", key(workflow_id), name), same)
            for workflow_id, name in nodes
            for key in (self._keys.nodes, self._keys.fates)
        ]
        answers = self._store.do_all(commands)
        found = {}
        for (workflow_id, name), line, fate in zip(nodes, answers[::2], answers[1::2], strict=True):
            node = read_node(name, line) if line and workflow_id in over else None
            if node is not None and node.job is not None and (fate is None or text(fate).startswith(UNNEEDED)):
                job = _job_to_be(node_id(workflow_id, name), node.job, fate is not None or over[workflow_id])
                found[job.id] = job
        return found

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
        """Carry out what somebody asks for until he has it."""
        answers: Sequence[Any] | None = None
        while True:
            try:
                commands = asking.send(answers)  # type: ignore[arg-type]  # the first thing that is sent is None
            except StopIteration as end:
                found: T = end.value
                return found
            answers = self._store.do_all(commands)

    def _names(self, workflow_id: str, terms: bytes, more: int) -> list[str]:
        """The names of all nodes, those of members that were added behind the others."""
        plan, (jobs, groups) = read_plan(terms), read_numbers(terms)
        ends = [*plan.on_error, *plan.on_success]
        if plan.each_error:
            copies = self._store.do(plain(("LLEN", self._keys.culprits(workflow_id)), int))
            ends += [f"{name}-{place + 1}" for name in plan.on_error for place in range(min(copies, _MOST_COPIES))]
        added = self._fields(self._keys.nodes(workflow_id), [f"more {number + 1}" for number in range(more)])
        of_plan = [*map(str, range(1, jobs + 1)), *(f"g{number + 1}" for number in range(groups))]
        return [*of_plan, *chain(*(text(names).split() for names in added if names)), *ends]

    def _nodes(self, workflow_id: str, names: Sequence[str]) -> dict[str, Node]:
        """Nodes by name, in declared order."""
        lines = self._fields(self._keys.nodes(workflow_id), [name.partition("-")[0] for name in names])
        return in_declared_order(names, lines)

    def _fields(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        batches = [names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE)]
        answers = self._store.do_all([plain(("HMGET", key, *batch), same) for batch in batches])
        return list(chain(*answers))


def _job_to_be(job_id: str, submission: Submission, passed_over: bool) -> Job:
    """A job that was not released: it waits for those before it, or will never start."""
    try:
        call = Call.decode(submission.body)
    except ValueError:
        call = Call(task=submission.task)
    return Job(
        id=job_id,
        call=call,
        state=State.ENDED if passed_over else State.WAITING,
        outcome=Outcome.SKIPPED if passed_over else None,
        queue=submission.queue,
        priority=submission.priority,
        enqueued_ms=0,
    )
