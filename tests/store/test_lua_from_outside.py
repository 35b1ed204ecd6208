"""No data becomes part of a script: it comes as arguments, and what it says is never run."""

from __future__ import annotations

import ast
import json
import re

import pytest
import redis

from qctl.store import Reading, Store
from tests.support.command_line import SOURCE
from tests.support.store_seed import SeedWorker, a_job, some_json, submit

LUA = sorted((SOURCE / "qctl" / "store" / "lua").glob("*.lua"))
NASTY = [
    "'] .. redis.call('FLUSHALL') .. ['",
    "\"); redis.call('FLUSHALL'); --",
    "]] redis.call('FLUSHALL') --[[",
    "%s %d {0} ${x} \\' \\\" \\n \\0",
]


def test_a_script_is_what_stands_in_its_file() -> None:
    """Attack 44: the one place that reads scripts puts files together, and nothing else; Lua itself runs no text."""
    makers = [
        file.name
        for file in sorted((SOURCE / "qctl").rglob("*.py"))
        if any(
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and _is_eval(node.value)
            for node in ast.walk(ast.parse(file.read_text()))
        )
    ]
    assert makers == ["command.py"]
    for file in LUA:
        assert not re.search(r"\b(loadstring|load|dofile|setfenv|getfenv)\s*\(", file.read_text()), file.name


def _is_eval(value: str | bytes) -> bool:
    return value in ("EVAL", "EVALSHA", b"EVAL", b"EVALSHA")


@pytest.mark.parametrize("text", NASTY)
def test_what_a_job_says_is_never_run(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis, text: str
) -> None:
    """Attack 44: it comes back as it was, no other script is loaded for it, and what stood beside it stands."""
    submit(store, "bystander")
    worker.complete(worker.take(), log=b"x", value=some_json("1"))
    assert read.value("bystander") == some_json("1")
    loaded = redis_client.info("memory")["number_of_cached_scripts"]

    body = json.dumps({"task": "tidy", "params": {"x": text}, "by": text, "labels": {text: text}}).encode()
    submit(store, a_job("one", body=body))
    claim = worker.take()
    worker.complete(claim, log=text.encode(), value=some_json(json.dumps(text)))

    assert claim.body == body
    assert read.value("one") == some_json(json.dumps(text))
    assert redis_client.info("memory")["number_of_cached_scripts"] == loaded
    assert read.job("bystander") is not None
