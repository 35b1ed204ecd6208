"""Many who need the embedded server while it dies again and again: never a second one, and nobody is let down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.embedded import directory, program, python, servers_of
from tests.support import eventually

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]

NEED = """
import os, pathlib, signal, sys
from contextlib import suppress
from qctl.clock import monotonic
from qctl.store.embedded import ensure, running
directory, deadly, end = pathlib.Path(sys.argv[1]), sys.argv[2] == "deadly", monotonic() + 3
while monotonic() < end:
    ensure(directory)
    if deadly and (server := running(directory)):
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)
"""


def test_there_is_never_a_second_server_however_often_it_is_killed(directory: Path) -> None:
    """Faults 54 and 55."""
    most = 0
    needy = [python(NEED, directory, kind) for kind in ("deadly", "peaceful", "peaceful")]

    def all_have_ended() -> bool:
        nonlocal most
        # A server is known by its title; before it has one it is the starter's half that ends at once.
        most = max(most, sum("unixsocket:" in server.command for server in servers_of(directory)))
        return all(process.poll() is not None for process in needy)

    eventually(all_have_ended, within=30.0, every=0.01)

    complaints = [process.communicate()[1] for process in needy]
    assert complaints == ["", "", ""]
    assert most == 1
    assert (directory / "server.log").read_text().count("Server initialized") > 5
