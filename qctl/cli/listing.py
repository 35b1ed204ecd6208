"""Which jobs `ps` lists: those that a query means, and the one whose id is a word of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import chain

from qctl.client import Client
from qctl.client.searching import MOST, Search
from qctl.client.workflows import belongs_to
from qctl.errors import NotFound
from qctl.model.job import Job
from qctl.model.names import PREFIX_LENGTH, is_name
from qctl.model.query import Every, Query
from qctl.model.query_match import predicate
from qctl.model.query_scope import ACTIVE, ENDED, Scope


def _named(client: Client, words: Sequence[str], flags: Query, zone: tzinfo) -> Job | None:
    """The job that the only word is the id of, or the beginning of its id alone, if it is as the flags say."""
    if len(words) != 1 or len(words[0]) < PREFIX_LENGTH or not is_name(words[0]):
        return None
    try:
        job = client.job(client.resolve(words[0]))
    except NotFound:
        return None
    return job if predicate(flags, client.reading.now_ms(), zone)(job) else None


def listed(
    client: Client,
    asked: Query,
    zone: tzinfo,
    limit: int,
    *,
    words: Sequence[str],
    flags: Query,
    ended_too: bool,
    apart: bool,
) -> tuple[list[Job], list[Search]]:
    """The first jobs that are meant, and the searches that found them. `words` and `flags` are what `asked` is made of.

    A job that is named is among them. Ended ones are if these were asked for, or no others are. Who asks for nothing
    special means workflows as a whole. `apart`: what belongs to a workflow among them stands within its row, and has
    none of its own.
    """
    named = _named(client, words, flags, zone)
    if named is not None and words == [named.id]:
        return [named], []
    searches: list[Search] = []
    found = chain([named] if named else [], _meant(client, asked, zone, limit, searches, ended_too=ended_too))
    return _first(found, limit, apart=apart), searches


def _meant(
    client: Client, asked: Query, zone: tzinfo, limit: int, searches: list[Search], *, ended_too: bool
) -> Iterator[Job]:
    whole = asked == Every()
    active = client.search(asked, zone, Scope(standings=ACTIVE), limit if whole else MOST, whole=whole)
    if active.scope.active:
        searches.append(active)
        yield from active.active()
    if ended_too or not searches:
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
