"""`qctl install systemd`: a worker that systemd starts at boot, watches, reloads and drains."""

from __future__ import annotations

import getpass
import os
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from qctl.cli.commands import worker
from qctl.cli.confirm import confirm
from qctl.cli.emit import as_json, write, write_text
from qctl.cli.failure import masked
from qctl.cli.grammar import new_app, parse
from qctl.cli.session import Session, session
from qctl.cli.systemd import place
from qctl.cli.systemd.leave import again, must_be_allowed, program
from qctl.cli.systemd.place import State
from qctl.cli.systemd.systemctl import NoSystemd, Systemctl
from qctl.cli.systemd.unit import NAME, Service, unit_text
from qctl.errors import Refused, UsageError

app = new_app()

User = Annotated[bool, typer.Option("--user", help="of your own systemd, not the machine's")]
Root = Annotated[str | None, typer.Option("--root", metavar="DIR", help="of an image whose files are below DIR")]


@app.callback()
def install() -> None:
    """Let the machine start a worker, and look after it.

    \b
    qctl install systemd --dry-run     only show the unit
    qctl install systemd --user --now  for yourself

    See also: uninstall, up
    """


@app.command()
def systemd(
    context: typer.Context,
    user: User = False,
    now: Annotated[bool, typer.Option("--now", help="enable it and start it, too")] = False,
    root: Root = None,
) -> None:
    """Write a systemd unit for a worker of this tasks.toml. After -- stand options of `qctl worker`.

    Usage: qctl install systemd [OPTIONS] [-- OPTION...]

    \b
    qctl install systemd --dry-run                  only show it
    sudo $(command -v qctl) install systemd --now   for the machine, from boot on
    qctl install systemd --user --now               for yourself
    qctl install systemd -- -c 8 -Q high,low --drain-timeout 1h

    See also: uninstall systemd, worker
    """
    here = session(context)
    if root and (user or now):
        raise UsageError("--root is for units of an image that does not run: it goes with neither --user nor --now")
    text = place.marked(unit_text(_service(here, for_user=user)))
    path = place.unit_path(here.environ, for_user=user, root=root)
    if here.settings.dry_run:
        _tell(here, path, text, changed=place.state(path, text) is not State.SAME)
        return
    must_be_allowed(here, "install", user=user, root=root)
    control = Systemctl(for_user=user)
    runs = root is None and control.runs
    if now and not runs:
        raise NoSystemd(again=again(here, "install", *(["--user"] if user else [])))
    if not user:
        _warn_of_owner(here, program()[0])
    changed = _put(here, path, text)
    if root:
        here.say(f"next: systemctl --root {shlex.quote(root)} enable qctl")
    else:
        _load(here, control, runs=runs, changed=changed, now=now)
    _tell(here, path, text, changed=changed)


def _service(here: Session, *, for_user: bool) -> Service:
    """What the unit is to start. Raises UsageError, and BadFile for a configuration that no worker could start with."""
    words, settings, config = list(here.rest or ()), here.settings, here.config()
    said = worker.worker_options(here, **parse(worker.app, "qctl worker", words))
    if said["until_empty"] or said["only"]:
        raise UsageError("a worker that systemd looks after stays: --until-empty is for those that go")
    if not config.file and settings.file != os.devnull:
        raise UsageError("there is no tasks.toml for the worker to run", help="qctl init        writes a first one")
    if settings.redis and masked(settings.redis) != settings.redis:
        raise UsageError(
            "the Redis URL holds a password, and everybody may read a unit",
            help="write it into tasks.toml as `redis` of [qctl], and: chmod 600 tasks.toml",
        )
    named = {"--file": config.file or os.devnull, "--redis": settings.redis, "--namespace": settings.namespace}
    flags = [word for flag, value in named.items() if value for word in (flag, value)]
    # What decides which embedded server is meant.
    kept = () if settings.redis or config.redis else ("XDG_STATE_HOME", "QCTL_REDIS_SERVER")
    return Service(
        command=[*program(), *flags, "worker", *([] if said["beat"] else ["-B"]), *words],
        about=f"qctl worker for {config.file or 'commands'}",
        for_user=for_user,
        drain_s=said["drain_timeout"],
        grace_s=max((task.grace for task in config.tasks.values()), default=0.0),
        environment={name: here.environ[name] for name in kept if here.environ.get(name)},
    )


def _warn_of_owner(here: Session, path: str) -> None:
    """Say so if root is to run what somebody else may change."""
    owner = os.stat(path).st_uid
    if owner != 0:
        here.warn(f"{path} belongs to user {owner}, who can change what root runs")


def _put(here: Session, path: Path, text: str) -> bool:
    """Show the unit, ask, and write it. Answers whether there was anything to write. Raises Refused and Declined."""
    found = place.state(path, text)
    if found is State.SAME:
        here.say("it stands there already")
        return False
    if found is State.FOREIGN:
        raise Refused(f"{path} was not written by qctl, and stays as it is", help=f"mv {path} {path}.old")
    here.say(text)
    if found is State.EDITED:
        here.warn(f"{path} was edited by hand since qctl wrote it; what it says now is kept in {path}.edited")
    confirm(here, f"Write {path}{', in place of the one there' if found is not State.ABSENT else ''}?")
    if found is State.EDITED:
        place.set_aside(path)
    place.write(path, text)
    return True


def _load(here: Session, control: Systemctl, *, runs: bool, changed: bool, now: bool) -> None:
    """Let systemd know of the unit, and say what is to be typed next."""
    unit = NAME.removesuffix(".service")
    start, reload = control.line("enable", "--now", unit), control.line("daemon-reload")
    if not runs:
        here.say(f"systemd does not run here. Where it does: {reload} && {start}")
        return
    if changed:
        control.tell("daemon-reload")
    if now:
        control.tell("enable", "--now", unit)
        when = "login" if control.for_user else "boot"
        here.say(f"{unit} runs, and is started at each {when} · {control.line('status', unit)}")
    else:
        here.say(f"next: {start}")
    if changed:
        here.say(f"one that ran before goes on as it was until: {control.line('restart', unit)}")
    if control.for_user and not os.path.exists(f"/var/lib/systemd/linger/{getpass.getuser()}"):
        here.say("it ends when you log out, unless: loginctl enable-linger")


def _tell(here: Session, path: Path, text: str, *, changed: bool) -> None:
    """What programs read: the unit of a dry run, else where it is."""
    dry = here.settings.dry_run
    if here.settings.for_programs:
        facts: dict[str, Any] = {"schema": "qctl.install/1", "file": str(path), "text": text}
        write(as_json(facts | {"changed": changed, "dry_run": dry}))
    elif dry:
        here.say(f"would be written to {path}:" if changed else f"stands in {path} already:")
        write_text(text)
    else:
        write(str(path))
