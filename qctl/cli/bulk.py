"""Commands that act on many jobs at once: which they are, how many, and whether that is really wanted."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from qctl.cli.choosing import chosen
from qctl.cli.confirm import confirm
from qctl.cli.querying import tell_extent
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from typing import Final

    from qctl.cli.session import Session
    from qctl.client import Client
    from qctl.model.job import Job
    from qctl.model.query_scope import Scope
    from qctl.model.query_tree import Query

#: How many jobs such a command reads at most to find those that are meant.
MOST: Final = 100_000


def named(client: Client, ids: Sequence[str]) -> list[Job]:
    """The jobs that were named. Raises NoSuchJob."""
    return client.jobs(chosen(client, ids))


def meant(
    here: Session, client: Client, query: Query, zone: tzinfo, bounds: Scope, *, whole: bool = False
) -> list[Job]:
    """All jobs that a query means in these bounds, as far as was read; if that was not far enough, it is said.

    `whole`: workflows alone, and not the jobs that they are made of.
    """
    search = client.search(query, zone, bounds, MOST, whole=whole)
    found = list(search.active()) if search.scope.active else []
    if search.scope.ended:
        found += islice(search.ended(), MOST)
    tell_extent(here, search)
    return found


def agreed(here: Session, jobs: Sequence[Job], verb: str) -> bool:
    """Tell how many jobs it is about, and ask, but not with --dry-run. False if there is none, which is told too.

    Raises Declined, and UsageError where nobody can be asked and -y was not given.
    """
    if not jobs:
        here.say("no job is as asked for: nothing to do")
        return False
    here.say(counted(jobs))
    if not here.settings.dry_run:
        confirm(here, f"{verb} {count(len(jobs), 'job')}?")
    return True


def counted(jobs: Sequence[Job]) -> str:
    """`12 jobs: 9 queued, 3 running`."""
    sums = Counter(str(job.outcome or job.state) for job in jobs)
    return f"{count(len(jobs), 'job')}: " + ", ".join(f"{number:,} {word}" for word, number in sums.most_common())
