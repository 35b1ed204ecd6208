"""Functions that tests of the mechanism alter."""

from __future__ import annotations

from functools import cache


def doubled(number: int, *, by: int = 2) -> int:
    """A number, doubled."""
    return number * by


def twice_the_same() -> int:
    return 1 + 1


@cache
def remembered(number: int) -> int:
    return number + 1


class Counter:
    @staticmethod
    def step() -> int:
        return 1

    @property
    def next(self) -> int:
        return self.step() + 1
