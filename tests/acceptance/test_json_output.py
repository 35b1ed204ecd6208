"""`-o json` is one JSON document, whatever was done; a command that cannot write it refuses and does nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support import Answer, Home

HELLO = "[tasks.hello]\nrun = 'echo hello'\n"


@pytest.fixture
def site(shared_home: Home) -> Home:
    """A home with a task and no worker."""
    shared_home.write("tasks.toml", HELLO)
    return shared_home


def document(answer: Answer) -> Mapping[str, object]:
    assert answer.code == 0, answer
    found: Mapping[str, object] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("flag", ["--follow", "--local"])
@pytest.mark.parametrize("output", ["json", "jsonl", "tsv"])
def test_output_that_is_passed_on_is_not_mixed_with_a_document(site: Home, flag: str, output: str) -> None:
    answer = site.run("run", "hello", flag, "-o", output)
    assert answer.code == 2
    assert "hello\n" not in answer.stdout
    assert f"{flag} passes the job's own output on: it goes without -o {output}" in answer.stderr
    assert "qctl run TASK --wait -o json" in answer.stderr
    assert site.run("ps", "-q").stdout == ""


def test_a_skipped_submit_answers_the_job_that_has_the_key(site: Home) -> None:
    first = site.run("run", "hello", "--key", "nightly", "-q").stdout.strip()
    held = document(site.run("run", "hello", "--key", "nightly", "--if-exists", "skip", "-o", "json"))
    assert (held["schema"], held["id"], held["state"]) == ("qctl.job/1", first, "queued")


def test_dry_runs_say_in_json_what_would_be_done(home: Home) -> None:
    would = document(home.run("init", "--dry-run", "-o", "json"))
    assert (would["schema"], would["dry_run"]) == ("qctl.init/1", True)
    assert "[tasks." in str(would["text"])
    assert not (home.work / "tasks.toml").exists()
    assert document(home.run("init", "-o", "json"))["file"] == would["file"]
    up = document(home.run("up", "-d", "--name", "one", "--dry-run", "-o", "json"))
    assert (up["schema"], up["dry_run"], up["worker"], up["pid"]) == ("qctl.up/1", True, "one", None)
    assert home.run("status").code == 3


def test_down_answers_one_document_whether_anything_runs_or_not(home: Home) -> None:
    home.write("tasks.toml", HELLO)
    nothing = {"schema": "qctl.down/1", "stopped": False, "workers": 0, "dry_run": False}
    assert document(home.run("down", "-o", "json")) == nothing
    home.run("up", "-d")
    one = {**nothing, "workers": 1}
    assert document(home.run("down", "--dry-run", "-o", "json")) == {**one, "dry_run": True}
    assert home.run("down", "--dry-run").stdout == "would stop 1 worker and the server\n"
    assert document(home.run("down", "-o", "json")) == {**one, "stopped": True}


@pytest.mark.parametrize("output", ["tsv", "name"])
@pytest.mark.parametrize("command", ["check", "logs"])
def test_a_format_that_a_command_does_not_write_is_refused_with_those_it_does(
    site: Home, command: str, output: str
) -> None:
    answer = site.run(command, "-o", output)
    assert (answer.code, answer.stdout) == (2, "")
    assert f"`qctl {command}` writes table, wide, json, jsonl" in answer.stderr
