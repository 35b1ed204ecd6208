"""A kept configuration of which a part is damaged, though it begins as it should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qctl.config import load
from qctl.config.cache import cache_file
from qctl.config.compiled import kept
from qctl.config.compiling import keep

_LATER_NS = 1 << 62


@pytest.mark.parametrize(
    ("fields", "lazy"), [([], {"documents": {}}), ({}, []), ({}, {"documents": {}}), (3, {"documents": {}})]
)
def test_damage_below_a_head_that_is_whole_is_no_error(fields: object, lazy: object, tmp_path: Path) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text('[tasks.a]\nrun = "true"\n')
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    keep(load(str(file)), environ, _LATER_NS)
    target = Path(cache_file("compiled", str(file), environ))
    assert kept(str(file), environ) is not None
    head, stamps, *_ = json.loads(target.read_text())
    target.write_text(json.dumps([head, stamps, fields, lazy]))
    assert kept(str(file), environ) is None
