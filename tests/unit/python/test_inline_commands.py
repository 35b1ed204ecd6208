"""Commands and workflows of a tasks.toml that run in this process' charge: real child processes, and no worker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl import Qctl, signature, task
from qctl.client import JobFailed
from qctl.config import load
from qctl.errors import NotFound
from qctl.model.workflow.expression import parse
from qctl.python.calling import submit
from qctl.python.inline.instance import InlineQctl
from qctl.python.instance import standing_in

FILE = """
[tasks.environment]
run = 'env | sort'
params.db = { default = "main" }

[tasks.dump]
run = 'echo "dump of $db"'
params.db = { default = "main" }

[tasks.upcase]
exec = ["tr", "a-z", "A-Z"]

[tasks.broken]
run = 'echo "no disk" >&2; exit 3'

[tasks.patient]
run = 'exit 75'
retries = 2
retry_on = ["exit:75"]
backoff = "1m"

[tasks.endless]
run = 'exec sleep 1000'
timeout = "100ms"
grace = "100ms"

[tasks.says]
run = 'printf "%s" "{\\"n\\": 1}" > "$QCTL_RESULT"'
result = "json"

[tasks.secret]
run = 'echo "it is $token"'
params.token = { secret = true }

[tasks.page]
run = 'cat'

[workflows.nightly]
pipeline = "dump(db={db}) | upcase"
params.db = { default = "main" }

[workflows.bad]
pipeline = "dump | broken | upcase"
on_error = "page"
"""

Run = Callable[..., Any]


@pytest.fixture
def inline(tmp_path: Path) -> Iterator[InlineQctl]:
    file = tmp_path / "tasks.toml"
    file.write_text(FILE)
    instance = InlineQctl(load(str(file)))
    with standing_in(instance):
        yield instance


@pytest.fixture
def run(inline: InlineQctl) -> Run:
    """Run a task or a workflow by its name, or an expression."""

    def runs(text: str, **params: Any) -> Any:
        if "|" in text or "[" in text:
            return submit(parse(text), {}, inline)
        return signature(text, kwargs=params).delay()

    return runs


@task(name="commands.parting")
def parting(text: str) -> list[str]:
    return text.split()


def test_a_command_has_the_environment_of_a_job_and_nothing_of_the_test(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_TEST", "1")

    job = run("environment", db="shop")

    names = {line.partition("=")[0]: line.partition("=")[2] for line in job.get().splitlines()}
    assert (names["db"], names["QCTL_JOB_ID"], names["QCTL_TASK"], names["QCTL_ATTEMPT"]) == (
        "shop",
        job.id,
        "environment",
        "1",
    )
    assert "OF_THE_TEST" not in names


def test_values_go_from_commands_to_python_and_back(run: Run) -> None:
    assert run("dump(db=shop) | upcase | commands.parting").get() == ["DUMP", "OF", "SHOP"]
    assert run("dump | [upcase, commands.parting]").get() == ["DUMP OF MAIN", ["dump", "of", "main"]]
    assert run("says").get() == {"n": 1}


def test_a_workflow_of_the_file_runs_by_its_name(run: Run, inline: InlineQctl) -> None:
    assert run("nightly", db="shop").get() == "DUMP OF SHOP"
    assert Qctl().send("nightly").get() == "DUMP OF MAIN"


def test_on_error_runs_once_with_the_record_of_what_failed(run: Run, inline: InlineQctl) -> None:
    """Rule 5."""
    flow = run("bad")

    pages = [job for job in inline.room.book.everything() if job.call.task == "page"]
    value = inline.asked.value(pages[0].id)
    assert (flow.state, len(pages), flow.job.failed_nodes) == ("FAILURE", 1, 1)
    assert value is not None
    assert b'"task":"broken"' in value.data
    assert b'"exit_code":3' in value.data
    assert b'"message":"no disk"' in value.data


def test_a_command_that_fails_says_how(run: Run) -> None:
    job = run("broken")

    assert (job.state, job.result.type, job.job.last.exit_code, job.logs()) == ("FAILURE", "exit", 3, b"no disk\n")
    assert job.result.message == "no disk"
    assert str(job.result).endswith("ended as failed: exit 3: no disk")


def test_the_failure_of_a_command_carries_the_last_lines_that_it_wrote(run: Run) -> None:
    job = run("broken")

    with pytest.raises(JobFailed, match="ended as failed: exit 3: no disk") as caught:
        job.get()
    assert caught.value.__notes__ == [f"last lines of {job.id} (broken):\n  no disk"]


def test_what_is_not_declared_names_the_file_that_was_read(inline: InlineQctl) -> None:
    with pytest.raises(NotFound, match=rf"no task `brokn`: neither {inline.config.file} nor .*did you mean `broken`"):
        Qctl().send("brokn")


def test_a_command_is_tried_again_as_it_asks_for(run: Run, inline: InlineQctl) -> None:
    job = run("patient")

    assert (job.state, len(job.job.attempts)) == ("FAILURE", 3)
    assert inline.room.book.entry(job.id).delays == [60, 120]


def test_a_command_is_ended_at_its_time_limit(run: Run) -> None:
    assert run("endless").job.outcome == "timeout"


def test_a_secret_is_given_to_the_command_and_hidden_in_what_is_kept(run: Run) -> None:
    assert "hunter2" not in run("secret", token="hunter2").get()


def test_tolerance_of_an_expression_holds(run: Run) -> None:
    assert run("broken? | page").successful()


def test_nothing_is_left_of_the_processes(run: Run) -> None:
    before = set(os.listdir("/proc/self/fd"))

    run("dump")

    assert set(os.listdir("/proc/self/fd")) == before
