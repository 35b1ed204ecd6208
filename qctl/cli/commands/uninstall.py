"""`qctl uninstall systemd`: stop the worker that systemd looks after, and take its unit away."""

from __future__ import annotations

from pathlib import Path

import typer

from qctl.cli.commands.install import Root, User
from qctl.cli.confirm import confirm
from qctl.cli.emit import as_json, write
from qctl.cli.grammar import new_app
from qctl.cli.session import Session, session
from qctl.cli.systemd import place
from qctl.cli.systemd.leave import must_be_allowed
from qctl.cli.systemd.place import State
from qctl.cli.systemd.systemctl import Systemctl
from qctl.cli.systemd.unit import NAME
from qctl.errors import Refused

app = new_app()


@app.callback()
def uninstall() -> None:
    """Take away what `qctl install` has written, and nothing else.

    \b
    qctl uninstall systemd --user      a unit of your own systemd
    qctl uninstall systemd --dry-run   only say what would go
    """


@app.command()
def systemd(context: typer.Context, user: User = False, root: Root = None) -> None:
    """Stop the worker's service, let it finish what runs, and remove its unit. Jobs and data stay.

    \b
    sudo $(command -v qctl) uninstall systemd
    qctl uninstall systemd --user
    """
    here = session(context)
    path = place.unit_path(here.environ, for_user=user, root=root)
    found = place.state(path, "")
    if found is State.FOREIGN:
        raise Refused(f"{path} was not written by qctl, and stays as it is", help=f"ls -l {path}")
    if here.settings.dry_run or found is State.ABSENT:
        _tell(here, path, removed=False, there=found is not State.ABSENT)
        return
    must_be_allowed(here, "uninstall", user=user, root=root)
    if found is State.EDITED:
        here.warn(f"{path} was edited by hand since qctl wrote it; what it says now is kept in {path}.edited")
    confirm(here, f"Stop the service and remove {path}?")
    _remove(here, path, Systemctl(for_user=user) if root is None else None, keep=found is State.EDITED)
    _tell(here, path, removed=True, there=False)


def _remove(here: Session, path: Path, control: Systemctl | None, *, keep: bool) -> None:
    runs = control is not None and control.runs
    if control is not None and runs:
        here.say("stopping it, which waits for what runs")
        control.tell("disable", "--now", NAME.removesuffix(".service"))
    if keep:
        place.set_aside(path)
    place.remove(path)
    if control is not None and runs:
        control.tell("daemon-reload")


def _tell(here: Session, path: Path, *, removed: bool, there: bool) -> None:
    dry = here.settings.dry_run
    if here.settings.for_programs:
        write(as_json({"schema": "qctl.uninstall/1", "file": str(path), "removed": removed, "dry_run": dry}))
    elif dry and there:
        write(f"would stop the service and remove {path}")
    elif removed:
        write(str(path))
        here.say("removed; jobs and data stay")
    else:
        here.say(f"there is no {path}, so there is nothing to remove")
