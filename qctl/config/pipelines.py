"""From a request for a workflow to its submission: each step becomes a job as if it had been asked for alone."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from qctl.classes import fields, replace
from qctl.config.expanding import expand, fill, given
from qctl.config.jobs import find_task, submission_of
from qctl.config.option_forms import check_forms
from qctl.config.steps import Whole, free_params, step_at_end, step_job
from qctl.errors import UsageError
from qctl.hashes import sha256
from qctl.model.call import Kind
from qctl.model.params import bind
from qctl.model.secrets import secret_names
from qctl.model.submission import Submission
from qctl.model.task import Task
from qctl.model.workflow.flatten import Site, flatten, flatten_members, heads_of
from qctl.model.workflow.node_names import ON_ERROR, ON_SUCCESS
from qctl.model.workflow.plan import Node, Plan, WorkflowSubmission
from qctl.model.workflow.wording import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from qctl.config.options import Request
    from qctl.config.preparing import Preparing
    from qctl.model.workflow.tree import Step, Tree

MOST_TEXT: Final = 500  #: characters of a composition that are kept for people


class Members(NamedTuple):
    """More members for a group that is there."""

    nodes: tuple[Node, ...]
    heads: tuple[str, ...]  #: the first node of each, by position


def prepare_workflow(request: Request, how: Preparing) -> WorkflowSubmission:
    """Check a request for a workflow, every step of it, and make a submission of it.

    Raises what `prepare` raises; an error in a step names its task.
    """
    task = None if request.tree is not None else find_task(request.task, how.config)
    check_forms(request.options)
    if request.args:
        raise UsageError(f"a workflow takes no words after `--`: {request.args[0]}", help="give them to its steps")
    whole = Whole(
        id=request.options.id or how.draw(),
        config=how.config,
        options=request.options,
        by=request.by,
        folder=_folder(request, task),
        strict=how.strict,
        secret=how.secret,
    )
    plan, text = _plan(request, task, whole)
    own = replace(request.options, id=whole.id, retries=None, env={}, stdin=None, host=None)
    workflow = submission_of(
        replace(request, tree=None, options=own),
        task or Task(name=request.task, kind=Kind.WORKFLOW),
        how.config,
        draw=how.draw,
        more={"plan": plan.digest, "pipeline": text},
    )
    workflow = replace(workflow, secrets=b"", max_length=None)  # its steps have them; and it waits in no queue
    return WorkflowSubmission(**{field.name: getattr(workflow, field.name) for field in fields(Submission)}, plan=plan)


def prepare_members(
    members: Sequence[Tree],
    whole: Whole,
    *,
    group: str,
    position: int,
    number: int,
    parent: str | None = None,
    fed: bool = False,
) -> Members:
    """Make the nodes of more members for a group of a workflow, from a position on, as `flatten_members` names them.

    `parent` is the node that the group comes after, `fed` whether that gives its members something. Raises what
    `prepare` raises.
    """
    flat = flatten_members(
        [expand(member, whole) for member in members],
        lambda step, site: step_job(step, site, whole),
        group=group,
        position=position,
        number=number,
        parent=parent,
        fed=fed,
    )
    return Members(flat.nodes, heads_of(flat, group))


def _plan(request: Request, task: Task | None, whole: Whole) -> tuple[Plan, str]:
    tree = request.tree
    if task is not None:
        assert task.composition is not None
        tree = task.composition
    assert tree is not None
    text = to_text(
        tree, lambda name, param: _is_secret(whole, name, param), MOST_TEXT, lambda step: _secret_at(whole, step)
    )
    if task is not None:
        tree = fill(tree, given(task, bind(task, request.params)))
    flat = flatten(
        expand(tree, whole, () if task is None else (task.name,)), lambda step, site: step_job(step, site, whole)
    )
    ends = [] if task is None else list(_ends(task, whole))
    plan = Plan(
        first=flat.first,
        last=flat.last,
        nodes=(*flat.nodes, *ends),
        main=flat.main,
        timeout_ms=None if task is None or task.timeout is None else round(task.timeout * 1000),
        on_error=tuple(node.name for node in ends if node.name == ON_ERROR),
        on_success=tuple(node.name for node in ends if node.name == ON_SUCCESS),
        each_error=task is not None and task.on_error is not None and task.on_error.each,
        text=text,
    )
    return replace(plan, digest=_digest(plan)), text


def _ends(task: Task, whole: Whole) -> Iterator[Node]:
    """What runs when the workflow has ended."""
    for name, on_end in ((ON_ERROR, task.on_error), (ON_SUCCESS, task.on_success)):
        if on_end is None:
            continue
        step = step_at_end(on_end, whole.config, strict=whole.strict)
        job = step_job(step, Site(name, None, step.takes_input), whole)
        yield Node(name=name, job=job, takes_input=step.takes_input)


def _folder(request: Request, task: Task | None) -> str:
    return os.path.dirname(task.file) if task is not None and task.file else request.cwd or os.getcwd()


def _is_secret(whole: Whole, task: str, param: str) -> bool:
    known = _known(whole, task)
    declared = known.param(param) if known is not None else None
    return param in whole.secret if known is None else declared is not None and declared.secret


def _secret_at(whole: Whole, step: Step) -> list[int]:
    """The places at which a step's values may be secret; the text does not know whether it receives one before them."""
    task = _known(whole, step.task)
    secret = frozenset[str]() if task is None else secret_names(task)
    if task is None or not secret:
        return []
    free = free_params(step, task)
    given = len(step.words) + len(step.args)
    receives = step.takes_input and task.kind is Kind.CALL and (task.rest or given < len(free))
    return [at for at in range(given) if secret & set(free[at : at + 1 + receives])]


def _known(whole: Whole, task: str) -> Task | None:
    return whole.config.known(task) or whole.config.workflows.get(task)


def _digest(plan: Plan) -> str:
    """Of all that the plan makes happen, so that one that is sent twice is known again; secrets do not count."""
    said = sha256()
    head = [plan.first, plan.last, plan.main, plan.timeout_ms, plan.on_error, plan.on_success, plan.each_error]
    said.update(json.dumps(head).encode())
    for node in plan.nodes:
        if node.job is not None:
            job = node.job
            said.update(job.body)
            said.update(repr((job.queue, job.priority, job.delay_ms, job.due_ms, job.expires_ms, job.unique)).encode())
        own = (node.name, node.group, node.next, node.within, node.position, node.takes_input)
        said.update(repr((*own, node.tolerant, node.handler, node.links, node.error_links)).encode())
    return said.hexdigest()[:16]
