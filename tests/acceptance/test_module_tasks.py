"""Tasks of Python modules on the command line: known by what workers tell of them, checked by that, never imported."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import pytest

from tests.support import Home, eventually
from tests.support.command_line import SOURCE

TASKS = """
[qctl]
python_path = ["."]
modules = ["ops.tasks"]

[routes]
"ops.tasks.mail_*" = "mail"
"ops.*" = "general"

[tasks.hello]
run = "echo hello"

[workflows.nightly]
pipeline = "ops.tasks.fetch(url=http://example.net/) | ops.tasks.length"
"""

#: How a task of a module is given a schedule.
OFTEN = """
[workflows.often]
pipeline = "ops.tasks.fetch(url=http://example.net/, depth=2)"
schedule = "* * * * * *"
"""

MODULE = '''
import os
from typing import Literal
from qctl import task

open(os.path.join(os.path.dirname(__file__), "imported"), "a").write("x")

@task(queue="high", tags=["net"])
def fetch(url, depth: int = 1, mode: Literal["fast", "slow"] = "fast"):
    """Fetch a page."""
    return [url, depth, mode]

@task
def mail_send(to: str):
    return to

@task
def length(text: list) -> int:
    return len(text)

@task(params={"token": {"secret": True}})
def login(token: str):
    print("the token is", token)
    return len(token)
'''


@pytest.fixture
def site(site: Home) -> Home:
    """With the module."""
    site.write("ops/__init__.py", "")
    site.write("ops/tasks.py", MODULE)
    return site


@pytest.fixture(scope="module")
def crewed() -> Iterator[Home]:
    """The same with a worker and a server of its own, for all tests that only ask it."""
    home = Home()
    home.write("tasks.toml", TASKS)
    home.write("ops/__init__.py", "")
    home.write("ops/tasks.py", MODULE)
    worker = home.start("worker", "-c", "2")
    eventually(lambda: "ops.tasks.fetch" in home.run("task", "list", "-q").stdout, within=20.0)
    yield home
    assert worker.stop().code == 0
    assert home.remove() == [], "processes left running"


def test_it_is_listed_and_shown_as_one_of_tasks_toml(crewed: Home) -> None:
    names = crewed.run("task", "list", "-q").stdout.split()
    assert [name for name in names if name.startswith("ops.")] == [
        f"ops.tasks.{name}" for name in ("fetch", "length", "login", "mail_send")
    ]
    shown = json.loads(crewed.run("task", "show", "ops.tasks.fetch", "-o", "json").stdout)
    assert (shown["kind"], shown["queue"], shown["summary"]) == ("call", "high", "Fetch a page.")
    assert [param["expects"] for param in shown["params"]][1:] == ["a whole number", "one of fast, slow"]
    assert shown["source"]["file"].endswith("ops/tasks.py")


def test_a_tab_offers_it_as_far_as_workers_have_told(crewed: Home) -> None:
    environ = {"XDG_CACHE_HOME": str(crewed.folder / "never-read")}
    for extra in (environ, {**environ, "XDG_STATE_HOME": "/nowhere"}):  # asked at the first Tab, known at the next
        assert "ops.tasks.fetch\tFetch a page.\n" in crewed.run("__complete", "tasks", "ops.", env=extra).stdout
    told = crewed.run("__complete", "params ops.tasks.fetch", "mode=", env=environ).stdout.splitlines()
    assert [line.partition("\t")[0] for line in told] == ["mode=fast", "mode=slow"]


def test_it_runs_by_name_with_typed_parameters_and_is_never_imported_by_who_asks(crewed: Home) -> None:
    imported = len((crewed.work / "ops/imported").read_text())
    ran = crewed.run("run", "ops.tasks.fetch", "url=http://a/?b=1", "depth=3", "-p", "7", "--wait")
    assert (ran.code, json.loads(ran.stdout)) == (0, ["http://a/?b=1", 3, "fast"])
    job = json.loads(crewed.run("show", "@last", "-o", "json").stdout)
    assert (job["priority"], job["queue"], job["params"]["depth"]) == (7, "high", 3)
    assert job["source"]["hash"]
    assert len((crewed.work / "ops/imported").read_text()) == imported


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["ops.tasks.fetch", "url=a", "depth=deep"], 2, "parameter `depth`: `deep` is not a whole number"),
        (["ops.tasks.fetch", "url=a", "mode=quick"], 2, "parameter `mode`: `quick` is not one of fast, slow"),
        (["ops.tasks.fetch"], 2, "parameter `url`: is required and was not given"),
        (["ops.tasks.fetch", "url=a", "dept=1"], 2, "did you mean `depth`?"),
        (["ops.tasks.fech", "url=a"], 4, "no task `ops.tasks.fech`, did you mean `ops.tasks.fetch`?"),
        (["ops.tasks.login", "token=hush"], 2, "is secret, and every user of this machine can read a command line"),
        (["ops.tasks.fetch(depth=x,url=a) | ops.tasks.length"], 2, "parameter `depth`: `x` is not a whole number"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_enqueued(
    crewed: Home, words: list[str], code: int, says: str
) -> None:
    before = crewed.run("ps", "-a", "-q").stdout
    refused = crewed.run("run", *words)
    assert (refused.code, refused.stdout) == (code, "")
    assert says in refused.stderr
    assert crewed.run("ps", "-a", "-q").stdout == before


@pytest.mark.parametrize(
    ("words", "queue"),
    [
        (["ops.tasks.mail_send", "to=a"], "mail"),
        (["ops.tasks.login", "token=@secret"], "general"),
        (["ops.tasks.fetch", "url=a"], "high"),
        (["ops.tasks.mail_send", "to=a", "-Q", "own"], "own"),
    ],
    ids=["by pattern", "by the next pattern", "by the task", "by the call"],
)
def test_a_pattern_routes_it_but_its_own_queue_and_the_calls_go_before(
    crewed: Home, words: list[str], queue: str
) -> None:
    """Routing by pattern: a call's queue beats the task's, that beats a route."""
    crewed.write("secret", "hush-hush\n")
    planned = json.loads(crewed.run("run", *words, "--dry-run", "-o", "json").stdout)
    assert planned["queue"] == queue


def test_a_secret_is_seen_by_the_task_alone(crewed: Home) -> None:
    crewed.write("secret", "hush-hush\n")
    ran = crewed.run("run", "ops.tasks.login", "token=@secret", "--wait")
    assert (ran.code, ran.stdout) == (0, "9\n")
    assert crewed.run("logs", "@last").stdout == "the token is ***\n"
    assert "hush" not in crewed.run("show", "@last", "-o", "json").stdout


def test_a_workflow_has_it_for_a_step(crewed: Home) -> None:
    ran = crewed.run("run", "ops.tasks.fetch(url=a) | ops.tasks.length", "--wait")
    assert (ran.code, ran.stdout) == (0, "3\n")
    assert crewed.run("run", "nightly", "--wait").stdout == "3\n"
    checked = crewed.run("check")
    assert (checked.code, "; tasks of ops.tasks are seen by workers alone" in checked.stdout) == (0, True)


def test_who_would_give_it_a_schedule_in_a_file_is_told_how(crewed: Home) -> None:
    refused = crewed.run("schedule", "add", "ops.tasks.fetch", "@daily")
    assert refused.code == 4
    assert '[workflows.NAME]        with pipeline = "ops.tasks.fetch" and schedule' in refused.stderr


def test_a_workflow_of_it_is_the_way_to_give_it_a_schedule(site: Home) -> None:
    site.write("tasks.toml", TASKS + OFTEN)
    worker = site.start("worker", "-c", "1", "-B")

    def fired() -> bool:
        jobs = map(json.loads, site.run("history", "often", "-o", "jsonl").stdout.splitlines())
        return any(job["outcome"] == "succeeded" and job["schedule"] == "often" for job in jobs)

    eventually(fired, within=20.0, every=0.2)
    ran = site.run("schedule", "run-now", "often", "--wait")
    assert (ran.code, json.loads(ran.stdout)) == (0, ["http://example.net/", 2, "fast"])
    assert worker.stop().code == 0


def test_without_a_worker_one_sentence_says_who_may_know_it(site: Home) -> None:
    refused = site.run("run", "ops.tasks.fetch", "url=a")
    assert refused.code == 4
    assert refused.stderr.splitlines() == [
        "error[Q004]: no task `ops.tasks.fetch`",
        "  help: qctl up -d        if ops.tasks declares it: tasks of `modules` are known once a worker runs",
    ]
    assert site.run("task", "list", "-q").stdout.split() == ["hello", "nightly"]
    listed = site.run("task", "list")
    assert "tasks of ops.tasks are known once a worker runs: qctl up -d" in listed.stderr


def test_it_can_be_tried_here_without_any_worker(site: Home) -> None:
    ran = site.run("run", "ops.tasks.fetch", "url=a", "depth=2", "--local", "--wait")
    assert (ran.code, json.loads(ran.stdout)) == (0, ["a", 2, "fast"])
    assert site.run("run", "ops.tasks.fetch", "depth=x", "url=a", "--local").code == 2


def test_doctor_names_the_module_that_a_worker_cannot_import(site: Home) -> None:
    site.write("ops/tasks.py", f"{MODULE}\nraise ValueError('half way')\n")
    worker = site.start("worker", "-c", "1")

    def told() -> bool:
        found = json.loads(site.run("doctor", "-o", "json").stdout)["checks"]
        said = next(each for each in found if each["name"] == "definitions")
        return "cannot import ops.tasks: ValueError: half way" in said["found"] and "kill -HUP" in said["next"]

    eventually(told, within=20.0, every=0.2)
    assert worker.stop().code == 0


def test_who_has_no_file_runs_what_workers_tell_of(crewed: Home) -> None:
    folder = crewed.folder / "elsewhere"
    folder.mkdir()
    ran = crewed.run("run", "ops.tasks.fetch", "url=a", "depth=2", "--wait", cwd=folder)
    assert (ran.code, json.loads(ran.stdout)) == (0, ["a", 2, "fast"])
    assert "hello" in crewed.run("task", "list", "-q", cwd=folder).stdout.split()


def test_the_readmes_tasks_in_python_are_what_it_says(shared_home: Home) -> None:
    page = (SOURCE / "README.md").read_text()
    section = page[page.index("### Tasks in Python\n") :]
    toml, code, commands = (_block(section, kind) for kind in ("toml", "python", "sh"))
    shared_home.write("tasks.toml", toml)
    shared_home.write("ops/__init__.py", "")
    shared_home.write("ops/tasks.py", code)
    worker = shared_home.start("worker", "-c", "2")
    eventually(lambda: "ops.tasks.mail_send" in shared_home.run("task", "list", "-q").stdout, within=20.0)
    answers = [shared_home.run(*shlex.split(line)[1:]) for line in commands.splitlines()]
    assert [answer.code for answer in answers] == [0] * len(answers), [answer.stderr for answer in answers]
    assert json.loads(answers[1].stdout) == {"url": "http://example.net/", "mode": "slow"}
    assert [fetched["url"] for fetched in json.loads(answers[2].stdout)] == ["a", "b"]
    shared_home.write("token", "hush-hush")
    sent = shared_home.run("run", "ops.tasks.mail_send", "to=Ada", "token=@token", "--wait")
    assert (sent.code, sent.stdout) == (0, '"sent to Ada, attempt 1"\n')
    assert worker.stop().code == 0


def _block(text: str, kind: str) -> str:
    """The first block of a kind."""
    begin = text.index(f"```{kind}\n") + len(f"```{kind}\n")
    return text[begin : text.index("```", begin)]
