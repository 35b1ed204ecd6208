"""Who works in a namespace, and what is paused in it: one round trip, or part of another's."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.command import script, script_call
from qctl.store.instance import fields, read_pauses, standing_pauses, worker_if_sound
from qctl.store.replies import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.store.command import Command
    from qctl.store.instance import Pause, WorkerInfo
    from qctl.store.keys import Keys

_MOST: Final = 1000
_OF_A_WORKER: Final = ("about", "beat", "seen", "since", "command", "condemned")


@dataclass(frozen=True, slots=True)
class Crew:
    """What was found. Of the workers, dead ones included, is not told what they run."""

    now_ms: int  #: server time
    workers: tuple[WorkerInfo, ...]
    pauses: Mapping[str, Pause]  #: those that stand, by queue; `*` is that of all queues


def crew(keys: Keys) -> Command[Crew | None]:
    """Asks for the crew; answers None where somebody has put something else under its names."""
    return script_call(script("crew"), (keys.door, keys.workers, keys.paused), [_MOST], _read)


def _read(reply: Sequence[Any]) -> Crew | None:
    now_ms, paused, *records = reply
    if paused is None:
        return None
    read = (
        worker_if_sound(text(name), _present(record), {})
        for name, record in zip(records[::2], records[1::2], strict=True)
    )
    workers = tuple(worker for worker in read if worker is not None)
    return Crew(int(now_ms), workers, standing_pauses(read_pauses(fields(paused)), int(now_ms)))


def _present(record: Sequence[Any] | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {name: word for name, word in zip(_OF_A_WORKER, record, strict=True) if word is not None}
