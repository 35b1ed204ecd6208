"""A folder with a tasks.toml, and an environment with a cache of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.compiled.kept_at_hand import EVERYTHING


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ops"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "one.toml").write_text('[tasks.other]\ncall = "a:b"\n')
    (folder / "tasks.toml").write_text(EVERYTHING)
    return folder


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path / "home")}
