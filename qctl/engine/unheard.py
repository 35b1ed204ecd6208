"""What a duty tells where nobody has said that he wants to hear it."""

from __future__ import annotations


def unheard(*_said: object) -> None:
    """Let it pass."""
