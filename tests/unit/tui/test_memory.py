"""What is kept of a screen until the next time, and what is not trusted of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qctl.tui.memory import recall, remember
from qctl.tui.screen import Screen, View


def left() -> Screen:
    screen = replace(Screen(view=View.QUEUES, interval=5.0), dismissed=frozenset({"old batch"}), recalled=("a", "b"))
    return screen.with_list(query="batch", sort="ready", reverse=True, cursor="x", marked=frozenset({"x"}))


def test_a_screen_comes_back_as_it_was_left_without_cursor_and_selection(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "top.json"
    remember(left(), path, "redis://db1 qctl")
    found = recall(Screen(), path, "redis://db1 qctl")
    assert found == left().with_list(cursor="", marked=frozenset())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["top.json"]


def test_each_instance_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "top.json"
    remember(left(), path, "one")
    remember(Screen(view=View.EVENTS), path, "two")
    assert recall(Screen(), path, "one").view is View.QUEUES
    assert recall(Screen(), path, "two").view is View.EVENTS
    assert recall(Screen(), path, "three") == Screen()


def test_only_the_instances_used_last_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "top.json"
    for number in range(60):
        remember(Screen(), path, f"n{number}")
    assert list(json.loads(path.read_text())) == [f"n{number}" for number in range(10, 60)]


@pytest.mark.parametrize(
    "text",
    [
        *["", "{", "[]", "[" * 10_000, '{"it": []}', '{"it": {"view": "nowhere", "lists": []}}'],
        '{"it": {"view": [], "interval": "2", "lists": {"jobs": 3}, "dismissed": 1, "recalled": [2]}}',
        '{"it": {"interval": 0.0001, "lists": {"jobs": {"query": "nofield:x"}}}}',
        '{"it": {"interval": true, "lists": {"jobs": {"query": 7, "sort": [], "reverse": "yes"}}}}',
    ],
)
def test_a_file_that_makes_no_sense_is_as_if_it_were_not_there(tmp_path: Path, text: str) -> None:
    path = tmp_path / "top.json"
    path.write_text(text)
    assert recall(Screen(), path, "it") == Screen()
    remember(left(), path, "it")
    assert recall(Screen(), path, "it").view is View.QUEUES


def test_a_folder_that_cannot_be_made_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(left(), tmp_path / "file" / "top.json", "it")
    assert recall(Screen(), tmp_path / "file" / "top.json", "it") == Screen()
