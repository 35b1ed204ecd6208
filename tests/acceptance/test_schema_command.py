"""`qctl schema`: what it prints judges real documents of real jobs."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tests.support import Home

TASKS = """[tasks.hello]
run = 'echo hello'
tags = ["a"]
params.name = { type = "str", default = "x" }

[tasks.fails]
run = 'echo sorry >&2; exit 3'
retries = 1
backoff = "1ms"

[tasks.dies]
run = 'kill -9 $$'
"""


def judge(home: Home, *words: str) -> Draft202012Validator:
    answer = home.run("schema", *words)
    assert (answer.code, answer.stderr) == (0, "")
    schema = json.loads(answer.stdout)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_jobs_in_every_walk_of_life_and_their_events_are_valid(manned: Home) -> None:
    jobs, events = judge(manned, "job"), judge(manned, "event")
    for task in ("hello", "fails", "dies"):
        manned.run("run", task, "--wait", "--label", "env=test")
    manned.run("run", "hello", "--in", "1h", "-q")
    manned.run("run", "hello", "-Q", "nobody-reads", "-q")
    manned.run("cancel", "@last", "--reason", "no more")
    listed = json.loads(manned.run("ps", "-a", "-o", "json").stdout)["items"]
    shown = json.loads(manned.run("show", "@failed", "-o", "json").stdout)

    assert {job["state"] for job in listed} == {"scheduled", "ended"}
    for job in [*listed, shown]:
        jobs.validate(job)
    told = manned.run("events", "-o", "jsonl").stdout.splitlines()
    assert len(told) > 8
    for line in told:
        events.validate(json.loads(line))


def test_tasks_is_what_it_prints_of_itself(home: Home) -> None:
    assert home.run("schema").stdout == home.run("schema", "tasks").stdout
    one_line = home.run("schema", "-o", "json").stdout
    assert one_line.count("\n") == 1
    assert json.loads(one_line) == json.loads(home.run("schema").stdout)


@pytest.mark.parametrize(("name", "said"), [("jobs", "did you mean `job`?"), ("xml", "none of `xml`")])
def test_another_name_is_refused(home: Home, name: str, said: str) -> None:
    answer = home.run("schema", name)
    assert (answer.code, said in answer.stderr) == (2, True)
