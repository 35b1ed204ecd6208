"""What qctl writes for programs, of values that are always the same. As a program it writes the files that hold it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from qctl.cli.emit import list_document
from qctl.cli.failure import error_document
from qctl.cli.instance import health_item, queue_item, worker_item
from qctl.cli.scheduling.items import Row, occurrence_item, schedule_item
from qctl.cli.scheduling.upcoming import Upcoming
from qctl.cli.screens.output import line_as_json
from qctl.client import Instance
from qctl.client.fleet import Fleet, Known
from qctl.client.flow import Flow
from qctl.client.health import Health
from qctl.client.terms import Pause, Queue, WorkerInfo
from qctl.config import Config
from qctl.config.describing import describe
from qctl.model.attempt import Value, ValueKind
from qctl.model.call import Kind
from qctl.model.cron import Due
from qctl.model.error_groups import error_group_view, group_errors
from qctl.model.event import Event, event_view
from qctl.model.finding import finding_view, warn
from qctl.model.job import Job
from qctl.model.lines import Line
from qctl.model.occurrence import End, Occurrence
from qctl.model.schedule import Schedule
from qctl.model.tally import stats_view, tallies, tally
from qctl.model.task import Task
from qctl.model.timing import Every
from qctl.model.verdict import Standing, Verdict
from qctl.model.view import job_view
from qctl.model.workflow.view import workflow_job_view, workflow_view
from qctl.store.schedule_values import Disabled, ScheduleState
from tests.unit import jobs_at_hand as at_hand
from tests.unit import workflows_at_hand
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS, SECOND
from tests.unit.test_figures import BAD, CANCELLED, GOOD

FOLDER: Final = Path(__file__).parents[1] / "data" / "json"
COMMAND: Final = "python -m tests.unit.json_documents"

_PAUSE: Final = Pause(by="ana@db1", reason="disk", at_ms=NOW_MS - HOUR, until_ms=NOW_MS + HOUR)
WORKER: Final = WorkerInfo(
    id="w1",
    about={"label": "db1", "host": "db1", "pid": 40112, "queues": ["batch"], "slots": 4, "version": "0.1", "file": "t"},
    beat=7,
    seen_ms=NOW_MS - 400,
    since_ms=NOW_MS - HOUR,
    command="",
    condemned=False,
    running={"7kq2f8wz": 41},
)
_QUEUE: Final = Queue(
    name="batch", ready=25, running=6, scheduled=4, retrying=1, oldest_ms=NOW_MS - MINUTE, parked=3, pause=_PAUSE
)
_PLAN: Final = Schedule(
    name="rotate",
    task="rotate-logs",
    timing=Every(300_000, "5m"),
    timezone="UTC",
    file="tasks.toml",
    line=3,
    definition=b'{"params":{"keep":3}}',
    hash="3fa1c9e02b44",
)
_STATE: Final = ScheduleState(
    name="rotate",
    hash="3fa1c9e02b44",
    generation=1,
    definition={},
    cursor_ms=NOW_MS - MINUTE,
    origin_ms=NOW_MS - HOUR,
    disabled=Disabled(at_ms=NOW_MS, by="ana", reason="disk", until_ms=NOW_MS + HOUR),
    fired_by="db1",
    last_job="7kq2f8wz",
    last_at_ms=NOW_MS - 18 * MINUTE,
    failures=1,
)


def _jobs() -> list[dict[str, Any]]:
    job = at_hand.succeeded()
    value = job_view(replace(job, value_kind="j", value_bytes=2), Value(ValueKind.JSON, b"14"), 3600.0, ["7kq30000"])
    others = (at_hand.running(), at_hand.failed(), at_hand.retrying(), at_hand.cancelled_before_it_ran())
    return [value, *map(job_view, others), workflow_job_view(workflows_at_hand.succeeded())]


def _schedules() -> list[dict[str, Any]]:
    known = Known(_STATE, _PLAN, UTC, Standing(Verdict.FAILING, "failed once"))
    fired: Job = at_hand.succeeded()
    return [schedule_item(Row(name="rotate", **row), NOW_MS) for row in (_declared(), {"known": known, "last": fired})]


def _declared() -> dict[str, Any]:
    return {"declared": _PLAN}


def _health() -> dict[str, Any]:
    return health_with(WORKER)


def health_with(worker: WorkerInfo) -> dict[str, Any]:
    """How an instance with this worker is, as `status` tells."""
    health = Health(
        now_ms=NOW_MS,
        workers=(worker,),
        gone=(),
        queues=(_QUEUE,),
        unread=("night",),
        paused={"batch": _PAUSE},
        failed_last_day=4,
        redis_version="7.0.15",
        redis_bytes=1_900_000,
    )
    instance = Instance(shown="unix:///run/qctl.sock", url="unix:///run/qctl.sock", namespace="qctl", embedded=True)
    return health_item(health, instance, Fleet(NOW_MS, (), (), ("db1",)))


def _occurrence() -> dict[str, Any]:
    row = Occurrence(at_ms=NOW_MS, end=End.FIRED, job="7kq2f8wz", recorded_ms=NOW_MS + SECOND)
    return occurrence_item("rotate", row, at_hand.succeeded())


def _stats() -> dict[str, Any]:
    endings = [GOOD, BAD, CANCELLED]
    return stats_view(tally("all", endings), tallies(endings, "task"), endings, 3, 0.125)


#: By the name of the file; a schema by its name without `qctl.` and `/1`.
DOCUMENTS: Final[Mapping[str, Callable[[], object]]] = {
    "job": _jobs,
    "list": lambda: list_document([event_view(Event("1795356131000-0", "submit", ("7kq2f8wz",)))], "7kq2f8wz"),
    "workflow": lambda: [workflow_view(make()) for make in (workflows_at_hand.running, workflows_at_hand.failed)],
    "event": lambda: event_view(Event("1795356131000-0", "submit", ("7kq2f8wz", "7kq30000"))),
    "stats": _stats,
    "error_group": lambda: [error_group_view(group) for group in group_errors([BAD])],
    "error": lambda: [
        error_document("Q004", "no job 7kq2", "qctl ps -a", 4),
        error_document("Q075", "Redis is full", "qctl doctor", 75, ("7kq2f8wz", "7kq30000")),
    ],
    "queue": lambda: [
        queue_item(_QUEUE, [WORKER], NOW_MS, None, Flow({"batch": 3.25}, {"batch": 3.0})),
        queue_item(replace(_QUEUE, pause=None, oldest_ms=None), [], NOW_MS),
    ],
    "worker": lambda: worker_item(WORKER, NOW_MS),
    "schedule": _schedules,
    "occurrence": _occurrence,
    "due": lambda: Upcoming(schedule=_PLAN, due=Due(NOW_MS + MINUTE)).view(NOW_MS),
    "status": _health,
    "finding": lambda: finding_view(warn("redis", "its memory may run out", "qctl doctor")),
    "task": lambda: describe(
        Config(), Task(name="backup-db", kind=Kind.RUN, run="backup.sh", file="tasks.toml", line=12)
    ),
    "line": lambda: line_as_json("7kq2f8wz", 1, Line(NOW_MS, "e", b"no space\n"), "2026-11-22T14:02:11.000Z"),
}


def text_of(name: str) -> str:
    """A document as its file holds it."""
    return json.dumps(DOCUMENTS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for each in DOCUMENTS:
        (FOLDER / f"{each}.json").write_text(text_of(each))
