"""`qctl_server`: a Redis of a session's own, with a keeper that removes it however the session ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from qctl.classes import dataclass
from qctl.client.server import start_server
from qctl.client.temporary import where_qctl_is_found
from qctl.testing.keeper import STATE, remove

_LONGEST: Final = 80  #: bytes of a folder in which a unix socket has a path that it may have
_WITHIN: Final = 30.0  #: seconds for the keeper to end the server


@dataclass(frozen=True, slots=True)
class PrivateServer:
    """A Redis of this session's own."""

    url: str
    folder: Path  #: in which it lives, and what belongs to it
    namespace: str = "qctl"  #: where a test's jobs are


def private_server() -> Iterator[PrivateServer]:
    """Start one; it is removed afterwards, also when this process is killed. Raises as the embedded server does."""
    folder, session = _new_folder(), os.getpid()
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "qctl.testing.keeper", folder, str(session)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for pytest
        env=where_qctl_is_found(os.environ),
    )
    try:
        yield PrivateServer(start_server(Path(folder, STATE)), Path(folder))
    finally:
        if os.getpid() == session:  # what a test has forked goes its own way
            _end(keeper, folder)


def _end(keeper: subprocess.Popen[bytes], folder: str) -> None:
    """Have all of it removed: by the keeper, or here where that is dead or takes too long."""
    try:
        keeper.communicate(b".", timeout=_WITHIN)  # the end of a pipe is not seen while somebody else holds it
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()
    remove(folder)


def _new_folder() -> str:
    """A temporary folder; one in /tmp where TMPDIR is too long for a socket in it."""
    usual = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix="qctl-tests-", dir=usual if len(os.fsencode(usual)) <= _LONGEST - 20 else "/tmp")  # noqa: S108
