"""Settlements that the store has not answered yet: kept, and told again until it has."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from qctl.classes import dataclass
from qctl.engine.settle import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final, Literal

    from qctl.engine.claims import Held
    from qctl.store import Command, Verbs
    from qctl.store.values import Settlement

    _Call = Verb | Literal["the long way"]

#: Settlements in one turn, and bytes of their values and output, so that no script holds Redis for long. A job of a
#: workflow lets others go on besides: `complete` walks as many steps as this in the same call.
BATCH: Final = 200
BATCH_BYTES: Final = 4 * 1024 * 1024
#: In place of `complete`, of a job that the script is sure to settle the long way, and with it all others of the
#: same call: such jobs have a call of their own.
_LONG_WAY: Final = "the long way"
_COMPLETE: Final = Verb.COMPLETE  #: as a plain name: to read a member of an enum costs too much for every job


class Settled(NamedTuple):
    """The end of one attempt, as it will be told."""

    held: Held
    verb: Verb
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Batch:
    """Settlements of one worker id that travel together. Told again, it is told in the same words."""

    worker: str
    groups: Sequence[tuple[Verb, Sequence[Settled]]]

    def commands(self, verbs: Verbs) -> list[Command[Any]]:
        """One call of each group."""
        tell = {
            Verb.COMPLETE: verbs.complete,
            Verb.BURY: verbs.bury,
            Verb.RETRY: verbs.retry,
            Verb.RELEASE: verbs.release,
            Verb.REPLACE: verbs.replace,
        }
        return [tell[verb](self.worker, [one.settlement for one in group]) for verb, group in self.groups]


class Outbox:
    """The queue of settlements, oldest first."""

    def __init__(self) -> None:
        self._waiting: deque[Settled] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether what waits fills a batch."""
        return len(self._waiting) >= BATCH

    def add(self, settled: Settled) -> None:
        self._waiting.append(settled)

    def put_back(self, group: Sequence[Settled]) -> None:
        """The store has refused: these come first next time."""
        self._waiting.extendleft(reversed(group))

    def next_batch(self) -> Batch | None:
        """Take what the next turn tells."""
        if not self._waiting:
            return None
        waiting = self._waiting
        worker, size = waiting[0].held.worker, 0
        call: _Call | None = None
        group: list[Settled] = []
        groups: dict[_Call, list[Settled]] = {}
        for _ in range(min(BATCH, len(self._waiting))):
            one = waiting[0]
            if one.held.worker != worker or size > BATCH_BYTES:
                break
            waiting.popleft()
            settlement = one.settlement
            if settlement.value is not None or settlement.log or settlement.instead is not None:
                size += size_of(settlement)
            its: _Call = one.verb
            if its is _COMPLETE and (settlement.log or one.held.claim.attempt > 1):
                its = _LONG_WAY
            if its is not call:
                call = its
                group = groups.setdefault(call, [])
            group.append(one)
        return Batch(worker, [(group[0].verb, group) for group in groups.values()])


def size_of(settlement: Settlement) -> int:
    """Bytes of what it brings along: value, output, and the jobs that take its place."""
    jobs = settlement.instead.plan.nodes if settlement.instead else ()
    value = len(settlement.value.data) if settlement.value else 0
    return len(settlement.log) + value + sum(len(node.job.body) for node in jobs if node.job)
