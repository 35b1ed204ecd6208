"""The JSON contract, held by golden values: a field that goes missing or changes its meaning breaks scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from qctl.client.handle import why
from qctl.model.attempt import Attempt, Value, ValueKind, fingerprint
from qctl.model.exit_codes import exit_code_of, exit_code_of_all
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason, State
from qctl.model.view import job_view
from tests.unit.jobs_at_hand import cancelled_before_it_ran, failed, running

RUNNING_AS_JSON: Final[dict[str, Any]] = {
    "schema": "qctl.job/1",
    "id": "7kq2f8wz",
    "task": "backup-db",
    "kind": "run",
    "params": {"bucket": "s3://dr", "keep": 14},
    "args": [],
    "state": "running",
    "outcome": None,
    "reason": None,
    "queue": "batch",
    "priority": 5,
    "host": None,
    "worker": "db1.1",
    "attempt": 1,
    "max_attempts": 4,
    "failures": 0,
    "crashes": 0,
    "losses": 0,
    "exit_code": None,
    "signal": None,
    "error": None,
    "enqueued_at": "2026-11-22T13:50:05.000Z",
    "eta": None,
    "expires_at": None,
    "started_at": "2026-11-22T13:50:07.000Z",
    "ended_at": None,
    "wait_s": 2.0,
    "run_s": None,
    "timeout_s": 3600.0,
    "progress": {"fraction": 0.68, "text": "2.1 GiB written"},
    "result": None,
    "workflow_id": None,
    "parent_id": None,
    "children": [],
    "schedule": None,
    "scheduled_for": None,
    "key": None,
    "by": "ana@db1",
    "tags": [],
    "labels": {},
    "source": {"file": "tasks.toml", "line": 12, "hash": "3fa1c9e02b44"},
    "workflow": None,
    "log": {"bytes": 0, "lines": 0, "dropped": 0},
    "resources": {"cpu_s": None, "max_rss_bytes": None},
    "notified": None,
}


def ended(outcome: Outcome, reason: Reason | None = None, **last: object) -> Job:
    """A job that ended so; without facts of a last attempt it never started."""
    attempts: tuple[Attempt, ...] = ()
    if last:
        attempts = (Attempt(number=1, worker="w", started_ms=1, ended_ms=2, outcome=outcome.value, **last),)  # type: ignore[arg-type]
    return replace(running(), state=State.ENDED, outcome=outcome, reason=reason, attempts=attempts)


def test_a_running_job_has_every_field_of_the_contract_and_null_for_what_is_not_known() -> None:
    assert job_view(running(), timeout_s=3600.0) == RUNNING_AS_JSON


def test_a_failed_job_tells_code_error_and_times_of_its_last_attempt() -> None:
    view = job_view(failed())
    assert (view["state"], view["outcome"], view["exit_code"], view["attempt"]) == ("ended", "failed", 22, 3)
    assert view["run_s"] == 21.0
    assert set(view["error"]) == {"type", "message", "fingerprint"}


def test_a_cancelled_job_tells_who_cancelled_it_and_why() -> None:
    job = replace(cancelled_before_it_ran(), cancelled_by="ana@db1", cancel_reason="wrong folder")
    assert job_view(job)["error"] == {
        "type": "cancelled",
        "message": "by ana@db1: wrong folder",
        "fingerprint": fingerprint("cancelled", "by ana@db1: wrong folder"),
    }
    assert job_view(replace(job, cancel_reason=None))["error"]["message"] == "by ana@db1"
    assert job_view(cancelled_before_it_ran())["error"] is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Value(ValueKind.JSON, b"[1, 2]"), [1, 2]),
        (Value(ValueKind.BYTES, b"text\n"), "text\n"),
        (Value(ValueKind.BYTES, b"\xff"), {"base64": "/w=="}),
    ],
)
def test_a_value_is_json_text_or_base64(value: Value, shown: object) -> None:
    assert job_view(running(), value)["result"] == shown


def test_a_wait_counts_from_the_eta_where_one_was_asked_for() -> None:
    job = replace(running(), eta_ms=running().enqueued_ms + 1500)
    assert job_view(job)["wait_s"] == 0.5


@pytest.mark.parametrize(
    ("job", "code"),
    [
        (ended(Outcome.SUCCEEDED, exit_code=0), 0),
        (ended(Outcome.SUCCEEDED, exit_code=3), 0),
        (ended(Outcome.FAILED, Reason.EXIT, exit_code=22), 22),
        (ended(Outcome.FAILED, Reason.EXIT, exit_code=0), 1),
        (ended(Outcome.FAILED, Reason.EXCEPTION), 1),
        (ended(Outcome.FAILED, Reason.SIGNAL, signal=9), 137),
        (ended(Outcome.FAILED, Reason.NOT_STARTED, exit_code=127), 127),
        (ended(Outcome.FAILED, Reason.UNKNOWN_TASK, exit_code=1), 4),
        (ended(Outcome.TIMEOUT, Reason.TIMEOUT, signal=15), 124),
        (ended(Outcome.LOST, Reason.WORKER_LOST), 125),
        (ended(Outcome.CANCELLED, Reason.BY_USER), 6),
        (ended(Outcome.CANCELLED, Reason.BY_USER, signal=15), 143),
        (ended(Outcome.EXPIRED, Reason.EXPIRED), 6),
    ],
)
def test_a_jobs_end_is_an_exit_code(job: Job, code: int) -> None:
    assert exit_code_of(job) == code


@pytest.mark.parametrize(
    ("outcome", "facts", "code"),
    [
        (Outcome.FAILED, {"reason": Reason.EXIT, "exit_code": 22}, 22),
        (Outcome.FAILED, {"reason": Reason.EXIT, "exit_code": 0}, 1),
        (Outcome.FAILED, {"reason": Reason.EXCEPTION}, 1),
        (Outcome.FAILED, {"reason": Reason.SIGNAL, "signal": 9}, 137),
        (Outcome.TIMEOUT, {"reason": Reason.TIMEOUT, "signal": 15}, 124),
        (Outcome.LOST, {"reason": Reason.WORKER_LOST}, 125),
        (Outcome.FAILED, {"reason": Reason.UNKNOWN_TASK, "exit_code": 1}, 6),
        (Outcome.FAILED, {"reason": Reason.NOT_STARTED, "exit_code": 127}, 6),
    ],
)
def test_a_job_that_is_cancelled_between_attempts_has_the_code_of_its_last_one(
    outcome: Outcome, facts: dict[str, Any], code: int
) -> None:
    last = Attempt(number=1, worker="w", started_ms=1, ended_ms=2, outcome=outcome.value, **facts)
    assert exit_code_of(replace(ended(Outcome.CANCELLED, Reason.BY_USER), attempts=(last,))) == code


def test_several_jobs_are_one_if_any_failed() -> None:
    good, bad = ended(Outcome.SUCCEEDED, exit_code=0), ended(Outcome.FAILED, Reason.EXIT, exit_code=22)
    assert [exit_code_of_all([good, good]), exit_code_of_all([good, bad]), exit_code_of_all([bad])] == [0, 1, 22]


def test_a_skipped_job_names_the_one_that_it_waited_for() -> None:
    failed = replace(ended(Outcome.SKIPPED, Reason.UPSTREAM_FAILED), upstream="0nzyx3n2")
    said = "job 0nzyx3n2 did not succeed"
    assert job_view(failed)["error"] == {
        "type": "upstream_failed",
        "message": said,
        "fingerprint": fingerprint("upstream_failed", said),
    }
    assert why(failed) == said
    assert exit_code_of(failed) == 6
    cancelled = replace(failed, reason=Reason.UPSTREAM_CANCELLED)
    assert why(cancelled) == "job 0nzyx3n2 was cancelled"


def test_the_jobs_that_wait_for_it_are_its_children() -> None:
    assert job_view(running(), children=["a", "b"])["children"] == ["a", "b"]
