"""Samples of indexes that may be long: as many ids of all tasks and all of the time, however many there are."""

from __future__ import annotations

from qctl.store.command import Command
from qctl.store.replies import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.store.command import Word
    from qctl.store.store import Store

_FEW: Final = 10


def sample(store: Store, indexes: Sequence[str], since_ms: int | None, most: int) -> tuple[list[str], int]:
    """Up to `most` of the jobs that ended since an instant, and how many there are; all of them if they are no more.

    Of each index as large a part is told as it is of them all, at even distances in its order.
    """
    lowest: Word = "-inf" if since_ms is None else since_ms
    counts: list[int] = store.do_all([Command(("ZCOUNT", key, lowest, "+inf"), int) for key in indexes])
    total = sum(counts)
    step = max(1.0, total / most)
    commands, passed = [], 0
    for key, count in zip(indexes, counts, strict=True):
        commands += [Command(("ZREVRANGE", key, *ranks), texts) for ranks in _ranks(count, passed, step)]
        passed += count
    return [job for ids in store.do_all(commands) for job in ids], total


def index_sample(index: str, count: int, most: int) -> list[Command[list[str]]]:
    """Asks for the same of one index that holds so many, its first ones first."""
    return [Command(("ZRANGE", index, *ranks), texts) for ranks in _ranks(count, 0, max(1.0, count / most))]


def _ranks(count: int, passed: int, step: float) -> list[tuple[int, int]]:
    """Which of so many jobs, from the first to the last of each few, of a row in which `passed` stand before them.

    A few that are neighbours are told at each `step` times as many: one by one they would cost Redis as much again.
    """
    if step == 1.0:
        return [(0, count - 1)] if count else []
    stride = step * _FEW
    first = -int(-passed // stride)
    places = [int(number * stride) - passed for number in range(first, int((passed + count) / stride) + 1)]
    return [(place, min(place + _FEW, count) - 1) for place in places if 0 <= place < count]
