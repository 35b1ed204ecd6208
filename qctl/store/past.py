"""A walk through the past: the ids of ended jobs, newest first, merged from as many indexes as it takes."""

from __future__ import annotations

import json
from collections import deque
from heapq import heapify, heapreplace

from qctl.model.ending import Ending
from qctl.model.job_words import telling_words
from qctl.model.state import FAILURES
from qctl.store.command import Command
from qctl.store.replies import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.store.command import Word
    from qctl.store.store import Store

Row = tuple[int, str]  #: when it ended, in ms, and its id

_FEWEST: Final = 20  #: rows that are asked of an index at once


class Past:
    """One walk. `total` is how many jobs it may come to, as it was begun.

    Jobs that end meanwhile are not of it, and of several that ended in the same millisecond none is left out.
    """

    def __init__(self, store: Store, indexes: Sequence[str], since_ms: int | None, until_ms: int | None) -> None:
        self.total = 0
        self._store = store
        self._oldest: Word = "-inf" if since_ms is None else since_ms
        newest = "+inf" if until_ms is None else f"({until_ms}"
        self._counts = [Command(("ZCOUNT", key, self._oldest, newest), int) for key in indexes]
        self._open = [_Index(key, newest) for key in indexes]

    def beginning(self, first: int) -> list[Command[Any]]:
        """What is asked to begin: how many jobs there are, and what a first page of so many takes."""
        return [*self._counts, *(index.ask(self._oldest, self._size(first)) for index in self._open if first)]

    def begin(self, answers: Sequence[Any]) -> None:
        """Have the answers to the `beginning`."""
        self.total = sum(answers[: len(self._counts)])
        for index, rows in zip(self._open, answers[len(self._counts) :], strict=False):  # none if no page was asked for
            index.take(rows)

    def page(self, count: int) -> list[str]:
        """The next ids, fewer than `count` only at the end."""
        found: list[str] = []
        while len(found) < count and self._open:
            self._fill(self._size(count))
            self._merge(count, found)
        return found

    def _size(self, count: int) -> int:
        """How many rows are asked of each index for a page."""
        return max(_FEWEST, count // max(1, len(self._open)))

    def _fill(self, size: int) -> None:
        """Let each index have a row at hand; those that have none any more are closed."""
        empty = [index for index in self._open if not index.rows]
        asked = [index for index in empty if not index.told_all]
        answers = self._store.do_all([index.ask(self._oldest, size) for index in asked])
        for index, rows in zip(asked, answers, strict=True):
            index.take(rows)
        self._open = [index for index in self._open if index.rows]

    def _merge(self, count: int, found: list[str]) -> None:
        """Take the newest rows, up to `count`, until an index has none at hand: its next may be newer than all."""
        heap = [(-index.rows[0][0], at) for at, index in enumerate(self._open)]
        heapify(heap)
        while heap and len(found) < count:
            at = heap[0][1]
            rows = self._open[at].rows
            found.append(rows.popleft()[1])
            if not rows:
                return
            heapreplace(heap, (-rows[0][0], at))


class _Index:
    """Where a walk stands in one index: `rows` at hand, and behind them what was seen at the oldest instant so far."""

    def __init__(self, key: str, newest: str) -> None:
        self.rows: deque[Row] = deque()
        self.told_all = False  #: the last answer was shorter than it might have been
        self._key = key
        self._newest = newest
        self._instant: int | None = None
        self._seen: set[str] = set()
        self._asked = 0

    def ask(self, oldest: Word, size: int) -> Command[list[Row]]:
        self._asked = size + len(self._seen)
        words = ("ZRANGE", self._key, self._newest, oldest, "BYSCORE", "REV", "LIMIT", 0, self._asked, "WITHSCORES")
        return Command(words, read_rows)

    def take(self, rows: Sequence[Row]) -> None:
        self.told_all = len(rows) < self._asked
        fresh = [row for row in rows if row[1] not in self._seen]
        if not fresh:
            return
        self.rows.extend(fresh)
        instant = fresh[-1][0]
        self._seen = {name for at, name in fresh if at == instant} | (self._seen if instant == self._instant else set())
        self._instant, self._newest = instant, str(instant)


def read_rows(reply: Sequence[Any]) -> list[Row]:
    """The answer of ZRANGE … WITHSCORES over times."""
    return [(int(float(score)), text(name)) for name, score in zip(reply[::2], reply[1::2], strict=True)]


def read_endings(ids: Sequence[str], reply: Sequence[Any]) -> list[Ending]:
    """The answer of `endings.lua`; what has not ended, or cannot be read, is left out."""
    rows = ((name, row) for name, row in zip(ids, reply, strict=True) if row)
    found = (_ending(name, row) for name, row in rows)
    return [ending for ending in found if ending]


def _ending(job_id: str, row: Sequence[bytes]) -> Ending | None:
    task, queue, outcome, reason, submitted, eta, ended, first_record, last_record, started, upstream, command = row
    try:
        first: dict[str, Any] = json.loads(first_record.decode()) if first_record else {}
        last: dict[str, Any] = json.loads(last_record.decode()) if last_record else first
        begin = max(int(submitted), int(eta or 0))
        return Ending(
            id=job_id,
            task=task.decode(),
            queue=queue.decode(),
            outcome=outcome.decode(),
            reason=reason.decode(),
            ended_ms=int(ended),
            worker=last.get("w", ""),
            wait_ms=max(0, first["s"] - begin) if first else None,
            run_ms=max(0, last["e"] - last["s"]) if last else None,
            exit_code=last.get("x"),
            signal=last.get("g"),
            by_its_steps=bool(started) and (bool(upstream) or outcome.decode() not in FAILURES),
            error_type=last.get("t", ""),
            error_message=last.get("m", ""),
            command=telling_words(command.decode(errors="ignore").split("\0")),  # cut, and maybe within a letter
        )
    except (AttributeError, LookupError, TypeError, ValueError):  # somebody wrote it by hand
        return None
