"""Job records as they come from Redis: a job that every screen can show, or nothing, which is told apart from one."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from qctl.cli.joblog import joblog
from qctl.model.attempt import Attempt
from qctl.model.call import Call, Kind
from qctl.model.job_words import (
    again,
    beside,
    command_of,
    due_of,
    ending,
    exit_column,
    run_s,
    since_of,
    title_of,
    tries,
)
from qctl.model.output import unpack as unpack_log
from qctl.model.view import cancelled_words, held_words, job_view, python_value, upstream_words, value_view
from qctl.store.record import inline_value, read_fields, read_job_if_sound
from tests.fuzz.target import Target

_BETWEEN: Final = b"\x1e"  #: between the fields of an example, and their names and values
_NOW_MS: Final = 1_800_000_000_000


def target(data: bytes) -> None:
    _job(data)
    words = data.split(_BETWEEN)
    _job(words[: len(words) // 2 * 2])
    for read in (Call.decode, unpack_log):
        try:
            read(data)
        except ValueError as refused:
            assert str(refused)


def _job(form: bytes | Sequence[bytes]) -> None:
    job = read_job_if_sound("7kq2f8wz", form)
    if job is None:
        return
    json.dumps(job_view(job), ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
    json.dumps(joblog([job]))
    for words in (tries, command_of, title_of, due_of, since_of, exit_column, again):
        words(job)
    for said in (cancelled_words, upstream_words, held_words):
        assert isinstance(said(job), str)
    run_s(job, _NOW_MS)
    for attempt in job.attempts:
        assert isinstance(beside(attempt), str)
        assert isinstance(ending(attempt), str)
    try:
        value = inline_value(read_fields(form))
    except ValueError:
        return
    if value is not None:
        try:
            assert value_view(value) == value_view(value)
            python_value(value)
        except (ValueError, RecursionError):
            return


def _example(**fields: bytes) -> bytes:
    return _BETWEEN.join(word for name, value in fields.items() for word in (name.encode(), value))


def _packed(**fields: bytes) -> bytes:
    """As `pack` in `_prelude.lua` writes it."""
    return b"".join(
        bytes([len(name)]) + name.encode() + struct.pack(">I", len(value)) + value for name, value in fields.items()
    )


def seeds() -> list[bytes]:
    call = Call(
        task="dump", kind=Kind.EXEC, params={"db": "main"}, args=("-v",), labels={"env": "test"}, tags=("x",), tries=3
    )
    bodies = [call, replace(call, kind=Kind.ADHOC), Call(task="pipeline", kind=Kind.WORKFLOW, pipeline="a | b")]
    attempt = Attempt(
        number=1,
        worker="web1",
        started_ms=1500,
        ended_ms=1700,
        outcome="failed",
        reason="exit",
        exit_code=22,
        error_type="exit",
        error_message="no",
    ).encode()
    found = [call.encode(), attempt]
    for one in bodies:
        live = {"t": b"dump", "q": b"low@db1", "p": b"7", "b": one.encode(), "at": b"1000", "s": b"queued"}
        running = live | {"s": b"running", "o": b"w1", "f": b"1", "n": b"1", "st": b"1500", "pg": b"0.5 half\x1fway"}
        ended = live | {"oc": b"failed", "rs": b"exit", "en": b"1700", "a1": attempt, "a2": attempt, "v": b'j{"a":1}'}
        cancelled = ended | {"oc": b"cancelled", "cb": b'{"by":"ana","reason":"no"}', "vb": b"s12", "up": b"x"}
        for fields in (
            live,
            running,
            ended,
            cancelled,
            live | {"et": b"1e15", "due": b"5", "ex": b"9", "pk": b"task:x"},
        ):
            found += [_example(**fields), _packed(**fields)]
    return found


RECORD: Final = Target(
    name="record",
    run=target,
    seeds=seeds,
    pieces=(
        *(_BETWEEN + name + _BETWEEN for name in (b"t", b"q", b"p", b"b", b"at", b"s", b"oc", b"rs", b"et", b"due")),
        *(_BETWEEN + name + _BETWEEN for name in (b"a1", b"a2", b"pg", b"cb", b"cx", b"v", b"vb", b"up", b"pk", b"n")),
        *(_BETWEEN, b"succeeded", b"failed", b"running", b"ended", b"1e999", b"nan", b"-1", b"9" * 40, b"null", b"[]"),
        *(b"{}", b'"', b"[", b'{"n":1,"w":"x","s":1,"e":2,"o":"failed"}', b'"s":', b'"e":"x"', b'"o":null', b"\xff"),
        *(b'"task":1', b'"kind":"adhoc"', b'"params":[]', b'"labels":{"a":1}', b'"line":1.5', b"\\ud800", b"\0\0\0\1"),
    ),
    heads=(b"", b"t\x1ex\x1ea1\x1e", b"t\x1ex\x1eb\x1e", b"t\x1ex\x1ecb\x1e", b"t\x1ex\x1eat\x1e"),
)
