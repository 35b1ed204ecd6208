"""What commands come to: values, retries, measures."""

from __future__ import annotations

import json
import os
import pwd

import pytest

from qctl.model.attempt import ValueKind
from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task
from tests.integration.processes.conftest import Hire
from tests.integration.processes.crew import log, shell, value

ME = pwd.getpwuid(os.geteuid())


def test_the_value_is_stdout_or_what_the_job_writes_to_its_result_file(hire: Hire) -> None:
    crew = hire(
        shell("printf 'a\\377b'; echo talk >&2"),
        shell('echo talk; printf 42 > "$QCTL_RESULT"', name="file"),
        shell("echo x", name="none", result="discard"),
    )

    out, file, none = crew.run("sh"), crew.run("file"), crew.run("none")

    assert out.value is not None
    assert (out.value.kind, out.value.data) == (ValueKind.BYTES, b"a\xffb")
    assert value(file) == b"42"
    assert none.value is None
    assert crew.run("sh").value == out.value  # the result file of another job is gone


def test_a_json_result_is_checked(hire: Hire) -> None:
    crew = hire(shell("echo '{\"a\": 1}'", result="json"), shell("echo nope", name="bad", result="json"))

    fine, bad = crew.run("sh"), crew.run("bad")

    assert fine.value is not None
    assert fine.value.kind is ValueKind.JSON
    assert json.loads(fine.value.data) == {"a": 1}
    assert (bad.outcome, bad.reason) == (Outcome.FAILED, Reason.RESULT_REJECTED)
    assert log(bad).text() == b"nope\n"


def test_more_than_16_mb_of_stdout_is_no_value_and_no_failure(hire: Hire) -> None:
    crew = hire(shell("head -c 17000000 /dev/zero"))

    ended = crew.run("sh")

    assert (ended.outcome, ended.value) == (Outcome.SUCCEEDED, None)
    assert b"more than 16 MB" in log(ended).text("n")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90.0), ("1h", 3600.0), ("2000-01-01T00:00:00Z", 0.0)])
def test_a_job_says_when_it_wants_to_run_again(hire: Hire, text: str, seconds: float) -> None:
    crew = hire(shell(f'echo {text} > "$QCTL_RUN_DIR/retry"; exit 1'), shell("exit 1", name="plain"))

    ended, plain = crew.run("sh"), crew.run("plain")

    assert ended.retry_after == pytest.approx(seconds)
    assert plain.retry_after is None


def test_fail_on_stderr_makes_a_failure_of_a_success_that_complains(hire: Hire) -> None:
    """L1: by default output on stderr is no failure."""
    crew = hire(shell("echo oh >&2"), shell("echo oh >&2", name="strict", fail_on_stderr=True))

    assert crew.run("sh").outcome is Outcome.SUCCEEDED
    assert crew.run("strict").outcome is Outcome.FAILED


def test_what_a_command_used_is_measured(hire: Hire) -> None:
    crew = hire(
        Task(name="burn", kind=Kind.EXEC, exec=("python3", "-c", "x = 'a' * 50_000_000\nfor _ in range(10**6): pass"))
    )

    ended = crew.run("burn")

    assert ended.cpu_s > 0.01
    assert ended.max_rss_bytes > 50_000_000
