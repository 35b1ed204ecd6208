"""Lists that are looked at again and again: drawn anew in place on a terminal, and elsewhere what has changed alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import closing
from typing import Annotated, Any, Final, NoReturn

import typer

from qctl import clock
from qctl.classes import dataclass, replace
from qctl.cli.emit import emit_list, write, write_text
from qctl.cli.region import region_on
from qctl.cli.session import Session
from qctl.cli.terminal import Look, height_of, width_of
from qctl.errors import QctlError, RedisBusy, RedisUnreachable, UsageError

Item = Mapping[str, Any]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="go on: draw it anew, or tell changes in a pipe")]

_EVERY: Final = 1.0  #: seconds between two looks
_SHARE: Final = 10  #: so many times as long as a look took nothing is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look has found."""

    items: Sequence[Item]
    lines: Callable[[], Sequence[str]]  #: the table
    told: Callable[[Item], str]  #: one of the items, or of those that are gone, in a line of a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What is looked at."""

    look: Callable[[Look], Seen]  #: raises QctlError
    command: str  #: without its flags, for who is to type it otherwise
    name: str  #: the field by which an item is known
    columns: Sequence[str]
    restless: Collection[str] = ()  #: fields that change as time goes on, which is no news
    gone: Callable[[str], Item | None] = lambda _: None  #: what has become of an item that is listed no more


_Show = Generator[None, tuple[Seen, QctlError | None], None]


def watch(here: Session, listed: Listed) -> NoReturn:
    """Look until Ctrl-C. Raises UsageError for a format that has an end, and QctlError if the first look fails."""
    if here.settings.output == "json":
        raise UsageError("-w does not end, and -o json is one document", help=f"{listed.command} -w -o jsonl")
    live = here.out.live and here.settings.for_people
    away: QctlError | None = None
    seen: Seen | None = None
    with closing(_drawn(here) if live else _told(here, listed)) as show:
        next(show)
        while True:
            began = clock.monotonic()
            try:
                seen, away = listed.look(_now(here)), None
            except (RedisUnreachable, RedisBusy) as error:
                if seen is None:
                    raise
                away = error
            show.send((seen, away))
            clock.pause(max(_EVERY, _SHARE * (clock.monotonic() - began)))


def _now(here: Session) -> Look:
    """How to write on stdout now: time goes on, and a terminal may have got another size."""
    width = None if here.out.width is None else width_of(sys.stdout, here.environ)
    return replace(here.out, now_ms=round(clock.now().timestamp() * 1000), width=width)


def _drawn(here: Session) -> _Show:
    """Draw each look in the place of the one before; of a table that has no room its begin and its last line."""
    with region_on(sys.stdout, here.environ, write_text) as region:
        while True:
            seen, away = yield
            lines = list(seen.lines())
            if away is not None:
                lines.append(here.out.safe(f"as it was: {away}; waiting for it".replace("\n", " ")))
            region.draw(_begin_and_end(lines, height_of(sys.stdout) - 1, here.out))


def _begin_and_end(lines: list[str], most: int, look: Look) -> list[str]:
    """The lines that have room, with the last one, which has the sums."""
    if not len(lines) > most > 2:
        return lines
    hidden = len(lines) - most + 1
    return [*lines[: most - 2], look.sign(f"… {hidden:,} more"), lines[-1]]


def _told(here: Session, listed: Listed) -> _Show:
    """Tell of each item that is new or has changed, and what became of those that are listed no more."""
    known: dict[str, Item] = {}
    titled, lost = True, False
    while True:
        seen, away = yield
        if (away is not None) != lost:
            lost = away is not None
            here.say("Redis is back" if away is None else f"{away}; waiting for it")
        if lost:
            continue
        now = {str(item[listed.name]): item for item in seen.items}
        ended = [item for name in known.keys() - now.keys() if (item := listed.gone(name)) is not None]
        changed = [item for name, item in now.items() if _news(known.get(name), item, listed.restless)]
        known = now
        _emit(here, [*ended, *changed], seen, listed, titled=titled)
        titled = False


def _news(before: Item | None, item: Item, restless: Collection[str]) -> bool:
    return before is None or any(value != before.get(key) for key, value in item.items() if key not in restless)


def _emit(here: Session, items: Sequence[Item], seen: Seen, listed: Listed, *, titled: bool) -> None:
    if here.settings.for_people:
        for item in items:
            write(seen.told(item))
    elif items or titled:
        emit_list(here.settings, items, list, columns=listed.columns, name=listed.name, titled=titled)
