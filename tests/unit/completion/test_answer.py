"""What is offered at the cursor, by what stands before it."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from qctl.cli.completion import answer, instance, live
from tests.support import FakeClock


@pytest.mark.parametrize(
    ("typed", "kind", "begin", "rest"),
    [
        ("ba", "tasks", "", "ba"),
        ("dump | g", "tasks", "dump | ", "g"),
        ("dump |g", "tasks", "dump |", "g"),
        ("dump | [gzip, s", "tasks", "dump | [gzip, ", "s"),
        ("dump(d", "params dump", "dump(", "d"),
        ("dump(db=main, k", "params dump", "dump(db=main, ", "k"),
        ("dump(db=main) | [gzip, sum] | up", "tasks", "dump(db=main) | [gzip, sum] | ", "up"),
        ('[dump(text="a | (b"), g', "tasks", '[dump(text="a | (b"), ', "g"),
        ("dump db=main k", "params dump", "dump db=main ", "k"),
        ("]", "tasks", "]", ""),
    ],
)
def test_the_end_of_an_expression_is_a_task_or_a_parameter(typed: str, kind: str, begin: str, rest: str) -> None:
    assert answer.in_expression(typed) == (kind, begin, rest)


ROWS = [("keep=", "days"), ("mode=", "how"), ("mode=fast", ""), ("mode=two words", "")]


@pytest.mark.parametrize(
    ("prefix", "line", "offered"),
    [
        ("", ["run", "dump"], ["keep=", "mode="]),
        ("", ["run", "dump", "keep=3"], ["mode="]),
        ("", ["run", "dump", "keep:=3"], ["mode="]),
        ("mode=", ["run", "dump"], ["mode=fast", "mode=two words"]),
    ],
)
def test_a_parameter_is_offered_once_and_its_values_after_its_name(
    prefix: str, line: list[str], offered: list[str]
) -> None:
    assert [value for value, _ in answer.parameters(ROWS, prefix, line)] == offered


def test_flags_before_the_cursor_say_which_file_and_instance_is_meant() -> None:
    line = ["--file=a.toml", "-C", "/srv", "run", "--redis", "unix:///r", "x", "--", "--namespace", "other"]
    assert answer.flags_of(line) == {"file": "a.toml", "dir": "/srv", "redis": "unix:///r"}
    assert answer.flags_of(["run", "--file"]) == {}


def test_an_instance_that_never_answers_is_waited_for_no_longer_than_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert instance.LIMIT <= 0.15
    never, waited = Event(), []

    class Asking(Thread):
        def join(self, timeout: float | None = None) -> None:
            waited.append(timeout)
            super().join(0.001)

    def hang(*_: Any) -> Any:
        never.wait()
        raise OSError

    monkeypatch.setattr(live, "glimpse", hang)
    monkeypatch.setattr(live, "Thread", Asking)
    assert live.ask("jobs", "", "unix:///x", "qctl", 0.1) == []
    assert waited == [0.1]
    never.set()


class Sluggish:
    """A socket whose server takes the connection after 100 ms, and never says a word."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.timeouts: list[float] = []

    def settimeout(self, seconds: float) -> None:
        self.timeouts.append(seconds)

    def connect(self, _: Any) -> None:
        self.clock.advance(0.1)

    def send(self, _: bytes) -> None: ...

    def recv(self, _: int) -> bytes:
        raise TimeoutError

    def close(self) -> None:
        self.timeouts.append(0.0)


def test_connecting_and_waiting_for_an_answer_have_150_ms_together(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    slow = Sluggish(clock)
    own = SimpleNamespace(socket=lambda *_: slow, AF_UNIX=1, AF_INET=2, SOCK_STREAM=1)
    monkeypatch.setattr(instance, "_socket", own)
    monkeypatch.setattr(instance, "time", SimpleNamespace(monotonic=lambda: clock.monotonic()))
    with pytest.raises(TimeoutError):
        instance.knock("unix:///x")
    assert slow.timeouts == [0.15, pytest.approx(0.05), 0.0]


def test_a_server_that_says_nothing_is_not_asked_and_one_that_answers_has_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"unix://{tmp_path}/mute"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "mute"))
        listening.listen()
        with pytest.raises(TimeoutError):
            instance.knock(url)
        listening.accept()[0].close()

        def speak() -> None:
            with listening.accept()[0] as line:
                line.recv(6)
                line.sendall(b"+PONG\r\n")

        monkeypatch.setattr(instance, "LIMIT", 60.0)  # a busy machine answers late
        speaking = Thread(target=speak)
        speaking.start()
        assert 0.0 <= instance.knock(url) <= instance.LIMIT
        speaking.join()


def test_a_server_that_is_not_there_is_known_at_once(tmp_path: Path) -> None:
    for url in (f"unix://{tmp_path}/nobody", "redis://127.0.0.1:1/0"):
        with pytest.raises(OSError, match=r"refused|No such file"):
            instance.knock(url)
    assert instance.knock("redis://localhost:6379/0") == instance.LIMIT


@pytest.mark.parametrize(
    ("prefix", "line", "offered"),
    [
        ("-", ["ps"], False),
        ("-sta", ["ps"], False),
        ("-sta", ["ps", "--"], True),
        ("-sta", ["cancel", "--query"], True),
        ("task:x -sta", ["ps"], True),
        ("sta", ["ps"], True),
        ("task:back-sta", ["ps"], False),
    ],
)
def test_a_negation_is_offered_where_a_minus_begins_no_option(prefix: str, line: list[str], offered: bool) -> None:
    found = [value for value, _ in answer.found("query", prefix, line)]
    assert (f"{prefix.removesuffix('sta')}state:" in found) is offered
    assert bool(found) is offered


def test_what_stands_there_already_is_not_offered_again(tmp_path: Path) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text('[tasks.a]\nrun = "true"\nschedule = "@daily"\n[tasks.b]\nrun = "true"\nschedule = "@daily"\n')
    line = ["--file", str(file), "schedule", "disable", "a"]
    assert [value for value, _ in answer.found("schedules", "", line)] == ["b"]
    assert [value for value, _ in answer.found("tasks", "", [*line[:2], "chain", "a"])] == ["a", "b"]
