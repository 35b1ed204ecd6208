"""The pulse: tells that this beat is there, and learns what has changed and what time it is.

`about` holds: label, host, pid, start, boot and pid_namespace (see `identity`), file, problem (why the file as it is
now is not in force), stale_since_ms, version, skew_ms (its wall clock against the server's), standing_down (why, or
null), worker (the id of the worker that it is part of, or null), schedules (how many it has declared) and broken (of
those of which it can make no job, by name why; a few).
"""

from __future__ import annotations

import math

from qctl import __version__, clock
from qctl.engine.unheard import unheard
from qctl.model.show import duration
from qctl.store.schedule_values import Pulse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from qctl.engine.station import Station
    from qctl.store.schedule_values import BeatInfo

EVERY: Final = 5.0  #: seconds
REFUSED: Final = 1.0
MOST_SKEW_MS: Final = 60_000  #: a beat whose wall clock is off by more gives way to one whose clock is not
JUMP_MS: Final = 2000  #: by which the server's clock differs from what passed here, before it is said to have jumped


class Pulsing:
    """Keeps this beat known."""

    def __init__(
        self, station: Station, beat: str, declared: Callable[[], Mapping[str, Any]], *, in_worker: bool
    ) -> None:
        self._station = station
        self.beat = beat
        self._in_worker = in_worker
        self._declared = declared
        self._due = -math.inf
        self._under_way = False
        self._sent = 0.0
        #: Server time, and the monotonic times between which the server told it.
        self._last: tuple[int, float, float] | None = None
        self._live: frozenset[str] = frozenset()
        self.heard = False  #: the server's time is known
        self.version: int | None = None
        self.skew_ms = 0
        self.standing_down: str | None = None
        self.on_jump: Callable[[int], None] = unheard  #: the server's clock was set, by so many ms
        self.on_stand: Callable[[], None] = unheard  #: this beat stands down, or does no more

    def led_by_another(self, beat: str) -> bool:
        """Whether a beat is alive and another than this."""
        return beat in self._live

    def next_due(self) -> float:
        return math.inf if self._under_way or not self._station.line.up else self._due

    def hurry(self) -> None:
        """There is something new to say."""
        self._due = -math.inf

    def run_once(self, now: float) -> None:
        """Give a pulse if it is time to."""
        if self._under_way or now < self._due:
            return
        command = self._station.verbs.pulse(self.beat, self.about())
        self._sent = self._station.clock()
        self._under_way = self._station.line.ask([command], self._answered, self._lost, now)
        self._due = now + EVERY

    def about(self) -> dict[str, Any]:
        """What this beat says of itself now."""
        station = self._station
        return {
            **station.identity.about(),
            "file": station.config.file,
            "problem": station.problem,
            "stale_since_ms": station.stale_since_ms,
            "version": __version__,
            "skew_ms": self.skew_ms,
            "standing_down": self.standing_down,
            "worker": station.worker if self._in_worker else None,
            **self._declared(),
        }

    def _lost(self) -> None:
        self._under_way = False
        self.hurry()

    def _answered(self, answers: list[Any]) -> None:
        self._under_way = False
        told, now = answers[0], self._station.clock()
        if not isinstance(told, Pulse):
            self._station.journal.trouble("redis", str(told))
            self._due = now + REFUSED
            return
        jump = self._jump(told.now_ms, now)
        self._station.time.heard(told.now_ms, now, self._sent)
        self.heard = True
        self.version = told.version
        self._live = frozenset(other.id for other in told.others)
        self.skew_ms = round(clock.now().timestamp() * 1000) - told.now_ms
        self._compare_clocks(told.others)
        if jump:
            self.on_jump(jump)

    def _jump(self, server_ms: int, now: float) -> int:
        """By how much the server's clock was set since the last pulse; 0 if it was not.

        A process that stood still in the middle of a pulse knows less exactly how much time has passed.
        """
        last, self._last = self._last, (server_ms, self._sent, now)
        if last is None:
            return 0
        passed = server_ms - last[0]
        least, most = round((self._sent - last[2]) * 1000), round((now - last[1]) * 1000)
        jump = passed - min(max(passed, least), most)
        return jump if abs(jump) > JUMP_MS else 0

    def _compare_clocks(self, others: tuple[BeatInfo, ...]) -> None:
        """Stand down while this clock is wrong and that of another live beat is not (faults 62 to 64)."""
        off = abs(self.skew_ms) > MOST_SKEW_MS
        right = [each for each in others if _is_right(each.about.get("skew_ms"))]
        why = None
        if off and right:
            by = f"{duration(abs(self.skew_ms) / 1000)} {'ahead of' if self.skew_ms > 0 else 'behind'}"
            label = str(right[0].about.get("label") or right[0].id)
            why = f"the clock of this host is {by} the server's, and that of beat {label} is not"
        if (why is None) != (self.standing_down is None):
            journal = self._station.journal
            if why is None:
                journal.info("stand", "firing again: the clocks agree, or no other beat is there")
            else:
                journal.warning("stand_down", f"firing nothing: {why}")
            self.standing_down = why
            self.hurry()
            self.on_stand()


def _is_right(skew_ms: Any) -> bool:
    """Whether a beat says that its clock agrees with the server's."""
    return isinstance(skew_ms, int) and abs(skew_ms) <= MOST_SKEW_MS
