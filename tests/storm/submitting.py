"""Submitters: each sends its part of the jobs while faults strike, and again until it is told that they are there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from qctl.errors import QctlError
from qctl.model.submission import Submission
from qctl.store import open_store
from qctl.store.taken import Taken
from tests.support import eventually

PATIENCE: Final = 300.0  #: seconds until a submitter gives up
_TAKEN: Final = (Taken.NEW, Taken.EXISTS)


class Submitter(threading.Thread):
    """Sends batches through a connection of its own, whenever there is room for more."""

    def __init__(
        self, url: str, namespace: str, batches: Sequence[Sequence[Submission]], room: Callable[[], bool]
    ) -> None:
        super().__init__(daemon=True)
        self._store = open_store(url, namespace, timeout=5.0)
        self._batches, self._room = batches, room
        self.acknowledged = 0
        self.sent_again = 0  #: batches of which nobody knew whether they were taken
        self.found_again = 0  #: jobs that were there already when they were sent again
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for batch in self._batches:
                eventually(self._room, within=PATIENCE, every=0.005)
                eventually(lambda one=batch: self._send(one), within=PATIENCE, every=0.05)  # type: ignore[misc]
        except BaseException as error:  # told by whoever looks after the storm
            self.failure = error
        finally:
            self._store.close()

    def _send(self, batch: Sequence[Submission]) -> bool:
        """Send one batch; no answer is no reason to believe anything: it is sent once more."""
        verbs = self._store.verbs
        try:
            for command in verbs.uploads(batch):
                self._store.do(command)
            answers = self._store.do(verbs.submit(batch))
        except QctlError:
            self.sent_again += 1
            return False
        refused = [(one.id, answer) for one, answer in zip(batch, answers, strict=True) if answer.taken not in _TAKEN]
        if all(answer.taken is Taken.NO_PLAN for _, answer in refused) and refused:
            return False
        assert not refused, refused
        self.found_again += sum(answer.taken is Taken.EXISTS for answer in answers)
        self.acknowledged += len(batch)
        return True
