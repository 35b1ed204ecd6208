"""What a step after a group does: it gets the list of what the members of the group have left."""

from __future__ import annotations


def digest_lines(parts: list[str], titles: list[str]) -> dict[str, list[str]]:
    """The lines of several texts by title. A part that is missing, because its step failed, has no lines."""
    return {title: (part or "").splitlines() for title, part in zip(titles, parts, strict=False)}
