"""Many who need the embedded server while it dies again and again: never a second one, and nobody is let down."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from qctl.store.embedded import ensure, shutdown, stop
from qctl.store.embedded.lock import held
from qctl.store.embedded.settings import environment, settings
from qctl.store.embedded.spawn import spawn, wait_for
from tests.integration.embedded import directory, program, python, servers_of

__all__ = ["directory", "program"]

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("program")]

NEED = """
import os, pathlib, signal, sys
from contextlib import suppress
from qctl.clock import monotonic
from qctl.store.embedded import ensure, running
from tests.integration.embedded import servers_of
directory, deadly, end = pathlib.Path(sys.argv[1]), sys.argv[2] == "deadly", monotonic() + 3
over, killed = directory.with_name("over"), 0
while not over.exists():
    ensure(directory)
    if deadly and (server := running(directory)):
        # A server is known by its title; before it has one it is the starter's half that ends at once.
        print(sum("unixsocket:" in seen.command for seen in servers_of(directory)))
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)
        killed += 1
        if killed > 5 and monotonic() > end:
            over.touch()
"""


def test_there_is_never_a_second_server_however_often_it_is_killed(directory: Path) -> None:
    """Faults 54 and 55: whoever is about to kill the one server that answers counts them first."""
    needy = [python(NEED, directory, kind) for kind in ("deadly", "peaceful", "peaceful")]

    said = [process.communicate(timeout=30) for process in needy]

    assert [complaint for _, complaint in said] == ["", "", ""]
    seen_alive = said[0][0].split()
    assert len(seen_alive) > 5
    assert set(seen_alive) == {"1"}


def test_stop_ends_a_server_too_that_is_started_meanwhile(
    directory: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that saw its server die starts another while `qctl down` waits for the lock."""
    ensure(directory)
    stop(directory)
    really, asked = shutdown._ask_to_end, Event()

    def ask(place: Path, within: float) -> int | None:
        found = really(place, within)
        asked.set()
        return found

    monkeypatch.setattr(shutdown, "_ask_to_end", ask)
    with ThreadPoolExecutor(1) as pool:
        with held(directory) as lock:
            assert lock is not None
            stopping = pool.submit(stop, directory, 5.0)
            assert asked.wait(5)
            os.set_inheritable(lock, True)
            pid = spawn([str(program), *settings(directory, "always")], {}, environment(), keep=(lock,))
        assert stopping.result()
    wait_for(pid)
    assert servers_of(directory) == []
