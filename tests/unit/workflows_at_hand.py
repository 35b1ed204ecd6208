"""Workflows in each walk of life, for what is drawn from them. The time is that of `jobs_at_hand`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qctl.cli.terminal import Look
from qctl.model.call import Call, Kind
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason, State
from qctl.model.submission import Submission
from qctl.model.workflow.outline import Workflow as AnyWorkflow
from qctl.model.workflow.outline import outline
from qctl.model.workflow.picture import picture
from qctl.model.workflow.plan import GroupTerms, Node, Plan
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import MINUTE, NOW_MS, PIPE, SECOND

ID = "7kq50xyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What the store answers, as far as it is drawn."""

    job: Job
    plan: Plan
    nodes: Mapping[str, Node] = field(default_factory=dict)
    fates: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)


def step(name: str, task: str, **rest: object) -> Node:
    """A node that is a job of a task."""
    params = rest.pop("params", {})
    call = Call(task=task, params=params, workflow_id=ID, by="ana@db1")  # type: ignore[arg-type]
    job = Submission(id=f"{ID}.{name}", task=task, body=call.encode(), queue="batch")
    return Node(name=name, job=job, **rest)  # type: ignore[arg-type]


def nodes_by_name(*nodes: Node) -> dict[str, Node]:
    return {node.name: node for node in nodes}


#: `dump(db=main) | [gzip, checksum] | upload(bucket=s3://dr)`
NODES = nodes_by_name(
    step("1", "dump", params={"db": "main"}, next="g1"),
    Node(name="g1", group=GroupTerms(heads=("2", "3")), previous="1", next="4"),
    step("2", "gzip", within="g1", position=0),
    step("3", "checksum", within="g1", position=1),
    step("4", "upload", params={"bucket": "s3://dr"}, previous="g1"),
)
TEXT = "dump(db=main) | [gzip, checksum] | upload(bucket=s3://dr)"
PLAN = Plan(first="1", last="4", nodes=tuple(NODES.values()), main=5, text=TEXT)


def own_job(**rest: object) -> Job:
    """The workflow's own job."""
    job = Job(
        id=ID,
        call=Call(task="pipeline", kind=Kind.WORKFLOW, pipeline=TEXT, by="ana@db1"),
        state=State.RUNNING,
        queue="batch",
        priority=5,
        enqueued_ms=NOW_MS - 401 * SECOND,
        started_ms=NOW_MS - 401 * SECOND,
    )
    return replace(job, **rest)  # type: ignore[arg-type]


def _of(job: Job, name: str, task: str, **rest: object) -> Job:
    return replace(job, id=f"{ID}.{name}", call=Call(task=task, workflow_id=ID, tries=3), **rest)  # type: ignore[arg-type]


def running() -> Workflow:
    """One step done, the group half done, the last one waits."""
    return Workflow(
        job=own_job(),
        plan=PLAN,
        nodes=NODES,
        fates={"1": "succeeded", "3": "succeeded"},
        jobs={
            "1": _of(at_hand.succeeded(), "1", "dump"),
            "2": _of(at_hand.running(), "2", "gzip", progress=0.63, started_ms=NOW_MS - 2 * MINUTE),
            "3": _of(at_hand.succeeded(), "3", "checksum"),
        },
    )


def failed() -> Workflow:
    """The second step failed on its third attempt, so the last one was skipped."""
    failure = _of(at_hand.failed(), "2", "gzip")
    skipped = Job(
        id=f"{ID}.4",
        call=Call(task="upload", workflow_id=ID),
        state=State.ENDED,
        outcome=Outcome.SKIPPED,
        reason=Reason.UPSTREAM_FAILED,
        upstream=f"{ID}.2",
        queue="batch",
        priority=5,
        enqueued_ms=NOW_MS - SECOND,
        ended_ms=NOW_MS - SECOND,
    )
    own = own_job(
        state=State.ENDED,
        outcome=Outcome.FAILED,
        reason=Reason.EXIT,
        upstream=f"{ID}.2",
        failed_nodes=1,
        ended_ms=NOW_MS - SECOND,
    )
    before = running()
    return replace(
        before,
        job=own,
        fates={"1": "succeeded", "2": "failed", "3": "succeeded", "g1": "failed", "4": "skipped"},
        jobs={**before.jobs, "2": failure, "4": skipped},
    )


def succeeded() -> Workflow:
    """All went well."""
    before = running()
    jobs = {name: _of(at_hand.succeeded(), name, "step") for name in ("1", "2", "3", "4")}
    fates = dict.fromkeys(NODES, "succeeded")
    own = own_job(state=State.ENDED, outcome=Outcome.SUCCEEDED, ended_ms=NOW_MS - SECOND)
    return replace(before, job=own, fates=fates, jobs=jobs)


def waiting() -> Workflow:
    """Nothing has begun yet."""
    return Workflow(job=own_job(state=State.SCHEDULED, started_ms=None, eta_ms=NOW_MS + MINUTE), plan=PLAN, nodes=NODES)


def wide_group(members: int = 200) -> Workflow:
    """A group of many: two failed, four run, half of the rest is done."""
    names = [str(number) for number in range(1, members + 1)]
    heads = {name: step(name, "resize", within="g1", position=place) for place, name in enumerate(names)}
    group = Node(name="g1", group=GroupTerms(heads=tuple(names), max_parallel=4))
    done = names[6 : members // 2]
    return Workflow(
        job=own_job(),
        plan=Plan(first="g1", last="g1", nodes=(group, *heads.values()), main=members + 1, text="[resize, …]"),
        nodes={"g1": group, **heads},
        fates=dict.fromkeys(names[:2], "failed") | dict.fromkeys(done, "succeeded"),
        jobs={
            **{name: _of(at_hand.failed(), name, "resize") for name in names[:2]},
            **{name: _of(at_hand.running(), name, "resize") for name in names[2:6]},
            **{name: _of(at_hand.succeeded(), name, "resize") for name in done},
        },
    )


def hostile() -> Workflow:
    """A workflow whose every text tries to drive the terminal."""
    evil = at_hand.hostile()
    nodes = nodes_by_name(step("1", "t\x1b[2J" + "x" * 90, params={"p": "\x1b]0;owned\x07\u202e"}))
    own = own_job(call=replace(evil.call, kind=Kind.WORKFLOW, task="pipeline", pipeline="\x1b[2J|\n" + "x" * 200))
    plan = Plan(first="1", last="1", nodes=tuple(nodes.values()), main=1)
    return Workflow(job=own, plan=plan, nodes=nodes, jobs={"1": replace(evil, id=f"{ID}.1")})


EVERY = (running, failed, succeeded, waiting, wide_group, hostile)


def tree(workflow: AnyWorkflow, look: Look = PIPE, most: int | None = None) -> list[str]:
    """The lines that a workflow is drawn as."""
    return picture(outline(workflow.nodes, workflow.plan), workflow, look, most)
