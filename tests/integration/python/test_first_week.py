"""What a Celery user does in the first week: calls, retries, progress, routes, limits, results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qctl import AsyncResult, GroupResult, chord, signature
from qctl.client import JobFailed
from qctl.config.timetable import schedules
from qctl.errors import NoSuchJob, NotFound, UsageError, WaitTimeout
from qctl.model.params import ParameterError
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import add, identity, raising
from tests.support import eventually

SOON = 15.0  #: seconds that anything here may take


def test_delay_and_get_bring_back_what_the_task_returned(site: Site) -> None:
    assert add.delay(4, 4).get(SOON) == 8
    assert add.apply_async((4,), {"y": 5}).get(SOON) == 9
    assert signature(f"{tasks.HERE}.add", args=(1, 2)).delay().get(SOON) == 3
    assert identity.delay({"a": [1, None]}).get(SOON) == {"a": [1, None]}


def test_a_handle_made_of_an_id_alone_knows_the_job(site: Site) -> None:
    job = add.apply_async((1,), {"y": 2}, priority=8)
    job.get(SOON)
    again = AsyncResult(job.id)
    assert again == job
    assert (again.state, again.status, again.result, again.info, again.get()) == ("SUCCESS", "SUCCESS", 3, 3, 3)
    assert (again.ready(), again.successful(), again.failed()) == (True, True, False)
    assert (again.name, again.kwargs, again.queue, again.retries) == (
        f"{tasks.HERE}.add",
        {"x": 1, "y": 2},
        "default",
        0,
    )
    assert (again.parent, again.children, again.workflow, again.root_id) == (None, [], None, job.id)
    assert again.date_done is not None
    assert abs(again.date_done - datetime.now(UTC)) < timedelta(minutes=5)
    assert again.job.priority == 8


def test_an_id_of_no_job_is_an_error_and_not_pending_for_ever(site: Site) -> None:
    unknown = AsyncResult("0000zzzz")
    with pytest.raises(NoSuchJob):
        _ = unknown.state
    with pytest.raises(NoSuchJob):
        unknown.get(1)
    with pytest.raises(NoSuchJob):
        GroupResult.restore("0000zzzz.g1")


def test_a_failure_raises_with_type_message_and_traceback_as_text(site: Site) -> None:
    job = raising.delay("no such colour")
    with pytest.raises(JobFailed, match=r"ended as failed: ValueError: no such colour") as failed:
        job.get(SOON)
    assert (failed.value.type, failed.value.message) == ("ValueError", "no such colour")
    assert failed.value.is_a("ValueError")
    assert not failed.value.is_a("KeyError")
    assert failed.value.traceback is not None
    assert failed.value.traceback.startswith("Traceback (most recent call last):\n")
    assert "raise ValueError(message)" in failed.value.traceback
    assert "declaring.py" not in failed.value.traceback, "it begins with the task's own first frame"
    assert job.traceback == failed.value.traceback
    assert isinstance(job.get(propagate=False), JobFailed)
    assert isinstance(job.result, JobFailed)
    assert (job.state, job.failed()) == ("FAILURE", True)


def test_a_get_that_waits_no_longer_leaves_the_job(site: Site, tmp_path: Path) -> None:
    job = tasks.held.delay(str(tmp_path / "gate"))
    with pytest.raises(WaitTimeout):
        job.get(timeout=0.05)
    (tmp_path / "gate").touch()
    assert job.get(SOON) == "held"


def test_arguments_are_checked_at_the_call(site: Site) -> None:
    with pytest.raises(ParameterError, match="x"):
        add.apply_async(("much", 2))
    with pytest.raises(ParameterError, match="y"):
        add.apply_async((1,))
    with pytest.raises(UsageError, match="given 3 values by place"):
        add.apply_async((1, 2, 3))
    with pytest.raises(UsageError, match=r"argument 1 of .*identity is not JSON"):
        identity.delay(object())
    with pytest.raises(NotFound, match="no task `ad`"):
        signature("ad").delay()


def test_a_job_waits_for_its_countdown_or_eta_and_expires(site: Site) -> None:
    """C98: what has expired is REVOKED, and waiting for it raises."""
    later = add.apply_async((1, 1), countdown=3600)
    at = add.apply_async((1, 1), eta=datetime.now(UTC) + timedelta(hours=1), expires=7200)
    assert (later.state, later.job.state.value, at.job.state.value) == ("PENDING", "scheduled", "scheduled")
    assert later.revoke() == "OK"
    assert at.revoke() == "OK"
    assert later.state == "REVOKED"
    with pytest.raises(JobFailed, match="cancelled"):
        later.get(SOON)


def test_the_same_task_id_or_key_is_the_same_job(site: Site) -> None:
    job = add.apply_async((1, 1), task_id="sum-of-today")
    assert job.id == "sum-of-today"
    assert add.apply_async((1, 1), task_id="sum-of-today").id == job.id
    assert add.apply_async((1, 1), key="k1").id == add.apply_async((2, 2), key="k1").id


def test_a_task_is_tried_again_and_shows_retry_between(site: Site) -> None:
    """C26, C90."""
    job = tasks.third_time.delay()
    assert job.get(SOON) == 3
    assert (job.retries, site.record.count("try")) == (2, 3)


def test_a_task_that_asks_for_too_many_retries_ends_with_its_own_exception(site: Site) -> None:
    """C98."""
    job = tasks.asks_again.delay()
    with pytest.raises(JobFailed) as failed:
        job.get(SOON)
    assert (failed.value.type, failed.value.message) == ("KeyError", "'token'")
    assert site.record == ["attempt 0", "attempt 1"]


def test_the_retries_of_the_call_win_over_those_of_the_task(site: Site) -> None:
    job = tasks.asks_without_a_reason.apply_async(retries=2)
    with pytest.raises(JobFailed) as failed:
        job.get(SOON)
    assert failed.value.type == "MaxRetriesExceededError"
    assert site.record == ["attempt 0 of 2", "attempt 1 of 2", "attempt 2 of 2"]


def test_progress_is_polled_by_the_handle(site: Site, tmp_path: Path) -> None:
    job = tasks.reports.delay(str(tmp_path / "gate"))
    eventually(lambda: job.state == "PROGRESS", within=SOON)
    assert (job.info, job.progress[0]) == ({"current": 3, "total": 10}, 0.3)
    (tmp_path / "gate").touch()
    assert job.get(SOON) == "done"


def test_a_running_job_is_revoked(site: Site, tmp_path: Path) -> None:
    job = tasks.held.delay(str(tmp_path / "never"))
    eventually(lambda: job.state == "STARTED", within=SOON)
    assert job.revoke(terminate=True) == "RUNNING"
    with pytest.raises(JobFailed):
        job.get(SOON)
    assert job.state == "REVOKED"


def test_an_ended_job_is_forgotten(site: Site) -> None:
    job = add.delay(1, 1)
    job.get(SOON)
    job.forget()
    with pytest.raises(NoSuchJob):
        _ = job.state


def test_the_output_of_a_job_is_read_by_its_handle(site: Site) -> None:
    job = raising.delay("seen")
    job.get(SOON, propagate=False)
    assert b"ValueError: seen" in job.logs()


def test_results_off_leaves_no_value(site: Site) -> None:
    job = tasks.unkept.delay(3)
    assert job.get(SOON) is None
    assert job.job.value_kind is None


def test_a_returned_handle_is_stored_as_its_id(site: Site) -> None:
    inner = tasks.spawns.delay().get(SOON)
    assert AsyncResult(inner).get(SOON) == 42


def test_get_inside_a_task_is_refused_with_the_reason(site: Site) -> None:
    with pytest.raises(JobFailed, match="a job may submit jobs, and neither wait for them"):
        tasks.waits_inside.delay().get(SOON)


def test_routes_choose_the_queue_by_pattern_and_the_call_beats_them(site: Site) -> None:
    routed = tasks.resize.s("x", 1).apply_async(countdown=3600)
    called = tasks.resize.s("x", 1).apply_async(countdown=3600, queue="urgent")
    assert (routed.queue, called.queue) == ("images", "urgent")
    routed.revoke()
    called.revoke()


def test_a_decorated_task_is_put_on_a_crontab_schedule_by_tasks_toml(site: Site) -> None:
    (schedule,) = schedules(site.qctl.config, "first-week", "UTC")
    assert (schedule.name, schedule.task) == ("digest", "digest")
    assert tasks.digest.delay().get(SOON) == "digest default"


def test_an_image_pipeline_resizes_side_by_side_and_puts_together(site: Site, tmp_path: Path) -> None:
    paths = [tmp_path / f"photo{number}" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_text(str(number) * 100)
    header = (tasks.resize.s(str(path), width=3) for path in paths)
    done = chord(header)(tasks.montage.s(into=str(tmp_path / "all")))
    assert done.get(SOON) == 5
    assert (tmp_path / "all").read_text() == "000111222333444"


def test_a_campaign_sends_no_more_mails_than_its_rate_allows(site: Site) -> None:
    """`rate_limit="100/m"`: more than a hundred are asked for, and no more are sent now."""
    jobs = tasks.send_mail.chunks([], 1) | identity.s()
    assert jobs.delay().get(SOON) == []
    sent = site.qctl.send_many(("post.send", {"to": f"user{number}@example.net"}) for number in range(105))
    eventually(lambda: len(site.record) >= 100, within=SOON)
    eventually(lambda: sum(job.refresh().ended for job in sent) >= 100, within=SOON)
    held = [job.refresh() for job in sent]
    assert {job.parked_by for job in held if not job.ended} == {"rate:post.send"}
    assert len(site.record) == 100
    site.qctl.client.cancel([job.id for job in sent])
