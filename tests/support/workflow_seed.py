"""Seeding workflows: trees become plans without a tasks.toml, and nodes are ended by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from qctl.model.call import Call, Kind
from qctl.model.submission import Submission
from qctl.model.workflow.flatten import flatten
from qctl.model.workflow.inputs import as_python
from qctl.model.workflow.node_names import ON_ERROR, ON_SUCCESS, node_id
from qctl.model.workflow.plan import Node, Plan, WorkflowSubmission
from qctl.model.workflow.tree import Chain, Group, Step, Tree
from qctl.store import Reading, Store
from qctl.store.taken import Submitted
from qctl.store.values import Answer, Claim
from qctl.store.workflow_values import WorkflowState
from tests.support.store_seed import SeedWorker, some_json

#: Options of a step that are fields of its submission.
_OF_SUBMISSION: Final = ("queue", "priority", "delay_ms", "due_ms", "expires_ms", "unique", "secrets")


def step(task: str, **more: Any) -> Step:
    """A step; options may be given by the names of a submission's fields."""
    options: dict[str, Any] = {name: more.pop(name) for name in _OF_SUBMISSION if name in more}
    return Step(task=task, options=options, **more)


def chain(*elements: Tree | str, **more: Any) -> Chain:
    return Chain(elements=tuple(map(as_tree, elements)), **more)


def group(*members: Tree | str, **more: Any) -> Group:
    return Group(members=tuple(map(as_tree, members)), **more)


def as_tree(part: Tree | str) -> Tree:
    """`a` is a step, `a?` a tolerant one, `a!` a handler, `.a` one that takes no input."""
    if not isinstance(part, str):
        return part
    name = part.strip(".?!")
    return Step(task=name, tolerant="?" in part, handler="!" in part, takes_input=not part.startswith("."))


def a_workflow(
    tree: Tree | str,
    workflow: str = "w",
    *,
    on_error: str | None = None,
    on_success: str | None = None,
    each_error: bool = False,
    timeout_ms: int | None = None,
    **more: Any,
) -> WorkflowSubmission:
    """A workflow of a tree, of an id that reads well."""

    def job(one: Step, name: str) -> Submission:
        body = Call(task=one.task, workflow_id=workflow).encode()
        return Submission(id=node_id(workflow, name), task=one.task, body=body, **one.options)

    flat = flatten(as_tree(tree), lambda one, site: job(one, site.name))
    ends = [
        Node(name=name, job=job(Step(task=task), name))
        for name, task in ((ON_ERROR, on_error), (ON_SUCCESS, on_success))
        if task
    ]
    plan = Plan(
        first=flat.first,
        last=flat.last,
        nodes=(*flat.nodes, *ends),
        main=flat.main,
        timeout_ms=timeout_ms,
        on_error=(ON_ERROR,) if on_error else (),
        on_success=(ON_SUCCESS,) if on_success else (),
        each_error=each_error,
        text="a text",
        digest="d1",
    )
    body = Call(task="pipeline", kind=Kind.WORKFLOW, plan=plan.digest).encode()
    return WorkflowSubmission(**{"id": workflow, "task": "pipeline", "body": body} | more, plan=plan)


def send(store: Store, *workflows: WorkflowSubmission) -> list[Submitted]:
    """Submit workflows, with what is to be uploaded before."""
    for one in workflows:
        for part in parts_to_upload(one):
            store.do(store.verbs.upload(one.id, part))
    return store.do(store.verbs.submit(workflows))


def parts_to_upload(one: WorkflowSubmission, size: int = 500) -> list[Sequence[Node]]:
    nodes = one.plan.nodes[: max(0, len(one.plan.nodes) - size)]
    return [nodes[at : at + size] for at in range(0, len(nodes), size)]


class Crew:
    """A worker that takes whatever is ready, and ends it when it is told so, by the task's name or the node's."""

    def __init__(self, worker: SeedWorker) -> None:
        self.worker = worker
        self.claims: dict[str, Claim] = {}  #: by name of the node

    def look(self) -> list[str]:
        """Take what is ready. Answers the nodes that it has, sorted."""
        while claims := self.worker.claim(100):
            self.claims |= {_name(claim): claim for claim in claims}
        return sorted(self.claims)

    def end(self, node: str, value: str | None = None, **more: Any) -> Answer:
        """A node succeeds, with its name as value if no other is given."""
        value = f'"{node}"' if value is None else value
        return self.worker.complete(self._claim(node), value=some_json(value), **more)

    def fail(self, node: str, **more: Any) -> Answer:
        return self.worker.bury(self._claim(node), **more)

    def _claim(self, node: str) -> Claim:
        if node not in self.claims:
            self.look()
        return self.claims.pop(node)


def sources(crew: Crew) -> dict[str, str]:
    """By node, where what it receives is found, of those that the crew has."""
    crew.look()
    return {name: claim.source for name, claim in sorted(crew.claims.items())}


def received(read: Reading, crew: Crew, node: str, workflow: str = "w") -> Any:
    """What a node that the crew has receives, as a Python task is given it."""
    return as_python(read.input(workflow, sources(crew)[node]))


def fates(read: Reading, workflow: str = "w") -> dict[str, str]:
    return dict(state_of(read, workflow).fates)


def state_of(read: Reading, workflow: str = "w") -> WorkflowState:
    state = read.workflow(workflow)
    assert state is not None
    return state


def ending(read: Reading, job_id: str = "w") -> tuple[str | None, str | None, str | None]:
    """How a job ended: outcome, reason, and because of whom."""
    job = read.job(job_id)
    return (job.outcome and job.outcome.value, job.reason and job.reason.value, job.upstream)


def _name(claim: Claim) -> str:
    return claim.id.rpartition(".")[2] if "." in claim.id else claim.id
