"""What Lua lets a script have: 200 local names at a time. An old server and a new one must load each of them.

And what a script leaves of the server's Lua for others: all of it.
"""

from __future__ import annotations

from importlib import resources

import pytest

from qctl.store import Command, Store
from qctl.store.command import script
from tests.support.store_seed import submit

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


def pause_of(store: Store) -> int:
    """The pause of the server's garbage collection, in percent of what is in use, as any script finds it."""
    asked = "local pause = collectgarbage('setpause', 150) collectgarbage('setpause', pause) return pause"
    return store.do(Command(("EVAL", asked, 0), int))


def test_no_call_changes_how_the_server_collects_the_garbage_of_others(store: Store) -> None:
    before = pause_of(store)
    submit(store, "one")
    assert pause_of(store) == before


def test_a_server_that_lets_no_script_collect_garbage_is_served(store: Store) -> None:
    """`collectgarbage` is no part of what Redis promises to scripts."""
    call = store.verbs.promote()
    assert call.script is not None
    text = call.script.text.replace(b"'collectgarbage'", b"'missing'")
    assert store.do(Command(("EVAL", text, *call.words[2:]), call.read)).count == 0
