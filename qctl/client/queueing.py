"""What one may do with whole queues: pause and resume them, and withdraw what waits there."""

from __future__ import annotations

import math

from qctl.client.acting import in_batches
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.client.doubt import doubted, were
    from qctl.store import Pause, Queue, Store
else:
    doubted, were = (later("qctl.client.doubt", name) for name in ("doubted", "were"))

EVERY: Final = "*"  #: stands for every queue
_LOOK: Final = "qctl queue list"


class Queueing:
    """The queues of one instance."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pause(self, queues: Sequence[str], reason: str, by: str, seconds: float | None) -> list[str]:
        """Let nothing of these queues be started, of all of them with `*`, for so many seconds or until it is resumed.

        What runs goes on, and jobs may be submitted. Answers OK or ALREADY for each. Raises ActUnknown.
        """
        order = {"by": by, "reason": reason}
        length = None if seconds is None else round(seconds * 1000)
        with doubted(f"{all_of(queues)} being paused", _LOOK):
            return self._store.do(self._store.verbs.pause(queues, order, length))

    def resume(self, queues: Sequence[str]) -> list[str]:
        """Take pauses back. Answers OK or ALREADY for each. Raises ActUnknown."""
        with doubted(f"{all_of(queues)} being resumed", _LOOK):
            return self._store.do(self._store.verbs.resume(queues))

    def withdraw(self, ids: Sequence[str], reason: str, by: str) -> list[bool]:
        """Cancel jobs that have not begun; those that run by now are left alone. Says of each whether it was."""
        order = {"by": by, "reason": reason}
        answers = in_batches(self._store, ids, lambda batch: self._store.verbs.cancel(batch, order, spare_running=True))
        return [answer.answer == "OK" for answer in answers]


def title(queue: str) -> str:
    """How a queue, or all of them, is called in a sentence."""
    return "every queue" if queue == EVERY else queue


def all_of(queues: Sequence[str]) -> str:
    """The beginning of what is said of queues: `mails was`, `every queue was`."""
    return were([title(queue) for queue in queues])


def pause_words(pauses: Mapping[str, Pause], queue: str) -> str:
    """Who has paused a queue, or all of them, and why; empty if nobody has."""
    name = queue.partition("@")[0]
    for paused, title in ((name, f"queue {name} is"), ("*", "every queue is")):
        if stands := pauses.get(paused):
            by = f" by {stands.by}" if stands.by else ""
            return f"{title} paused{by}" + (f" ({stands.reason})" if stands.reason else "")
    return ""


def what_holds(queue: str, pauses: Mapping[str, Pause], queues: Iterable[Queue], rule: Mapping[str, Any]) -> str:
    """What holds back everything that waits in a queue: a pause, or as many running as it may; empty if nothing.

    `queues` are all queues; `rule` is what this one may, in all its parts for hosts together.
    """
    if stands := pause_words(pauses, queue):
        return stands
    name = queue.partition("@")[0]
    running = sum(each.running for each in queues if each.name.partition("@")[0] == name)
    return f"max_running of queue {name}" if running >= rule.get("running", math.inf) else ""
