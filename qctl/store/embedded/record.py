"""What the directory remembers: which server may open its data, and which machine last ran one on it.

Written whole and renamed into place, so that a power cut leaves the old or the new record, never half of one.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from qctl.classes import asdict, dataclass
from qctl.errors import ConfigError
from qctl.store.embedded.directory import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

CHOSEN: Final = "server.json"

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_MACHINE_ID: Final = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The server that a directory was last opened by. Data it wrote is not given to another flavour or an older one."""

    flavour: str  #: "redis" or "valkey"; empty when only the files' layout is known
    version: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.flavour or 'redis'} {'.'.join(map(str, self.version))}"


@dataclass(frozen=True, slots=True)
class Start:
    """The last start in a directory: on which machine, when, and how many before it ended badly in a row."""

    host: str
    machine: str
    boot: str
    at: float  #: seconds since the epoch
    gave_up: int = 0


def this_machine() -> tuple[str, str, str]:
    """Host name, machine id and boot id of this machine; the boot id is the same in all containers of one kernel."""
    host = socket.gethostname()
    return host, _first_line(_MACHINE_ID) or host, _first_line(_BOOT_ID)


def read_chosen(directory: Path) -> Chosen | None:
    """Read which server wrote the data; None when there are none. Raises ConfigError for a damaged record."""
    found = _read(directory / CHOSEN)
    if found is not None:
        return Chosen(str(found["flavour"]), tuple(int(part) for part in str(found["version"]).split(".")))
    if (directory / "appendonlydir").is_dir():
        return Chosen("", (7, 0, 0))  # a folder for it came with Redis 7.0; what came before would see no data
    return None


def write_chosen(directory: Path, chosen: Chosen) -> None:
    """Record the server that is about to open the data."""
    _write(directory / CHOSEN, {"flavour": chosen.flavour, "version": ".".join(map(str, chosen.version))})


def read_start(directory: Path) -> Start | None:
    """Read the last start, None when there was none since the last `stop`."""
    found = _read(directory / RUNNING)
    if found is None:
        return None
    return Start(
        host=str(found["host"]),
        machine=str(found["machine"]),
        boot=str(found["boot"]),
        at=float(str(found["at"])),
        gave_up=int(str(found["gave_up"])),
    )


def write_start(directory: Path, start: Start) -> None:
    """Record a start that is about to happen."""
    _write(directory / RUNNING, asdict(start))


def _read(path: Path) -> dict[str, object] | None:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        found = None
    wanted = {"flavour", "version"} if path.name == CHOSEN else {"host", "machine", "boot", "at", "gave_up"}
    if not isinstance(found, dict) or not wanted <= found.keys():
        raise ConfigError(f"{path} is damaged", help=f"cat {path}        then restore it, or remove it if you know why")
    return found


def _write(path: Path, facts: Mapping[str, object]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)  # left by a power cut; only holders of the lock come here
    target = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(target, "wb") as out:
        out.write(json.dumps(facts).encode() + b"\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a power cut."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _first_line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
