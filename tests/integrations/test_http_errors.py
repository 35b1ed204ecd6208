"""What an error is in HTTP: a status that fits, a true sentence, and nothing of how the server is set up."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from qctl.client import JobFailed
from qctl.client.doubt import ActUnknown, doubted, doubted_jobs
from qctl.client.waiting import LostWhileWaiting
from qctl.errors import ConfigError, NoSuchJob, QctlError, QueueFull, RedisUnreachable, WaitTimeout
from qctl.integrations.http_errors import body_of, status_of
from qctl.store.refusals import ConnectionBroken

PAUSE = doubted("mails was being paused", "qctl queue list")
FAILED = JobFailed(id="abc", task="t", outcome="failed", why="ValueError: no such user")


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (FAILED, 500, "job abc (t) ended as failed: ValueError: no such user"),
        (WaitTimeout(id="abc", seconds="2s"), 504, "abc has not ended after 2s; it goes on"),
        (RedisUnreachable(url="redis://secret", reason="gone"), 503, "the job server does not answer; try again"),
        (LostWhileWaiting(ids="abc", reason="gone"), 503, "the job server does not answer; try again"),
        (NoSuchJob(id="abc"), 404, "no job abc"),
        (QueueFull(queue="q", length=5), 429, "queue q holds 5 jobs, its max_length"),
    ],
    ids=lambda said: type(said).__name__ if isinstance(said, QctlError) else None,
)
def test_an_error_has_a_status_and_a_sentence_that_are_true(error: QctlError, status: int, told: str) -> None:
    assert (status_of(error), body_of(error)["error"]) == (status, told)


@pytest.mark.parametrize(("act", "told"), [(doubted_jobs(["abc"], "cancelled"), {"id": "abc"}), (PAUSE, {})])
def test_words_of_doubt_name_the_job_where_they_are_about_one(act: AbstractContextManager[None], told: object) -> None:
    with pytest.raises(ActUnknown) as unknown, act:
        raise ConnectionBroken(url="redis://secret", reason="gone")
    said = {name: value for name, value in body_of(unknown.value).items() if name not in ("error", "code")}
    assert (status_of(unknown.value), said) == (503, told)


def test_what_is_wrong_with_the_server_is_not_told_and_not_called_unreachable() -> None:
    error = ConfigError("/etc/qctl/tasks.toml:3: no such key")
    assert (status_of(error), body_of(error)["error"].partition(";")[0]) == (500, "the job server cannot do that")
