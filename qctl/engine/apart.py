"""Settlements that Redis refuses for what stands there, as where somebody has written over a key.

Each is told by itself, again and again, until that is put right, and holds no other up.
"""

from __future__ import annotations

import math

from qctl.engine.outbox import BATCH, BATCH_BYTES, Batch, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.engine.outbox import Settled

AGAIN: Final = 5.0  #: seconds until one is told once more


class Apart:
    """What was refused, in the order of its first refusal."""

    def __init__(self) -> None:
        self._waiting: list[Settled] = []
        self.due = math.inf  #: monotonic: when to tell some of them

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, group: Sequence[Settled], now: float) -> None:
        """A call was refused. Where it was of several, which of them is meant is asked at once."""
        self._waiting += group
        self.due = min(self.due, now if len(group) > 1 else now + AGAIN)

    def next_batch(self, now: float) -> Batch | None:
        """Take what the next turn tells, each in a call of its own; None if it is not time for that."""
        if now < self.due:
            return None
        worker, size, taken = self._waiting[0].held.worker, 0, 0
        for one in self._waiting[:BATCH]:
            if one.held.worker != worker or size > BATCH_BYTES:
                break
            size, taken = size + size_of(one.settlement), taken + 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self.due = now if self._waiting else math.inf
        return Batch(worker, [(one.verb, [one]) for one in group])
