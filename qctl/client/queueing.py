"""What one may do with whole queues: pause and resume them, and withdraw what waits there."""

from __future__ import annotations

from collections.abc import Sequence

from qctl.store import Store


class Queueing:
    """The queues of one instance."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pause(self, queues: Sequence[str], reason: str, by: str, seconds: float | None) -> list[str]:
        """Let nothing of these queues be started, of all of them with `*`, for so many seconds or until it is resumed.

        What runs goes on, and jobs may be submitted. Answers OK or ALREADY for each.
        """
        order = {"by": by, "reason": reason}
        length = None if seconds is None else round(seconds * 1000)
        return self._store.do(self._store.verbs.pause(queues, order, length))

    def resume(self, queues: Sequence[str]) -> list[str]:
        """Take pauses back. Answers OK or ALREADY for each."""
        return self._store.do(self._store.verbs.resume(queues))

    def withdraw(self, ids: Sequence[str], reason: str, by: str) -> list[bool]:
        """Cancel jobs that have not begun; those that run by now are left alone. Says of each whether it was."""
        order = {"by": by, "reason": reason}
        answers = self._store.do(self._store.verbs.cancel(ids, order, spare_running=True))
        return [answer.answer == "OK" for answer in answers]
