"""The worker's log: a sentence, fields with an action, one record per line whatever is in it."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
from collections.abc import Iterator

import pytest

from qctl import clock
from qctl.engine.journal import Journal, Level, read_level
from qctl.errors import UsageError

_open: list[int] = []


@pytest.fixture(autouse=True)
def open_pipes() -> Iterator[None]:
    """Those that logs are read from; closed after each test."""
    yield
    while _open:
        os.close(_open.pop())


def a_pipe() -> tuple[int, int]:
    ends = os.pipe()
    _open.extend(ends)
    return ends


def written(*, as_json: bool, level: Level = Level.INFO) -> tuple[Journal, int]:
    reading, writing = a_pipe()
    return Journal(writing, level=level, as_json=as_json, now=lambda: "2026-11-22T13:50:05.112Z"), reading


def test_a_record_is_a_sentence_and_fields_with_an_action() -> None:
    journal, reading = written(as_json=False)
    journal.context["worker"] = "web1.1"

    journal.info("retry", "retry backup in 30 s", job="7kq2f3ab", absent=None)

    assert os.read(reading, 4096) == (
        b"2026-11-22T13:50:05.112Z INFO    retry backup in 30 s action=retry job=7kq2f3ab worker=web1.1\n"
    )


def test_json_records_are_one_object_per_line() -> None:
    journal, reading = written(as_json=True)

    journal.warning("retry", "two\nlines", job="7kq2f3ab")

    line = os.read(reading, 4096)
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "at": "2026-11-22T13:50:05.112Z",
        "level": "warning",
        "action": "retry",
        "message": "two\nlines",
        "job": "7kq2f3ab",
    }


def test_a_name_can_neither_forge_a_record_nor_drive_a_terminal() -> None:
    """Attacks 31 and 32."""
    journal, reading = written(as_json=False)

    journal.info("claim", "claimed x\n2026 ERROR forged", job="\x1b[2J\u202e")

    line = os.read(reading, 4096)
    assert line.count(b"\n") == 1
    assert b"\x1b" not in line
    assert rb"x\n2026" in line


def test_records_below_the_level_are_not_written() -> None:
    journal, reading = written(as_json=False, level=Level.WARNING)

    journal.info("claim", "claimed")
    journal.error("redis", "Redis is gone")

    assert os.read(reading, 4096).count(b"\n") == 1


def test_a_closed_stream_does_not_stop_the_worker() -> None:
    """Fault 8."""
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)

    Journal(writing).error("redis", "nobody reads this")


def test_a_reader_that_does_not_read_holds_nobody_up_and_is_told_how_much_it_missed() -> None:
    """A pager, a stuck pipe, Ctrl-S: the loop that logs renews the lease too."""
    reading, writing = a_pipe()
    journal = Journal(writing)
    fits = 0
    while select.select([], [writing], [], 0)[1]:
        os.write(writing, b"." * 4096)
        fits += 1

    signal.alarm(10)  # ends a test that waits
    for _ in range(3):
        journal.info("claim", "nobody reads this")
    signal.alarm(0)
    for _ in range(fits):
        os.read(reading, 4096)
    journal.info("claim", "x" * 5000)

    dropped, claim = os.read(reading, 1 << 20).splitlines()
    assert b" WARNING " in dropped
    assert b"3 lines action=dropped" in dropped
    assert b"x" * 5000 + b" action=claim" in claim


def test_a_record_that_was_cut_off_does_not_run_into_the_next() -> None:
    journal, reading = written(as_json=True)
    room = fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 8192)

    journal.info("claim", "x" * 3 * room)
    os.read(reading, room)
    journal.info("claim", "after it")

    lines = os.read(reading, 1 << 16).splitlines()
    assert [json.loads(line)["action"] for line in lines if line] == ["dropped", "claim"]


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="debug, info, warning, error"):
        read_level("loud")


def test_a_trouble_that_lasts_is_told_at_first_and_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schedule whose record somebody has garbled is asked for each second."""
    journal, reading = written(as_json=False)
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])

    for _ in range(150):
        journal.trouble("redis", "no use")
        now[0] += 1.0
    journal.trouble("redis", "another")

    lines = os.read(reading, 65536).decode().splitlines()
    assert [line.split(" WARNING ")[1].split(" action")[0] for line in lines] == ["no use"] * 3 + ["another"]
