"""Inputs that broke something once, each with its target."""

from __future__ import annotations

from typing import Final

FOUND: Final[list[tuple[str, bytes]]] = [
    ("crontab", b"\0* * * * * timeout 99999999d x\n"),
]
