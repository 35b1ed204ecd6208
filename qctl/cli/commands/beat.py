"""`qctl beat` fires schedules, in a process of its own."""

from __future__ import annotations

import os
from typing import Annotated, Any, Final

import typer

from qctl.cli import worker_flags as flags
from qctl.cli.becoming import become_beat
from qctl.cli.emit import emit_one, write
from qctl.cli.grammar import new_app
from qctl.cli.requesting import seconds
from qctl.cli.session import Session, session
from qctl.cli.settings import read_name
from qctl.config.host_zone import host_zone_name
from qctl.config.timetable import schedules
from qctl.engine.journal import read_level
from qctl.model.show import count

app = new_app()

_COLUMNS: Final = ("label", "file", "schedules", "dry_run")


@app.command()
def beat(
    context: typer.Context,
    name: flags.Label = None,
    level: flags.Level = "info",
    json_logs: flags.JsonLogs = False,
    spread: Annotated[
        str, typer.Option("--catchup-spread", help="between the starts of missed runs that are made up for")
    ] = "3s",
) -> None:
    """Fire the schedules of tasks.toml, in the foreground. `qctl up` and `qctl worker -B` have a beat in them.

    \b
    qctl beat                        until Ctrl-C; workers run the jobs
    qctl beat --dry-run              what it would fire

    Any number of beats may run: each instant is fired once.

    Signals:
      TERM, INT  go
      HUP        read tasks.toml again

    See also: schedule next, schedule missed, up
    """
    here = session(context)
    chosen = {
        "file": here.settings.file,
        "redis": here.settings.redis,
        "namespace": here.settings.namespace,
        "name": None if name is None else read_name(name, "--name"),
        "level": int(read_level(level)),
        "json_logs": json_logs,
        "spread": seconds("--catchup-spread", spread),
    }
    if here.settings.dry_run:
        _would(name, here)
        return
    here.config()
    become_beat(chosen)


def _would(label: str | None, here: Session) -> None:
    config = here.config()
    found = schedules(config, here.settings.namespace or config.namespace, host_zone_name(os.environ))
    facts: dict[str, Any] = {"schema": "qctl.beat_start/1", "label": label, "file": config.file or None}
    facts |= {"schedules": [one.name for one in found], "dry_run": True}
    lines = [f"would start a beat that fires {count(len(found), 'schedule')} of {config.file or 'no file'}"]
    lines += [f"  {one.name}  {one.timing.shown}{'' if one.enabled else '  disabled'}" for one in found]
    if here.settings.output == "name" or here.settings.quiet:
        for one in found:
            write(one.name)
        return
    emit_one(here.settings, facts, lambda: [here.out.safe(line) for line in lines], columns=_COLUMNS, name="file")
