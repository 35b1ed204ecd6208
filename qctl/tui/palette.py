"""What the command palette offers: the keys that do something here, and whatever is at hand by its name. Pure."""

from __future__ import annotations

from qctl.classes import dataclass, replace
from qctl.tui.acts.opening import jobs_of, open_page
from qctl.tui.keys import keys_of, shown
from qctl.tui.screen import Page, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qctl.client.watching import Snapshot
    from qctl.tui.keys import Key
    from qctl.tui.screen import Screen

_DRAWN_ELSEWHERE = frozenset({"up", "down", "page-up", "page-down", "first", "last", "palette"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the palette: a key of the table, or a screen to go to."""

    text: str
    help: str
    key: Key | None = None
    screen: Screen | None = None


def offers(screen: Screen, snapshot: Snapshot) -> Iterator[Offer]:
    """All that can be chosen, by name."""
    for key in keys_of(screen):
        if key.name not in _DRAWN_ELSEWHERE:
            yield Offer(key.label, f"{key.help}  ({shown(key.keys[0])})", key=key)
    health, fleet = snapshot.health, snapshot.fleet
    for queue in health.queues if health is not None else ():
        yield Offer(f"queue {queue.name}", "its jobs", screen=jobs_of(screen, 'queue:"{}" state:active', queue.name))
    for worker in health.workers if health is not None else ():
        there = jobs_of(screen, 'worker:"{}" state:running', worker.label)
        yield Offer(f"worker {worker.label}", "what it runs", screen=there)
    for task in sorted({job.call.task for job in snapshot.page.jobs}):
        yield Offer(f"task {task}", "its jobs", screen=jobs_of(screen, 'task:"{}"', task))
    for known in fleet.schedules if fleet is not None else ():
        there = replace(screen, view=View.SCHEDULE, page=Page.LIST, before=())
        yield Offer(f"schedule {known.name}", "when it is due", screen=there.with_list(cursor=known.name, query=""))
    for job in snapshot.page.jobs:
        yield Offer(f"job {job.id}", f"all about it: {job.call.task}", screen=open_page(screen, Page.JOB, job.id))


def offered(screen: Screen, snapshot: Snapshot, text: str) -> list[Offer]:
    """What there is for a text: all keys for none; else what holds all of its words, what begins with it first."""
    begin = text.strip().lower()
    known = list(offers(screen, snapshot))
    if not begin:
        return [offer for offer in known if offer.key is not None]
    found = _best_first(known, begin)
    if (meant := typed_offer(screen, text)) and not any(offer.text.lower() == begin for offer in found):
        found.append(meant)
    return found


def _best_first(known: Iterable[Offer], begin: str) -> list[Offer]:
    words = begin.split()
    ranked: list[list[Offer]] = [[], [], []]
    for offer in known:
        name, told = offer.text.lower(), f"{offer.text} {offer.help}".lower()
        if name.startswith(begin):
            ranked[0].append(offer)
        elif all(word in name for word in words):
            ranked[1].append(offer)
        elif all(word in told for word in words):
            ranked[2].append(offer)
    return [offer for rank in ranked for offer in rank]


def typed_offer(screen: Screen, text: str) -> Offer | None:
    """What is meant by `queue NAME`, `task NAME`, `worker NAME` or `job ID`, though nothing at hand is called so."""
    word, _, name = text.strip().partition(" ")
    name = name.strip()
    queries = {"queue": 'queue:"{}"', "task": 'task:"{}"', "worker": 'worker:"{}"', "job": 'id:"{}"'}
    if word not in queries or not name:
        return None
    return Offer(f"{word} {name}", "its jobs", screen=jobs_of(screen, queries[word], name))
