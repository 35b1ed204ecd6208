"""A worker as it stands in its record: what is asked of it, and how that is read."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.store.abouts import about_in
from qctl.store.command import Command
from qctl.store.replies import fields, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.store.keys import Keys

_OF_WORKERS: Final = ("about", "beat", "seen", "since", "command", "condemned")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerInfo:
    """A worker as it stands. `about` is what it says of itself: see `engine.registration`."""

    id: str
    about: Mapping[str, Any]
    beat: int
    seen_ms: int  #: its last heartbeat, server time
    since_ms: int
    command: str
    condemned: bool
    running: Mapping[str, int] = field(default_factory=dict)  #: id -> fence

    @property
    def label(self) -> str:
        return str(self.about.get("label", self.id))

    @property
    def doing(self) -> str:
        """What it does while it lives: `idle` or `working`, and `draining` or `stopping`, which take no more jobs."""
        phase = self.about.get("phase") or "working"
        if phase == "working":
            return "working" if self.running else "idle"
        return "draining" if phase == "draining" else "stopping"

    def reads(self, queue: str) -> bool:
        """Say whether this worker takes jobs of a queue; one that names none takes those of every queue.

        One that drains, or is about to go, takes no more.
        """
        if self.about.get("phase", "working") != "working":
            return False
        name, _, host = queue.partition("@")
        queues = self.about.get("queues") or [name]
        return name in queues and host in ("", self.about.get("host")) and not self.about.get("only")


def asked_of_workers(keys: Keys, ids: Iterable[str]) -> list[Command[Any]]:
    """What is asked of workers: of each its record, but for what it claimed last, with all bodies, and what it runs."""
    commands: list[Command[Any]] = []
    for worker in ids:
        commands.append(Command(("HMGET", keys.worker(worker), *_OF_WORKERS), present))
        commands.append(Command(("HGETALL", keys.running(worker)), fields))
    return commands


def present(reply: Sequence[Any]) -> dict[str, Any]:
    """What there is of the fields of a record, in the order in which they are asked for."""
    return {name: said for name, said in zip(_OF_WORKERS, reply, strict=True) if said is not None}


def worker_if_sound(
    worker: str, record: Mapping[str, Any] | None, running: Mapping[str, Any] | None
) -> WorkerInfo | None:
    """A worker, None if it is gone, or nobody can read its record."""
    try:
        return _read_worker(worker, record, running or {}) if record else None
    except (OverflowError, TypeError, ValueError):  # somebody wrote it by hand
        return None


def _read_worker(worker: str, record: Mapping[str, Any], running: Mapping[str, Any]) -> WorkerInfo:
    return WorkerInfo(
        id=worker,
        about=about_in(record.get("about")),
        beat=int(record.get("beat", 0)),
        seen_ms=int(record.get("seen", 0)),
        since_ms=int(record.get("since", 0)),
        command=text(record.get("command", b"")),
        condemned="condemned" in record,
        running={job: int(fence) for job, fence in running.items()},
    )
