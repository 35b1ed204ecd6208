"""Ending the server of a directory by asking it over its socket: no process is signalled by a number from a file."""

from __future__ import annotations

import time

from qctl.clock import monotonic
from qctl.errors import TryAgain
from qctl.store.embedded.address import Pulse, connect, peer, ping
from qctl.store.embedded.directory import RUNNING, state_directory, verify
from qctl.store.embedded.lock import held
from qctl.store.embedded.record import read_start, this_machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final

    from qctl.store.bare_socket import BareSocket

_POLL: Final = 0.002


def stop(directory: Path | None = None, within: float = 10.0) -> bool:
    """End the server of a directory, this user's by default; its data stay. Returns whether one was running.

    Afterwards another host may use the directory, and a server that kept failing is tried again. Raises NotPermitted
    when the directory is not ours alone, TryAgain when the server has not ended after `within` seconds.
    """
    place = directory or state_directory()
    try:
        verify(place)
    except FileNotFoundError:
        return False
    deadline = monotonic() + within
    pid = _ask_to_end(place, within)
    while not _gone(place):
        if monotonic() > deadline:
            raise TryAgain(f"the server of {place} (pid {pid or 'unknown'}) has not ended after {within:.0f} s")
        time.sleep(_POLL)
        # Whoever has the lock may be starting another, a worker that saw this one die say: that is asked, too.
        pid = _ask_to_end(place, within) or pid
    return pid is not None


def has_died(directory: Path | None = None) -> bool:
    """Whether a server was started here since the machine booted, and is gone without having been told to end.

    Its workers may be waiting for it, or be about to start it again. Raises NotPermitted when the directory is not ours
    alone.
    """
    place = directory or state_directory()
    try:
        verify(place)
    except FileNotFoundError:
        return False
    last = read_start(place)
    return last is not None and last.boot == this_machine()[2] and ping(place) is Pulse.ABSENT


def _ask_to_end(directory: Path, within: float) -> int | None:
    try:
        with connect(directory, within) as line:
            pid = peer(line)
            # NOSAVE forbids a dump, which is never made here; the append-only file is written out in any case. With
            # that word Redis also obeys while somebody's script keeps it busy.
            line.sendall(b"SHUTDOWN NOSAVE\r\n")
            complaint = _read_to_the_end(line)
    except TimeoutError:
        raise TryAgain(f"the server of {directory} does not answer") from None
    except (FileNotFoundError, ConnectionError):
        return None
    if complaint:
        raise TryAgain(f"the server of {directory} (pid {pid}) will not end: {complaint}")
    return pid


def _read_to_the_end(line: BareSocket) -> str:
    try:
        return line.recv(512).decode(errors="replace").strip()
    except ConnectionResetError:
        return ""


def _gone(directory: Path) -> bool:
    """Whether no server has the lock; the record of the last start goes with it."""
    with held(directory) as lock:
        if lock is None:
            return False
        (directory / RUNNING).unlink(missing_ok=True)
        return True
