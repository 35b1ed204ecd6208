"""The real `qctl` and single steps: alone as an expression, removed, run again, told of in a log of GitHub Actions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support import Home, eventually
from tests.support.staffed import staffed

TASKS = """
[tasks.dump]
run = 'echo "rows of $db"'
params.db = { default = "main" }

[tasks.upper]
run = "tr a-z A-Z"

[tasks.fail]
run = "echo 'no space left' >&2; exit 3"
backoff = "50ms"

[tasks.sleeper]
run = "exec sleep 60"
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Home]:
    """A folder with these tasks, over an embedded server with a worker."""
    with staffed(TASKS) as home:
        yield home


def test_an_expression_of_one_step_is_the_job_of_its_task(site: Home) -> None:
    answer = site.run("run", "dump(db=aux)", "--wait")
    assert (answer.code, answer.stdout) == (0, "rows of aux\n"), answer
    assert site.run("run", "fail*1", "--wait", "-q").code == 3
    quiet = site.run("run", "dump(db=aux)", "-q")
    assert (quiet.code, quiet.stderr) == (0, "")
    assert site.run("run", "dump(db=aux)", "--local").stdout == "rows of aux\n"


def test_a_step_is_kept_as_long_as_its_workflow(site: Home) -> None:
    """The workflow would lack it: `retry --failed` goes on from its value."""
    flow = json.loads(site.run("run", "dump | upper | fail", "--wait", "-o", "json").stdout)["id"]
    refused = site.run("rm", f"{flow}.1", "-y")
    assert refused.code == 5
    assert f"{flow}.1 is a step of workflow {flow}, which needs it" in refused.stderr
    assert f"qctl rm {flow}" in refused.stderr
    would = site.run("retry", flow, "--failed", "--dry-run").stdout.splitlines()
    assert would == [f"{flow} dump | upper | fail: what did not succeed would run again", "  .3 fail  failed"]


def test_a_step_that_ended_is_not_run_again_while_its_workflow_goes_on(site: Home) -> None:
    flow = site.run("run", "dump | sleeper").stdout.strip()
    eventually(lambda: json.loads(site.run("show", f"{flow}.1", "-o", "json").stdout)["state"] == "ended", within=15.0)
    assert "its workflow still needs it" in site.run("retry", f"{flow}.1").stdout
    assert site.run("cancel", flow).code == 0


def test_github_actions_is_told_what_failed_in_its_own_words(site: Home) -> None:
    answer = site.run("run", "dump | fail", "--wait", env={"GITHUB_ACTIONS": "true", "CI": "true"})
    lines = answer.stderr.splitlines()
    assert any(line.startswith("::error title=pipeline ") for line in lines)
    begin = next(place for place, line in enumerate(lines) if line.startswith("::group::last lines of"))
    assert lines[begin + 1 : begin + 3] == ["    no space left", "::endgroup::"]
    alone = site.run("run", "fail", "--wait", env={"GITHUB_ACTIONS": "true"})
    assert any(line.startswith("::error title=fail ") for line in alone.stderr.splitlines())
    text = site.run("run", "--sh", "exit 4", "--wait", env={"GITHUB_ACTIONS": "true"})
    assert any(line.startswith("::error title=exit 4 ") for line in text.stderr.splitlines()), text.stderr
    assert "::group::last lines of " in alone.stderr
