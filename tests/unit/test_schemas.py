"""The JSON Schemas: valid ones, complete against the tables of the program, and never stricter than its readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from qctl.config.keys import TABLES, Key, every_key
from qctl.config.schema import accepted, tasks_schema
from qctl.config.template import init_text
from qctl.config.wrong import Wrong
from qctl.model.event import BROKEN, TYPES, Event, event_view
from qctl.model.schemas import EVENT, JOB, event_schema, job_schema
from qctl.model.view import job_view
from tests.support.source import ROOT
from tests.unit import jobs_at_hand

SCHEMAS = {"tasks": tasks_schema, "job": job_schema, "event": event_schema}

#: Values of all sorts, of which each reader takes some.
VALUES: tuple[Any, ...] = (
    *(
        "",
        " ",
        "x",
        "a b",
        "none",
        "each",
        "any",
        "always",
        "str",
        "skip",
        "fail",
        "params",
        "keep",
        "90s",
        "1h30m",
        "stop",
    ),
    *("10MB", "1GiB", "12", "5 m", "1kb", "10/s", "TERM", "SIGKILL", "exit:75", "timeout", "OSError", "mod.x:f"),
    *("027", "0o22", "/bin/bash", "/bin/sh ", "Europe/Berlin", "redis://h/0", "unix:///x", "redis+cluster://a,b"),
    *(0, 1, 9, 22, 255, 1 << 31, -1, -20, 0.5, 1.0, 3600, True, False, [], {}),
    *([""], ["a"], ["a", "b"], ["each", "web1"], ["fail", "late"], [0], [0, 75], [1.5], ["exit:1"], ["timeout"]),
    *({"A": "b"}, {"A": 1, "B": True, "C": 0.5}, {"a b": "x"}, {"A": []}),
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema_of_draft_2020_12(name: str) -> None:
    made = SCHEMAS[name]()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(made)


def readers_of(key: Key) -> list[Any]:
    return [] if isinstance(key.read, Mapping) else [key.read]


@pytest.mark.parametrize(("table", "key"), list(every_key()), ids=lambda it: it if isinstance(it, str) else it.name)
def test_what_a_reader_takes_the_schema_takes(table: str, key: Key) -> None:
    for reader in readers_of(key):
        judge = Draft202012Validator(accepted(reader))
        taken = [value for value in VALUES if takes(reader, value)]
        assert [value for value in taken if not judge.is_valid(value)] == []
        assert taken


def takes(reader: Any, value: Any) -> bool:
    try:
        reader(value)
    except Wrong:
        return False
    return True


def test_every_key_is_in_it_with_its_meaning() -> None:
    found = tasks_schema()
    tables = {
        "qctl": found["properties"]["qctl"],
        "queues.NAME": found["properties"]["queues"]["additionalProperties"],
        "tasks.NAME": found["$defs"]["task"],
        "tasks.NAME.params.P": found["$defs"]["param"],
        "tasks.NAME.schedule": found["$defs"]["schedule"]["anyOf"][1],
        "workflows.NAME": found["properties"]["workflows"]["additionalProperties"],
        "notify.NAME": found["properties"]["notify"]["additionalProperties"],
    }
    assert tables.keys() | {"routes", "defaults"} == set(TABLES)
    for table, part in tables.items():
        assert part["properties"].keys() == TABLES[table].keys()
        for name, key in TABLES[table].items():
            assert key.meaning in part["properties"][name]["description"]


def complaints(text: str) -> list[ValidationError]:
    return list(Draft202012Validator(tasks_schema()).iter_errors(tomli.loads(text)))


@pytest.mark.parametrize("text", [(ROOT / "tasks.toml.example").read_text(), init_text()], ids=["example", "init"])
def test_files_that_work_are_valid(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[tasks.a]\nrun = 'x'\nschedul = '@daily'\n",
        "[tasks.a]\nrun = 'x'\nexec = ['x']\n",
        "[tasks.a]\nrun = 3\n",
        "[tasks.'a b']\nrun = 'x'\n",
        "[tasks.a]\nrun = 'x'\npriority = 10\n",
        "[tasks.a]\nrun = 'x'\ntimeout = 'soon'\n",
        "[tasks.a]\nrun = 'x'\nparams.p = { typ = 'str' }\n",
        "[tasks.a]\nrun = 'x'\nschedule = { overlap = 'perhaps' }\n",
        "[qctl]\nredis = 'http://x'\n",
        "[qctl]\nretention = { age = -1 }\n",
        "[workflows.w]\ndoc = 'no pipeline'\n",
        "[unknown]\n",
    ],
)
def test_slips_are_seen(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("make", ["running", "failed", "succeeded", "queued", "scheduled", "retrying", "hostile"])
def test_a_job_has_the_fields_of_its_schema_and_no_others(make: str) -> None:
    shown = job_view(getattr(jobs_at_hand, make)())
    assert list(shown) == list(JOB)
    Draft202012Validator(job_schema()).validate(shown)


@pytest.mark.parametrize("kind", [*TYPES])
def test_events_of_each_type_are_valid(kind: str) -> None:
    shown = event_view(Event("1700000000000-3", kind, ("7kq2fabc",)))
    assert list(shown) == list(EVENT)
    Draft202012Validator(event_schema()).validate(shown)
    assert not Draft202012Validator(event_schema()).is_valid({**shown, "type": f"{BROKEN}!"})
