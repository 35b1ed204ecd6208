"""The rules of the house for scripts and the names of keys, checked on their source."""

from __future__ import annotations

import re

import pytest

from qctl.engine.recalling import RECENT
from qctl.model.state import MOVES
from qctl.store.keys import KINDS
from tests.support.source import literals, modules
from tests.test_architecture import LUA, layer, none_of


def test_each_move_has_one_script_of_its_name() -> None:
    scripts = {path.stem for path in LUA.glob("*.lua")}

    assert MOVES.keys() <= scripts


@pytest.mark.parametrize("path", sorted(LUA.glob("*.lua")), ids=lambda path: str(path.stem))
def test_a_script_opens_with_its_label(path: object) -> None:
    text = (LUA / str(path)).read_text()
    name = str(path).rpartition("/")[2].removesuffix(".lua")
    if name.startswith("_"):
        assert text.startswith("-- ")
        return
    assert text.startswith(f"-- {name}: ")
    for part in ("KEYS", "ARGV", "reply"):
        assert re.search(rf"^-- {part}\b", text, re.M), f"no {part} in the label"
    if name in MOVES:
        assert " -> " in text.partition("\n")[0]


def test_scripts_never_search_the_keyspace_and_take_the_servers_time() -> None:
    for path in LUA.glob("*.lua"):
        assert not re.search(r"call\(['\"](KEYS|SCAN|FLUSH\w+)['\"]", path.read_text()), path
        assert not path.read_text().startswith("#!"), path


def test_a_worker_asks_for_as_many_attempts_as_the_store_keeps() -> None:
    """Where the clock of `total_timeout` began, an attempt says that is kept and not asked for."""
    kept = re.search(r"^local KEEP_ATTEMPTS = (\d+)\b", (LUA / "_prelude.lua").read_text(), re.M)

    assert kept is not None
    assert int(kept[1]) == RECENT


def test_the_names_of_keys_are_spelled_in_one_module() -> None:
    """And in the prelude of the scripts, which builds them from the same kinds."""
    spelled = re.compile(rf"^(\{{qctl\}}|\}})?:?({'|'.join(KINDS)}):$")
    places = [module for module in modules() if layer(module.name) in ("store", "engine", "client")]
    none_of(
        f"{module}:{line} {text!r}"
        for module in places
        if module.name != "qctl.store.keys"
        for line, text in literals(module)
        if spelled.search(text) or "{qctl}" in text
    )
    scripts = [path for path in LUA.glob("*.lua") if path.stem != "_prelude"]
    quoted = re.compile(rf"['\"]({'|'.join(KINDS)}):['\"]|\{{qctl\}}")
    none_of(f"{path.name}: {found[0]}" for path in scripts if (found := quoted.search(path.read_text())))
