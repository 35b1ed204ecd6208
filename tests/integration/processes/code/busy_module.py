"""Leaves a thread and a connection behind when it is imported, as a client library might."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

ours, theirs = socket.socketpair()
connection = {os.readlink(f"/proc/self/fd/{end.fileno()}") for end in (ours, theirs)}
threading.Thread(target=threading.Event().wait, daemon=True).start()


def what_is_left() -> dict[str, object]:
    """Whether this process still has the connection, by whatever number, and how many threads."""
    opened = set()
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            opened.add(os.readlink(f"/proc/self/fd/{number}"))
    return {"connection": bool(opened & connection), "threads": len(os.listdir("/proc/self/task"))}
