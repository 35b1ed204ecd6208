"""`qctl export`: the way out, to cron or to systemd."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Final

import typer

from qctl.cli.emit import as_json, write, write_text
from qctl.cli.grammar import new_app
from qctl.cli.session import Session, session
from qctl.client.crontab import caller
from qctl.config.crontab import Exported, Machine, Unit, as_crontab, as_units
from qctl.config.editing.swap import create
from qctl.config.host_zone import host_zone
from qctl.config.own_files import make_folders
from qctl.config.template import CannotWrite
from qctl.config.timetable import schedules
from qctl.errors import NotFound, Refused
from qctl.model.local_time import zone_name
from qctl.model.schedule import Schedule
from qctl.model.suggest import did_you_mean
from qctl.model.task import Task

app = new_app()

_FORMATS: Final = ("table", "wide", "json")
Tasks = Annotated[list[str] | None, typer.Argument(metavar="TASK", help="of these tasks and workflows alone")]


@app.callback()
def export() -> None:
    """Write the schedules of tasks.toml for another scheduler.

    \b
    qctl export crontab                crontab lines, to read them
    qctl export systemd --to units     timers, written into a folder

    See also: import
    """


@app.command()
def crontab(context: typer.Context, tasks: Tasks = None) -> None:
    """Write crontab lines; what cron cannot do is a comment.

    \b
    qctl export crontab                    to read it
    qctl export crontab > crontab.new      to look it over, and add to a crontab by hand
    qctl export crontab sync-cdn           the lines of one task

    `crontab FILE` replaces the crontab that is there as a whole: keep that first, with `crontab -l > crontab.old`.

    Exit codes:
      1  a task that was named was not exported
    """
    here = session(context, _FORMATS)
    notify = here.config().notify
    machine = Machine(zone=_zone(here), user=caller(), host=socket.gethostname(), notify=notify)
    text, found = as_crontab(_pairs(here, tasks), machine)
    if here.settings.for_programs:
        write(as_json({"schema": "qctl.export/1", "text": text, "items": [each.as_item() for each in found]}))
    else:
        write_text(text)
        _tell(here, found, "cron")
    _end(tasks, found)


@app.command()
def systemd(
    context: typer.Context,
    tasks: Tasks = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DIR", help="write the units into this folder")] = None,
) -> None:
    """Write systemd timers, each with its service, which runs as the task's user, or as you.

    \b
    qctl export systemd                          to read them
    qctl export systemd --to units               into a folder
    qctl export systemd sync-cdn

    Exit codes:
      1  a task that was named was not exported
    """
    here = session(context, _FORMATS)
    found = as_units(_pairs(here, tasks), _user_of_units(here, to))
    files = [part for unit in found if not unit.reason for part in _files(unit)]
    written = [] if to is None else _write(Path(here.folder, to), files, dry=here.settings.dry_run)
    if here.settings.for_programs:
        items = [each.as_item() for each in found]
        write(as_json({"schema": "qctl.export/1", "files": written, "items": items, "dry_run": here.settings.dry_run}))
        return _end(tasks, found)
    if to is None:
        for name, text in files:
            write_text(f"# {name}\n{text}\n")
        for unit in found:
            if unit.reason:
                write(f"# {unit.name}: {unit.reason}")
    for path in written:
        write(path)
    _tell(here, found, "systemd")
    if written and not here.settings.dry_run:
        timers = " ".join(unit.name + ".timer" for unit in found if not unit.reason and unit.schedule.enabled)
        here.say(f"next: systemctl daemon-reload && systemctl enable --now {timers}")
    return _end(tasks, found)


def _pairs(here: Session, names: list[str] | None) -> list[tuple[Schedule, Task]]:
    """The schedules with their tasks and workflows. Raises NotFound for one unknown or without any, and BadFile."""
    config = here.config()
    chosen = {name: config.task(name) for name in names or (*config.tasks, *config.workflows)}
    found = schedules(config, here.settings.namespace or config.namespace, _zone(here))
    pairs = [(each, chosen[each.task]) for each in found if each.task in chosen]
    for name in names or ():
        if not any(task.name == name for _, task in pairs):
            meant = did_you_mean(name, {each.task for each in found})
            raise NotFound(f"{chosen[name].noun} has no schedule{meant}", help="qctl schedule list")
    if not pairs:
        here.say("there is no schedule")
    return pairs


def _user_of_units(here: Session, to: str | None) -> str | None:
    """As whom tasks run that name nobody: the caller, whose worker runs them now. A user's own systemd has no other."""
    own = to is not None and Path(here.folder, to).resolve().parts[-2:] == ("systemd", "user")
    return None if own else caller()


def _zone(here: Session) -> str:
    return zone_name(host_zone(here.environ)) or "UTC"


def _files(unit: Unit) -> list[tuple[str, str]]:
    return [(f"{unit.name}.timer", unit.timer), (f"{unit.name}.service", unit.service)]


def _write(folder: Path, files: list[tuple[str, str]], *, dry: bool) -> list[str]:
    """Write files that are not there yet; one that says the same already is left. Raises Refused and CannotWrite."""
    for name, text in files:
        path = folder / name
        if path.exists() and path.read_text(errors="surrogateescape") != text:
            raise Refused(f"{path} exists, and is not overwritten", help=f"mv {path} {path}.old")
    for name, text in files if not dry else ():
        path = folder / name
        try:
            make_folders(folder, 0o755)
            if not path.exists():
                create(os.path.join(os.path.realpath(folder), name), text.encode(errors="surrogateescape"), 0o644)
        except OSError as error:
            raise CannotWrite(path=path, reason=error.strerror) from error
    return [str(folder / name) for name, _ in files]


def _end(names: list[str] | None, found: list[Exported] | list[Unit]) -> None:
    """Exit with 1 if a task that was asked for by its name is not among what was exported."""
    if any(each.reason and each.schedule.task in (names or ()) for each in found):
        raise typer.Exit(1)


def _tell(here: Session, found: list[Exported] | list[Unit], who: str) -> None:
    """Say on stderr how much of it there is, and what is lost."""
    none = sum(bool(each.reason) for each in found)
    partly = sum(bool(each.lost) and not each.reason for each in found)
    said = f"{len(found) - none} of {len(found)} schedules exported"
    said += f"; of what {partly} of them say {who} does not do all" if partly else ""
    if found:
        here.say(f"{said}; no job, output or history goes with them")
    for each in found:
        if each.reason:
            here.say(f"  {each.schedule.name} is not: {each.reason}")
        elif each.lost and who == "systemd":  # a crontab says it itself
            here.say(f"  {each.schedule.name}: {', '.join(each.lost)}")
