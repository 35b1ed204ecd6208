"""Snapshots of instances, made by hand, for what is drawn from them. The time is that of `jobs_at_hand`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

from qctl.client.fleet import Fleet, Known
from qctl.client.following import LogPiece
from qctl.client.health import Health
from qctl.client.terms import BeatInfo, Disabled, Pause, Queue, ScheduleState, WorkerInfo
from qctl.client.watching import JobPage, JobSeen, Rates, Snapshot
from qctl.client.watching.snapshot import Beside, Kind, Subject
from qctl.model.around import Around
from qctl.model.cron import parse_cron
from qctl.model.ending import Ending
from qctl.model.error_groups import ErrorGroup
from qctl.model.event import Event
from qctl.model.job import Job
from qctl.model.occurrence import End, Occurrence
from qctl.model.output import NOTE, STDERR, STDOUT, Chunk
from qctl.model.schedule import Schedule
from qctl.model.timing import ByCron, Every
from qctl.model.verdict import Standing, Verdict
from qctl.model.workflow.standing import Progress
from tests.unit import jobs_at_hand as at_hand
from tests.unit import workflows_at_hand as workflows
from tests.unit.health_at_hand import AT_REST
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS, SECOND

EVIL = "\x1b[31m\x1b]0;owned\x07\u202edlrow\n[red]日本語 👩\u200d👩\u200d👧 ❤\ufe0f क्षी \u1100\u1161"


def worker(label: str, host: str, slots: int, running: tuple[str, ...] = (), **about: Any) -> WorkerInfo:
    """A worker that was heard a second ago."""
    said = {"label": label, "host": host, "pid": 40112, "slots": slots, "version": "0.1.0", "phase": "working"}
    return WorkerInfo(
        id=f"{label}.a8bpmnme",
        about={**said, "file": "/srv/jobs/tasks.toml", **about},
        beat=12,
        seen_ms=NOW_MS - SECOND,
        since_ms=NOW_MS - 76 * HOUR,
        command="",
        condemned=False,
        running=dict.fromkeys(running, 1),
    )


def queue(name: str, ready: int = 0, running: int = 0, waits_ms: int | None = None, **rest: Any) -> Queue:
    """A queue whose next job waits so long."""
    oldest = None if waits_ms is None else NOW_MS - waits_ms
    return Queue(name=name, ready=ready, running=running, scheduled=rest.pop("scheduled", 0), oldest_ms=oldest, **rest)


def known(name: str, text: str, verdict: Verdict = Verdict.ON_TIME, why: str = "", **state: Any) -> Known:
    """A schedule of a task of its name; `text` is an expression, or `every` with a duration."""
    every = text.removeprefix("every ")
    timing = Every(300_000, every) if every != text else ByCron(parse_cron(text))
    schedule = Schedule(name=name, task=name, timing=timing, timezone="UTC", file="/srv/jobs/tasks.toml", line=12)
    stands = ScheduleState(
        name=name, hash="3fa1c9e02b44", generation=1, definition={}, cursor_ms=NOW_MS, origin_ms=0, **state
    )
    return Known(stands, schedule, UTC, Standing(verdict, why))


def busy_health() -> Health:
    """Three workers, one of them gone; one queue waits too long, one is paused, one has no reader."""
    paused = Pause(by="ana@db1", reason="the disk is full", at_ms=NOW_MS - HOUR, until_ms=NOW_MS + HOUR)
    return Health(
        now_ms=NOW_MS,
        workers=(
            worker("db1.1", "db1", 4, ("7kq2f8wz",), queues=["batch", "default"]),
            worker("web1.1", "web1.example.org", 8, (), phase="draining"),
        ),
        gone=(replace(worker("web2.1", "web2", 4), seen_ms=NOW_MS - 9 * MINUTE),),
        queues=(
            queue("batch", 25, 6, 362 * SECOND, scheduled=3, rule={"running": 6, "starts": 10, "window": 60_000}),
            queue("default", 2, 3, 4 * SECOND, scheduled=1, parked=2),
            queue("mails", 1_204, 0, 40 * SECOND),
            queue("night", 0, 0, None, pause=paused),
        ),
        unread=("mails",),
        paused={"night": paused},
        failed_last_day=5,
        redis_version="7.2.5",
        redis_bytes=1_992_294,
    )


def busy_rates() -> Rates:
    """A wave of work, and some failures in it."""
    return Rates(
        succeeded=tuple((at * 7) % 23 for at in range(60)),
        failed=(*(8 if at in (41, 42) else 0 for at in range(59)), 1),
        wait_p95_ms=tuple(None if at % 9 == 0 else (at * 131) % 1900 for at in range(60)),
        enqueued_per_minute={"batch": 0.9, "default": 3.2, "mails": 140.0},
        ended_per_minute={"batch": 0.8, "default": 3.1},
    )


def busy_fleet() -> Fleet:
    """A schedule of each kind that is told apart."""
    off = Disabled(at_ms=NOW_MS - HOUR, by="ana@db1", reason="moves to db2", until_ms=NOW_MS + 26 * HOUR)
    late = NOW_MS - 2 * MINUTE - 11 * SECOND
    schedules = (
        known("backup-db", "30 2 * * *", last_at_ms=NOW_MS - 12 * HOUR, last_job="7kq2f8wz", active=("7kq2f8wz",)),
        known("certs-renew", "0 * * * *", last_at_ms=NOW_MS - 131 * SECOND, last_outcome="succeeded", last_run_ms=2100),
        known("import-feed", "every 5m", Verdict.FAILING, "failed 3 times, since 8m", last_at_ms=late,
              last_outcome="failed", failures=3),
        known("reindex", "0 6 * * 1", Verdict.OFF, disabled=off),
        known("vacuum", "15 4 1 * *", Verdict.MISSED, "1 instant missed, the last 9h ago", missed=1),
    )  # fmt: skip
    return Fleet(NOW_MS, schedules, (BeatInfo(id="b1", seen_ms=NOW_MS, about={"host": "db1"}),), ("db1", "web1"))


def busy_next() -> dict[str, int]:
    """When each schedule is due that is."""
    return {
        "import-feed": NOW_MS + 49 * SECOND,
        "certs-renew": NOW_MS + 3469 * SECOND,
        "backup-db": NOW_MS + 44_929 * SECOND,
        "vacuum": NOW_MS + 9 * 24 * HOUR,
    }


def ending(job: str, task: str, message: str, ago_ms: int, **rest: Any) -> Ending:
    """A failure of a task."""
    said = {"queue": "default", "outcome": "failed", "reason": "exit", "worker": "db1.1", "wait_ms": 1, "run_ms": 9}
    return Ending(id=job, task=task, ended_ms=NOW_MS - ago_ms, error_message=message, **{**said, **rest})


def busy_errors() -> tuple[ErrorGroup, ...]:
    """Three errors, the most frequent first."""
    curl = "curl: (22) The requested URL returned error: 503"
    feed = ending("7knzz04a", "import-feed", curl, 8 * MINUTE, exit_code=22)
    thumb = ending("7knb20qq", "thumb", "No space left on device", 4 * MINUTE, exit_code=1)
    vacuum = ending("7kn90aaa", "vacuum", "", 2 * HOUR, outcome="timeout", reason="timeout")
    return (
        ErrorGroup(fingerprint="a", newest=feed, count=3, tasks=("import-feed", "sync-cdn")),
        ErrorGroup(fingerprint="b", newest=thumb, count=1, tasks=("thumb",)),
        ErrorGroup(fingerprint="c", newest=vacuum, count=1, tasks=("vacuum",)),
    )


def busy_jobs() -> tuple[Job, ...]:
    """A job in each walk of life."""
    return (
        at_hand.running(),
        workflows.own_job(),
        at_hand.queued(),
        at_hand.retrying(),
        at_hand.scheduled(),
        replace(at_hand.failed(), id="7kfailed"),
        replace(at_hand.cancelled_before_it_ran(), id="7kcancel"),
    )


def log() -> tuple[LogPiece, ...]:
    """Output with colours, progress that was drawn over, stderr, a note, and a letter of each kind."""
    told = (
        (STDOUT, b"pg_dump: reading \x1b[1mschemas\x1b[0m\n"),
        (STDERR, b"warning: table \"public.events\" has no statistics\n"),
        (STDOUT, b"10 %\r50 %\r68 %\n"),
        (STDOUT, "日本語 👩\u200d👩\u200d👧 é שלום \x1b]0;owned\x07".encode() + b"\n"),
        (NOTE, b"stopping it: TERM\n"),
    )  # fmt: skip
    return tuple(
        LogPiece("7kq2f8wz", 1, Chunk(NOW_MS - (9 - at) * SECOND, stream, data))
        for at, (stream, data) in enumerate(told)
    )


def events() -> tuple[Event, ...]:
    """Some of them, newest first."""
    told = (("retry", ("7knzz04a",)), ("complete", ("7kq2f8wz",)), ("submit", ("7kr00000", "7kr00001", "7kr00002")))
    return tuple(Event(f"{NOW_MS - at * 7 * SECOND}-0", kind, jobs) for at, (kind, jobs) in enumerate(told))


def ledger() -> tuple[Occurrence, ...]:
    """One that ran, one that failed, one that was missed."""
    return (
        Occurrence(at_ms=NOW_MS - 2 * MINUTE, end=End.FIRED, job="7kq2f8wz", recorded_ms=NOW_MS - 2 * MINUTE),
        Occurrence(at_ms=NOW_MS - 7 * MINUTE, end=End.FIRED, job="7knzz04a", recorded_ms=NOW_MS - 7 * MINUTE),
        Occurrence(at_ms=NOW_MS - 12 * MINUTE, end=End.OVERLAP, job="7knzz04a"),
        Occurrence(at_ms=NOW_MS - 17 * MINUTE, end=End.MISSED, count=3, since_ms=NOW_MS - 40 * MINUTE),
    )


def beside(kind: Kind, key: str) -> Beside:
    """What there is to tell of any subject."""
    rows = ledger() if kind is Kind.SCHEDULE else ()
    return Beside(subject=Subject(kind, key), jobs=(at_hand.running(), at_hand.failed(), at_hand.queued()), ledger=rows)


def busy() -> Snapshot:
    """An instance that has all of it."""
    jobs = busy_jobs()
    return Snapshot(
        title="redis://db1:6379 namespace prod-eu",
        taken=0.0,
        now_ms=NOW_MS,
        health=busy_health(),
        rates=busy_rates(),
        page=JobPage(
            jobs=jobs,
            total=len(jobs),
            counted={workflows.ID: Progress(total=40, done=14, open=False)},
            places={"7kr00000": 1},
        ),
        fleet=busy_fleet(),
        next_ms=busy_next(),
        errors=busy_errors(),
        events=events(),
        titles={"7knzz04a": "import-feed", "7kq2f8wz": "backup-db", "7kr00000": "backup-db"},
        log=log(),
        log_dropped=1_204,
    )


def idle() -> Snapshot:
    """An instance on which nothing has ever happened."""
    nothing = (0,) * 60
    rates = Rates(
        succeeded=nothing, failed=nothing, wait_p95_ms=(None,) * 60, enqueued_per_minute={}, ended_per_minute={}
    )
    return Snapshot(
        title="redis://db1:6379",
        taken=0.0,
        now_ms=NOW_MS,
        health=replace(AT_REST, now_ms=NOW_MS),
        rates=rates,
        fleet=Fleet(NOW_MS, (), (), ()),
    )


def unanswered() -> Snapshot:
    """Before the first answer, of a server that is away."""
    return Snapshot(title="redis://db1:6379", taken=0.0, trouble="cannot reach Redis at redis://db1:6379: refused")


def seen(job: Job, **rest: Any) -> JobSeen:
    """A job's page with some output."""
    return JobSeen(job=job, around=Around(lines=20), output=("pg_dump: reading schemas", EVIL), **rest)


def hostile() -> Snapshot:
    """An instance whose every text tries to break the frame."""
    evil = replace(at_hand.hostile(), id="7kev1l00")
    about = {"label": EVIL, "host": EVIL, "queues": [EVIL], "version": EVIL, "problem": EVIL, "file": EVIL}
    stop = Pause(by=EVIL, reason=EVIL, at_ms=NOW_MS, until_ms=None)
    odd = replace(known("x", "every 5m", Verdict.BROKEN, EVIL), state=replace(known("x", "every 5m").state, name=EVIL))
    plain = busy()
    assert plain.health is not None
    assert plain.fleet is not None
    return replace(
        plain,
        title=EVIL,
        trouble="",
        health=replace(
            plain.health,
            workers=(replace(plain.health.workers[0], about={**plain.health.workers[0].about, **about}),),
            queues=(queue(EVIL, 3, 1, HOUR, pause=stop),),
            unread=(EVIL,),
            paused={EVIL: stop},
            evicts=EVIL,
            refuses=EVIL,
        ),
        page=JobPage(jobs=(evil,), total=1),
        fleet=replace(plain.fleet, schedules=(odd,)),
        next_ms={EVIL: NOW_MS + SECOND},
        errors=(
            ErrorGroup(fingerprint="e", newest=ending("7kev1l00", EVIL, EVIL, 1, exit_code=1), count=9, tasks=(EVIL,)),
        ),
        events=(Event(f"{NOW_MS}-0", EVIL, (EVIL,)),),
        titles={EVIL: EVIL},
        log=(LogPiece("7kev1l00", 1, Chunk(NOW_MS, STDOUT, EVIL.encode("utf-8", "surrogateescape") + b"\xff\x9b31m")),),
        job=seen(evil),
    )
