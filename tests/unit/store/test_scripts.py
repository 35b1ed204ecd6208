"""What a script is put together of."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from qctl.store.command import script

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
