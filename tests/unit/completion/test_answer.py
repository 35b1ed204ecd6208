"""What is offered at the cursor, by what stands before it."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest

from qctl.cli.completion import answer, live


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
    assert live.LIMIT <= 0.15
    never, waited = Event(), []

    class Asking(Thread):
        def join(self, timeout: float | None = None) -> None:
            waited.append(timeout)
            super().join(0.001)

    def hang(*_: Any) -> Any:
        never.wait()
        raise OSError

    monkeypatch.setattr(live, "_open", hang)
    monkeypatch.setattr(live, "Thread", Asking)
    assert live.ask("jobs", "", {}, "/") == []
    assert waited == [live.LIMIT]
    never.set()
