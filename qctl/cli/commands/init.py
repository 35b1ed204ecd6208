"""`qctl init`: a first tasks.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from qctl.cli.emit import as_json, say, write, write_text
from qctl.cli.grammar import new_app
from qctl.cli.session import session
from qctl.config.places import NAME
from qctl.config.template import init as write_first
from qctl.config.template import init_text

app = new_app()


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="where to write it (default: here)", show_default=False)
    ] = ".",
) -> None:
    """Write a commented tasks.toml with a shell task and a Python task. It never overwrites one.

    \b
    qctl init                     into this folder
    qctl init --dry-run           only show it
    qctl init /srv/ops            into another folder

    See also: check, task list, import crontab, qctl help config
    """
    here = session(context)
    place, dry = os.path.join(here.folder, folder), here.settings.dry_run
    if dry and not here.settings.for_programs:
        write_text(init_text())
        return
    path = str(Path(place, NAME)) if dry else write_first(place)
    if here.settings.for_programs:
        text = init_text() if dry else None
        write(as_json({"schema": "qctl.init/1", "file": path, "text": text, "dry_run": dry}))
        return
    write(path)
    if not here.settings.quiet:
        say("next: qctl check · qctl task list · qctl run disk-usage --wait")
