"""A task that changes what it was given."""

from __future__ import annotations


def grow(values: list[int]) -> list[int]:
    values.append(1)
    return values
