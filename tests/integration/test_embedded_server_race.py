"""Many who need the embedded server while it dies again and again: never a second one, and nobody is let down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.embedded import directory, program, python

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]

NEED = """
import os, pathlib, signal, sys
from contextlib import suppress
from qctl.clock import monotonic
from qctl.store.embedded import ensure, running
from tests.integration.embedded import servers_of
directory, deadly, end = pathlib.Path(sys.argv[1]), sys.argv[2] == "deadly", monotonic() + 3
while monotonic() < end:
    ensure(directory)
    if deadly and (server := running(directory)):
        # A server is known by its title; before it has one it is the starter's half that ends at once.
        print(sum("unixsocket:" in seen.command for seen in servers_of(directory)))
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)
"""


def test_there_is_never_a_second_server_however_often_it_is_killed(directory: Path) -> None:
    """Faults 54 and 55: whoever is about to kill the one server that answers counts them first."""
    needy = [python(NEED, directory, kind) for kind in ("deadly", "peaceful", "peaceful")]

    said = [process.communicate(timeout=30) for process in needy]

    assert [complaint for _, complaint in said] == ["", "", ""]
    seen_alive = said[0][0].split()
    assert len(seen_alive) > 5
    assert set(seen_alive) == {"1"}
