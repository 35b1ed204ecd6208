"""Workflows as one asks for them: how one stands, what its jobs write, and members for a group that is still open."""

from __future__ import annotations

import os
from collections import Counter
from typing import Protocol

from qctl.client.following import Follower
from qctl.clock import monotonic, pause
from qctl.config.pipelines import prepare_members
from qctl.config.steps import Whole
from qctl.errors import NoSuchJob, OutcomeUnknown, QctlError, RedisBusy, RedisUnreachable
from qctl.model.lines import Line, LineMaker
from qctl.model.names import new_id
from qctl.model.state import Outcome, State
from qctl.model.workflow.node_names import parts_of
from qctl.model.workflow.outline import call_of, heads_of
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE
from qctl.model.workflow.standing import standing_of
from qctl.store.workflow_values import Extended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Final

    from qctl.client.submitting import Receipt
    from qctl.config import Config
    from qctl.config.requests import Request
    from qctl.model.job import Job
    from qctl.model.workflow.plan import Node
    from qctl.model.workflow.tree import Tree
    from qctl.store import Command, Reading, Store
    from qctl.store.workflow_values import WorkflowState

_SEND_AGAIN: Final = 0.1  #: seconds between the tries while Redis is away
GIVEN_UP_MS: Final = 300_000  #: ms without a word of who feeds a group after which its workflow is cancelled
SAY_EVERY: Final = 60.0  #: seconds after which it says that it is there

NodeLine = tuple[str, int, Line]  #: a node's name, its attempt, and a line that it wrote


class GroupClosed(QctlError):
    """workflow {id} takes no more members: {why}"""

    help = "qctl show {id}"


class FeedingLost(OutcomeUnknown):
    """Redis went away while members were added to workflow {id}: nobody knows whether it has more than {members}"""

    help = "qctl show {id}\nqctl cancel {id}        else it goes on waiting for more"


def workflow_of(reading: Reading, workflow_id: str) -> WorkflowState:
    """Read a workflow. Raises NoSuchJob if there is none of this id."""
    found = reading.workflow(workflow_id)
    if found is None:
        raise NoSuchJob(id=workflow_id)
    return found


def steps_of(nodes: Mapping[str, Node]) -> list[tuple[str, str]]:
    """The tasks and queues of a workflow's jobs, each pair once."""
    jobs = (node.job for node in nodes.values() if node.job is not None)
    return list(dict.fromkeys((job.task, job.queue) for job in jobs))


def labels_of(nodes: Mapping[str, Node]) -> dict[str, str]:
    """What each job of a workflow is called before its lines: its task, with its name where several have that task."""
    tasks = {name: call_of(node).task for name, node in nodes.items() if node.job is not None}
    counts = Counter(tasks.values())
    return {name: task if counts[task] == 1 else f"{task}.{name}" for name, task in tasks.items()}


def failed_first(state: WorkflowState) -> str | None:
    """The name of the node that made a workflow fail; None if none of its jobs did."""
    if state.job.outcome is Outcome.SUCCEEDED:
        return None
    parts = parts_of(state.job.upstream or "")
    if parts is not None and parts[0] == state.job.id and parts[1] in state.jobs:
        return parts[1]
    bad = [name for name, job in state.jobs.items() if job.attempt and standing_of(name, state).rank == 0]
    failed = [name for name in bad if state.jobs[name].outcome is not Outcome.CANCELLED]
    return next(iter(failed or bad), None)


def speaker(state: WorkflowState) -> str | None:
    """The name of the node whose output tells most: what failed first, else of what runs the one that began last."""
    failed = failed_first(state)
    if failed is not None or state.job.ended:
        return failed
    begun = [(job.started_ms or 0, name) for name, job in state.jobs.items() if job.state is State.RUNNING]
    return max(begun)[1] if begun else None


class WorkflowFollower:
    """What the jobs of a workflow write, each line once: those that have ended first, in declared order."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._open: dict[str, tuple[Follower, LineMaker]] = {}
        self._over: set[str] = set()

    def read(self, jobs: Mapping[str, Job]) -> Iterator[NodeLine]:
        """What these jobs have written since the last time."""
        for name, job in jobs.items():
            if not job.attempt or name in self._over:
                continue
            follower, maker = self._open.setdefault(name, (Follower(job.id, self._reading), LineMaker()))
            for piece in follower.read(job):
                yield from ((name, piece.attempt, line) for line in maker.add(piece.chunk))
            if job.ended:
                yield from ((name, job.attempt, line) for line in maker.rest())
                self._over.add(name)
                del self._open[name]


def open_group(client: Submitting, request: Request, *, strict: bool) -> tuple[Receipt, OpenGroup | None]:
    """Submit a workflow whose first group is open, with the members that there are, and answer what adds more.

    None where the receipt is of a job that was there before, by its key or its id: nothing is added to somebody else's.
    Raises what `Client.submit` raises.
    """
    (receipt,) = client.submit([request], strict=strict)
    if receipt.plan is None:
        return receipt, None
    whole = Whole(
        id=receipt.id,
        config=client.config_for(request),
        options=request.options,
        by=request.by,
        folder=request.cwd or os.getcwd(),
        strict=strict,
    )
    state = workflow_of(client.reading, receipt.id)
    group = next(name for name, node in state.nodes.items() if node.group is not None)
    terms = state.nodes[group].group
    if len(state.nodes) > len(receipt.plan.nodes) or terms is None or not terms.open:
        return receipt, None  # sent a second time under the same id: the first one feeds it
    return receipt, OpenGroup(client.store, whole, state, group)


class Submitting(Protocol):
    """What is needed of a client."""

    @property
    def reading(self) -> Reading: ...
    @property
    def store(self) -> Store: ...
    def submit(self, requests: Iterable[Request], *, strict: bool = True) -> list[Receipt]: ...
    def config_for(self, request: Request) -> Config: ...


class OpenGroup:
    """A group of a workflow to which members are added, in batches, until it is sealed."""

    def __init__(self, store: Store, whole: Whole, state: WorkflowState, group: str) -> None:
        self._store, self._whole, self._group = store, whole, group
        self.members = len(heads_of(state.nodes)[group])  #: how many there are
        self._number = 1 + max((int(name) for name in state.nodes if name.isdecimal()), default=0)
        self._run = new_id()  #: what tells this feeding from any other in its tokens

    @property
    def workflow_id(self) -> str:
        return self._whole.id

    def add(self, members: Sequence[Tree]) -> None:
        """Add members behind those that there are. Raises what `prepare` raises, GroupClosed and FeedingLost."""
        if not members:
            return
        made = prepare_members(members, self._whole, group=self._group, position=self.members, number=self._number)
        verbs = self._store.verbs
        for nodes, heads in _batches(made.nodes, made.heads):
            token = f"{self._run}.{nodes[0].name}"
            self._tell(verbs.extend(self.workflow_id, self._group, nodes, heads, token, asker=None))
        self.members += len(made.heads)
        self._number += sum(node.name.isdecimal() for node in made.nodes)

    def hold(self, within_ms: int = GIVEN_UP_MS, through: Store | None = None) -> None:
        """Say that who adds members is there, and says so again within this time.

        `through` is the connection of a thread of its own. Raises GroupClosed, RedisUnreachable, RedisBusy.
        """
        store = through or self._store
        self._must_be_taken(store.do(store.verbs.feeding(self.workflow_id, self._group, within_ms)))

    def seal(self) -> None:
        """Say that there are no more. Raises GroupClosed and FeedingLost."""
        self._tell(self._store.verbs.seal(self.workflow_id, self._group, self._run))

    def _tell(self, command: Command[Extended]) -> None:
        """Send what has a token and counts once however often it is sent: again, for as long as Redis is waited for."""
        deadline: float | None = None
        while True:
            try:
                self._must_be_taken(self._store.do(command))
                return
            except (RedisUnreachable, RedisBusy) as error:
                deadline = deadline or monotonic() + self._store.transport.timeout
                if monotonic() >= deadline:
                    raise FeedingLost(id=self.workflow_id, members=self.members) from error
                pause(_SEND_AGAIN)

    def _must_be_taken(self, answer: Extended) -> None:
        if answer is Extended.FINAL:
            raise GroupClosed(id=self.workflow_id, why="it has ended")
        if answer is Extended.UNKNOWN:
            raise GroupClosed(id=self.workflow_id, why="it is not there any more")


def _batches(nodes: Sequence[Node], heads: Sequence[str]) -> Iterator[tuple[Sequence[Node], Sequence[str]]]:
    """Members in parts of as many nodes as may be sent at once; no member is torn apart."""
    first = set(heads)
    begins = [place for place, node in enumerate(nodes) if node.name in first]
    ends = [*begins[1:], len(nodes)]
    start = 0
    while start < len(begins):
        stop = start + 1
        while stop < len(begins) and ends[stop] - begins[start] <= MOST_NODES_AT_ONCE:
            stop += 1
        yield nodes[begins[start] : ends[stop - 1]], heads[start:stop]
        start = stop
