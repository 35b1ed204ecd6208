"""Opening pages and going back, the filter, and how often is looked."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from qctl.classes import replace
from qctl.model.cells import one_line
from qctl.tui.acts.acting import nothing, only
from qctl.tui.screen import Effect, LogView, Page, Prompt, Purpose, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from qctl.client.terms import WorkerInfo
    from qctl.tui.acts.acting import Act, Here, Next
    from qctl.tui.screen import Screen

INTERVALS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
#: What is asked for when something is opened that is no job.
ASKED: Final = {
    View.QUEUES: 'queue:"{}" state:active',
    View.WORKERS: 'worker:"{}" state:running',
    View.SCHEDULE: 'schedule:"{}"',
}


def open_page(screen: Screen, page: Page, job: str = "") -> Screen:
    """The same screen with a page opened, from which Esc leads back. What stood still goes on."""
    before = (*screen.before, screen.page)
    return replace(screen, page=page, before=before, job=job or screen.job, scrolled=0, frozen=False)


def _open(here: Here) -> Next:
    if here.row is None:
        return nothing(here, "there is nothing here to show")
    key, view = here.row.key, here.screen.view
    if view in ASKED:
        worker = next((w.label for w in _workers(here) if w.id == key), key)
        return only(jobs_of(here.screen, ASKED[view], worker if view is View.WORKERS else key))
    return _info(here)


def _info(here: Here) -> Next:
    """The page of the job that is under the cursor, or whose output is open."""
    screen = here.screen
    if screen.page is Page.LOG:
        return only(open_page(screen, Page.JOB, screen.job))
    job = here.row.key if here.row is not None else ""
    if screen.view is View.EVENTS:
        job = next((event.jobs[0] for event in here.snapshot.events if event.id == job and event.jobs), "")
    return only(open_page(screen, Page.JOB, job)) if job else nothing(here, "there is no job here")


def jobs_of(screen: Screen, query: str, name: str) -> Screen:
    """The jobs of something, whose name stands at `{}` in `query`. A quote in it stands for any text."""
    query = query.format(one_line(name).replace('"', "*"))
    there = replace(screen, view=View.JOBS, page=Page.LIST, before=())
    return there.with_list(query=query, cursor="", place=0, offset=0, follow=False)


def _workers(here: Here) -> Sequence[WorkerInfo]:
    health = here.snapshot.health
    return () if health is None else (*health.workers, *health.gone)


def _help(here: Here) -> Next:
    if here.screen.page is Page.HELP:
        return _back(here)
    return only(open_page(here.screen, Page.HELP))


def _back(here: Here) -> Next:
    screen = here.screen
    if screen.before:
        return only(replace(screen, page=screen.before[-1], before=screen.before[:-1], scrolled=0))
    if screen.list.marked:
        return only(screen.with_list(marked=frozenset()))
    return only(screen.with_list(query=""))


def _filter(here: Here) -> Next:
    prompt = Prompt(purpose=Purpose.FILTER, label="filter", text=here.listing.query)
    return only(replace(here.screen, prompt=prompt))


def _palette(here: Here) -> Next:
    return only(replace(here.screen, prompt=Prompt(purpose=Purpose.COMMAND, label=":")))


def _freeze(here: Here) -> Next:
    return only(replace(here.screen, frozen=not here.screen.frozen))


def _interval(here: Here, by: int) -> Next:
    near = min(range(len(INTERVALS)), key=lambda at: abs(INTERVALS[at] - here.screen.interval))
    return only(replace(here.screen, interval=INTERVALS[max(0, min(near + by, len(INTERVALS) - 1))]))


def _log(here: Here) -> Next:
    if not here.targets:
        return nothing(here, "there is no job here")
    screen = open_page(here.screen, Page.LOG, here.targets[0])
    return only(replace(screen, log=LogView()))


def _outside(name: str, here: Here) -> Next:
    """What the shell around the screen does."""
    return here.screen, (Effect(name=name),)


OPENING: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "open": _open,
        "help": _help,
        "back": _back,
        "filter": _filter,
        "freeze": _freeze,
        "faster": lambda here: _interval(here, -1),
        "slower": lambda here: _interval(here, 1),
        "log": _log,
        "info": _info,
        "quit": partial(_outside, "quit"),
        "palette": _palette,
        "suspend": partial(_outside, "suspend"),
        "redraw": partial(_outside, "redraw"),
    }
)
