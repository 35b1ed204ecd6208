"""How it is with workflows that run: whether something of each is under way, and whether open groups are fed."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.store.command import Command
from qctl.store.refusals import WrongType
from qctl.store.replies import same, text, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.store.store import Store

_MOST: Final = 200  #: workflows, or deadlines, that are looked at


@dataclass(frozen=True, slots=True)
class Feeding:
    """A group that is open, and until when whoever feeds it has to be heard of. Server time in ms."""

    workflow_id: str
    group: str
    until_ms: int
    attended: bool  #: whoever feeds it tells again and again that he is there


@dataclass(frozen=True, slots=True)
class RunningWorkflows:
    """What there is of workflows that run."""

    running: int
    feeding: list[Feeding] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)  #: of which nothing is under way, and that do not end by themselves
    lost: list[str] = field(default_factory=list)  #: whose plan is gone


def running_workflows(store: Store) -> RunningWorkflows:
    """Look at those that began first."""
    keys = store.keys
    running, ids, rows = store.do_all(
        [
            Command(("ZCARD", keys.workflows), int),
            Command(("ZRANGE", keys.workflows, 0, _MOST - 1), texts),
            Command(("ZRANGE", keys.deadlines, 0, _MOST - 1, "WITHSCORES"), list),
        ]
    )
    answers = store.ask_all([command for one in ids for command in _questions(store, one)])
    stuck, lost = [], []
    for one, state, has_plan, under_way in zip(ids, answers[::3], answers[1::3], answers[2::3], strict=True):
        if isinstance(state, WrongType) or state != b"running":
            continue  # it has ended meanwhile
        if not has_plan:
            lost.append(one)
        elif not under_way:
            stuck.append(one)
    return RunningWorkflows(running, _feeding(rows), stuck, lost)


def _questions(store: Store, workflow_id: str) -> list[Command[Any]]:
    keys = store.keys
    return [
        Command(("HGET", keys.job(workflow_id), "s"), same),
        Command(("HEXISTS", keys.nodes(workflow_id), "plan"), int),
        Command(("EXISTS", keys.live(workflow_id), keys.steps(workflow_id)), int),
    ]


def _feeding(rows: list[Any]) -> list[Feeding]:
    """Of each open group the deadline that is over first."""
    found: dict[tuple[str, str], Feeding] = {}
    for said, score in zip(rows[::2], rows[1::2], strict=True):
        kind, workflow_id, *group = text(said).split(" ")
        if kind in ("feed", "fed") and group:
            place = (workflow_id, group[0])
            found.setdefault(place, Feeding(*place, int(float(score)), kind == "fed"))
    return list(found.values())
