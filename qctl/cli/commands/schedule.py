"""`qctl schedule`: what is due, and when; its other words are in `scheduling.words`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Annotated, Final

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.scheduling import words
from qctl.cli.scheduling.meant import is_expression, named, written
from qctl.cli.scheduling.remembered import Remembered, corrected, remember
from qctl.cli.scheduling.upcoming import Upcoming, all_in_order, each_once, first_of
from qctl.cli.screens import upcoming as screens
from qctl.cli.session import Session, session
from qctl.config import Config
from qctl.config.host_zone import host_zone_name, zone_named
from qctl.config.timetable import schedules, zone_of
from qctl.errors import UsageError
from qctl.model.local_time import Moment, full
from qctl.model.schedule import Schedule
from qctl.model.when import parse

app = new_app()

_COUNTED: Final = 1000  #: instants that are not shown, and counted nevertheless
_COLUMNS: Final = ("at", "local", "in_s", "task", "schedule", "expression", "timezone", "note")


@app.callback()
def schedule() -> None:
    """Look after schedules: what runs next, what has run, and what has not.

    \b
    qctl schedule list            next times, last runs, what is wrong
    qctl schedule next            what is due, and when
    qctl schedule missed          what should have run and did not
    qctl schedule add backup-db '30 2 * * *'

    See also: qctl help cron, beat, run --as-scheduled
    """


@app.command("next")
def next_(
    context: typer.Context,
    what: Annotated[
        str | None, typer.Argument(metavar="[TASK|EXPR]", help="a task, a schedule, or an expression in quotes")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, max=10_000, help="at most so many; 10, of --until a hundred")
    ] = None,
    begin: Annotated[str | None, typer.Option("--from", help="from then on; else from now")] = None,
    until: Annotated[str | None, typer.Option("--until", help="up to then: each instant, in order")] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="show, or read EXPR, there")
    ] = None,
) -> None:
    """Say when schedules are due.

    Of all of them each the next time, of a task or an expression the next ones. It works without Redis; where one
    answers at once, the last runs are told too.

    \b
    qctl schedule next                         each schedule's next time
    qctl schedule next backup-db -n 3 --utc    the next three of one
    qctl schedule next '30 2 * * *' --timezone Europe/Berlin
    qctl schedule next backup-db --from 2027-03-27
    qctl schedule next --until 'tomorrow 6am'  all that is due tonight

    See also: qctl help cron, qctl help dates
    """
    here = session(context)
    config = _config(here, what)
    zone_said = timezone and zone_named(timezone)
    own_zone = timezone or config.timezone or host_zone_name(here.environ)
    zone = here.out.zone if here.settings.utc else zone_said or zone_of(own_zone)
    first = _date("--from", begin, here, own_zone)
    last = _date("--until", until, here, own_zone)
    if last is not None and last.at <= (first.at if first else here.out.now):
        raise UsageError(f"--until {full(last.at)} is before the first instant there could be", help="qctl help dates")
    meant = _meant(config, what, here, own_zone)
    after_ms = here.out.now_ms if first is None else first.ms - 1
    memory = None
    if what is None and last is None:
        memory = remember(here, config)
        found = corrected(each_once(meant, after_ms, here.out.now_ms), memory, here, after_ms)
        shown = found[: number or 10]
    elif last is None:
        shown = found = all_in_order(meant, after_ms, None, here.out.now_ms, number or 10)
    else:
        found = all_in_order(meant, after_ms, last.ms, here.out.now_ms, (number or 100) + _COUNTED)
        shown = first_of(found, number or 100)
    _show(here, shown, len(found) - len(shown), memory, what=what, file=config.file, zone=zone)


def _show(
    here: Session,
    shown: Sequence[Upcoming],
    more: int,
    memory: Remembered | None,
    *,
    what: str | None,
    file: str,
    zone: tzinfo,
) -> None:
    """Write the first of what was found, and how much more there is."""
    if here.settings.output == "name" or here.settings.quiet:
        shown = [one for one in shown if one.due]

    def lines() -> Sequence[str]:
        if what is None:
            items = memory.items if memory is not None else None
            beats = memory.beats if memory is not None else ""
            return screens.table(shown, zone, here.out, more=more, file=file, known=items, beats=beats)
        return screens.lines(shown, zone, here.out, utc=here.settings.utc)

    if more and what is not None and not here.settings.for_programs:
        here.say(f"{'over ' if more >= _COUNTED else ''}{more:,} more until then: -n shows them")
    emit_list(here.settings, _views(shown, here, memory), lines, columns=_COLUMNS, name="at")


def _config(here: Session, what: str | None) -> Config:
    """The configuration; an expression needs none of it but the zone, so a broken file does not stop it."""
    if what is not None and is_expression(what):
        return here.config_to_look_by()[0] or Config()
    config = here.config()
    if config.broken and what is None:
        here.warn(f"without the schedules of {', '.join(sorted(config.broken))}, which cannot be used: qctl check")
    return config


def _meant(config: Config, what: str | None, here: Session, zone: str) -> Sequence[Schedule]:
    space, host = here.settings.namespace or config.namespace, host_zone_name(here.environ)
    if what is None:
        return schedules(config, space, host)
    return [written(what, zone, here.err.now)] if is_expression(what) else named(config, what, space, host)


def _date(option: str, text: str | None, here: Session, zone: str) -> Moment | None:
    """A date that was given, in the zone of the call; what was taken for it is echoed."""
    if text is None:
        return None
    moment = parse(text, here.err.now, zone_of(zone))
    here.echo([(option.removeprefix("--"), moment)])
    return moment


def _views(shown: Sequence[Upcoming], here: Session, memory: Remembered | None) -> list[dict[str, object]]:
    """Each for programs; `last` is how its last run ended, where an instance was there to tell."""
    items = memory.items if memory is not None else {}
    lasts = [items.get(one.schedule.name, {}).get("last") for one in shown]
    return [{**one.view(here.out.now_ms), "last": last} for one, last in zip(shown, lasts, strict=True)]


words.add_to(app)
