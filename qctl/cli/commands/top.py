"""`qctl top`: jobs, queues and workers, live."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from qctl import clock
from qctl.classes import replace
from qctl.cli.emit import write
from qctl.cli.grammar import new_app
from qctl.cli.requesting import seconds
from qctl.cli.session import Session, refuse_hidden_instance, session
from qctl.cli.terminal import height_of
from qctl.client import Client
from qctl.client.server import state_directory
from qctl.client.watching import Snapshot
from qctl.client.watching.looking import Looker
from qctl.clock import monotonic
from qctl.config import Config
from qctl.errors import UsageError
from qctl.model.query import parse
from qctl.model.show import duration
from qctl.tui import plain
from qctl.tui.course import Course
from qctl.tui.look import STYLES, Look
from qctl.tui.memory import LEAST_S, MOST_S, recall, remember
from qctl.tui.screen import Screen, View

app = new_app()

_IN_A_PIPE: Final = (120, 40)
_PEOPLE: Final = ("table", "wide")


@app.command()
def top(
    context: typer.Context,
    query: Annotated[str | None, typer.Option("--query", metavar="QUERY", help="only the jobs that it means")] = None,
    interval: Annotated[
        str | None, typer.Option("--interval", "-d", metavar="TIME", help="between two looks, 200ms to 1h; else 2s")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="only look: no key changes anything")] = False,
    once: Annotated[bool, typer.Option("--once", help="print one picture and end")] = False,
    lines: Annotated[bool, typer.Option("--plain", help="print what changes, in words, and draw nothing")] = False,
) -> int:
    """Show jobs, queues, workers, schedules, failures and events, live, and act on them.

    On a terminal it comes back as it was left. Without one it prints lines, as with --plain.

    \b
    qctl top
    qctl top --query 'queue:batch wait>5m'
    qctl top --interval 5s  over a slow line; < and > do the same
    qctl top --read-only    to look, and break nothing
    qctl top --once         one picture, for a mail or a report
    qctl top --plain        what changes, in words: for a log, or to be read aloud

    Of the keys ? shows all, : finds what they do, and q leaves.
    """
    here = session(context)
    if here.settings.output not in _PEOPLE:
        raise UsageError("`qctl top` draws for people", help=f"qctl ps -o {here.settings.output}")
    if query:
        parse(query, here.out.now, here.out.zone)
    every = None if interval is None else _interval(interval)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    with here.client(config, start=False) as client:
        screen = Screen(read_only=read_only)
        drawn = here.out.live and sys.stdin.isatty() and not (once or lines)
        kept, instance = state_directory() / "top.json", _instance(client)
        if drawn:
            screen = recall(screen, kept, instance)
        if query is not None:
            screen = replace(screen, view=View.JOBS).with_list(query=query)
        screen = replace(screen, interval=screen.interval if every is None else every)
        course = _course(here, client, screen, bars=drawn or (once and not lines))
        looker = Looker(client, here.zone_of_dates(config))
        run = _drawn(here) if drawn else None
        if run is not None:
            return _draw(run, here, config, course, looker, (kept, instance))
        return _write(here, course, looker, once=once, words=lines)


def _interval(text: str) -> float:
    """Raises UsageError."""
    length = seconds("--interval", text)
    if not LEAST_S <= length <= MOST_S:
        raise UsageError(f"--interval is {duration(LEAST_S)} to {duration(MOST_S)}, not {text}")
    return length


def _instance(client: Client) -> str:
    """By what its screen is remembered: server, without a password, and namespace."""
    return f"{client.instance.shown} {client.instance.namespace}"


def _course(here: Session, client: Client, screen: Screen, *, bars: bool) -> Course:
    first = Snapshot(title=client.instance.title, taken=monotonic())
    width, height = _IN_A_PIPE
    if here.out.width is not None:
        width, height = here.out.width, height_of(sys.stdout)
    sized = replace(screen, width=width, height=height)
    zone, unicode = here.out.zone, here.out.unicode
    return Course(sized, first, lambda now_ms: Look(now_ms=now_ms, zone=zone, unicode=unicode, bars=bars))


def _drawn(here: Session) -> Callable[..., Any] | None:
    """What draws on a terminal; nothing where it is not installed."""
    try:
        made: Callable[..., Any] = import_module("qctl.tui.app").TopApp
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        here.warn("textual is not installed, so lines are printed as with --plain: pip install textual")
        return None
    return made


def _draw(
    made: Callable[..., Any], here: Session, config: Config, course: Course, looker: Looker, kept: tuple[Path, str]
) -> int:
    """Draw until somebody leaves, and answer the exit code. Raises the bug by which it ended, if it was one."""
    drawn = made(looker, course, lambda: here.open(config), colour=here.out.colour)
    drawn.run()
    if drawn.broken is not None:
        raise drawn.broken
    remember(course.screen, *kept)
    return int(drawn.return_code or 0)


def _write(here: Session, course: Course, looker: Looker, *, once: bool, words: bool) -> int:
    """Print one picture, or one look in words, or what changes until Ctrl-C."""

    def paint(text: str, style: str) -> str:
        for word in reversed([part for name in style.split() for part in STYLES[name].split()]):
            text = here.out.paint(text, word) if word != "reverse" else text
        return text

    if once:
        for line in plain.in_words(course, looker, paint) if words else plain.once(course, looker, paint):
            write(line)
        return 0
    for found in plain.changes(course, looker, paint, lambda: clock.pause(course.screen.interval)):
        for line in found:
            write(line)
        sys.stdout.flush()
    return 0
