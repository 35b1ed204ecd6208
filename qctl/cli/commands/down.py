"""`qctl down`: the workers of the embedded server finish and go, then the server; the data stay."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Annotated, Final

import typer

from qctl import clock
from qctl.cli.emit import as_json, write
from qctl.cli.grammar import new_app
from qctl.cli.requesting import seconds
from qctl.cli.session import Session, session
from qctl.client import Client
from qctl.client.opening import NothingRunning
from qctl.client.server import server_has_died, signed_in, stop_server
from qctl.errors import RedisUnreachable, TryAgain, UsageError
from qctl.model.show import count

app = new_app()

_LOOK: Final = 0.05
_SILENCE: Final = 1.0  #: seconds after which a person is told what is waited for
_NEXT_TRY: Final = "qctl up -d        tries again at once; workers that are left do by themselves"


class StillWorking(TryAgain):
    """{workers} did not finish within {seconds} and will go when what runs has ended; the server stays"""

    help = "qctl down --now        gives back what they run"


@app.command()
def down(
    context: typer.Context,
    now: Annotated[bool, typer.Option("--now", help="give back what runs instead of finishing it")] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="how long running jobs may take to finish")] = "5m",
) -> int:
    """Stop the workers of the embedded server, then the server. Jobs and data stay.

    \b
    qctl down                      finish what runs
    qctl down --now                give it back: it runs again after the next up
    qctl down --timeout 30s        finish what ends in half a minute

    See also: up, status, worker stop
    """
    here = session(context)
    limit = seconds("--timeout", timeout)
    config = here.instance_config()
    if here.settings.redis or config.redis:
        raise UsageError(
            "`qctl down` is for the embedded server, and tasks.toml or --redis names another",
            help="qctl worker stop --all",
        )
    died = server_has_died()
    try:
        # Workers of a server that was killed wait for it, or are about to start it again: they are told through it.
        with here.client(config, start=died) as client:
            workers = len(client.live_workers())
            if here.settings.dry_run:
                _tell(here, f"would stop {count(workers, 'worker')} and the server", workers, stopped=False)
                return 0
            _stop_workers(client, here, limit, now=now)
    except NothingRunning as error:
        stop_server()
        if signed_in():
            return _without_server(here, error, limit, now=now)
        _tell(here, "nothing is running", 0, stopped=False)
        return 0
    except RedisUnreachable as error:
        stop_server()  # so that the next start is tried at once
        if signed_in():
            return _without_server(here, error, limit, now=now)
        reason, way_out = error.facts.get("reason", ""), _once_it_is_stopped(error.advice)
        raise RedisUnreachable(url=error.facts.get("url", ""), reason=reason, help=way_out) from error
    stop_server()
    _tell(here, "down; jobs and data stay", workers, stopped=True)
    return 0


def _without_server(here: Session, error: RedisUnreachable, limit: float, *, now: bool) -> int:
    """End workers whose server cannot be started by signals, as they end with it. Raises StillWorking."""
    workers = signed_in()
    if here.settings.dry_run:
        _tell(here, f"would stop {count(len(workers), 'worker')}; there is no server", len(workers), stopped=False)
        return 0
    here.warn(f"{error}; {count(len(workers), 'worker')} told to go by a signal")
    for _ in range(2 if now else 1):
        for pid in signed_in():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        clock.pause(_LOOK)
    began, silent = clock.monotonic(), True
    while left := signed_in():
        waited = clock.monotonic() - began
        if waited > limit:
            raise StillWorking(workers=count(len(left), "worker"), seconds=f"{limit:g}s")
        if silent and waited > _SILENCE:
            given_back = "" if now else "; qctl down --now gives back what runs"
            here.say(f"waiting for {count(len(left), 'worker')}, {limit:g}s at most (Ctrl-C leaves it{given_back})")
            silent = False
        clock.pause(_LOOK)
    stop_server()
    _tell(here, "down; jobs and data stay", len(workers), stopped=True)
    return 0


def _once_it_is_stopped(advice: str) -> str:
    """What helps a server that cannot be started, where `qctl down` has just been typed and need not be again."""
    lines = [line for line in advice.splitlines() if not line.startswith("qctl down")]
    return "\n".join(lines if any("qctl up" in line for line in lines) else [*lines, _NEXT_TRY])


def _tell(here: Session, said: str, workers: int, *, stopped: bool) -> None:
    """Say what was done, or of a dry run what would be, with the number of workers that it concerns."""
    dry = here.settings.dry_run
    if here.settings.for_programs:
        write(as_json({"schema": "qctl.down/1", "stopped": stopped, "workers": workers, "dry_run": dry}))
    if dry and not here.settings.for_programs:
        write(said)
    else:
        here.say(said)


def _stop_workers(client: Client, here: Session, limit: float, *, now: bool) -> None:
    """Tell every worker to go and see them go. Raises StillWorking."""
    workers = client.live_workers()
    client.command_workers(workers, "stop-now" if now else "stop")
    busy = sum(len(worker.running) for worker in workers)
    if busy and not now:
        them = "it" if busy == 1 else "them"
        here.say(f"waiting for {count(busy, 'running job')} (Ctrl-C leaves {them}; qctl down --now gives {them} back)")
    deadline = clock.monotonic() + limit
    while left := client.live_workers():
        if clock.monotonic() > deadline:
            raise StillWorking(workers=count(len(left), "worker"), seconds=f"{limit:g}s")
        clock.pause(_LOOK)
