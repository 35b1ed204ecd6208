"""What `qctl schedule` prints as JSON, and the time by which it judges."""

from __future__ import annotations

import json
from typing import Any

from qctl.store import Reading, Store
from tests.support.command_line import Home


def items(home: Home, *words: str) -> dict[str, dict[str, Any]]:
    """The items that a word of `schedule` lists, by name."""
    answer = home.run("schedule", *words, "-o", "json")
    assert answer.code == 0, answer
    return {item["name"]: item for item in json.loads(answer.stdout)["items"]}


def now(store: Store) -> int:
    """Server time in ms."""
    return Reading(store).now_ms()
