"""Pauses of queues: read as from strangers, for whoever may write to Redis may write nonsense."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.replies import said_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why nothing of a queue is claimed. Times are server time in ms."""

    by: str
    reason: str
    at_ms: int
    until_ms: int | None


def read_pauses(orders: Mapping[str, Any]) -> dict[str, Pause]:
    """The pauses that stand there, by queue; what nobody can read is none."""
    said = {queue: said_in(order) for queue, order in orders.items()}
    found = {queue: _pause_if_sound(order) for queue, order in said.items() if order}
    return {queue: pause for queue, pause in found.items() if pause}


def standing_pauses(pauses: Mapping[str, Pause], now_ms: int) -> dict[str, Pause]:
    """Those of the pauses that are not over."""
    return {queue: one for queue, one in pauses.items() if one.until_ms is None or one.until_ms > now_ms}


def _pause_if_sound(order: Mapping[str, Any]) -> Pause | None:
    try:
        return _read_pause(order)
    except (OverflowError, TypeError, ValueError):  # somebody wrote it by hand
        return None


def _read_pause(order: Mapping[str, Any]) -> Pause:
    until = order.get("until")
    return Pause(
        by=str(order.get("by", "")),
        reason=str(order.get("reason", "")),
        at_ms=int(order.get("at", 0)),
        until_ms=None if until is None else int(until),
    )
