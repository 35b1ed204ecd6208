"""What a store needs of a connection."""

from __future__ import annotations

from typing import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.model.address import Address
    from qctl.store.command import Command


class Transport(Protocol):
    """What carries commands. A transport waits for answers, but never longer than its timeout."""

    address: Address
    timeout: float

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """Send commands in one round trip. An error reply stands as a QctlError in its place.

        Raises RedisUnreachable if nothing was sent, ConnectionBroken if the outcome is unknown.
        """

    def close(self) -> None:
        """Let the connection go."""
