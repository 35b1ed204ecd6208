"""The plan of a workflow: one flat table of nodes, as the store keeps it and works it off.

A node is a job or a group. Each has at most one successor (`next`); the members of a group are chains that stand
`within` it at a `position`; a node without successor is the tail of its chain, and its end is its member's end, or,
where it is within nothing, the workflow's. Jobs are named `1`, `2`, … in declared order, groups `g1`, `g2`, …; the id
of a node's job is `<workflow>.<name>`, so that an id alone says where it belongs.
"""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.model.submission import Submission
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ADDED_FROM: Final = 1_000_000  #: the numbers of nodes that running jobs add begin here
MOST_FAILED: Final = 1000  #: jobs that one error record tells of, and for each of which `on_error` starts
MOST_NODES_AT_ONCE: Final = 500  #: in one submission; the others are uploaded before


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTerms:
    """How a group is worked off."""

    heads: tuple[str, ...]  #: by position, the first node of each member
    policy: Policy = Policy.ALL
    fail_fast: bool = False
    max_parallel: int | None = None
    max_fail: int = 0
    open: bool = False  #: not final before it is sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node. Exactly one of `job` and `group` is there."""

    name: str
    job: Submission | None = None  #: of the id `<workflow>.<name>`; its delay and expiry count from its release
    group: GroupTerms | None = None
    previous: str | None = None  #: whose end releases it; None: the first of the workflow, a member or a side branch
    next: str | None = None
    within: str | None = None  #: the group of whose member it is a part …
    position: int = 0  #: … and which member
    takes_input: bool = True  #: false: it is given no value
    tolerant: bool = False
    handler: bool = False
    links: tuple[str, ...] = ()  #: first nodes of side branches, released when it has succeeded
    error_links: tuple[str, ...] = ()  #: and when it has not; several nodes may name the same one, which starts once


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole workflow. Side branches (`links`, `error_links`, `on_error`, `on_success`) are nodes too, after the main
    ones: they count for the end of the workflow only once they have been released.
    """

    first: str  #: the node that the start releases; "" if there is nothing to do
    last: str  #: the node whose value and end are the workflow's
    nodes: tuple[Node, ...] = ()
    main: int = 0  #: how many nodes are no side branch's
    timeout_ms: int | None = None  #: of the whole, from its start
    on_error: tuple[str, ...] = ()  #: side branches that start when it is final and did not succeed
    on_success: tuple[str, ...] = ()
    each_error: bool = False  #: `on_error` once per failed node
    text: str = ""  #: the composition in the words of the expression, cut at 500 characters, for people
    digest: str = field(default="", compare=False)  #: of all that, for a submit that is sent twice


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSubmission(Submission):
    """A workflow as the store takes it: a job of its own, which runs as long as the nodes of its plan do.

    No worker takes that job. Its `delay_ms`, `due_ms`, `after` and `expires_ms` are of the workflow's start.
    """

    plan: Plan
