"""What a job says to its worker, by its end or in its run directory, may harm that job alone (attacks 25 and 30)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Home

TASKS = """
[qctl]
python_path = ["."]

[tasks.say]
call = "words:say"
params.line = {}

[tasks.fail]
call = "words:fail"

[tasks.report]
call = "words:report"

[tasks.guarded]
run = "true"
params.pin = { secret = true, required = false }
params.open = { required = false }
"""
CODE = """
import json, os, socket
from qctl import current

NAME = os.fsdecode(b"caf\\xe9")  # as os.listdir() tells of a file whose name is no UTF-8

def say(line):
    with socket.socket(socket.AF_UNIX) as worker:
        worker.connect(os.environ["QCTL_RUN_DIR"] + "/qctl.sock")
        worker.sendall(line.encode() + b"\\n")
        return json.loads(worker.makefile().readline())

def fail():
    raise FileNotFoundError(NAME)

def report():
    current.progress(0.5, NAME)
    say(json.dumps({"progress": 0.5, "text": NAME}))
    return "done"
"""


def submit(**said: Any) -> str:
    return json.dumps({"submit": [{"id": "abcd1234", "task": "guarded", "queue": "default", "priority": 5, **said}]})


def body(params: str) -> str:
    return f'{{"task": "guarded", "params": {params}}}'


LINES = {
    '{"progress": 1' + "0" * 400 + "}": {"ok": True},
    '{"progress": "' + "[" * 900 + '"}': None,
    '{"more": ' + "[" * 900 + "]" * 900 + "}": None,
    submit(body=body('{"open": "\\ud800"}')): None,
    submit(body=body('{"open": 1e999}')): None,
    submit(body=body("{}"), secrets="[]"): None,
    submit(body="[]"): None,
    submit(body=body("{}"), delay_ms=1e400): None,
    submit(body=body("{}"), delay_ms=10**400): None,
    submit(body=body("{}"), expires_ms=-1): None,
}


@pytest.fixture
def site(home: Home) -> Home:
    home.write("tasks.toml", TASKS)
    home.write("words.py", CODE)
    return home


def workers(site: Home) -> str:
    return site.run("worker", "list", "-o", "name").stdout


def run(site: Home, *words: str) -> dict[str, Any]:
    answer = site.run("run", *words, "--wait", "--timeout", "15s", "-o", "json")
    return dict(json.loads(answer.stdout))


def test_no_line_in_a_run_directory_ends_the_worker(manned: Home) -> None:
    before = workers(manned)

    for line, reply in LINES.items():
        said = run(manned, "say", f"line={line}")["result"]
        assert said == reply if reply else "error" in said, line

    assert workers(manned) == before
    assert manned.run("ps", "-q").stdout == ""


def test_a_file_whose_name_is_no_utf8_may_stand_in_an_error_and_in_progress(manned: Home) -> None:
    before = workers(manned)

    failed, reported = run(manned, "fail"), run(manned, "report")

    assert failed["error"]["message"] == "caf\\udce9"
    assert (reported["result"], reported["progress"]["text"]) == ("done", "caf\\udce9")
    assert workers(manned) == before
