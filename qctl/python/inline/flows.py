"""A workflow, along its plan: each step is handed to the room when its turn has come, in declared order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from qctl.classes import replace
from qctl.model.attempt import Value, ValueKind
from qctl.model.state import Outcome, Reason, State
from qctl.model.submission_json import Extension
from qctl.model.workflow.ground import UNNEEDED, Fate
from qctl.model.workflow.inputs import Input, as_bytes, encode
from qctl.model.workflow.node_names import node_id, parts_of
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.received import Left, Receiving
from qctl.model.workflow.walk import Walk
from qctl.python.inline.book import Book, Entry, Flow

Run = Callable[[Entry, bytes], None]  #: runs a job on what it receives, up to its end


def run_flow(entry: Entry, book: Book, run: Run) -> None:
    """Work off a workflow, and all that comes after it."""
    plan = entry.submission
    assert isinstance(plan, WorkflowSubmission)
    flow = entry.flow = _begun(entry, plan, book)
    entry.change(state=State.RUNNING)
    flow.walk.start()
    while (taken := flow.walk.take()) is not None:
        name, source = taken
        step = _entry_of(flow, name, book)
        if not step.job.ended:  # it was cancelled before its turn came
            step.change(source=source, state=State.QUEUED)
            run(step, encode(flow.receiving.input(source)) if source else b"")
        assert step.job.outcome is not None
        flow.walk.end(name, step.job.outcome, step.job.reason)
        _write_down(flow, book)
    _close(entry, flow, book)
    for job in book.nodes(flow).values():
        if not job.ended:  # a side branch that was not called for
            book.entry(job.id).end(Outcome.SKIPPED)


def extend(job_id: str, extension: Extension, book: Book) -> str:
    """Add members to a group of the workflow that a job is a step of. Answers as the store does."""
    workflow, name = parts_of(job_id) or ("", "")
    entry = book.get(workflow)
    if entry is None or entry.flow is None:
        return "UNKNOWN"
    walk = entry.flow.walk
    group = extension.group or walk.nodes[name].within or ""
    if group not in walk.nodes or walk.nodes[group].group is None:
        return "UNKNOWN"
    if group in walk.fates:
        return "FINAL"
    written = {node.name: node for node in extension.nodes}
    meant = written[extension.heads[0]].within
    nodes = [replace(node, within=group) if node.within == meant else node for node in extension.nodes]
    for node in nodes:
        if node.job is not None:
            book.add(node.job, state=State.WAITING)
    walk.extend(group, nodes, extension.heads)
    return "OK"


def _begun(entry: Entry, plan: WorkflowSubmission, book: Book) -> Flow:
    walk = Walk(plan.plan)
    return Flow(entry.id, walk, Receiving(entry.id, walk, lambda name: _left(book.entry(node_id(entry.id, name)))))


def _left(entry: Entry) -> Left:
    """What a job has left for others."""
    job = entry.job
    return Left(
        task=job.call.task,
        outcome=job.outcome and job.outcome.value,
        reason=job.reason and job.reason.value,
        error=entry.error,
        value=entry.value,
        exit_code=job.last.exit_code if job.last else None,
        signal=job.last.signal if job.last else None,
    )


def _entry_of(flow: Flow, name: str, book: Book) -> Entry:
    """The job of a node; of a copy of what runs once for each failed job a job of its own."""
    found = book.get(node_id(flow.id, name))
    if found is not None:
        return found
    job = flow.walk.nodes[name].job
    assert job is not None
    return book.add(replace(job, id=node_id(flow.id, name)))


def _write_down(flow: Flow, book: Book) -> None:
    """Let the jobs of nodes end that have ended without a run of their own."""
    for name, fate in islice(flow.walk.fates.items(), flow.written, None):
        step = book.get(node_id(flow.id, name))
        if step is not None and not step.job.ended:
            _end_unrun(step, flow, fate)
    flow.written = len(flow.walk.fates)


def _end_unrun(step: Entry, flow: Flow, fate: Fate) -> None:
    if fate.outcome == UNNEEDED:
        step.end(Outcome.SKIPPED)
        return
    upstream = node_id(flow.id, fate.loss.culprit) if fate.loss else None
    if fate.outcome == Outcome.CANCELLED:
        step.end(Outcome.CANCELLED, Reason.UPSTREAM_FAILED, upstream)
        step.change(cancel_reason="its group is to fail fast, and a member has failed")
    else:
        step.end(Outcome(fate.outcome), fate.loss.why if fate.loss else None, upstream)


def _close(entry: Entry, flow: Flow, book: Book) -> None:
    """End the workflow's own job."""
    walk = flow.walk
    outcome = walk.outcome or Outcome.SUCCEEDED
    culprit = None if walk.culprit is None else book.get(node_id(flow.id, walk.culprit))
    entry.value = _value(flow.receiving.input(f"v:{walk.plan.last}")) if walk.plan.last else None
    reason = culprit.job.reason if culprit else None
    entry.end(outcome, reason, culprit.job.upstream or culprit.id if culprit else None)
    entry.change(failed_nodes=len(walk.culprits), value_kind=entry.value and entry.value.kind.value)


def _value(found: Input) -> Value | None:
    """A workflow's value: that of its last node, of a group a list."""
    if found is None or isinstance(found, Value):
        return found
    return Value(ValueKind.JSON, as_bytes(found).removesuffix(b"\n"))
