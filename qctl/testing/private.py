"""`qctl_server`: a Redis of a session's own, with a keeper that removes it however the session ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qctl.client.server import start_server
from qctl.client.temporary import where_qctl_is_found
from qctl.testing.keeper import STATE

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
    folder = _new_folder()
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "qctl.testing.keeper", folder],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for pytest
        env=where_qctl_is_found(os.environ),
    )
    try:
        yield PrivateServer(start_server(Path(folder, STATE)), Path(folder))
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(_WITHIN)


def _new_folder() -> str:
    """A temporary folder; one in /tmp where TMPDIR is too long for a socket in it."""
    usual = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix="qctl-tests-", dir=usual if len(os.fsencode(usual)) <= _LONGEST - 20 else "/tmp")  # noqa: S108
