"""Finding the jobs that a query means: where indexes say that they can be, and no further than a bound."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.dates import UTC
from qctl.later import later
from qctl.model.query_scope import Scope, names_time, scope, seeks_text
from qctl.model.workflow.node_names import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from typing import Final

    from qctl.model.job import Job
    from qctl.model.query_match import predicate
    from qctl.model.query_tree import Query
    from qctl.store import Reading
else:
    predicate = later("qctl.model.query_match", "predicate")

#: How many jobs are read for one question, unless it asks for more.
MOST: Final = 10_000
_FIRST: Final = 50
_PAGE: Final = 1000


@dataclass(slots=True)
class Extent:
    """How far was read."""

    read: int = 0
    total: int = 0  #: jobs that there are in the indexes that were looked into
    bound: int = MOST
    cut: bool = False  #: the bound ended the reading, so that jobs that are meant may be missing


class Search:
    """One search. `extent` says how far it went, once its jobs have been taken."""

    def __init__(
        self,
        reading: Reading,
        query: Query,
        zone: tzinfo = UTC,
        bounds: Scope | None = None,
        most: int | None = None,
        *,
        whole: bool = False,
    ) -> None:
        now_ms = reading.now_ms() if names_time(query) else 0
        self.extent = Extent(bound=MOST if most is None else most)
        self.seeks_text = seeks_text(query)
        self.scope = scope(query, now_ms, zone).within(bounds or Scope())
        self._reading = reading
        self._whole = whole  #: workflows alone, and not the jobs that they are made of
        self._meant = predicate(query, now_ms, zone)

    def active(self) -> Iterator[Job]:
        """Jobs that are meant and have not ended, running ones first, then in the order in which they are claimed."""
        states, most = self.scope.standings, self._left
        size = min(_FIRST, most)
        found = self._reading.present(states, MOST if self._whole else most, size, self.scope.holds_queue)
        self.extent.total += found.total
        while self._left and (page := found.page(min(size, self._left))):
            for job in self._counted(page):
                if not job.ended and job.state in states and self._meant(job):
                    yield job
            size = min(_PAGE, size * 4)
        self.extent.cut |= found.cut or (not self._left and found.page(1) != [])

    def ended(self) -> Iterator[Job]:
        """Jobs that are meant and have ended, newest first."""
        where = self.scope
        size = min(_FIRST, self._left)
        past = self._reading.past(
            where.holds_task,
            unsuccessful=where.unsuccessful,
            since_ms=where.since_ms,
            until_ms=where.until_ms,
            first=size,
        )
        self.extent.total += past.total
        while self._left and (page := past.page(min(size, self._left))):
            for job in self._counted(page):
                if job.ended and job.outcome in where.standings and self._meant(job):
                    yield job
            size = min(_PAGE, size * 4)
        self.extent.cut |= not self._left and past.page(1) != []

    @property
    def _left(self) -> int:
        return max(0, self.extent.bound - self.extent.read)

    def _counted(self, page: list[str]) -> list[Job]:
        ids = self._meant_alone(page)
        self.extent.read += len(ids)
        return self._reading.jobs(ids)

    def _meant_alone(self, ids: list[str]) -> list[str]:
        """Of workflows that are meant as a whole their own ids: what belongs to one shows by its id, unread."""
        return [job for job in ids if not parts_of(job)] if self._whole else ids
