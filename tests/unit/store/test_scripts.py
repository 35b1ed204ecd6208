"""What a script is put together of."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from qctl.model.error_groups import FAILURES
from qctl.model.occurrence import NOT_RUN
from qctl.model.schedule import LATE_MS
from qctl.store.command import script
from qctl.store.schedule_values import BEAT_LIVE_MS

LUA = resources.files("qctl.store") / "lua"
PARTS = {entry.name: entry.read_text() for entry in LUA.iterdir() if entry.name.startswith("_")}
SCRIPTS = sorted(entry.name for entry in LUA.iterdir() if not entry.name.startswith("_"))


def functions_of(text: str) -> set[str]:
    return set(re.findall(r"^local function (\w+)", text, re.M))


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_shared_function_that_a_script_calls_stands_before_it(name: str) -> None:
    """Lua itself would find out only when the line is reached."""
    text = script(name.removesuffix(".lua")).text.decode()
    shared = set().union(*(functions_of(part) for part in PARTS.values()))
    called = set(re.findall(r"\b(\w+)\(", re.sub(r"--.*", "", (LUA / name).read_text())))
    assert (called & shared) - functions_of(text) == set()


def test_a_script_that_takes_no_jobs_is_not_burdened_with_how_they_are_taken() -> None:
    assert "read_submission" in functions_of(script("fire").text.decode())
    assert "read_submission" not in functions_of(script("complete").text.decode())


def constant(part: str, name: str) -> str:
    """What the scripts say that a constant is."""
    found = re.search(rf"^local {name} = (.*?)(?: *--.*)?$", PARTS[part], re.M)
    assert found is not None, f"{part} has no {name}"
    return found[1]


def members(part: str, name: str) -> set[str]:
    """The members of a constant that is a set."""
    return {quoted or bare for quoted, bare in re.findall(r"(?:\['(.*?)'\]|(\w+)) = true", constant(part, name))}


def test_scripts_and_commands_mean_the_same_failures_misses_and_lateness() -> None:
    """Else somebody would be told of what `schedule missed`, `errors` and `status` do not show, or not be told."""
    assert members("_ending.lua", "FAILURES") == FAILURES
    assert members("_notices.lua", "NOT_RUN") == NOT_RUN
    assert constant("_notices.lua", "LATE") == str(LATE_MS)
    assert constant("_scheduling.lua", "LIVE") == str(BEAT_LIVE_MS)
