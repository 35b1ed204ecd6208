"""The second connection: it blocks on wake-up tokens and on the worker's inbox, so that nobody has to poll.

A submit leaves one token and wakes one idle worker. A worker that takes a token and has no free slot passes it on and
listens to its inbox alone until it is idle again; a message to its own inbox then ends that wait.
"""

from __future__ import annotations

from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from qctl.engine.line import Line
    from qctl.store import Keys

#: Seconds that the server lets us wait. A half-open connection is noticed when this passes without an answer.
BLOCKED: Final = 10.0
GRACE: Final = 5.0
HINT_TTL: Final = 60  #: seconds; tokens and messages are only hints
NUDGE: Final = "listen"  #: what a worker leaves in its own inbox


class Listener:
    """Keeps one blocking pop under way."""

    def __init__(self, line: Line, keys: Keys, on_token: Callable[[str], None], on_hint: Callable[[str], None]) -> None:
        self._line = line
        self._keys = keys
        self._on_token = on_token
        self._on_hint = on_hint
        self._worker = ""
        self._queues: Sequence[str] = ()
        self._armed: tuple[str, ...] = ()
        self._armed_for: tuple[str, ...] = ()

    @property
    def armed(self) -> bool:
        """Whether a pop is under way."""
        return bool(self._armed)

    def attend(self, worker: str, queues: Sequence[str]) -> None:
        """From now on listen for this worker, and for these queues: the next pop will."""
        self._worker, self._queues = worker, queues

    def listens(self, queues: Sequence[str]) -> bool:
        """Whether the pop that is under way covers these queues."""
        return set(map(self._keys.wake, queues)) <= set(self._armed)

    def run_once(self, now: float) -> None:
        """Arm, if nothing is under way."""
        if self._armed or not self._line.up:
            return
        # The inbox first: an order must not wait behind work.
        watched = (self._keys.inbox(self._worker), *map(self._keys.wake, self._queues))
        command: Command[Any] = Command(("BLPOP", *watched, BLOCKED), _popped)
        if self._line.ask([command], self._answered, self._lost, now, patience=BLOCKED + GRACE):
            self._armed, self._armed_for = watched, tuple(self._queues)

    def _answered(self, answers: list[Any]) -> None:
        self._armed = ()
        if not isinstance(answers[0], tuple):
            return
        key, text = answers[0]
        if key == self._keys.inbox(self._worker):
            self._on_hint(text)
            return
        for queue in self._armed_for:
            if key == self._keys.wake(queue):
                self._on_token(queue)

    def _lost(self) -> None:
        self._armed = ()


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
