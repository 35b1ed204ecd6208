"""Who works in a namespace, and what is paused in it: one round trip, or part of another's."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later
from qctl.store.command import script, script_call
from qctl.store.replies import pairs_of, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.store.command import Command
    from qctl.store.keys import Keys
    from qctl.store.pauses import Pause, read_pauses, standing_pauses
    from qctl.store.worker_info import WorkerInfo, present, worker_if_sound
else:
    present, worker_if_sound = (later("qctl.store.worker_info", name) for name in ("present", "worker_if_sound"))
    read_pauses, standing_pauses = (later("qctl.store.pauses", name) for name in ("read_pauses", "standing_pauses"))

_MOST: Final = 1000


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
    pairs = zip(records[::2], records[1::2], strict=True)
    read = (worker_if_sound(text(name), record and present(record), {}) for name, record in pairs)
    workers = tuple(worker for worker in read if worker is not None)
    pauses = standing_pauses(read_pauses(dict(pairs_of(paused))), int(now_ms)) if paused else {}
    return Crew(int(now_ms), workers, pauses)
