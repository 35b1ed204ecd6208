"""How it is with the nodes of a workflow: each by itself, and all of them in figures. Pure."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later
from qctl.model.job_words import outcome_words, state_words
from qctl.model.state import Outcome, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.job import Job
    from qctl.model.workflow.outline import Row, Workflow, main_names
    from qctl.model.workflow.plan import Node
else:
    main_names = later("qctl.model.workflow.outline", "main_names")

UNNEEDED: Final = "unneeded"  #: the fate of a handler or a side branch that was not called for
WAITING: Final = "○ waiting"
NOT_NEEDED: Final = "– not needed"
_FAILED: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)
_TAKEN_OUT: Final = (Outcome.CANCELLED, Outcome.EXPIRED)


@dataclass(frozen=True, slots=True)
class Standing:
    """How it is with a node: a sign with a word, its colour, and how much it matters, 0 most."""

    words: str
    colour: str
    rank: int


def standing_of(name: str, workflow: Workflow) -> Standing:
    """How it is with a node."""
    node, fate, job = workflow.nodes[name], workflow.fates.get(name), workflow.jobs.get(name)
    if fate == UNNEEDED or (fate is None and not _is_awaited(job, workflow) and is_side_branch(name, workflow)):
        return Standing(NOT_NEEDED, "dim", 5)
    if job is not None and is_overtaken(job):
        return Standing("⊘ not run", "yellow", 4)
    if job is not None and not (fate and not job.ended):
        words, colour = state_words(job)
        return Standing(words, colour, _rank_of_job(job))
    if fate is not None:
        outcome = Outcome(fate)
        return Standing(*outcome_words(outcome), _rank(outcome))
    if workflow.job.ended:
        return Standing("– not known", "dim", 4)
    if node.group is not None and _begun(workflow, node):
        return Standing("● running", "cyan", 2)
    return Standing(WAITING, "", 3)


def _is_awaited(job: Job | None, workflow: Workflow) -> bool:
    """Whether a node may still become something: its job is under way, or its workflow is."""
    return not workflow.job.ended or (job is not None and not job.ended)


def is_overtaken(job: Job) -> bool:
    """Whether a job never started because its workflow had run into its time limit."""
    return job.outcome is Outcome.TIMEOUT and job.attempt == 0


def is_side_branch(name: str, workflow: Workflow) -> bool:
    """Whether a node belongs to what starts beside or after the steps of a workflow."""
    node = workflow.nodes.get(name)
    while node is not None and (above := node.previous or node.within) is not None:
        node = workflow.nodes.get(above)
    return node is None or node.name != workflow.plan.first


def _begun(workflow: Workflow, group: Node) -> bool:
    """Whether a group has been released: a job within it has begun, or waits for a worker."""
    found = (name for name, node in workflow.nodes.items() if node.within == group.name)
    jobs = (workflow.jobs[name] for name in found if name in workflow.jobs)
    return any(job.attempt or not job.ended for job in jobs)


def _rank_of_job(job: Job) -> int:
    if job.outcome is not None:
        return _rank(job.outcome)
    return 1 if job.state is State.RUNNING else 2 if job.attempt else 3


def _rank(outcome: Outcome) -> int:
    return 0 if outcome in (*_FAILED, *_TAKEN_OUT) else 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a workflow is, in jobs."""

    total: int
    done: int  #: ended, however
    open: bool  #: more may be added

    @property
    def words(self) -> str:
        """`3/5 done`; of one that still grows `3/5+ done`."""
        return f"{self.done:,}/{self.total:,}{'+' if self.open else ''} done"


@dataclass(frozen=True, slots=True)
class Tally(Progress):
    """How far a workflow is, in jobs: groups are none, and side branches count once they have been released."""

    running: int
    failed: int
    cancelled: int  #: or expired
    skipped: int
    overtaken: int  #: never started, for the workflow had run into its time limit

    @property
    def said(self) -> str:
        """The same with what went wrong: `5/5 done, 1 failed, 2 skipped`."""
        ended = (("failed", self.failed), ("cancelled", self.cancelled))
        counts = (*ended, ("skipped", self.skipped), ("not run", self.overtaken))
        bad = [f"{number:,} {word}" for word, number in counts if number]
        return ", ".join([self.words, *bad])


def tally(workflow: Workflow) -> Tally:
    """Count the jobs of a workflow by how it is with them."""
    main = main_names(workflow.nodes, workflow.plan)
    names = [name for name, node in workflow.nodes.items() if node.job is not None]
    fates = {name: workflow.fates.get(name) for name in names if name in main or _is_counted(name, workflow)}
    known = [fate for fate in fates.values() if fate != UNNEEDED]
    jobs = [job for name, job in workflow.jobs.items() if workflow.fates.get(name) is None]
    overtaken = sum(is_overtaken(job) for name, job in workflow.jobs.items() if name in fates)
    return Tally(
        total=len(known),
        done=sum(fate is not None for fate in known),
        running=sum(job.state is State.RUNNING for job in jobs),
        failed=sum(fate in _FAILED for fate in known) - overtaken,
        cancelled=sum(fate in _TAKEN_OUT for fate in known),
        skipped=sum(fate == Outcome.SKIPPED for fate in known),
        overtaken=overtaken,
        open=not workflow.job.ended and any(node.group and node.group.open for node in workflow.nodes.values()),
    )


def _is_counted(name: str, workflow: Workflow) -> bool:
    """Whether a side branch has been released: the job of one may be left from before its workflow ran again."""
    job = workflow.jobs.get(name)
    return job is not None and (name in workflow.fates or not job.ended)


def shortened(rows: Sequence[Row], most: int, workflow: Workflow) -> tuple[list[Row], list[Row]]:
    """At most so many rows, those that matter most, in their order; and those left out."""
    if len(rows) <= most:
        return list(rows), []
    ranked = sorted(range(len(rows)), key=lambda at: (_row_rank(rows[at], workflow), at))
    kept = set(ranked[:most])
    return [row for at, row in enumerate(rows) if at in kept], [row for at, row in enumerate(rows) if at not in kept]


def _row_rank(row: Row, workflow: Workflow) -> int:
    return standing_of(row.name, workflow).rank if row.name else 5
