"""What a storm is made of, drawn from a seed: the same seed gives the same jobs and the same list of faults.

Faults are struck by progress, after so many jobs have begun, and not by time: a slow machine sees the same storm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final

from qctl.model.names import CROCKFORD, ID_LENGTH

MOST_STEPS: Final = 24  #: of a workflow


class Fault(StrEnum):
    """What may happen."""

    SLOT = "slot"  #: kill -9 of a slot
    TEMPLATE = "template"  #: kill -9 of the process that forks slots; they go with it
    PARENT = "parent"  #: kill -9 of a worker
    STOP = "stop"  #: SIGSTOP of a worker, SIGCONT when its lease is long over
    REDIS = "redis"  #: kill -9 of Redis, which starts again
    CUT = "cut"  #: a reply that does not come, though what was asked for was done
    WORKER_CLOCK = "worker_clock"  #: a worker's wall clock jumps
    REDIS_CLOCK = "redis_clock"  #: Redis' wall clock jumps, and is set right again later
    FLUSH = "flush"  #: Redis forgets all scripts


#: How often each comes, in a hundred.
WEIGHTS: Final = {
    Fault.SLOT: 40,
    Fault.TEMPLATE: 5,
    Fault.PARENT: 20,
    Fault.STOP: 8,
    Fault.REDIS: 4,
    Fault.CUT: 12,
    Fault.WORKER_CLOCK: 4,
    Fault.REDIS_CLOCK: 3,
    Fault.FLUSH: 4,
}

#: How often each kind of job comes, in a hundred; the rest are steps of workflows. Of the poisonous there are few.
SHARES: Final = {"python": 50, "shell": 12, "limited": 6, "retrying": 16}
WORKFLOW_SHARE: Final = 16
NEWER: Final = 0.04  #: of the others, how many are written by the next release
POISON_EVERY: Final = 1000  #: one of so many jobs …
POISON_LEAST: Final = 3  #: … and never fewer
LINGERING_EVERY: Final = 100  #: one of so many goes on for long: who stood still comes back while it runs elsewhere


@dataclass(frozen=True, slots=True)
class JobPlan:
    """One job that is no workflow."""

    id: str
    task: str
    params: dict[str, Any] = field(default_factory=dict)
    newer: bool = False  #: whether its record is of a form that the next release alone reads


@dataclass(frozen=True, slots=True)
class WorkflowPlan:
    """A workflow of so many steps; the rest of it is drawn from its own seed."""

    id: str
    steps: int
    seed: int


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """One fault: after how many jobs have begun, and what chooses its victim among those there are by then."""

    after: int
    kind: Fault
    dice: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole storm."""

    seed: int
    sent: tuple[JobPlan | WorkflowPlan, ...]  #: in the order in which they are submitted
    faults: tuple[FaultPlan, ...]

    @property
    def jobs(self) -> list[JobPlan]:
        """The jobs that belong to no workflow."""
        return [one for one in self.sent if isinstance(one, JobPlan)]

    @property
    def workflows(self) -> list[WorkflowPlan]:
        return [one for one in self.sent if isinstance(one, WorkflowPlan)]

    @property
    def count(self) -> int:
        """How many jobs there are, steps of workflows among them."""
        return len(self.jobs) + sum(one.steps for one in self.workflows)


def draw(seed: int, jobs: int, faults: int) -> Plan:
    """Draw a storm of so many jobs, steps of workflows among them, and so many faults."""
    dice = Random(seed)
    ids = _ids(dice)
    sent: list[JobPlan | WorkflowPlan] = [
        *(JobPlan(next(ids), "poison") for _ in range(max(POISON_LEAST, jobs // POISON_EVERY))),
        *(JobPlan(next(ids), "lingering") for _ in range(jobs // LINGERING_EVERY)),
    ]
    in_workflows = jobs * WORKFLOW_SHARE // 100
    kinds = dice.choices(list(SHARES), list(SHARES.values()), k=jobs - in_workflows - len(sent))
    sent += [_job(next(ids), task, dice) for task in kinds]
    while in_workflows > 0:
        steps = min(in_workflows, dice.randint(2, MOST_STEPS))
        sent.append(WorkflowPlan(next(ids), steps, dice.getrandbits(32)))
        in_workflows -= steps
    dice.shuffle(sent)
    return Plan(seed, tuple(sent), tuple(_faults(dice, jobs, faults)))


def _job(id_: str, task: str, dice: Random) -> JobPlan:
    """One that takes 2 to 20 ms, of which a shell needs some to begin."""
    params: dict[str, Any] = {"ms": dice.randint(2, 20)} if task in ("python", "retrying") else {}
    if task == "retrying":
        params["fails"] = dice.choice([1, 1, 2, 3])
    return JobPlan(id_, task, params, newer=dice.random() < NEWER)


def _faults(dice: Random, jobs: int, count: int) -> Iterator[FaultPlan]:
    """Each kind at least once, if there is room; none before work is under way, and none when hardly any is left."""
    kinds = list(Fault)[:count]
    kinds += dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count - len(kinds))
    dice.shuffle(kinds)
    first, last = jobs * 2 // 100, jobs * 90 // 100
    for number, kind in enumerate(kinds):
        yield FaultPlan(first + (last - first) * number // max(1, count), kind, dice.getrandbits(32))


def _ids(dice: Random) -> Iterator[str]:
    known: set[str] = set()
    while True:
        drawn = "".join(dice.choices(CROCKFORD, k=ID_LENGTH))
        if drawn not in known:
            known.add(drawn)
            yield drawn
