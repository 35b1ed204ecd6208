"""Which jobs `ps` lists: those that a query means, and the one whose id is a word of its own."""

from __future__ import annotations

from itertools import chain

from qctl.classes import dataclass, field
from qctl.client.searching import MOST
from qctl.errors import NotFound
from qctl.later import later
from qctl.model.names import PREFIX_LENGTH, is_name
from qctl.model.query_scope import ACTIVE, ENDED, Scope
from qctl.model.query_tree import Every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from qctl.client import Client
    from qctl.client.among import belongs_to
    from qctl.client.searching import Search
    from qctl.model.job import Job
    from qctl.model.query_match import predicate
    from qctl.model.query_tree import Query
else:
    belongs_to = later("qctl.client.among", "belongs_to")
    predicate = later("qctl.model.query_match", "predicate")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    query: Query  #: all of it
    zone: tzinfo
    limit: int
    words: Sequence[str]  #: of the query, as they were typed
    flags: Query  #: what options say besides
    ended_too: bool = field(kw_only=True)
    tree: bool = field(kw_only=True)  #: what belongs to a workflow in the list stands within its row


def listed(client: Client, wanted: Wanted) -> tuple[list[Job], list[Search]]:
    """The first jobs that are meant, and the searches that found them.

    A job that is named is among them. Ended ones are if these were asked for, or no others are. Who asks for nothing
    special means workflows as a whole.
    """
    named = _named(client, wanted)
    if named is not None and wanted.words == [named.id]:
        return [named], []
    searches: list[Search] = []
    found = chain([named] if named else [], _meant(client, wanted, searches))
    return _first(found, wanted.limit, apart=wanted.tree), searches


def _named(client: Client, wanted: Wanted) -> Job | None:
    """The job that the only word is the id of, or the beginning of its id alone, if it is as the flags say."""
    words = wanted.words
    if len(words) != 1 or len(words[0]) < PREFIX_LENGTH or not is_name(words[0]):
        return None
    try:
        job = client.job(client.resolve(words[0]))
    except NotFound:
        return None
    return job if predicate(wanted.flags, 0, wanted.zone)(job) else None  # no flag names a time


def _meant(client: Client, wanted: Wanted, searches: list[Search]) -> Iterator[Job]:
    asked, zone = wanted.query, wanted.zone
    whole = asked == Every()
    active = client.search(asked, zone, Scope(standings=ACTIVE), wanted.limit if whole else MOST, whole=whole)
    if active.scope.active:
        searches.append(active)
        yield from active.active()
    if wanted.ended_too or not searches:
        searches.append(client.search(asked, zone, Scope(standings=ENDED), whole=whole))
        yield from searches[-1].ended()


def _first(jobs: Iterable[Job], limit: int, *, apart: bool) -> list[Job]:
    found: dict[str, Job] = {}
    for job in jobs:
        if len(found) == limit:
            break
        if not (apart and belongs_to(job.id) in found):
            found[job.id] = job
    return [job for job in found.values() if not (apart and belongs_to(job.id) in found)]
