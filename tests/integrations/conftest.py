"""A worker for web programs' jobs, and a server that never answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import qctl
from tests.integration.python.conftest import site, working

__all__ = ["site", "working"]


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[qctl.Qctl]:
    """An instance whose Redis takes connections and says nothing, as this process's own; calls wait 0.6 s for it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "silent.sock"))
        listener.listen(64)
        yield qctl.configure(redis=f"unix://{tmp_path}/silent.sock", namespace="silent", timeout=0.6)
    qctl.configure()
