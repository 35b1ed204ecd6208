"""tasks.toml: a configuration, or problems that say where and what; `qctl check` tells of either without a failure."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import tomli

from qctl.config import BadFile, Problem, catalog, list_tasks, load
from qctl.config.formats import as_record
from qctl.config.report import check, render_text
from tests.fuzz.target import ROOT, Target, fenced, literals

_KEPT: Final = TemporaryDirectory(prefix="qctl-fuzz-")  # gone with this process
_FOLDER: Final = Path(_KEPT.name)


def target(data: bytes) -> None:
    if _looks_outside(data):
        return
    path = _FOLDER / "tasks.toml"
    path.write_bytes(data)
    try:
        config = load(os.fspath(path))
    except BadFile as refused:
        assert refused.problems
        _told(refused.problems)
    else:
        _told(config.problems)
        json.dumps(catalog(config))
        json.dumps(list_tasks(config))
        declared = set(config.tasks) | set(config.workflows) | set(config.broken)
        assert declared >= set(_tables(data, "tasks")) | set(_tables(data, "workflows")), "a task went without a word"
    report = check(os.fspath(path), {}, os.fspath(_FOLDER))
    render_text(report, os.fspath(_FOLDER)).encode()
    json.dumps(as_record(report))


def _told(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        assert problem.message
        assert problem.file
        assert problem.line or problem.code in ("Q010", "Q012", "Q020"), f"no place: {problem}"


def _looks_outside(data: bytes) -> bool:
    """Whether it includes files, of which this machine may have any."""
    try:
        settings = tomli.loads(data.decode()).get("qctl")
    except (ValueError, RecursionError):
        return False
    named = _texts(settings) if isinstance(settings, dict) else ()
    return any(sign in text for text in named for sign in ("/", "~", ".."))


def _texts(settings: dict[str, Any]) -> Iterator[str]:
    for key in ("include", "modules", "python_path"):
        value = settings.get(key)
        yield from (each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _tables(data: bytes, root: str) -> list[str]:
    found = tomli.loads(data.decode("utf-8-sig")).get(root, {})
    return list(found) if isinstance(found, dict) else []


def seeds() -> list[bytes]:
    readme = (ROOT / "README.md").read_text()
    tests = ("errors", "include", "load", "params", "schedules", "tasks", "values")
    written = literals(*(f"tests/unit/test_config_{name}.py" for name in tests), "tests/unit/test_workflow_files.py")
    tables = [text for text in written if b"[" in text or b"=" in text]
    return [(ROOT / "tasks.toml.example").read_bytes(), *fenced(readme, "toml"), *tables]


TOML: Final = Target(
    name="toml",
    run=target,
    seeds=seeds,
    pieces=(
        *(
            b"[tasks.a]\n",
            b"[tasks]\n",
            b"[[tasks]]\n",
            b"[workflows.w]\n",
            b"[defaults]\n",
            b"[queues.q]\n",
            b"[qctl]\n",
        ),
        *(b"[notify.ops]\n", b"[routes]\n", b"[tasks.a.schedule]\n", b'run = "true"\n', b'exec = ["a", "{p}"]\n'),
        *(
            b'call = "m:f"\n',
            b'params.p = { type = "int", default = 1 }\n',
            b'pipeline = "a | [b, c]"\n',
            b"schedule = ",
        ),
        *(b'"* * * * *"\n', b'"every 90m"\n', b'"@daily"\n', b'cron = "0 3 * * *"\n', b'at = "2026-12-24 18:00"\n'),
        *(b'timeout = "1h"\n', b"retries = 3\n", b"retry_on = [", b'"exit:75"', b'rate_limit = "10/s"\n', b"env = {"),
        *(
            b'output.max = "1MB"\n',
            b'host = "each"\n',
            b'blackout = ["22:00-06:00"]\n',
            b'timezone = "Europe/Berlin"\n',
        ),
        *(
            b"=",
            b" ",
            b"\n",
            b"[",
            b"]",
            b"{",
            b"}",
            b'"',
            b"'",
            b'"""',
            b"'''",
            b"#",
            b".",
            b",",
            b"true",
            b"1",
            b"-1",
        ),
        *(
            b"1e400",
            b"nan",
            b"9" * 40,
            b"2026-12-24T18:00:00Z",
            b"07:32:00",
            b"\\u0000",
            b"\xff",
            b"\r\n",
            b"\xef\xbb\xbf",
        ),
    ),
    heads=(
        b"",
        b"[tasks.a]\n",
        b'[tasks.a]\nrun = "',
        b'[tasks.a]\nrun = "x"\nschedule = "',
        b'[workflows.w]\npipeline = "',
        b"x = [",
        b"[tasks.",
    ),
)
