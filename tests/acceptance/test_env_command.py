"""`qctl env TASK` tells what a job finds in its environment: held against jobs that print theirs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Home

TASKS = r"""
[tasks.all]
exec = ["env", "-0"]
env = { NIGHT = "yes", PATH = "/opt/bin:/usr/bin:/bin" }
env_file = "more.env"
host = "any"
params.keep = { type = "int", default = 14 }
params.deep = { type = "bool", default = true }
params.tags = { type = "list", default = ["a", "b c"] }
params.note = { type = "str", required = false }

[tasks.python]
call = "shows:shown"
env = { NIGHT = "yes" }
params.keep = { type = "int", default = 14 }

[tasks.theirs]
exec = ["env", "-0"]
user = "nobody"
cwd = "/"

[tasks.their-python]
call = "shows:shown"
user = "nobody"
cwd = "/"
params.keep = { type = "int", default = 14 }

[tasks.hidden]
run = "true"
params.token = { type = "str", secret = true }
params.read = { type = "str", secret = true, env = "BACKUP_TOKEN" }
params.plain = { type = "str", env = "BACKUP_NAME" }

[tasks.nobody]
run = "true"
env_file = "not-there.env"

[qctl]
python_path = ["."]
modules = ["shows"]
"""
CODE = "import os\n\ndef shown(keep):\n    return dict(os.environ)\n"


@pytest.fixture
def place(home: Home) -> Home:
    """A home with tasks that tell their environment."""
    home.write("tasks.toml", TASKS)
    home.write("more.env", "LISTED='from a file'\nNIGHT=no\n")
    home.write("shows.py", CODE)
    return home


def foretold(home: Home, *words: str) -> dict[str, str | None]:
    document = json.loads(home.run("env", *words, "-o", "json").stdout)
    assert document["schema"] == "qctl.env/1"
    return {item["name"]: item["value"] for item in document["variables"]}


def of_env(text: str) -> dict[str, str]:
    """What `env -0` has printed."""
    return dict(line.split("=", 1) for line in text.split("\0") if line)


def only_at_the_start(told: dict[str, str | None]) -> set[str]:
    return {name for name, value in told.items() if value is None}


@pytest.mark.parametrize("words", [(), ("keep=3", "note=two words", "deep=false", 'tags:=["x"]')])
@pytest.mark.parametrize("local", [True, False])
def test_it_is_what_a_job_gets(place: Home, words: tuple[str, ...], *, local: bool) -> None:
    told = foretold(place, "all", *words)
    shown = place.run("run", "all", *words, "--local" if local else "--wait")
    assert shown.code == 0, shown
    found = of_env(shown.stdout)

    assert only_at_the_start(told) == {"QCTL_JOB_ID", "QCTL_FENCE", "QCTL_RUN_DIR", "QCTL_RESULT"}
    assert told.keys() == found.keys()
    assert {name: value for name, value in found.items() if told[name] is not None} == {
        name: value for name, value in told.items() if value is not None
    }
    assert (told["NIGHT"], told["LISTED"], told["QCTL_QUEUE"]) == ("yes", "from a file", "default")
    if not local:
        place.run("down", "--now")


def test_of_a_python_task_it_is_what_its_process_has(place: Home) -> None:
    told = foretold(place, "python")
    found = json.loads(place.run("run", "python", "--local").stdout)

    assert only_at_the_start(told) == {"QCTL_JOB_ID", "QCTL_FENCE", "QCTL_RUN_DIR"}
    assert told == {name: found[name] if told.get(name) is not None else None for name in found}


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
@pytest.mark.parametrize(("task", "read"), [("theirs", of_env), ("their-python", json.loads)])
def test_of_a_task_of_another_user_it_is_that_users(
    place: Home, task: str, read: Callable[[str], dict[str, str]]
) -> None:
    told = foretold(place, task)
    shown = place.run("run", task, "--local")
    assert shown.code == 0, shown
    found = read(shown.stdout)
    assert (found["USER"], found["LOGNAME"]) == ("nobody", "nobody")
    assert told == {name: found[name] if told.get(name) is not None else None for name in found}
    assert json.loads(place.run("env", task, "-o", "json").stdout)["user"] == "nobody"


def test_secrets_are_hidden_and_what_the_worker_reads_is_named(place: Home) -> None:
    place.write("token", "hunter2\n")
    answer = place.run("env", "hidden", "token=@token", env={"BACKUP_TOKEN": "swordfish", "BACKUP_NAME": "mine"})
    assert answer.code == 0
    assert {"token=***", "read=***", "plain=<the worker's BACKUP_NAME>"} <= set(answer.stdout.splitlines())
    for form in ("json", "jsonl", "tsv"):
        said = place.run("env", "hidden", "token=@token", "-o", form, env={"BACKUP_TOKEN": "swordfish"}).stdout
        assert not re.search("hunter2|swordfish", said)


def test_lines_are_sorted_and_alone_on_stdout(place: Home) -> None:
    answer = place.run("env", "all", "note=two\nlines")
    lines = answer.stdout.splitlines()
    names = [line.split("=")[0] for line in lines]
    assert names == sorted(names)
    assert "QCTL_JOB_ID=<its id>" in lines
    assert "note=two^Jlines" in lines
    assert answer.stderr.startswith("as for a worker of ")
    assert place.run("env", "all", "-q").stdout.split() == [name for name in names if name != "note"]


def test_it_starts_nothing_and_says_what_would_keep_a_job_from_starting(place: Home) -> None:
    missing = place.run("env", "nobody")
    assert (missing.code, missing.stdout) == (78, "")
    path = Path(place.work, "not-there.env")
    assert f"a job of nobody could not be started: env_file {path}: No such file" in missing.stderr
    assert place.run("env", "all", "keep=many").code == 2
    assert place.run("env", "al").code == 4
    assert place.run("env", "hidden").stdout.count("=***\n") == 2
    assert place.run("env", "hidden", "token=hunter2").code == 2
    assert not (place.state / "redis.sock").exists()
