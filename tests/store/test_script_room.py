"""What Lua lets a script have: 200 local names at a time. An old server and a new one must load each of them."""

from __future__ import annotations

from importlib import resources

import pytest

from qctl.store import Command, Store
from qctl.store.command import script

SCRIPTS = sorted(
    entry.name.removesuffix(".lua")
    for entry in (resources.files("qctl.store") / "lua").iterdir()
    if not entry.name.startswith("_")
)

#: More names that every script could have.
ROOM = 40


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_loads_with_room_for_more_names(store: Store, name: str) -> None:
    more = ", ".join(f"more{number}" for number in range(ROOM))
    loaded = store.do(Command(("SCRIPT", "LOAD", f"local {more}\n".encode() + script(name).text), bytes.decode))
    assert len(loaded) == 40
