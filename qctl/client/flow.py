"""How much goes into queues and comes out of them, seen in one look: by what scripts have counted of late."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.minute import LATELY, MINUTE_MS, rates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.client.asking import Client


@dataclass(frozen=True, slots=True)
class Flow:
    """Jobs per minute, by queue."""

    into: Mapping[str, float]
    out: Mapping[str, float]


def read_flow(client: Client, now_ms: int) -> Flow:
    """The rates of the last five minutes. Raises QctlError."""
    minute = now_ms // MINUTE_MS
    return Flow(*rates(client.reading.counts(range(minute - LATELY + 1, minute + 1)), now_ms))
