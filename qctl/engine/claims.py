"""The ledger of what this worker has claimed: where each job is between the claim and its settlement.

The parent's half of ownership. The other half stands in the store; `Comparison` finds where they differ.
"""

from __future__ import annotations

import math
from collections import deque
from enum import IntEnum

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

    from qctl.engine.limits import Key
    from qctl.model.task import Task
    from qctl.store.values import Claim

TOLERANCE: Final = 1.0  #: seconds that the store and the ledger may differ, while messages are under way


class Stage(IntEnum):
    """How far a claimed job has come."""

    RECEIVING = 0  #: a workflow's step, of which what it receives is being fetched
    WAITING = 1  #: in the parent's hands
    SENT = 2  #: on the dispatch socket, in a slot's hand, or begun by one that has not said so yet
    BEGUN = 3
    OVER = 4  #: its settlement is not answered yet


#: As plain names: to read a member of an enum costs as much as all the rest of the way from one stage to the next.
_WAITING: Final = Stage.WAITING
_SENT: Final = Stage.SENT
_OVER: Final = Stage.OVER


class Held:
    """One claimed attempt. Its `__init__` is written out, for one is made of every job."""

    __slots__ = (
        "claim", "key", "lost", "pool", "recalls", "received", "since", "stage", "started", "started_ms", "task",
        "total_until", "unwanted", "worker",
    )  # fmt: skip

    def __init__(self, claim: Claim, worker: str, task: Task | None, since: float) -> None:
        self.claim = claim
        self.key: Key = (claim[0], claim[1])
        self.worker = worker  #: the id under which it was claimed
        self.task = task
        self.since = since  #: monotonic: when it was claimed
        self.stage = _WAITING
        self.received = b""  #: `model.workflow.inputs.encode`, until a slot has begun it
        self.pool = 0  #: which generation of processes has it
        self.started = 0.0  #: monotonic; 0.0 as long as no slot was heard to have begun it
        self.started_ms = 0  #: the same in server time
        self.total_until = math.inf  #: monotonic: when `total_timeout` is over …
        self.recalls = False  #: … which is asked for until it is known: whether it is tried again hangs on that
        self.lost = False  #: the store says that it is not ours any more
        self.unwanted = False  #: it was told to end while it was on its way to a slot: if it comes back, it ends here

    def note_start(self, at: float, server_ms: int) -> None:
        """A slot has begun it, on the monotonic clock and on the server's."""
        self.started, self.started_ms = at, server_ms
        total = self.task.total_timeout if self.task else None
        if total is not None and (self.claim.attempt == 1 or math.isinf(self.total_until)):
            self.total_until = at + total


class Claims:
    """All that the parent holds, each attempt once."""

    def __init__(self) -> None:
        self.slots = 1  #: how many slots begin these jobs
        self.heard_at = -math.inf  #: monotonic: when a slot last ended one
        self.awaited = 0  #: number of the claim whose answer has not come: what it took is not here yet; 0: none
        self._held: dict[Key, Held] = {}
        self.receiving: dict[Key, Held] = {}
        self.waiting: deque[Held] = deque()
        self.sent: dict[Key, Held] = {}
        self.begun: dict[Key, Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Held]:
        return iter(self._held.values())

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def get(self, key: Key) -> Held | None:
        return self._held.get(key)

    @property
    def unsettled(self) -> int:
        """Jobs that have not ended yet."""
        return self.stock + len(self.begun)

    @property
    def stock(self) -> int:
        """Jobs that no slot was heard to have begun."""
        return len(self.receiving) + len(self.waiting) + len(self.sent)

    @property
    def in_hand(self) -> list[Held]:
        """Those that are not on their way to a slot."""
        return [*self.waiting, *self.receiving.values()]

    @property
    def at_hand(self) -> bool:
        """Whether every slot finds its next job without this process. Of a short job it is heard only once it is over,
        so of those that were sent one in each slot may run.
        """
        return len(self.sent) + len(self.begun) > 2 * self.slots

    def take(self, held: Held) -> bool:
        """Enter a claim. False if it is known already: the same turn was answered twice."""
        key, known = held.key, self._held
        if key in known:
            return False
        known[key] = held
        if held.claim.source:
            held.stage = Stage.RECEIVING
            self.receiving[key] = held
        else:
            self.waiting.append(held)
        return True

    def arrive(self, held: Held, received: bytes, now: float) -> None:
        """What it receives is here: from now on it waits for a slot."""
        del self.receiving[held.key]
        held.stage, held.received, held.since = Stage.WAITING, received, now
        self.waiting.append(held)

    def went(self, count: int, pool: int) -> None:
        """So many of those waiting, the first of them, are on their way to the slots of this pool."""
        waiting, sent = self.waiting, self.sent
        for _ in range(count):
            held = waiting.popleft()
            held.stage, held.pool = _SENT, pool
            sent[held.key] = held

    def back(self, keys: Iterable[Key]) -> list[Held]:
        """These were read back, in this order: no slot has taken them. Answers those that are ours."""
        read_back = [held for key in keys if (held := self.sent.pop(key, None)) is not None]
        for held in read_back:
            held.stage = Stage.WAITING
        self.waiting.extendleft(reversed(read_back))
        return read_back

    def oldest(self) -> Held | None:
        """Of those that no slot has begun, the one that was claimed first."""
        first_sent = next(iter(self.sent.values()), None)
        return first_sent or (self.waiting[0] if self.waiting else None)

    def begin(self, key: Key) -> Held | None:
        """A slot has begun it. None if it is not ours, or not expected to begin."""
        held = self.sent.pop(key, None)
        if held is not None:
            held.stage, held.received = Stage.BEGUN, b""
            self.begun[key] = held
        return held

    def ended(self, held: Held, at: float) -> None:
        """A slot has begun and ended one of those that were sent."""
        del self.sent[held.key]
        self.heard_at = at
        held.stage, held.received = _OVER, b""

    def over(self, key: Key, at: float) -> Held | None:
        """A slot has ended it. None if it is not ours, or over already."""
        held = self.sent.pop(key, None) or self.begun.pop(key, None)
        if held is None:
            held = self._held.get(key)
            if held is None or held.stage is _OVER:
                return None
            self.end(held)
        self.heard_at = at
        held.stage, held.received = _OVER, b""
        return held

    def end(self, held: Held) -> None:
        """It is over; what is left is to tell the store."""
        if held.stage is Stage.WAITING:
            self.waiting.remove(held)
        self.receiving.pop(held.key, None)
        self.sent.pop(held.key, None)
        self.begun.pop(held.key, None)
        held.stage, held.received = _OVER, b""

    def drop(self, keys: Iterable[Key]) -> None:
        """The store has answered: nothing of these is ours any more."""
        held = self._held
        for key in keys:
            held.pop(key, None)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the store and the ledger do not agree."""

    strangers: list[Key]  #: the store says that they are ours, and we do not hold them: for longer than TOLERANCE
    lost: list[Held]  #: we hold them, and the store says that they are not ours
    undecided: bool  #: something differs, but not for long enough


class Comparison:
    """Compares what the store says is ours with the ledger, at every heartbeat."""

    def __init__(self) -> None:
        self._since: dict[Key, tuple[float, int]] = {}  #: and the claim whose answer had not come then

    def compare(self, owned: Mapping[str, int], claims: Claims, asked: float) -> Difference:
        """Find strangers and losses in what the store said to a heartbeat that was sent at the time `asked`.

        A settled job whose answer is under way is neither, nor is one whose claim was answered after that time. Nor is
        what a claim may have taken whose answer is under way still: that comes by another connection, and may be large.
        """
        strange = [(id_, fence) for id_, fence in owned.items() if claims.get((id_, fence)) is None]
        seen = asked, claims.awaited
        self._since = {key: self._since.get(key, seen) for key in strange}
        ripe = [key for key in strange if _is_settled(*self._since[key], seen)]
        lost = [
            held
            for held in claims
            if held.stage is not Stage.OVER and held.since < asked and owned.get(held.claim.id) != held.claim.fence
        ]
        return Difference(ripe, lost, undecided=len(ripe) < len(strange))


def _is_settled(since: float, awaited: int, seen: tuple[float, int]) -> bool:
    """Whether a stranger is one for good: for long enough, and no answer that was awaited then may yet explain it."""
    asked, awaited_now = seen
    return asked - since >= TOLERANCE and not (awaited and awaited == awaited_now)
