"""What the store answers about workflows: frozen values."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.model.job import Job
    from qctl.model.workflow.plan import Node, Plan


class Extended(StrEnum):
    """What became of members that were to be added to a group."""

    OK = "OK"
    ALREADY = "ALREADY"  #: the same token was applied before
    FINAL = "FINAL"  #: the group is final; nothing was added
    UNKNOWN = "UNKNOWN"  #: there is no such workflow, or no such group in it
    COLLISION = "COLLISION"  #: a node of one of these names is there: draw other names
    FENCED = "FENCED"  #: the job that asked does not own its attempt any more


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowState:
    """A workflow as it stands: its own job, its plan, what has become of its nodes, and the jobs of those released.

    `fates` has, by node (groups too), the outcome of those that are final: an Outcome, or `unneeded` for a handler or
    side branch that was not called for. `jobs` are by node; a node without one has not been released, or its job has
    been forgotten. `released` is by open group how many members were released.
    """

    job: Job
    plan: Plan
    nodes: Mapping[str, Node] = field(default_factory=dict)  #: by name, in declared order
    fates: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fate:
    """How a node of a workflow has ended: an Outcome, or `unneeded`; None while it may still run."""

    outcome: str | None
    members: int | None = None  #: of a group that was added to, how many there are


UNNEEDED = "unneeded"
