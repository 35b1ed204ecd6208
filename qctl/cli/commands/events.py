"""`qctl events`: what happens, as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Final

import typer

from qctl import clock
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.screens import events as screens
from qctl.cli.session import Session, server_name, session
from qctl.cli.stretch import stretch
from qctl.client import Client
from qctl.client.happening import place_before
from qctl.errors import QctlError, UsageError
from qctl.model.event import TYPES, Event, event_view
from qctl.model.suggest import did_you_mean

app = new_app()

_COLUMNS: Final = ("at", "type", "jobs", "id")


@app.command()
def events(
    context: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on with what happens from now on")] = False,
    since: Annotated[str | None, typer.Option("--since", help="from then on: 10m, today, 14:30")] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--type", help="only these: submit, claim, complete, bury and so on")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="at most so many, the newest")] = None,
) -> None:
    """Tell what has happened to jobs, oldest first: the newest 10,000 events are kept.

    \b
    qctl events --since 10m
    qctl events -f -n 20           the newest twenty, and what comes
    qctl events -f --type submit --type cancel
    qctl events --type repaired    jobs that stood nowhere, and were put back
    qctl events -f -o jsonl | jq -r 'select(.type == "bury") | .jobs[]'

    See also: ps, history, schema event
    """
    here = session(context)
    wanted = _types(kind or [])
    if follow and here.settings.output == "json":
        raise UsageError("-f does not end, and -o json is one document", help="qctl events -f -o jsonl")
    config = here.instance_config()
    begin, _ = stretch(since, None, here, here.zone_of_dates(config))
    with here.client(config) as client:
        here.say(f"of {server_name(client.instance)}")
        place = _place(client, begin, limit, wanted)
        if follow:
            _tell_each(here, (event for event in _followed(here, client, place) if event.type in wanted))
        else:
            found = [event for event in client.happening.past(place) if event.type in wanted]
            _tell(here, found[-limit:] if limit else found)  # there may be more by now


def _types(words: list[str]) -> frozenset[str]:
    for word in words:
        if word not in TYPES:
            raise UsageError(f"--type is one of {', '.join(TYPES)}, not `{word}`{did_you_mean(word, TYPES)}")
    return frozenset(words or TYPES)


def _place(client: Client, since_ms: int | None, limit: int | None, wanted: frozenset[str]) -> str | None:
    """After which place events are told; None: of no certain one."""
    begin = None if since_ms is None else place_before(since_ms)
    return begin if limit is None else client.happening.before_newest(limit, wanted, begin)


def _followed(here: Session, client: Client, place: str | None) -> Iterator[Event]:
    def away(error: QctlError | None) -> None:
        here.say("Redis is back" if error is None else f"{error}; waiting for it")

    return client.happening.follow(place, clock.pause, away)


def _tell(here: Session, found: list[Event], *, titled: bool = True) -> None:
    emit_list(
        here.settings,
        [event_view(event) for event in found],
        lambda: screens.events(found, here.out),
        columns=_COLUMNS,
        titled=titled,
    )


def _tell_each(here: Session, found: Iterable[Event]) -> None:
    """Tell each event as it comes; the title of columns comes first, once."""
    _tell(here, [])
    for event in found:
        _tell(here, [event], titled=False)
