"""Some of the jobs that have not ended, from a place on: the running ones first, then as they are claimed.

Only what is looked at is read, however many there are. Workflows stand as a whole: what belongs to one shows by its id,
and is passed over. While any runs, nobody knows how many of those stand before a place, so that all up to it is read.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.workflow.node_names import parts_of
from qctl.store.command import Command
from qctl.store.replies import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Final

    from qctl.store.asking import Asking
    from qctl.store.glance import Glance
    from qctl.store.keys import Keys

FURTHEST: Final = 10_000  #: ids that are read up to a place while workflows run
_PARKED: Final = 1000  #: of one queue, that are told
_MORE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What stands there."""

    ids: tuple[str, ...]
    first: int  #: where the first of them stands
    total: int  #: that there are; while workflows run, some of theirs that were not looked at are among them
    cut: bool  #: there is more, further than one may look, and `total` is as far as one may
    places: Mapping[str, int]  #: which in the order of its queue a queued one is, from 1
    flows: frozenset[str]  #: those of them that are workflows


@dataclass(frozen=True, slots=True)
class _Part:
    """Jobs of one kind, in their order."""

    count: int
    key: str = ""
    ids: Sequence[str] = ()  #: those that are known already, in place of a key
    kind: str = ""  #: ready, parked, flows, or another

    def command(self, low: int, high: int) -> Command[Any]:
        if self.kind == "parked":  # a set, which is told in the same order as long as it does not grow much
            return Command(("SSCAN", self.key, 0, "COUNT", _PARKED), lambda reply: texts(reply[1])[low:high])
        return Command(("ZRANGE", self.key, low, high - 1), texts)


class Windows:
    """Windows of one namespace, one after the other."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._passed_over = 0  #: ids, at the last look

    def ask(self, glance: Glance, first: int, rows: int, *, full: bool = False) -> Asking[Window]:
        """So many jobs, without the `first` ones. `full`: where there are not as many, the last ones that there are."""
        parts = list(self._parts(glance))
        total = sum(part.count for part in parts)
        if full:
            first = min(first, max(0, total - rows))
        begin, end = (0, first + rows + self._passed_over) if glance.workflows else (first, first + rows)
        furthest = min(total, FURTHEST) if glance.workflows else total
        while True:
            end = min(end, furthest)
            seen = yield from _seen(parts, begin, end)
            whole = [row for row in seen if not parts_of(row[0])]
            self._passed_over = len(seen) - len(whole)
            if end >= furthest or len(whole) >= first - begin + rows:
                break
            end += max(_MORE, end)
        cut = end < total and end == FURTHEST
        if full and begin == 0 and end >= furthest:
            first = min(first, max(0, len(whole) - rows))
        chosen = whole[first - begin : first - begin + rows]
        return Window(
            ids=tuple(row[0] for row in chosen),
            first=first,
            total=len(whole) if cut else total - self._passed_over,
            cut=cut,
            places={job: place for job, kind, place in chosen if kind == "ready"},
            flows=frozenset(job for job, kind, _ in chosen if kind == "flows"),
        )

    def _parts(self, glance: Glance) -> Iterator[_Part]:
        keys, owned = self._keys, glance.owned
        yield _Part(len(owned), ids=owned)
        yield _Part(glance.workflows, keys.workflows, kind="flows")
        for line in glance.lines:
            yield _Part(line.ready, keys.ready(line.name), kind="ready")
        for line in glance.lines:
            yield _Part(min(line.parked, _PARKED), keys.parked_in(line.name), kind="parked")
        yield _Part(glance.scheduled, keys.scheduled)
        yield _Part(glance.waiting, keys.waiting)


def _seen(parts: Sequence[_Part], begin: int, end: int) -> Asking[list[tuple[str, str, int]]]:
    """The ids from one place to another, each once, with the kind of each and its place in its part, from 1."""
    wanted: list[tuple[_Part, int, int]] = []
    before = 0
    for part in parts:
        low, high = max(0, begin - before), min(part.count, end - before)
        if low < high:
            wanted.append((part, low, high))
        before += part.count
    answers = iter((yield [part.command(low, high) for part, low, high in wanted if part.key]))
    found: dict[str, tuple[str, str, int]] = {}
    for part, low, high in wanted:
        ids = (next(answers) or ()) if part.key else part.ids[low:high]
        for place, job in enumerate(ids, low + 1):
            found.setdefault(job, (job, part.kind, place))  # one that went on meanwhile is where it was found first
    return list(found.values())
