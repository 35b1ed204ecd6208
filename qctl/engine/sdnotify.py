"""The protocol of sd_notify(3): datagrams of `NAME=value` lines to the socket that systemd names in the environment."""

from __future__ import annotations

import contextlib
import math
import os
import socket

from qctl.model.supervised import NOTIFY_VARIABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Self


class Notifier:
    """Tells systemd how the service is. Without systemd it says nothing."""

    def __init__(self, address: str = "", watchdog_s: float = math.inf) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.interval = watchdog_s / 2 if address else math.inf  #: seconds between two signs of life; infinite: none

    @classmethod
    def taken_from(cls, environ: MutableMapping[str, str]) -> Self:
        """Read what systemd has set, and remove it: what this process starts is not the service."""
        said = {name: environ.pop(name, "") for name in NOTIFY_VARIABLES}
        usec, pid = said["WATCHDOG_USEC"], said["WATCHDOG_PID"]
        asked = usec.isdecimal() and int(usec) > 0 and pid in ("", str(os.getpid()))
        return cls(said["NOTIFY_SOCKET"], int(usec) / 1e6 if asked else math.inf)

    @property
    def listened_to(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._address)

    def say(self, *lines: str) -> None:
        """Tell some things at once, such as READY=1. Never waits; what the socket does not take is dropped."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.sendto("\n".join(lines).encode(), socket.MSG_DONTWAIT, self._address)
