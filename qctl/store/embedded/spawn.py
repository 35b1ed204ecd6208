"""Starting programs without the `subprocess` module, which alone would cost each qctl command several milliseconds."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress

from qctl.clock import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path


def ask(words: Sequence[str], within: float = 5.0) -> str | None:
    """Run a program and return what it printed, None if it failed or did not end in time."""
    reader, writer = os.pipe()
    try:
        pid = spawn(words, {1: writer, 2: writer}, os.environ)
    except OSError:
        os.close(reader)
        return None
    finally:
        os.close(writer)
    text, deadline = b"", monotonic() + within
    try:
        while select.select([reader], [], [], max(0.0, deadline - monotonic()))[0]:
            piece = os.read(reader, 4096)
            if not piece:
                return text.decode(errors="replace") if wait_for(pid) == 0 else None
            text += piece
        os.kill(pid, signal.SIGKILL)  # our own child, not waited for yet, so the number is still its own
        wait_for(pid)
        return None
    finally:
        os.close(reader)


def spawn(
    words: Sequence[str],
    descriptors: Mapping[int, int],
    env: Mapping[str, str],
    umask: int | None = None,
    keep: Collection[int] = (),
) -> int:
    """Start a program in a process group of its own, with `descriptors` (its number -> ours) and no others open.

    `keep` are descriptors that it has under their own numbers, inheritable ones. Nothing else of the caller's reaches
    it: a server that outlives a script must not hold its lock or its pipe open.

    Returns the pid, which the caller waits for. Raises OSError if the program cannot be executed.
    """
    if umask is not None:
        words = ["/bin/sh", "-c", f'umask {umask:03o}; exec "$@"', words[0], *words]
    actions: list[tuple[int, int, str, int, int] | tuple[int, int, int] | tuple[int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    ]
    actions += [(os.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in descriptors.items()]
    actions += [(os.POSIX_SPAWN_CLOSE, number) for number in _inheritable() if number not in keep]
    return os.posix_spawn(
        words[0],
        list(words),
        env,
        file_actions=actions,
        setpgroup=0,  # a Ctrl-C meant for us is not meant for it
        setsigmask=(),
        setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD),
    )


def _inheritable() -> list[int]:
    """Our descriptors above 2 that a new program would have: those that we were started with, as a rule."""
    found = []
    for number in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # the one that reads the list is gone by now
            if number > 2 and os.get_inheritable(number):
                found.append(number)
    return found


def wait_for(pid: int) -> int:
    """Wait for a child and return its wait status; 0 if somebody in this process has waited for it already."""
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return 0


def is_program(path: Path) -> bool:
    """Whether a path can be executed by us; one that we may not even look at cannot."""
    return os.path.isfile(path) and os.access(path, os.X_OK)
