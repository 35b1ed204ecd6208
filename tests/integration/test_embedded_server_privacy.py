"""Nobody but its owner reaches the embedded server, and it trusts no file that somebody else could have placed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from qctl.errors import NotPermitted
from qctl.store.embedded import ensure, running, stop
from tests.integration.embedded import as_root, directory, each_server, kill, program, python, the_server

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]

NOBODY = 65534


def listening_inodes() -> set[str]:
    """Socket inodes of all listening TCP sockets of this machine."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A"}


def sockets_of(pid: int) -> set[str]:
    """Inodes of the sockets that a process has open."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a connection that was closed just now
            found.add(os.readlink(entry))
    return {name[len("socket:[") : -1] for name in found if name.startswith("socket:[")}


@each_server
def test_it_listens_on_no_tcp_port(directory: Path) -> None:
    """Attack 42."""
    ensure(directory)

    sockets = sockets_of(the_server(directory).pid)

    assert sockets
    assert sockets.isdisjoint(listening_inodes())


def test_all_its_files_are_its_owners_alone_even_when_started_with_umask_zero(directory: Path) -> None:
    """Attack 38: Redis listens before it sets the mode of its socket."""
    before = os.umask(0)
    try:
        ensure(directory)
    finally:
        os.umask(before)

    for path in (directory, *directory.rglob("*")):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path


def test_the_server_knows_nothing_of_its_starters_environment(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")

    ensure(directory)

    assert b"hunter2" not in Path(f"/proc/{the_server(directory).pid}/environ").read_bytes()


BECOME_NOBODY = f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})"

CONNECT = f"""
import os, pathlib, socket, sys
{BECOME_NOBODY}
print("trying", flush=True)
reached = 0
for _ in range(1000):
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(sys.argv[1])
            reached += 1
        except (PermissionError, FileNotFoundError, ConnectionError):
            pass
print(reached)
"""


@as_root
def test_another_user_cannot_connect_not_even_while_it_starts(directory: Path) -> None:
    """Attack 38, a thousand tries while servers come and go."""
    ensure(directory)
    directory.parent.chmod(0o755)
    stranger = python(CONNECT, directory / "redis.sock")
    assert stranger.stdout is not None
    assert stranger.stdout.readline() == "trying\n"
    for _ in range(3):
        kill(directory)
        ensure(directory)

    assert stranger.communicate(timeout=30)[0] == "0\n"


TRY = f"""
import os, pathlib, sys
from qctl.errors import QctlError
from qctl.store.embedded import ensure, has_died, running, stop
{BECOME_NOBODY}
try:
    {{call}}(pathlib.Path(sys.argv[1]))
except QctlError as error:
    sys.stderr.write(str(error) + chr(10))
    sys.exit(error.exit_code)
"""


@as_root
@pytest.mark.parametrize("call", ["ensure", "running", "stop", "has_died"])
def test_another_users_directory_is_refused_in_one_line(directory: Path, call: str) -> None:
    """Attack 59."""
    ensure(directory)
    directory.parent.chmod(0o755)

    stranger = python(TRY.format(call=call), directory)
    _, complaint = stranger.communicate(timeout=30)

    assert stranger.returncode == 77, complaint
    assert complaint.count("\n") == 1
    assert "belongs to root" in complaint


@as_root
def test_root_does_not_use_the_directory_of_a_user(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    os.chown(directory, NOBODY, NOBODY)

    with pytest.raises(NotPermitted, match="belongs to nobody, and you are root"):
        ensure(directory)


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_directory_that_others_can_enter_is_refused(directory: Path, mode: int) -> None:
    """Attack 39."""
    ensure(directory)
    stop(directory)
    directory.chmod(mode)

    with pytest.raises(NotPermitted, match=f"has mode {mode:04o}") as refused:
        ensure(directory)

    assert refused.value.exit_code == 77
    assert refused.value.advice == f"chmod 700 {directory}"


def test_a_directory_in_a_place_that_everybody_may_change_is_refused(directory: Path) -> None:
    """Attack 39: whoever may rename our directory may put his own in its place."""
    directory.mkdir(mode=0o700)
    directory.parent.chmod(0o777)

    with pytest.raises(NotPermitted, match="everybody may write to"):
        ensure(directory)
    assert running(directory.parent / "none") is None


def as_a_link(path: Path, precious: Path) -> None:
    path.symlink_to(precious)


def as_a_second_name(path: Path, precious: Path) -> None:
    path.hardlink_to(precious)


@pytest.mark.parametrize("place", [as_a_link, as_a_second_name])
@pytest.mark.parametrize("name", ["server.log", "server.lock"])
def test_a_file_planted_in_its_place_is_not_written_through(
    directory: Path, name: str, place: Callable[[Path, Path], None]
) -> None:
    """Attack 40."""
    precious = directory.parent / "precious"
    precious.write_text("precious")
    directory.mkdir(mode=0o700)
    place(directory / name, precious)

    with pytest.raises(NotPermitted):
        ensure(directory)

    assert precious.read_text() == "precious"
