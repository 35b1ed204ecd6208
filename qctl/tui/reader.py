"""The thread that looks: it reads what is wanted, at its interval and when it is told to, and hands each look on."""

from __future__ import annotations

from threading import Condition, Thread
from typing import Protocol

from qctl.classes import replace
from qctl.client.watching import Want
from qctl.clock import monotonic
from qctl.errors import QctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.client.watching import Snapshot

_PATIENCE_S: Final = 0.5  #: for a look that is under way while one leaves


class Looking(Protocol):
    """Who reads. A connection that broke is made again at the next look."""

    def look(self, want: Want) -> Snapshot:
        """Read what is wanted. Raises QctlError."""

    def close(self) -> None:
        """Let the connection go."""


class Reader:
    """Looks until it is stopped. What is wanted may change at any time; a new want is looked for at once."""

    def __init__(
        self,
        looking: Looking,
        seen: Callable[[Snapshot], object],
        first: Snapshot,
        broken: Callable[[Exception], object],
    ) -> None:
        self._looking, self._seen, self._broken = looking, seen, broken
        self._last = first
        self._want, self._interval = Want(), 2.0
        self._asked = True
        self._over = False
        self._turn = Condition()
        self._thread = Thread(target=self._run, name="qctl-top-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self, want: Want, interval: float) -> None:
        """Look for this from now on, so many seconds apart."""
        with self._turn:
            if want != self._want or interval != self._interval:
                self._want, self._interval, self._asked = want, interval, True
                self._turn.notify()

    def look_now(self) -> None:
        """Look again, whatever the interval."""
        with self._turn:
            self._asked = True
            self._turn.notify()

    def stop(self) -> None:
        """End it; a look that is under way is not waited for longer than it takes to fail."""
        with self._turn:
            self._over = True
            self._turn.notify()
        self._thread.join(timeout=_PATIENCE_S)

    def _run(self) -> None:
        try:
            self._look_on()
        except Exception as error:  # noqa: BLE001, RUF100 - a bug ends the screen, and not only this thread
            self._broken(error)
        self._looking.close()

    def _look_on(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._asked or self._over, timeout=self._interval)
                if self._over:
                    break
                wanted, self._asked = self._want, False
            self._seen(self._look(wanted))

    def _look(self, wanted: Want) -> Snapshot:
        try:
            self._last = self._looking.look(wanted)
        except QctlError as error:
            self._last = replace(self._last, taken=monotonic(), trouble=str(error).splitlines()[0])
        return self._last
