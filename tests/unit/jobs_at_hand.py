"""Jobs in each walk of life, for what is drawn from them. The time is 2026-11-22 14:02:11 UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from qctl.cli.terminal import Look
from qctl.model.attempt import Attempt
from qctl.model.call import Call, Kind
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason, State

NOW_MS = round(datetime(2026, 11, 22, 14, 2, 11, tzinfo=UTC).timestamp() * 1000)
SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000

WIDE = Look(now_ms=NOW_MS, width=120)
NARROW = Look(now_ms=NOW_MS, width=80)
PIPE = Look(now_ms=NOW_MS)
ASCII = Look(now_ms=NOW_MS, width=80, unicode=False)


def running() -> Job:
    """A backup that is at 68 %."""
    return Job(
        id="7kq2f8wz",
        call=Call(
            task="backup-db",
            params={"bucket": "s3://dr", "keep": 14},
            by="ana@db1",
            tries=4,
            file="tasks.toml",
            line=12,
            hash="3fa1c9e02b44",
        ),
        state=State.RUNNING,
        queue="batch",
        priority=5,
        enqueued_ms=NOW_MS - 726 * SECOND,
        started_ms=NOW_MS - 724 * SECOND,
        fence=41,
        attempt=1,
        owner="w1",
        worker="db1.1",
        progress=0.68,
        progress_text="2.1 GiB written",
    )


def failed() -> Job:
    """A download that failed three times in the same way."""
    attempts = tuple(
        Attempt(
            number=number,
            worker=f"web1.{number}",
            started_ms=NOW_MS - (12 - 2 * number) * MINUTE,
            ended_ms=NOW_MS - (12 - 2 * number) * MINUTE + 21 * SECOND,
            outcome="failed",
            reason="exit",
            exit_code=22,
            error_type="exit",
            error_message="curl: (22) The requested URL returned error: 503",
            cpu_s=0.4,
            max_rss_bytes=31 * 1024 * 1024,
            log_bytes=812,
            log_lines=4,
            max_attempts=3,
        )
        for number in (1, 2, 3)
    )
    return Job(
        id="7knzz04a",
        call=Call(task="import-feed", by="ana@db1", file="tasks.toml", line=41),
        state=State.ENDED,
        outcome=Outcome.FAILED,
        reason=Reason.EXIT,
        queue="default",
        priority=5,
        enqueued_ms=NOW_MS - 10 * MINUTE - SECOND,
        started_ms=attempts[-1].started_ms,
        ended_ms=attempts[-1].ended_ms,
        attempt=3,
        failures=3,
        attempts=attempts,
    )


def succeeded() -> Job:
    """A backup that ended well."""
    attempt = Attempt(
        number=1,
        worker="db1.1",
        started_ms=NOW_MS - 18 * MINUTE,
        ended_ms=NOW_MS - 10 * SECOND,
        outcome="succeeded",
        exit_code=0,
        cpu_s=191.0,
        max_rss_bytes=212 * 1024 * 1024,
        log_bytes=1_992_294,
        log_lines=142,
        max_attempts=4,
    )
    return replace(
        running(),
        state=State.ENDED,
        outcome=Outcome.SUCCEEDED,
        started_ms=attempt.started_ms,
        ended_ms=attempt.ended_ms,
        enqueued_ms=attempt.started_ms - 2 * SECOND,
        progress=None,
        progress_text=None,
        attempts=(attempt,),
    )


def queued() -> Job:
    """A job that nobody has taken yet."""
    return replace(running(), id="7kr00000", state=State.QUEUED, attempt=0, started_ms=None, owner=None, worker=None)


def scheduled() -> Job:
    """A job with an ETA in five minutes."""
    return replace(queued(), id="7kr00001", state=State.SCHEDULED, eta_ms=NOW_MS + 5 * MINUTE, progress=None)


def retrying() -> Job:
    """A job between two attempts."""
    job = failed()
    return replace(
        job,
        state=State.SCHEDULED,
        outcome=None,
        ended_ms=None,
        attempts=job.attempts[:2],
        attempt=2,
        eta_ms=NOW_MS + 60_000,
    )


def cancelled_before_it_ran() -> Job:
    """A job that never started."""
    return replace(queued(), state=State.ENDED, outcome=Outcome.CANCELLED, reason=Reason.BY_USER, ended_ms=NOW_MS)


def ended_by(outcome: Outcome, *, signal: int | None = None, exit_code: int | None = None) -> Job:
    """A job whose only attempt ended so."""
    job = succeeded()
    attempt = replace(job.attempts[0], outcome=str(outcome), signal=signal, exit_code=exit_code)
    return replace(job, outcome=outcome, attempts=(attempt,))


def hostile() -> Job:
    """A job whose every text tries to drive the terminal."""
    evil = "\x1b[31m\x1b]0;owned\x07\u202edlrow\n[red]fake line 日本語"
    call = Call(
        task="t" * 60, params={"p": evil}, by=evil, kind=Kind.ADHOC, args=("sh", "-c", evil), file=evil, cwd=evil
    )
    return replace(running(), call=call, worker=evil, progress_text=evil, queue="q" * 90)
