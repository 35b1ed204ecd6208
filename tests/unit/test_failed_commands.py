"""How failures of commands are told: how they ended, and what they said last, each once."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest

from qctl.client.handle import why
from qctl.engine.claims import Held
from qctl.engine.journal import Journal, Level
from qctl.engine.processes.classify import by_signal
from qctl.engine.settle import Ruling, Verb
from qctl.engine.verdicts import tell
from qctl.model.attempt import Attempt
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.job import Job
from qctl.model.job_words import beside
from qctl.model.report import report
from qctl.model.state import Outcome, Reason
from qctl.store.values import Claim
from tests.unit import jobs_at_hand as at_hand


def failed(message: str, **more: Any) -> Job:
    """A job whose last attempt failed by exit code 22, unless told otherwise, with this message."""
    facts: dict[str, Any] = {"error_message": message, **more}
    job = at_hand.failed()
    last = replace(job.attempts[-1], **facts)
    return replace(job, reason=Reason(last.reason or "exit"), attempts=(*job.attempts[:-1], last))


def killed(message: str) -> Job:
    return failed(message, reason="signal", error_type="signal", exit_code=None, signal=11)


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (failed("curl: (22) error: 503"), "curl: (22) error: 503"),
        (failed("exit 22"), ""),
        (failed("exit 22: no feed"), "no feed"),
        (failed("exit 221 of a child"), "exit 221 of a child"),
        (killed("signal 11 SIGSEGV"), ""),
        (killed("signal 11 SIGSEGV (core)"), "(core)"),
        (killed("free(): invalid pointer"), "free(): invalid pointer"),
    ],
)
def test_what_stands_beside_the_cause_does_not_say_it_again(job: Job, said: str) -> None:
    last: Attempt | None = job.last
    assert last is not None
    assert beside(last) == said


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (failed("curl: (22) error: 503"), "exit 22: curl: (22) error: 503"),
        (failed("exit 22"), "exit 22"),
        (killed("free(): invalid pointer"), "signal 11 SIGSEGV: free(): invalid pointer"),
    ],
)
def test_a_python_caller_is_told_code_and_words(job: Job, said: str) -> None:
    assert why(job) == said


def test_attempts_that_ended_alike_with_other_words_are_not_called_the_same() -> None:
    alike = failed("curl: (22) The requested URL returned error: 404")
    other = failed("curl: (22) no route to host")
    assert "the same on all 3 attempts" in report(alike, [], at_hand.WIDE)[1]
    assert report(other, [], at_hand.WIDE)[1].endswith("exit 22 on attempt 3/3: curl: (22) no route to host")


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(Outcome.FAILED, Reason.EXIT, 22, error=ErrorInfo(type="exit", message="no feed")), "exit 22: no feed"),
        (Ended(Outcome.FAILED, Reason.EXIT, 22, error=ErrorInfo(type="exit", message="exit 22")), "exit 22"),
        (
            Ended(Outcome.FAILED, Reason.SIGNAL, signal=9, error=ErrorInfo(type="signal", message="half way")),
            "signal 9 SIGKILL: half way",
        ),
        (
            Ended(Outcome.FAILED, Reason.EXCEPTION, error=ErrorInfo(type="ValueError", message="no feed")),
            "no feed",
        ),
    ],
)
def test_the_log_of_a_worker_tells_code_and_words(ended: Ended, said: str) -> None:
    reading, writing = os.pipe()
    claim = Claim("7knzz04a", 1, 1, "feed", "default", 0, 0, 0, 0, b"{}")
    ruling = Ruling(verb=Verb.BURY, outcome=Outcome.FAILED, reason=ended.reason)

    tell(
        Journal(writing, level=Level.INFO, as_json=True, now=lambda: ""),
        Held(claim, "w", None, 0.0),
        ended,
        ruling,
        1.0,
    )

    assert json.loads(os.read(reading, 4096))["message"] == f"feed 7knzz04a ended: failed: {said}"
    for end in (reading, writing):
        os.close(end)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "half way"),
        ({"core": True}, "half way (core)"),
        ({"why": "limits.cpu = 1s is used up"}, "signal 24 SIGXCPU: limits.cpu = 1s is used up"),
        ({"oom": True}, "out of memory: the kernel killed it (signal 24 SIGXCPU)"),
    ],
)
def test_a_cause_that_is_known_is_told_whatever_the_command_said(known: dict[str, Any], said: str) -> None:
    error = by_signal(24, said="half way", **known).error
    assert error is not None
    assert error.message == said
