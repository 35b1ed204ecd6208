"""The second connection: it blocks on wake-up tokens and on the worker's inbox, so that nobody has to poll.

A submit leaves one token and wakes one idle worker, whose claim stands behind the wait on the same connection: the
server carries it out as soon as the wait ends, so that the token and the jobs come in one answer. A worker that takes a
token and has no free slot passes it on and listens to its inbox alone until it is idle again; a message to its own
inbox then ends that wait.
"""

from __future__ import annotations

import math

from qctl.engine.unheard import unheard
from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from qctl.engine.line import Line
    from qctl.store import Keys

#: Seconds that the server lets us wait. A half-open connection is noticed when this passes without an answer.
BLOCKED: Final = 10.0
SHORTEST: Final = 0.1  #: seconds of a wait that ends when it is time to look
GRACE: Final = 5.0
HINT_TTL: Final = 60  #: seconds; tokens and messages are only hints
NUDGE: Final = "listen"  #: what a worker leaves in its own inbox
PAUSE: Final = 0.5  #: seconds until a wait that Redis refused is tried again


class Listener:
    """Keeps one blocking pop under way, with a claim behind it or without."""

    def __init__(self, line: Line, keys: Keys, clock: Callable[[], float]) -> None:
        self._line = line
        self._keys = keys
        self._clock = clock
        self._armed = False
        self._not_before = -math.inf
        self._inbox = ""
        self._wakes: dict[str, str] = {}  #: queue by the key of its tokens
        self.worker = ""  #: whose inbox the pop watches that is under way, or the last one
        self.queues: Sequence[str] = ()  #: of which it takes tokens
        self.on_token: Callable[[str], None] = unheard
        self.on_hint: Callable[[str], None] = unheard
        self.on_claimed: Callable[[Any], None] = unheard  #: the answer to the claim behind the pop
        self.on_lost: Callable[[], None] = unheard  #: nobody knows whether that claim was, or will be, carried out

    @property
    def armed(self) -> bool:
        """Whether a pop is under way."""
        return self._armed

    def listens(self, queues: Sequence[str]) -> bool:
        """Whether the pop that is under way covers these queues."""
        return self._armed and (queues is self.queues or set(queues) <= set(self.queues))

    def may_arm(self, now: float) -> bool:
        """Whether a pop can be sent."""
        return not self._armed and self._line.up and now >= self._not_before

    def arm(self, now: float, worker: str, queues: Sequence[str], claim: Sequence[Command[Any]], until: float) -> None:
        """Wait for the messages to a worker and for tokens of these queues, at the longest until a time.

        With a `claim`, `on_claimed` or `on_lost` follows.
        """
        if worker != self.worker or queues is not self.queues:
            self.worker, self.queues = worker, queues
            self._inbox = self._keys.inbox(worker)
            self._wakes = {self._keys.wake(queue): queue for queue in queues}
        seconds = max(SHORTEST, min(BLOCKED, until - now))
        # The inbox first: an order must not wait behind work.
        pop: Command[Any] = Command(("BLPOP", self._inbox, *self._wakes, f"{seconds:.3f}"), _popped)
        lost = self._lost_both if claim else self._lost
        self._armed = True
        if not self._line.ask([pop, *claim], self._answered, lost, now, patience=seconds + GRACE):
            lost()

    def next_due(self) -> float:
        """When a wait that was refused may be tried again."""
        return math.inf if self._armed or self._not_before <= self._clock() else self._not_before

    def _answered(self, answers: list[Any]) -> None:
        self._armed = False
        popped = answers[0]
        if isinstance(popped, tuple):
            key, text = popped
            if key == self._inbox:
                self.on_hint(text)
            elif len(answers) == 1 and key in self._wakes:  # else what the token is for comes with it
                self.on_token(self._wakes[key])
        elif popped is not None:
            self._not_before = self._clock() + PAUSE
        if len(answers) > 1:
            self.on_claimed(answers[1])

    def _lost(self) -> None:
        self._armed = False

    def _lost_both(self) -> None:
        self._armed = False
        self.on_lost()


def pass_on(keys: Keys, queue: str) -> list[Command[Any]]:
    """Give a token back: somebody else may have a free slot."""
    return [Command(("RPUSH", keys.wake(queue), "1"), int), Command(("EXPIRE", keys.wake(queue), HINT_TTL), int)]


def nudge(keys: Keys, worker: str) -> list[Command[Any]]:
    """End a worker's own wait, so that it listens for more."""
    return [
        Command(("RPUSH", keys.inbox(worker), NUDGE), int),
        Command(("EXPIRE", keys.inbox(worker), HINT_TTL), int),
    ]


def _popped(reply: Any) -> tuple[str, str] | None:
    return (reply[0].decode(), reply[1].decode()) if reply else None
