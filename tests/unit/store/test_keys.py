"""The names of keys: one hash tag, one file that spells them, and for each kind a reason to end."""

from __future__ import annotations

import inspect
from pathlib import Path

import qctl
from qctl.store import Keys
from qctl.store.keys import KINDS, reason_to_end

KEYS = Keys("team")


def every_key() -> dict[str, str]:
    """A key of each method and property of Keys."""
    made = {}
    for name, member in inspect.getmembers(Keys):
        if isinstance(member, property):
            made[name] = getattr(KEYS, name)
        elif inspect.isfunction(member) and not name.startswith("_"):
            wanted = [p for p in inspect.signature(member).parameters if p != "self"]
            made[name] = getattr(KEYS, name)(*(7 if p in ("attempt", "minute") else "x" for p in wanted))
    return made


def test_every_key_carries_the_namespaces_hash_tag_so_that_a_cluster_keeps_them_together() -> None:
    assert {key.partition("}")[0] for key in every_key().values()} == {"{team"}
    assert KEYS.job("7kq2f0aa") == "{team}:job:7kq2f0aa"
    assert KEYS.log("one", 3) == "{team}:log:one:3"


def test_every_kind_of_key_has_a_reason_to_end_or_to_stay() -> None:
    not_stored = {"prefix", "door", "ended_channel"}
    for name, key in every_key().items():
        assert name in not_stored or reason_to_end(key), f"Keys.{name} makes a key that nothing ever removes"
    assert reason_to_end("{team}:leaked:one") is None


def test_no_other_file_spells_a_key() -> None:
    spelled = [f"{kind}:" for kind in KINDS]
    root = Path(qctl.__file__).parent
    for file in root.rglob("*.py"):
        if file.name != "keys.py":
            text = file.read_text()
            assert not [one for one in spelled if f"}}:{one}" in text], file
