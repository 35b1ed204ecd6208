"""Tells systemd that the worker lives, where systemd asked for it (`Type=notify`, `WatchdogSec=`)."""

from __future__ import annotations

import contextlib
import math
import os
import socket
from collections.abc import Mapping


class Watchdog:
    """Fed by the same loop that renews the lease: a loop that hangs is noticed by both."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        usec = environ.get("WATCHDOG_USEC", "")
        asked = usec.isdecimal() and environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._interval = int(usec) / 2_000_000 if asked and self._address else math.inf
        self._due = -math.inf if asked and self._address else math.inf

    def next_due(self) -> float:
        return self._due

    def run_once(self, now: float) -> None:
        """Say that all is well."""
        self._due = now + self._interval
        self.say("WATCHDOG=1")

    def say(self, state: str) -> None:
        """Tell systemd one thing, such as READY=1. Nothing happens where there is no systemd."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.sendto(state.encode(), socket.MSG_DONTWAIT, self._address)
