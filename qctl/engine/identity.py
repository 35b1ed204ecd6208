"""Who a worker is: an id that is new at every start, a label for people, and how to know that its process is gone."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from qctl.classes import dataclass
from qctl.model.names import new_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_LABEL = 100  #: characters, so that an id made of it is still a name


@dataclass(frozen=True, slots=True)
class Identity:
    """One worker process. `id` stands in keys of the store, `label` is what people see."""

    id: str
    label: str
    host: str
    pid: int
    start: str  #: of the process, in clock ticks since boot: with the pid it names a process for one boot
    boot: str
    pid_namespace: str  #: in which the pid means this process: containers may share a host's name

    def about(self) -> dict[str, object]:
        """The part of the registration record by which others on this host can tell whether the process lives."""
        return {
            "label": self.label,
            "host": self.host,
            "pid": self.pid,
            "start": self.start,
            "boot": self.boot,
            "pid_namespace": self.pid_namespace,
        }


def identify(name: str | None = None) -> Identity:
    """Name this process. Each call draws a new id: nothing that was known of the old one is believed of the new."""
    host, pid = socket.gethostname(), os.getpid()
    label = _NOT_IN_A_NAME.sub("-", name or f"{host}.{pid}").lstrip("-")[:LONGEST_LABEL] or "worker"
    return Identity(f"{label}.{new_id()}", label, host, pid, start_time(pid) or "", boot_id(), pid_namespace())


def boot_id() -> str:
    """What tells this boot of the machine from every other; empty where the kernel does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def pid_namespace() -> str:
    """What tells the process numbers that are seen here from those of other containers; empty where nothing does."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def start_time(pid: int) -> str | None:
    """When a process of this host started, in clock ticks since boot. None if there is none, or a dead one unreaped."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in "ZX" else after_name[19]


def is_gone(about: Mapping[str, object], here: Identity) -> bool:
    """Whether the process that a registration record describes certainly does not run any more.

    Only a process of this host can be judged, and only where the kernel tells which boot this is and whose process
    numbers these are: two containers that share a host's name see each other's pids as other processes, or as none.
    """
    if about.get("host") != here.host or not here.boot or not about.get("boot"):
        return False
    if not here.pid_namespace or about.get("pid_namespace") != here.pid_namespace:
        return False
    if about["boot"] != here.boot:
        return True
    pid = about.get("pid")
    return isinstance(pid, int) and start_time(pid) != about.get("start")
