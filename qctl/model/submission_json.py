"""Submissions as JSON, workflows with their plans among them: how a job hands them to its worker.

What is read was written by a job, which may be anybody's: every name in it is looked at.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from qctl.classes import fields
from qctl.errors import UsageError
from qctl.model.names import is_name, is_queue
from qctl.model.submission import IfExists, Submission
from qctl.model.units import LONGEST
from qctl.model.workflow.node_names import ON_ERROR, ON_SUCCESS, node_id
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE, GroupTerms, Node, Plan, WorkflowSubmission
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

_NUMBERS: Final = ("delay_ms", "due_ms", "expires_ms", "max_length")
_NODE_NAME: Final = re.compile(rf"g?[1-9]\d{{0,15}}|{ON_ERROR}|{ON_SUCCESS}", re.ASCII)
_PLAIN: Final = Node(name="")


class Extension(NamedTuple):
    """Members that are to be added to a group of a workflow."""

    group: str  #: its name; "": the group that the asking job is within, as whatever name the nodes have it
    nodes: tuple[Node, ...]
    heads: tuple[str, ...]  #: the first node of each member
    token: str  #: the same one again adds nothing


def write_submission(one: Submission) -> dict[str, Any]:
    """A submission as JSON."""
    said: dict[str, Any] = {
        "id": one.id,
        "task": one.task,
        "body": one.body.decode(),
        "queue": one.queue,
        "priority": one.priority,
        **{name: getattr(one, name) for name in _NUMBERS},
        "key": one.key,
        "if_exists": one.if_exists.value,
        "unique": one.unique,
        "secrets": one.secrets.decode(),
        "after": list(one.after),
    }
    if isinstance(one, WorkflowSubmission):
        plan = {field.name: getattr(one.plan, field.name) for field in fields(Plan)}
        said["plan"] = {**plan, "nodes": [write_node(node) for node in one.plan.nodes]}
    return said


def read_submission(said: Any) -> Submission:
    """Read one. Raises UsageError for anything else."""
    try:
        return _submission(said)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UsageError(f"not a submission: {error!r}") from error


def write_extension(one: Extension) -> dict[str, Any]:
    """An extension as JSON."""
    return {
        "group": one.group,
        "nodes": [write_node(node) for node in one.nodes],
        "heads": one.heads,
        "token": one.token,
    }


def read_extension(workflow: str, said: Any) -> Extension:
    """Read an extension of a workflow. Raises UsageError for anything else."""
    try:
        nodes = tuple(_node(workflow, each) for each in said["nodes"])
        group, token = str(said.get("group") or ""), str(said["token"])
        if not 0 < len(nodes) <= MOST_NODES_AT_ONCE:
            raise UsageError(f"from 1 to {MOST_NODES_AT_ONCE} steps are added at once, and not {len(nodes)}")
        return Extension(_node_name(group) if group else "", nodes, _node_names(said["heads"]), _token(token))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UsageError(f"not an extension of a group: {error!r}") from error


def _token(said: str) -> str:
    if not is_name(said):
        raise ValueError(f"token {said!r:.80} is no name")
    return said


def write_node(node: Node) -> dict[str, Any]:
    """A node as JSON, without what is as it is by default."""
    said = {
        field.name: getattr(node, field.name)
        for field in fields(Node)
        if getattr(node, field.name) != getattr(_PLAIN, field.name)
    }
    if node.job is not None:
        said["job"] = write_submission(node.job)
    if node.group is not None:
        said["group"] = {field.name: getattr(node.group, field.name) for field in fields(GroupTerms)}
    return said


def read_node(workflow: str, said: Any) -> Node:
    """Read a node of a workflow. Raises UsageError for anything else."""
    try:
        return _node(workflow, said)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UsageError(f"not a node: {error!r}") from error


def _submission(said: Mapping[str, Any]) -> Submission:
    numbers: dict[str, Any] = {name: _number(said[name]) for name in _NUMBERS if said.get(name) is not None}
    facts: dict[str, Any] = {
        "id": str(said["id"]),
        "task": str(said["task"]),
        "body": str(said["body"]).encode(),
        "queue": str(said.get("queue", "default")),
        "priority": min(9, max(0, int(said.get("priority", 5)))),
        "key": str(said.get("key") or ""),
        "if_exists": IfExists(said.get("if_exists", IfExists.RETURN)),
        "unique": str(said.get("unique") or ""),
        "secrets": str(said.get("secrets") or "").encode(),
        "after": tuple(map(str, said.get("after") or ())),
    }
    plan = said.get("plan")
    one = Submission(**facts, **numbers)
    _check_names(one)
    return one if plan is None else WorkflowSubmission(**facts, **numbers, plan=_plan(one.id, plan))


def _check_names(one: Submission) -> None:
    for name in (one.id, one.task, *one.after):
        if not is_name(name):
            raise UsageError(f"{name!r} is no name")
    if not is_queue(one.queue):
        raise UsageError(f"{one.queue!r} is no name")
    for key in (one.key, one.unique):
        if key and not is_name(key):
            raise UsageError(f"key {key!r} is no name")


def _number(said: Any) -> int:
    """A time in milliseconds, or a count. Raises ValueError for one that would overflow dates."""
    number = int(said)
    if not 0 <= number <= 2 * LONGEST * 1000:
        raise ValueError(f"{said!r:.40} is out of range")
    return number


def _plan(workflow: str, said: Mapping[str, Any]) -> Plan:
    timeout = said.get("timeout_ms")
    return Plan(
        first=_node_name(said["first"]) if said["first"] else "",
        last=_node_name(said["last"]) if said["last"] else "",
        nodes=tuple(_node(workflow, each) for each in said["nodes"]),
        main=_number(said["main"]),
        timeout_ms=None if timeout is None else _number(timeout),
        on_error=_node_names(said.get("on_error", ())),
        on_success=_node_names(said.get("on_success", ())),
        each_error=bool(said.get("each_error")),
        text=str(said.get("text", "")),
        digest=str(said.get("digest", "")),
    )


def _node(workflow: str, said: Mapping[str, Any]) -> Node:
    name = _node_name(said["name"])
    if (said.get("job") or {}).get("plan") is not None:
        raise ValueError(f"node {name} is a workflow of its own")
    job = None if said.get("job") is None else _submission(said["job"])
    group = None if said.get("group") is None else _group(said["group"])
    if (job is None) is (group is None) or (group is not None) is not name.startswith("g"):
        raise ValueError(f"{name} is neither a job nor a group")
    if job is not None and job.id != node_id(workflow, name):
        raise ValueError(f"{job.id!r:.80} is no job of node {name}")
    return Node(
        name=name,
        job=job,
        group=group,
        position=_number(said.get("position", 0)),
        links=_node_names(said.get("links", ())),
        error_links=_node_names(said.get("error_links", ())),
        previous=_node_name_if_any(said, "previous"),
        next=_node_name_if_any(said, "next"),
        within=_node_name_if_any(said, "within"),
        takes_input=bool(said.get("takes_input", True)),
        tolerant=bool(said.get("tolerant")),
        handler=bool(said.get("handler")),
    )


def _group(said: Mapping[str, Any]) -> GroupTerms:
    most = said.get("max_parallel")
    return GroupTerms(
        heads=_node_names(said["heads"]),
        policy=Policy(said.get("policy", Policy.ALL)),
        fail_fast=bool(said.get("fail_fast")),
        max_parallel=None if most is None else max(1, _number(most)),
        max_fail=_number(said.get("max_fail", 0)),
        open=bool(said.get("open")),
    )


def _node_names(said: Any) -> tuple[str, ...]:
    return tuple(map(_node_name, said))


def _node_name_if_any(said: Mapping[str, Any], key: str) -> str | None:
    return None if said.get(key) is None else _node_name(said[key])


def _node_name(said: Any) -> str:
    """The name of a node. Raises ValueError for a text that is none: it becomes a part of keys."""
    if not isinstance(said, str) or not _NODE_NAME.fullmatch(said):
        raise ValueError(f"{said!r:.80} is no name of a node")
    return said
