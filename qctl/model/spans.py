"""Which of many numbered things are meant, in few words: numbers that follow each other are one span."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

FEW: Final = 5  #: spans that are named; of more the number of what is left
Span = tuple[int, int]  #: its first number and its last


def spans(numbers: Iterable[int]) -> list[Span]:
    """The spans of numbers that rise."""
    found: list[Span] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def span_words(found: Sequence[Span]) -> str:
    """`4`, `1001 to 5000`, `3, 9 to 12`, `1, 3, 5, 7, 9 and 14 more`."""
    said = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in found[:FEW])
    more = sum(last - first + 1 for first, last in found[FEW:])
    return f"{said} and {more:,} more" if more else said
