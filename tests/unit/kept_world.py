"""What the kept screens are of: an instance with one of everything. The time is that of `jobs_at_hand`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from qctl.cli.scheduling.upcoming import Upcoming
from qctl.clock import rfc3339
from qctl.model.call import Call, Kind
from qctl.model.cron import Due, parse_cron
from qctl.model.ending import Ending
from qctl.model.folding import Fold
from qctl.model.job import Job
from qctl.model.schedule import Schedule
from qctl.model.state import Outcome, State
from qctl.model.timing import ByCron, Every, OnEvent
from tests.unit import jobs_at_hand as at_hand
from tests.unit import workflows_at_hand as flows
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS, SECOND

DAY: Final = 24 * HOUR
CURL: Final = "curl: (22) The requested URL returned error: 503"
NO_ROWS: Final = "no rows for 2026-11-21"


def active() -> list[Job]:
    """Jobs that have not ended."""
    held = replace(at_hand.queued(), id="7kr00002", parked_by="lock:db")
    waits = replace(at_hand.queued(), id="7kr00003", state=State.WAITING, call=Call(task="report", after=("7kq2f8wz",)))
    return [
        *(at_hand.running(), flows.own_job(), at_hand.queued(), held),
        *(at_hand.scheduled(), at_hand.retrying(), waits),
    ]


def past() -> list[Fold]:
    """Jobs that have, some of them folded."""
    timeout = replace(
        at_hand.ended_by(Outcome.TIMEOUT, signal=15), id="7kn90aaa", call=Call(task="vacuum", by="ana@db1")
    )
    stopped = replace(
        at_hand.ended_by(Outcome.CANCELLED, signal=15), id="7km77bbb", call=Call(task="sync-cdn", by="bo@web1")
    )
    adhoc = Call(task="adhoc", kind=Kind.ADHOC, args=("rsync", "-a", "/srv/in/", "/srv/out/"), by="ana@db1")
    rotated = replace(at_hand.succeeded(), id="7kk8eccc", call=Call(task="rotate-logs", schedule="rotate-logs"))
    failed, done = at_hand.failed(), flows.succeeded().job
    rows = [
        at_hand.succeeded(),
        failed,
        timeout,
        done,
        stopped,
        replace(at_hand.succeeded(), id="7km01ddd", call=adhoc),
    ]
    rows += [at_hand.cancelled_before_it_ran(), replace(at_hand.ended_by(Outcome.FAILED, signal=11), id="7kk0aeee")]
    return [*map(Fold, rows), Fold(rotated, [rotated] * 841)]


def endings() -> list[Ending]:
    """Ends of three days."""
    return [
        *(ending("backup-db", n * HOUR, id=f"j{n:03}", wait_ms=100 * n, run_ms=60_000 + 9000 * n) for n in range(40)),
        *(
            _failed("import-feed", n * 8 * MINUTE + MINUTE, id=f"f{n:03}", exit_code=22, error_message=CURL)
            for n in range(3)
        ),
        _failed("vacuum", 2 * HOUR, id="v000", outcome="timeout", reason="timeout", signal=15, run_ms=1_800_000),
        _failed("report", 3 * HOUR, id="r000", reason="exception", error_type="ValueError", error_message=NO_ROWS),
        ending("sync-cdn", 5 * HOUR, id="s000", outcome="cancelled", worker="", wait_ms=None, run_ms=None),
    ]


def ending(task: str, ago_ms: int, **said: Any) -> Ending:
    """An end, of a job that went well where nothing else is said."""
    usual = {"queue": "batch", "outcome": "succeeded", "reason": "", "worker": "db1"}
    return Ending(task=task, ended_ms=NOW_MS - ago_ms, **{**usual, **said})


def _failed(task: str, ago_ms: int, **said: Any) -> Ending:
    usual = {"queue": "default", "outcome": "failed", "reason": "exit", "worker": "web1", "wait_ms": 900, "run_ms": 500}
    return ending(task, ago_ms, **{**usual, **said})


def queues() -> list[dict[str, Any]]:
    """One with a backlog, one that nobody reads, one that is paused."""
    return [
        _queue("batch", ready=25, running=6, scheduled=1, oldest_s=362.0, workers=1, in_per_min=0.9, out_per_min=0.8),
        _queue(
            "default",
            ready=2,
            running=3,
            scheduled=2,
            retrying=1,
            oldest_s=4.0,
            workers=2,
            in_per_min=3.2,
            out_per_min=3.1,
        ),
        _queue("mails", ready=1204, oldest_s=40.0, in_per_min=140.0, held=3),
        _queue(
            "night",
            workers=1,
            paused={"by": "ana@db1", "reason": "the disk is full", "at": rfc3339(NOW_MS - HOUR), "until": None},
        ),
    ]


def workers() -> list[dict[str, Any]]:
    """One that works, one that is leaving, one that is silent."""
    return [
        _worker("db1.1", "db1", 40112, queues=["batch", "default"], running=["7kq2f8wz"], slots=4),
        _worker("web1.1", "web1.example.org", 2201, state="draining", slots=8, up_s=4000.0),
        _worker("web2.1", "web2", 991, state="silent", slots=4, seen_s=540.0, autoscale={"min": 2, "max": 16}),
    ]


def _queue(name: str, **said: Any) -> dict[str, Any]:
    numbers = dict.fromkeys(("ready", "held", "running", "scheduled", "retrying", "workers"), 0)
    limits = dict.fromkeys(("oldest_s", "max_running", "rate_limit", "max_length", "paused"))
    return {"name": name, **numbers, "in_per_min": 0.0, "out_per_min": 0.0, **limits, **said}


def _worker(label: str, host: str, pid: int, **said: Any) -> dict[str, Any]:
    usual = {"state": "working", "queues": [], "running": [], "up_s": 76 * 3600.0, "seen_s": 0.4, "problem": None}
    return {
        "label": label,
        "host": host,
        "pid": pid,
        "file": "/srv/jobs/tasks.toml",
        "version": "0.1.0",
        **usual,
        **said,
    }


def schedules() -> tuple[list[Upcoming], dict[str, dict[str, Any]]]:
    """What is due next, and what is known of the schedules."""

    def due(name: str, text: str, in_ms: int, *, zone: str = "UTC", note: str = "") -> Upcoming:
        timing = Every(300_000, "5m") if text == "every 5m" else ByCron(parse_cron(text))
        schedule = Schedule(name=name, task=name, timing=timing, timezone=zone)
        return Upcoming(schedule=schedule, due=Due(NOW_MS - 11 * SECOND + in_ms, (), note))

    def idle(name: str, timing: Any, note: str) -> Upcoming:
        return Upcoming(schedule=Schedule(name=name, task=name, timing=timing, timezone="UTC"), due=None, note=note)

    shown = [
        due("rotate-logs", "*/1 * * * *", MINUTE),
        due("push-metrics", "every 5m", 3 * MINUTE),
        due("import-feed", "52 * * * *", 50 * MINUTE),
        due("backup-db", "30 2 * * *", 12 * HOUR, zone="Europe/Paris", note="03:30 comes twice (DST): runs once"),
        due("invoice", "0 0 1 * *", 9 * DAY),
        idle("reindex", ByCron(parse_cron("0 6 * * 1")), "disabled by ana@db1"),
        idle("on-boot", OnEvent("@reboot"), "at boot"),
    ]
    last = {
        "at": rfc3339(NOW_MS - 10 * MINUTE),
        "state": "ended",
        "outcome": "succeeded",
        "attempt": 1,
        "exit_code": 0,
        "run_s": 48.0,
    }
    known = {one.schedule.name: {"last": last} for one in shown[:4]}
    known["push-metrics"] = {"last": last | {"outcome": None, "state": "scheduled", "attempt": 1}}
    known["import-feed"] = {"last": last | {"outcome": "failed", "exit_code": 22}}
    return shown, known


def declared() -> list[dict[str, Any]]:
    """The schedules that are due by a clock, as they are listed."""
    shown, known = schedules()
    return [
        {
            "name": each.schedule.name,
            "task": each.schedule.task,
            "schedule": each.schedule.timing.shown,
            "timezone": each.schedule.timezone,
            "hosts": [],
            "jitter_s": 0.0,
            "next_at": None if each.due is None else rfc3339(each.due.ms),
            "standing": "failing" if each.schedule.name == "import-feed" else "on time",
            "why": "failed 3 times, since 8m" if each.schedule.name == "import-feed" else "",
            "drift": None,
            "disabled": None,
            **known.get(each.schedule.name, {"last": None}),
        }
        for each in shown[:4]
    ]
