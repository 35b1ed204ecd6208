"""What a job says through its socket, of which its worker may be root's: it is understood, or refused with a reason."""

from __future__ import annotations

import json
from typing import Any, Final

from qctl.engine.processes.reports import pack_json
from qctl.engine.processes.requests import said_in, understand
from qctl.errors import UsageError
from qctl.model.call import Call, Kind
from qctl.model.submission import Submission
from qctl.model.submission_json import read_extension, read_submission, write_submission
from qctl.model.workflow.plan import Node, Plan, WorkflowSubmission
from tests.fuzz.target import Target


def target(data: bytes) -> None:
    try:
        said = understand(data)
        if "progress" in said:
            pack_json(said_in(said)).decode()
    except ValueError as refused:
        assert str(refused)
        return
    submissions = said["submit"] if isinstance(said.get("submit"), list) else [said]
    for one in submissions:
        _submission(one)
    _extension(said.get("extend", said))


def _submission(said: Any) -> None:
    try:
        one = read_submission(said)
    except UsageError as refused:
        assert str(refused)
        return
    assert read_submission(json.loads(json.dumps(write_submission(one)))) == one
    try:
        Call.decode(one.body)
    except ValueError:
        return


def _extension(said: Any) -> None:
    try:
        read_extension("w1", said)
    except UsageError as refused:
        assert str(refused)


def seeds() -> list[bytes]:
    body = Call(task="dump", kind=Kind.EXEC, params={"db": "main"}).encode()
    one = Submission(id="7kq2f8wz", task="dump", body=body, queue="low", key="k", after=("abcd2345",), delay_ms=5)
    step = Submission(id="w1.1", task="dump", body=body)
    plan = Plan(first="1", last="1", nodes=(Node(name="1", job=step),), main=1, text="dump")
    whole = WorkflowSubmission(
        id="w1", task="pipeline", body=Call(task="pipeline", kind=Kind.WORKFLOW).encode(), plan=plan
    )
    said = [write_submission(one), write_submission(whole)]
    extension = {"group": "g1", "nodes": [{"name": "1", "job": write_submission(step)}], "heads": ["1"], "token": "t"}
    asked = [{"submit": said}, {"extend": extension}, {"progress": 0.5, "text": "half\nway", "told": "{}"}, *said]
    return [json.dumps(each).encode() for each in asked]


ASKED: Final = Target(
    name="asked",
    run=target,
    seeds=seeds,
    pieces=(
        *(b'{"progress":', b'"text":', b'"told":', b'"submit":', b'"extend":', b'"plan":', b'"nodes":', b'"name":'),
        *(b'"group":', b'"heads":', b'"first":', b'"last":', b'"main":', b'"body":', b'"task":', b'"id":', b'"key":'),
        *(b'"priority":', b'"after":', b'"secrets":', b'"position":', b'"max_parallel":', b'"delay_ms":', b'"g1"'),
        *(
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b'"',
            b"null",
            b"true",
            b"1",
            b"-1",
            b"1e308",
            b"1e999",
            b"NaN",
            b"9" * 40,
        ),
        *(b"\\ud800", b"\\u0000", b"\xff", b"\n", b"[[[[[[[[", b'{"a":' * 8),
    ),
    heads=(b"", b'{"submit":[{"id":', b'{"progress":', b'{"told":"'),
)
