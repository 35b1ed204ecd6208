"""When each schedule is due next: worked out again only when its instant has passed, or it has changed."""

from __future__ import annotations

from qctl.model.standing import next_due
from qctl.model.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qctl.client.fleet import Known


class Dues:
    """Remembers, since working out hundreds of expressions takes longer than all else of a look."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[object, ...], int | None]] = {}

    def of(self, schedules: Iterable[Known], now_ms: int) -> Mapping[str, int]:
        """By name, the next instant that may start; schedules that have none are left out."""
        found: dict[str, tuple[tuple[object, ...], int | None]] = {}
        for known in schedules:
            before = self._known.get(known.name)
            state = (known.state.hash, known.state.enabled_ms, known.standing.verdict is Verdict.OFF)
            if before is None or before[0] != state or (before[1] is not None and before[1] <= now_ms):
                before = (state, _next(known, now_ms))
            found[known.name] = before
        self._known = found
        return {name: due for name, (_, due) in found.items() if due is not None}


def _next(known: Known, now_ms: int) -> int | None:
    if known.schedule is None or known.zone is None or known.standing.verdict is Verdict.OFF:
        return None
    due = next_due(known.schedule, known.state, known.zone, now_ms)
    return due.ms if due is not None else None
