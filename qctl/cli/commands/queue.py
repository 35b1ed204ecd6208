"""`qctl queue`: queues, what is in them and who reads them; to pause, resume and purge them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qctl.cli import pausing
from qctl.cli.commands.pause import For, Reason, Strict
from qctl.cli.confirm import confirm_by_name
from qctl.cli.emit import emit_list, emit_one
from qctl.cli.grammar import new_app
from qctl.cli.instance import queue_item
from qctl.cli.requesting import seconds
from qctl.cli.screens import machines
from qctl.cli.session import server_name, session
from qctl.cli.terminal import Look
from qctl.cli.watching import Listed, Seen, Watch, watch
from qctl.client import Client
from qctl.client.flow import read_flow
from qctl.client.presence import is_live
from qctl.client.purging import purge as withdraw
from qctl.client.purging import waiting
from qctl.client.queueing import EVERY
from qctl.config.requests import caller
from qctl.model.show import count

app = new_app()

Queues = Annotated[list[str], typer.Argument(help="names of queues", metavar="QUEUE")]
_COLUMNS = (
    *("name", "ready", "held", "running", "scheduled", "oldest_s", "workers", "paused"),
    *("retrying", "in_per_min", "out_per_min"),
)

_RESTLESS = ("oldest_s", "in_per_min", "out_per_min")


@app.callback()
def queue() -> None:
    """Queues and what is in them: who reads them, what waits, what is held back.

    \b
    qctl queue list                                    all that have held a job
    qctl queue show default                            what waits in one, and why
    qctl queue pause mails --for 30m --reason 'moving'
    qctl queue purge mails --dry-run                   what would be cancelled?

    See also: ps --queue, pause --all
    """


@app.command("list")
def list_(context: typer.Context, watched: Watch = False) -> None:
    """List the queues that have held a job.

    ETA counts jobs that are due later, RETRY those between two tries, HELD what limits hold back. IN/m and OUT/m are
    jobs per minute that were asked for and that ended, in the last five. ~ is by a sample of 1,000 scheduled jobs.

    \b
    qctl queue list
    qctl queue list -w
    qctl queue list -o tsv
    """
    here = session(context)
    with here.client() as client:

        def look(now: Look) -> Seen:
            items = _items(client)
            name = server_name(client.instance)
            return Seen(
                items=items,
                lines=lambda: machines.queues(items, name, now),
                told=lambda item: machines.queue_change(item, now),
            )

        if watched:
            watch(here, Listed(look=look, command="qctl queue list", name="name", columns=_COLUMNS, restless=_RESTLESS))
        seen = look(here.out)
    emit_list(here.settings, seen.items, seen.lines, columns=_COLUMNS, name="name")


@app.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(help="name of a queue", metavar="QUEUE")]) -> None:
    """Show a queue: what waits and runs, its limits, who has paused it, who reads it.

    \b
    qctl queue show default
    qctl queue show default -o json
    """
    here = session(context)
    config = here.instance_config()
    with here.client(config) as client:
        pausing.check_queue(name, pausing.known_queues(client, config))
        (item,) = _items(client, [name])
        first = client.reading.jobs(client.reading.ready(name, 5))
        server = server_name(client.instance)
    lines = machines.queue(item, first, server, here.out)
    emit_one(here.settings, item, lambda: lines, columns=_COLUMNS, name="name")


@app.command()
def pause(
    context: typer.Context, names: Queues, length: For = None, reason: Reason = "", strict: Strict = False
) -> int:
    """Start no more jobs of these queues. What runs goes on, and jobs may be submitted.

    \b
    qctl queue pause mails --for 30m --reason 'mail server is moving'
    qctl queue pause mails default

    See also: queue resume, pause --all, worker drain
    """
    return pausing.pause(session(context), names, every=False, length=length, reason=reason, strict=strict)


@app.command()
def resume(context: typer.Context, names: Queues, strict: Strict = False) -> int:
    """Let paused queues go on.

    \b
    qctl queue resume mails
    qctl queue resume mails default
    """
    return pausing.resume(session(context), names, every=False, strict=strict)


@app.command()
def purge(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="name of a queue", metavar="QUEUE")],
    older: Annotated[str | None, typer.Option("--older-than", help="only what has waited longer, such as 2h")] = None,
    backup: Annotated[
        str | None, typer.Option("--backup", help="write them there before they go (default: a new file)")
    ] = None,
) -> int:
    """Cancel everything that waits in a queue. What runs goes on; what is scheduled stays.

    Each job is written to a file before it goes. In the history it is cancelled; `qctl retry` brings it back.

    \b
    qctl queue purge mails --dry-run        how many?
    qctl queue purge mails --older-than 2d  on a terminal it asks for the name
    qctl queue purge mails -y               unasked, as in a script

    See also: cancel --query, retry
    """
    here = session(context)
    config = here.instance_config()
    age = None if older is None else seconds("--older-than", older)
    with here.client(config) as client:
        pausing.check_queue(name, pausing.known_queues(client, config))
        number = sum(map(len, waiting(client, name, age)))
        said = f"{count(number, 'job')} of queue {name}"
        if here.settings.dry_run or not number:
            gone, path = 0, None
        else:
            confirm_by_name(here, f"{said} will be cancelled.", name)
            gone, path = withdraw(client, name, age, backup, caller())
    facts = {"schema": "qctl.purged/1", "queue": name, "found": number, "cancelled": gone, "backup": path}
    what = f"would cancel {said}" if here.settings.dry_run else f"cancelled {count(gone, 'job')} of queue {name}"
    line = what if number else f"nothing waits in queue {name}"
    emit_one(here.settings, facts, lambda: [line], columns=tuple(facts)[1:], name="queue")
    if path:
        here.say(f"what went stands in {path}")
    return 0


def _items(client: Client, only: list[str] | None = None) -> list[dict[str, Any]]:
    whole = client.reading.whole(only)
    now, every = whole.now_ms, whole.pauses.get(EVERY)
    workers, flow = [worker for worker in whole.workers if is_live(worker, now)], read_flow(client, now)
    return [queue_item(queue, workers, now, every, flow) for queue in whole.queues]
