"""A world in which every text of others is as nasty as it may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from qctl.cli.scheduling.upcoming import Upcoming
from qctl.cli.screens import (
    overview,
)
from qctl.client.fleet import Fleet
from qctl.client.health import Health
from qctl.client.overview import World
from qctl.client.terms import Queue, WorkerInfo
from qctl.model.around import Around, History, Told
from qctl.model.attempt import Attempt
from qctl.model.call import Kind
from qctl.model.cron import Due
from qctl.model.ending import Ending
from qctl.model.job import Job
from qctl.model.schedule import Schedule
from qctl.model.state import Outcome, State
from qctl.model.timing import Every
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS

#: Drives a terminal, a log or markup; turns text round; has no width, two cells, or no end.
NASTY: Final = (
    "\x1b[31m\x1b]0;owned\x07\x1b[2J\x9b2J\u202edlrow\u2066x",
    "[red]x[/] [link=http://e]y[/link] [@click=app.bell]z[/]",
    "line one\nFAKE 14:02:11 7kq2f8wz backup-db succeeded\r\n\tthree",
    "日本語テキスト👩‍👩‍👧‍👦🏳️‍🌈e\u0301\u0301\u0301 שלום عالم",
    "n" * 2000,
    "\udc9b\udcff\ue000\u2028\u00ad",
)


def every_job_of(evil: str) -> list[Job]:
    call = replace(
        at_hand.running().call,
        task=evil,
        params={"p": evil, "q": [evil]},
        by=evil,
        file=evil,
        labels={"l": evil},
        tags=(evil,),
        env={"V": evil},
        key=evil,
    )
    attempt = Attempt(
        number=1,
        worker=evil,
        started_ms=NOW_MS - MINUTE,
        ended_ms=NOW_MS,
        outcome="failed",
        reason="exception",
        exit_code=1,
        error_type=evil,
        error_message=evil,
        max_attempts=3,
    )
    running = replace(at_hand.running(), call=call, worker=evil, progress_text=evil, queue=evil)
    adhoc = replace(running, id="7kadhoc0", call=replace(call, kind=Kind.ADHOC, args=("sh", "-c", evil), cwd=evil))
    failed = replace(at_hand.failed(), call=call, attempts=(attempt, replace(attempt, number=2)), attempt=2)
    cancelled = replace(at_hand.cancelled_before_it_ran(), call=call, cancelled_by=evil, cancel_reason=evil)
    signalled = replace(at_hand.ended_by(Outcome.FAILED, signal=11), call=call)
    others = [replace(job, call=call) for job in (at_hand.queued(), at_hand.scheduled(), at_hand.retrying())]
    held = replace(others[0], id="7kheld00", parked_by=f"lock:{evil}")
    waits = replace(others[0], id="7kwaits0", state=State.WAITING, call=replace(call, after=("7kq2f8wz",) * 30))
    return [running, adhoc, failed, cancelled, signalled, *others, held, waits, at_hand.succeeded()]


def around_of(evil: str) -> Around:
    return Around(
        server=evil,
        held=evil,
        awaited=("7kq2f8wz",),
        dependents=("7kq2f8wz",) * 40,
        skipped=("7kq2f8wz",) * 40,
        told=(Told(NOW_MS, "fail", evil, "7kq2f8wz"),),
        history=History(ok=29, bad=1, last_ok_ms=NOW_MS - HOUR, last_ok_run_s=24.0),
        next_run_ms=NOW_MS + HOUR,
    )


def queue_of(evil: str) -> dict[str, Any]:
    stands = {"by": evil, "reason": evil, "at": "2026-11-22T12:00:00.000Z", "until": "2026-11-22T13:00:00.000Z"}
    return {
        "name": evil,
        "ready": 1_234_567,
        "held": 12_345,
        "running": 1234,
        "scheduled": 99_999,
        "retrying": 9999,
        "in_per_min": 1234.5,
        "out_per_min": 0.2,
        "oldest_s": 75.0,
        "workers": 0,
        "max_running": 2,
        "rate_limit": "5/s",
        "max_length": 10,
        "paused": stands,
    }


def worker_of(evil: str) -> dict[str, Any]:
    return {
        "label": evil,
        "state": "working",
        "host": evil,
        "pid": 4_194_304,
        "queues": [evil, evil],
        "slots": 4,
        "running": ["7kq2f8wz"],
        "up_s": 86400.0 * 300,
        "seen_s": 0.4,
        "file": evil,
        "version": evil,
        "problem": evil,
        "autoscale": {"min": 2, "max": 16},
    }


def ending_of(evil: str) -> Ending:
    return Ending("j1", evil, evil, "failed", "exit", NOW_MS - 8 * MINUTE, evil, 1000, 500, 22, None, evil, evil)


def status_of(evil: str) -> dict[str, Any]:
    sums = dict.fromkeys(("hosts", "schedules", "schedules_missed", "schedules_broken", "schedules_late"), 3)
    return {
        "health": "degraded",
        "problems": [evil, evil],
        "workers": 2,
        "running": 2,
        "queued": 3,
        "scheduled": 1,
        "held": 4,
        "workflows": 5,
        "paused": [evil],
        "server": evil,
        "next": evil,
        **sums,
        "schedules_failing": 3,
        "schedules_off": 3,
    }


def schedule_of(evil: str) -> dict[str, Any]:
    last = {"at": "2026-11-22T13:00:00.000Z", "state": "ended", "outcome": "failed", "attempt": 1, "exit_code": 22}
    return {
        "name": evil,
        "task": evil,
        "schedule": evil,
        "timezone": evil,
        "hosts": [evil],
        "jitter_s": 300.0,
        "next_at": "2026-11-23T01:30:00.000Z",
        "standing": "late",
        "why": evil,
        "drift": evil,
        "disabled": None,
        "last": {**last, "run_s": 2.0},
    }


def disabled_of(evil: str) -> dict[str, Any]:
    return schedule_of(evil) | {"standing": "off", "disabled": {"by": evil, "reason": evil, "at": None, "until": None}}


def occurrence_of(evil: str) -> dict[str, Any]:
    return {
        "schedule": evil,
        "at": "2026-11-22T13:00:00.000Z",
        "end": "fired",
        "job": "7kq2f8wz",
        "state": "ended",
        "outcome": "failed",
        "exit_code": 22,
        "run_s": 2.0,
        "note": evil,
        "count": 1234,
        "turn": 1,
        "since": "2026-11-20T13:00:00.000Z",
        "recorded_at": "2026-11-22T13:05:00.000Z",
        "manual": True,
    }


def upcoming_of(evil: str) -> list[Upcoming]:
    plan = Schedule(name=evil, task=evil, timing=Every(60_000, evil), timezone="UTC")
    return [
        Upcoming(schedule=plan, due=Due(NOW_MS + HOUR, (), evil), note=evil),
        Upcoming(schedule=replace(plan, name="b"), due=Due(NOW_MS + 2 * HOUR), note=evil, held_back=True),
        Upcoming(schedule=plan, due=None, note=evil),
    ]


def task_of(evil: str) -> dict[str, Any]:
    param = {"type": "str", "expects": evil, "required": True, "default": evil, "help": evil, "secret": False}
    return {
        "name": evil,
        "kind": "shell",
        "doc": evil,
        "summary": evil,
        "command": evil,
        "usable": True,
        "queue": evil,
        "priority": 5,
        "params": [{**param, "name": evil, "env": None}],
        "timeout_s": 60.0,
        "retries": 3,
        "backoff_s": 30.0,
        "expires_s": 60.0,
        "schedules": [{"every": evil, "name": evil}, {"cron": evil, "timezone": evil}],
        "problem": None,
        "source": {"file": evil, "line": 3, "hash": "3fa1c9e02b44"},
    }


def broken_of(evil: str) -> dict[str, Any]:
    problem = {"code": "Q014", "message": evil, "place": evil}
    return {"name": evil, "usable": False, "problem": problem}


def overview_of(evil: str) -> overview.Overview:
    worker = WorkerInfo(
        id="w", about={"label": evil, "slots": 2}, beat=1, seen_ms=NOW_MS, since_ms=0, command="", condemned=False
    )
    queue = Queue(name=evil, ready=1, running=9, scheduled=3, oldest_ms=NOW_MS - HOUR, parked=2)
    health = Health(
        now_ms=NOW_MS,
        workers=(worker,),
        gone=(worker,),
        queues=(queue,),
        unread=(evil,),
        paused={},
        failed_last_day=4,
        redis_version=None,
        redis_bytes=None,
    )
    every = every_job_of(evil)
    world = World(evil, health, tuple(every[:2]), tuple(every[2:3]), Fleet(NOW_MS, (), (), ()))
    return overview.Overview(evil, [task_of(evil), broken_of(evil)], world, "", evil, [("qctl ps", "what goes on")])
