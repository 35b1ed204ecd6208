"""Opening pages and going back, the filter, and how often is looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from qctl.client.terms import WorkerInfo
from qctl.errors import UsageError
from qctl.model.query import parse
from qctl.tui.acts.acting import Act, Here, Next, only
from qctl.tui.look import Look
from qctl.tui.screen import Effect, LogView, Page, Prompt, Screen, View

INTERVALS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_RECALLED: Final = 20
#: What is asked for when something is opened that is no job.
_ASKED: Final = {
    View.QUEUES: 'queue:"{}" state:active',
    View.WORKERS: 'worker:"{}" state:running',
    View.SCHEDULE: 'schedule:"{}"',
}


def open_page(screen: Screen, page: Page, job: str = "") -> Screen:
    """The same screen with a page opened, from which Esc leads back."""
    return replace(screen, page=page, before=(*screen.before, screen.page), job=job or screen.job, scrolled=0)


def _open(here: Here) -> Next:
    if here.row is None:
        return only(here.screen)
    key, view = here.row.key, here.screen.view
    if view in _ASKED:
        worker = next((w.label for w in _workers(here) if w.id == key), key)
        return only(_jobs_of(here.screen, _ASKED[view].format(worker if view is View.WORKERS else key)))
    job = key
    if view is View.EVENTS:
        job = next((event.jobs[0] for event in here.snapshot.events if event.id == key and event.jobs), "")
    return only(open_page(here.screen, Page.JOB, job) if job else here.screen)


def _jobs_of(screen: Screen, query: str) -> Screen:
    """The jobs that a query means."""
    return replace(screen, view=View.JOBS).with_list(query=query, cursor="", place=0, offset=0)


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
    prompt = Prompt(purpose="filter", label="filter", text=here.listing.query)
    return only(replace(here.screen, prompt=prompt))


def typed(screen: Screen, text: str, look: Look) -> Screen:
    """The text at the bottom has changed: the list follows while it makes sense."""
    if screen.prompt is None:
        return screen
    prompt = replace(screen.prompt, text=text, complaint=_complaint(screen, text, look))
    screen = replace(screen, prompt=prompt)
    if prompt.purpose == "filter" and not prompt.complaint:
        return screen.with_list(query=text.strip(), place=0, offset=0, cursor="")
    if prompt.purpose == "find":
        return replace(screen, log=replace(screen.log, find=text))
    return screen


def entered(screen: Screen) -> Next:
    """What was typed is meant."""
    prompt = screen.prompt
    if prompt is None or prompt.complaint:
        return only(screen)
    screen = replace(screen, prompt=None)
    if prompt.purpose == "filter" and prompt.text.strip():
        recalled = (prompt.text, *(text for text in screen.recalled if text != prompt.text))
        return only(replace(screen, recalled=recalled[:_RECALLED]))
    return only(screen)


def abandoned(screen: Screen) -> Screen:
    """Nothing was typed: what was there before stays."""
    if screen.prompt is not None and screen.prompt.purpose == "filter":
        screen = screen.with_list(query="")
    return replace(screen, prompt=None)


def _complaint(screen: Screen, text: str, look: Look) -> str:
    if screen.prompt is None or screen.prompt.purpose != "filter" or screen.view is not View.JOBS:
        return ""
    try:
        parse(text, look.now, look.zone)
    except UsageError as error:
        return str(error).splitlines()[0]
    return ""


def _freeze(here: Here) -> Next:
    return only(replace(here.screen, frozen=not here.screen.frozen))


def _interval(here: Here, by: int) -> Next:
    near = min(range(len(INTERVALS)), key=lambda at: abs(INTERVALS[at] - here.screen.interval))
    return only(replace(here.screen, interval=INTERVALS[max(0, min(near + by, len(INTERVALS) - 1))]))


def _log(here: Here) -> Next:
    if here.screen.page is Page.LOG or not here.targets:
        return _back(here)
    screen = open_page(here.screen, Page.LOG, here.targets[0])
    return only(replace(screen, log=LogView()))


def _quit(here: Here) -> Next:
    return here.screen, (Effect(name="quit"),)


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
        "quit": _quit,
    }
)
