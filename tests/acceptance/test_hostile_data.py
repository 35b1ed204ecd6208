"""Data and names from somebody who means no good: attacks 29, 30 and 45."""

from __future__ import annotations

import ast
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from qctl.model.names import new_id
from qctl.model.submission import Submission
from qctl.store import Keys, Store, Wire, parse_address
from tests.support import Home
from tests.support.command_line import SOURCE

TASKS = """
[tasks.echo]
run = 'printf %s "$value"'
params.value = { type = "json" }

[tasks.not-a-number]
run = 'echo NaN'
result = "json"

[tasks.deep]
run = 'yes "[" | head -n 100000'
result = "json"
"""


class Bomb:
    """Runs a command wherever it is unpickled."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self._command,)


def test_a_job_whose_body_is_a_pickle_runs_nothing(manned: Home, redis_url: str, namespace: str) -> None:
    """Attack 29: a record is JSON with a task's name. One that is not is a job that fails, and harms no other."""
    mark = manned.work / "mark"
    store = Store(Wire(parse_address(redis_url), 5.0), Keys(namespace))
    bodies = [pickle.dumps(Bomb(f"touch {mark}")), f"!!python/object/apply:os.system ['touch {mark}']".encode()]
    jobs = [Submission(id=new_id(), task="echo", body=body) for body in bodies]
    store.do(store.verbs.submit(jobs))

    for job in jobs:
        assert manned.run("wait", job.id).code == 1
        shown = json.loads(manned.run("show", job.id, "-o", "json").stdout)
        assert (shown["outcome"], shown["reason"]) == ("failed", "not_started")
    assert manned.run("run", "echo", "value:=1", "--wait").stdout == "1"
    assert not mark.exists()
    store.close()


FORGED: dict[str, dict[str, Any]] = {
    "a command of its own": {"task": "echo", "kind": "adhoc", "args": ["touch", "MARK"]},
    "a command in a task's name": {"task": "touch", "kind": "adhoc", "args": ["touch", "MARK"]},
    "another text": {"task": "echo", "run": "touch MARK", "exec": ["touch", "MARK"], "params": {"value": 1}},
    "a function": {"task": "echo", "kind": "call", "call": "os:system", "params": {"value": "touch MARK"}},
    "a function's name": {"task": "os:system", "kind": "call", "params": {"value": "touch MARK"}},
    "another user": {"task": "echo", "user": "daemon", "cwd": "/", "shell": "/bin/touch MARK", "params": {"value": 2}},
    "a loader's variable": {"task": "echo", "params": {"value": 3}, "env": {"LD_PRELOAD": "MARK"}},
    "a parameter that there is not": {"task": "echo", "params": {"value": 4, "BASH_ENV": "MARK"}},
}


def test_a_forged_job_starts_declared_tasks_and_nothing_else(manned: Home, redis_url: str, namespace: str) -> None:
    """Attack 46: who can write to the queue can start declared tasks with any allowed parameters, and no more."""
    mark = manned.work / "mark"
    store = Store(Wire(parse_address(redis_url), 5.0), Keys(namespace))
    bodies = {what: json.dumps(said).replace("MARK", str(mark)) for what, said in FORGED.items()}
    jobs = {
        what: Submission(id=new_id(), task=str(FORGED[what]["task"]).replace(":", "."), body=body.encode())
        for what, body in bodies.items()
    }
    store.do(store.verbs.submit(list(jobs.values())))

    ended = {what: manned.run("wait", job.id, "--timeout", "20s").code for what, job in jobs.items()}
    shown = {what: json.loads(manned.run("show", job.id, "-o", "json").stdout) for what, job in jobs.items()}

    assert not mark.exists()
    for what in ("another text", "another user"):
        assert (ended[what], shown[what]["result"]) == (0, str(FORGED[what]["params"]["value"])), what
        assert shown[what]["outcome"] == "succeeded"
    for what in FORGED.keys() - {"another text", "another user", "a function", "a function's name"}:
        assert (shown[what]["outcome"], shown[what]["reason"]) == ("failed", "not_started"), (what, shown[what])
    assert manned.run("run", "echo", "value:=1", "--wait").stdout == "1"
    store.close()


def test_nothing_in_qctl_can_make_objects_or_code_of_data() -> None:
    """Attack 29: JSON is the only format that is read."""
    forbidden = {"pickle", "marshal", "shelve", "yaml", "dill", "jsonpickle"}
    found = []
    for file in sorted((SOURCE / "qctl").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"):
                names.append("pickle")
            found += [f"{file.name}: {name}" for name in names if name.split(".")[0] in forbidden]
    assert found == ["classes.py: pickle"]  # which writes methods of the names of fields, as the library's does


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("value:=NaN", "NaN is no JSON number"),
        ("value=Infinity", "Infinity is no JSON number"),
        ("value:=1e999", "not JSON"),
        ("value:=" + "[" * 100_000, "nested more than 200 deep"),
        ("value:=" + "[" * 100 + "]" * 100, "nested more than 64 deep"),
        ('value:={"a":1,"a":2}', "`a` stands twice"),
        ("value:=123456789012345678901234567890", "more than 64 bits"),
        ("value:=" + "1" * 5000, "Exceeds the limit"),
    ],
)
def test_a_json_bomb_is_refused_in_one_short_line(site: Home, word: str, reason: str) -> None:
    """Attack 30: before anything is sent."""
    answer = site.run("run", "echo", word)

    assert answer.code == 2
    first, *_ = answer.stderr.splitlines()
    assert first.startswith("error[Q003]: echo: parameter `value`: ")
    assert reason in first
    assert len(answer.stderr) < 500
    assert json.loads(site.run("ps", "-a", "-o", "json").stdout)["items"] == []


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, -(2**63)])
def test_a_large_number_comes_through_the_scripts_untouched(manned: Home, number: int) -> None:
    """Attack 30: bodies are opaque to Lua, which would round them."""
    answer = manned.run("run", "echo", f"value:={number}", "--wait", "-o", "json")

    job = json.loads(answer.stdout)
    assert (job["params"]["value"], job["result"]) == (number, str(number))


@pytest.mark.parametrize(("task", "why"), [("not-a-number", "NaN is no JSON number"), ("deep", "200 deep")])
def test_a_value_that_programs_cannot_read_is_rejected(manned: Home, task: str, why: str) -> None:
    """Attack 30: `-o json` is read by every program."""
    answer = manned.run("run", task, "--wait", "-o", "json")

    job = json.loads(answer.stdout, parse_constant=pytest.fail)
    assert (job["outcome"], job["reason"]) == ("failed", "result_rejected")
    assert why in job["error"]["message"]


HOSTILE = ["}x", "a:b", "{qctl}:seq", "*", "a b", "a\r\nDEL x", "", "ä", "x" * 129, "../etc", "a\x1b[2J"]
PLACES = [
    ("run", "echo", "value:=1", "--queue"),
    ("run", "echo", "value:=1", "--key"),
    ("run", "echo", "value:=1", "--host"),
    ("--namespace",),
    ("worker", "--name"),
    ("queue", "pause"),
    ("queue", "purge", "-y"),
    ("show",),
    ("cancel",),
    ("logs",),
    ("worker", "show"),
    ("task", "show"),
    ("run",),
]


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_a_hostile_name_is_refused_wherever_a_name_is_taken(site: Home, place: tuple[str, ...]) -> None:
    """Attack 45: names become parts of keys, of lines in logs and of screens. Each place sees a third of them."""
    for name in HOSTILE[PLACES.index(place) % 3 :: 3]:
        words = [*place, name, "ps"] if place == ("--namespace",) else [*place, name]
        answer = site.run(*words)

        assert answer.code in (2, 4), (words, answer)
        assert answer.stderr.startswith("error["), (words, answer)
        assert "Traceback" not in answer.stderr
        assert "\x1b" not in answer.stderr
        assert "\r\nDEL" not in answer.stderr
    assert json.loads(site.run("ps", "-a", "-o", "json").stdout)["items"] == []
    assert json.loads(site.run("queue", "list", "-o", "json").stdout)["items"] == []


@pytest.mark.parametrize("name", ['"}x"', '"a:b"', '"a b"', '"a\\r\\nb"', '""', '"ä"'])
def test_a_hostile_name_in_the_file_is_refused(home: Home, name: str) -> None:
    """Attack 45."""
    for table in ("tasks", "queues"):
        said = 'run = "true"' if table == "tasks" else "max_length = 3"
        Path(home.write("tasks.toml", f"[{table}.{name}]\n{said}\n"))

        answer = home.run("check")

        assert answer.code == 78
        assert "error[Q017]" in answer.stdout
