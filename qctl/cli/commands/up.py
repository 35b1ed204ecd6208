"""`qctl up`: a server and a worker, in the foreground or, with -d, in the background."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Annotated, Final

import typer

from qctl import clock
from qctl.cli import worker_flags as flags
from qctl.cli.becoming import become_worker, start_worker
from qctl.cli.commands.worker import worker_options
from qctl.cli.emit import as_json, say, write
from qctl.cli.grammar import new_app
from qctl.cli.nobody_reads import is_up_here
from qctl.cli.providing import last_lines
from qctl.cli.session import Session, server_name, session
from qctl.client import Client
from qctl.client.server import own_state_directory, state_directory
from qctl.client.terms import WorkerInfo
from qctl.errors import QctlError

app = new_app()

_PATIENCE: Final = 20.0  #: seconds until a worker has made itself known
_LOOK: Final = 0.05
#: The last line of an `up` in the foreground: its server is shared by all, and is no part of it.
_FAREWELL: Final = "the server goes on; qctl down stops it"


class DidNotStart(QctlError):
    """the worker did not start:
    {last}"""

    help = "its log: {log}"


@app.command()
def up(
    context: typer.Context,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="in the background; returns when the worker takes jobs")
    ] = False,
    queues: flags.Queues = None,
    slots: flags.Slots = None,
    name: flags.Label = None,
    level: flags.Level = "info",
    no_beat: Annotated[bool, typer.Option("--no-beat", help="fire no schedules")] = False,
) -> None:
    """Bring up all that jobs need: the embedded server, unless tasks.toml names one, and a worker with a beat.

    \b
    qctl up                        in the foreground, until Ctrl-C
    qctl up -d                     in the background, until qctl down
    qctl up -d -c 8 -Q high,low    eight jobs at once, high before low

    See also: down, status, worker, install systemd
    """
    here = session(context)
    chosen = worker_options(here, queues=queues, slots=slots, name=name, level=level, beat=not no_beat)
    if here.settings.dry_run:
        _would(chosen.get("name"), here, beat=not no_beat)
        return
    with here.client() as client:
        server, embedded = server_name(client.instance), client.instance.embedded
        if detach:
            _detach(client, chosen, here)
            return
    say(here.err.sign(f"server {server} · data in {state_directory()}" if embedded else f"server {server}"))
    become_worker(chosen | ({"farewell": _FAREWELL} if embedded else {}))


def _would(label: object, here: Session, *, beat: bool) -> None:
    if here.settings.for_programs:
        write(as_json(_facts(label, None, None, None) | {"dry_run": True}))
    else:
        write(f"would start the server if none runs, and a worker{' that fires schedules' * beat}")


def _facts(label: object, pid: object, server: str | None, log: str | None) -> dict[str, object]:
    """What is up, as `qctl.up/1`."""
    return {"schema": "qctl.up/1", "worker": label, "pid": pid, "server": server, "log": log, "dry_run": False}


def _detach(client: Client, chosen: dict[str, object], here: Session) -> None:
    log = own_state_directory() / "worker.log"
    there = _ours(client)
    if there is not None and chosen.get("name") in (None, there.label):
        _tell(there, client, log if _writes_to(there, log) else None, "already up", here)
        theirs = there.about.get("file") or "no file"
        if theirs != (client.config.file or "no file"):
            here.warn(
                f"it runs the tasks of {theirs}; for those of this folder: qctl worker --name NAME, or qctl down first"
            )
        return
    process = start_worker(chosen, log)
    deadline = clock.monotonic() + _PATIENCE
    while clock.monotonic() < deadline:
        worker = next((w for w in _of_this_host(client) if w.about.get("pid") == process.pid), None)
        if worker is not None:
            process.returncode = 0  # it outlives us, which is no leak
            _tell(worker, client, log, "up", here)
            return
        if process.poll() is not None:
            raise DidNotStart(last=last_lines(log, 5), log=log)
        clock.pause(_LOOK)
    _give_up(process)
    raise DidNotStart(last=f"nothing was heard of it for {_PATIENCE:.0f} s", log=log)


def _writes_to(worker: WorkerInfo, log: Path) -> bool:
    """Whether a worker of this host has this log. One that was started in a terminal logs there."""
    try:
        return os.readlink(f"/proc/{worker.about.get('pid')}/fd/2") == str(log.resolve())
    except OSError:  # it is another user's
        return False


def _ours(client: Client) -> WorkerInfo | None:
    """A worker of this host that stays and takes work."""
    return next(filter(is_up_here, client.live_workers()), None)


def _of_this_host(client: Client) -> list[WorkerInfo]:
    host = os.uname().nodename
    return [w for w in client.live_workers() if w.about.get("host") == host]


def _give_up(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


def _tell(worker: WorkerInfo, client: Client, log: Path | None, word: str, here: Session) -> None:
    server = server_name(client.instance)
    if here.settings.for_programs:
        write(as_json(_facts(worker.label, worker.about.get("pid"), server, str(log) if log else None)))
        return
    write(worker.label)
    here.say(f"{word}: worker {worker.label} (pid {worker.about.get('pid')}) · {server}")
    end = "qctl down" if client.instance.embedded else f"qctl worker stop {worker.label}"
    here.say(f"{f'log {log} · ' if log else ''}qctl status · {end}")
