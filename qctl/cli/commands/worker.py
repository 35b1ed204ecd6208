"""`qctl worker` starts a worker; `qctl worker list|drain|resume|stop` look after those there are."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from qctl.cli import worker_flags as flags
from qctl.cli.becoming import become_worker
from qctl.cli.emit import emit_list, emit_one
from qctl.cli.grammar import new_app
from qctl.cli.instance import worker_item
from qctl.cli.requesting import seconds
from qctl.cli.screens import machines
from qctl.cli.session import Session, server_name, session
from qctl.cli.settings import read_name
from qctl.cli.worker_orders import COLUMNS, chosen_workers, order
from qctl.engine.journal import read_level
from qctl.engine.lease import LEASE
from qctl.engine.selection import read_selection
from qctl.engine.shutdown import DRAIN_TIMEOUT
from qctl.errors import UsageError
from qctl.model.show import count
from qctl.model.units import parse_size

app = new_app(invoke_without_command=True)

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="labels or ids, as `worker list` shows them")]
All = Annotated[bool, typer.Option("--all", help="every worker")]


@app.callback()
def start(
    context: typer.Context,
    queues: flags.Queues = None,
    slots: flags.Slots = None,
    autoscale: flags.Autoscale = None,
    name: flags.Label = None,
    level: flags.Level = "info",
    json_logs: flags.JsonLogs = False,
    beat: Annotated[bool, typer.Option("--beat", "-B", help="fire the schedules of tasks.toml, too")] = False,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="go when no work is left")] = False,
    drain_timeout: flags.DrainTimeout = "5m",
    max_jobs: flags.MaxJobs = None,
    max_memory: flags.MaxMemory = None,
    lease: Annotated[str, typer.Option("--lease", hidden=True)] = "30s",
    only: Annotated[list[str] | None, typer.Option("--only", hidden=True)] = None,
) -> None:
    """Start a worker in the foreground, or look after workers.

    \b
    qctl worker                      every queue, as many jobs at once as CPUs
    qctl worker -Q high,low -c 4     high before low, four at once
    qctl worker --autoscale 2,16     more slots when jobs wait, fewer when idle
    qctl worker -B                   fires schedules, too
    qctl worker --until-empty        for CI: go when all is done

    Signals:
      TERM, INT   finish what runs and go; twice: give it back and go
      HUP         read tasks.toml and task code again
      TTIN, TTOU  a slot more, a slot less

    See also: up, beat, install systemd
    """
    if context.invoked_subcommand is not None:
        return
    here = session(context)
    chosen = worker_options(
        here,
        queues=queues,
        slots=slots,
        autoscale=autoscale,
        name=name,
        level=level,
        json_logs=json_logs,
        beat=beat,
        until_empty=until_empty,
        drain_timeout=drain_timeout,
        max_jobs=max_jobs,
        max_memory=max_memory,
        lease=lease,
        only=only or (),
    )
    if here.settings.dry_run:
        _would(chosen, here)
        return
    become_worker(chosen)


def _would(chosen: dict[str, Any], here: Session) -> None:
    least, most = chosen["slots"], chosen.get("most_slots")
    facts = {"schema": "qctl.worker_start/1", "label": chosen["name"], "queues": chosen["queues"], "dry_run": True}
    facts |= {"slots": least, "most_slots": most, "beat": chosen["beat"]}
    reads = f"queues {chosen['queues']}" if chosen["queues"] else "every queue"
    slots = (
        "as many slots as CPUs"
        if least is None
        else count(least, "slot")
        if most is None
        else f"{least} to {most} slots"
    )
    line = f"would start a worker that reads {reads}, with {slots}" + (", and fires schedules" * chosen["beat"])
    emit_one(here.settings, facts, lambda: [here.out.safe(line)], name="label")


def worker_options(here: Session, **said: Any) -> dict[str, Any]:
    """The options of a worker as JSON carries them, read and checked here, where a slip is told best.

    Raises UsageError, and BadFile for a configuration that no worker could start with.
    """
    here.config()
    level = read_level(said.pop("level", "info"))
    drain, memory = said.pop("drain_timeout", None), said.pop("max_memory", None)
    patience = DRAIN_TIMEOUT if drain is None else math.inf if drain == "none" else seconds("--drain-timeout", drain)
    lease = said.pop("lease", None)
    if said.get("queues") is not None and not said["queues"].strip(" ,"):
        raise UsageError("-Q names no queue: leave it out for every queue")
    read_selection(said.get("queues"))
    if said.get("name") is not None:
        read_name(said["name"], "--name")
    scale = said.pop("autoscale", None)
    if scale is not None:
        said["slots"], said["most_slots"] = _scale(scale, said.get("slots"))
    return {
        "file": here.settings.file,
        "redis": here.settings.redis,
        "namespace": here.settings.namespace,
        "level": int(level),
        "drain_timeout": patience,
        "max_memory": None if memory is None else _size(memory),
        "lease": LEASE if lease is None else seconds("--lease", lease),
        "only": list(said.pop("only", ())),
        **said,
    }


def _scale(text: str, slots: int | None) -> tuple[int, int]:
    """Read MIN,MAX. Raises UsageError: Celery's flag of this name has them the other way round."""
    if slots is not None:
        raise UsageError("-c fixes the number of slots and --autoscale lets it follow the work: give one of them")
    words = [word.strip() for word in text.split(",")]
    if len(words) != 2 or not all(word.isascii() and word.isdecimal() for word in words):
        raise UsageError(
            f"--autoscale is two whole numbers, MIN,MAX, not `{text}`", help="qctl worker --autoscale 2,16"
        )
    least, most = map(int, words)
    if least < 1:
        raise UsageError(f"--autoscale {text}: MIN is at least 1", help=f"qctl worker --autoscale 1,{max(1, most)}")
    if least > most:
        raise UsageError(
            f"--autoscale is MIN,MAX, and {least} is more than {most}; Celery's is the other way round",
            help=f"qctl worker --autoscale {most or 1},{least}",
        )
    return least, most


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise UsageError(f"--max-memory-per-child: {error}") from None


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the workers, dead ones that nobody has cleared away yet included.

    \b
    qctl worker list
    qctl worker list -q            labels only
    qctl worker list -o json
    """
    here = session(context)
    with here.client() as client:
        now, workers = client.reading.workers_now()
        items = [worker_item(worker, now) for worker in workers]
        name = server_name(client.instance)
    emit_list(here.settings, items, lambda: machines.workers(items, name, here.out), columns=COLUMNS, name="label")


@app.command()
def show(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="label or id of a worker")]
) -> None:
    """Show a worker, and what it runs.

    \b
    qctl worker show db1           by its label
    qctl worker show db1 -o json
    """
    here = session(context)
    with here.client() as client:
        (worker,) = chosen_workers(client, [name], every=False)[:1]
        item = worker_item(worker, client.reading.now_ms())
        running = client.reading.jobs(sorted(worker.running))
        server = server_name(client.instance)
    emit_one(
        here.settings, item, lambda: machines.worker(item, running, server, here.out), columns=COLUMNS, name="label"
    )


@app.command()
def ping(
    context: typer.Context,
    names: Names = None,
    every: All = False,
    timeout: Annotated[str, typer.Option("--timeout", help="how long to wait for their answers")] = "5s",
) -> int:
    """Ask workers, all of them if none is named, for a sign of life.

    \b
    qctl worker ping                       all of them
    qctl worker ping db1 --timeout 1s

    Exit codes:
      1  one does not answer
      3  nobody does
    """
    here = session(context)
    limit = seconds("--timeout", timeout)
    with here.client() as client:
        asked = chosen_workers(client, names, every=every) if names else client.reading.workers()
        answered = client.ping(asked, limit)
    items = [
        {"schema": "qctl.ping/1", "id": worker.id, "label": worker.label, "answered_s": answered.get(worker.id)}
        for worker in asked
    ]
    emit_list(
        here.settings,
        items,
        lambda: machines.pinged(items, limit, here.out),
        columns=("label", "answered_s"),
        name="label",
    )
    return 3 if not answered else int(len(answered) < len(asked))


@app.command()
def drain(context: typer.Context, names: Names = None, every: All = False) -> None:
    """Tell workers to take no more jobs, and stay.

    \b
    qctl worker drain db1
    qctl worker drain --all

    See also: worker resume, worker stop, queue pause
    """
    order(context, names, every, "drain", "takes no more jobs, finishes what it has and stays")


@app.command()
def resume(context: typer.Context, names: Names = None, every: All = False) -> None:
    """Tell drained workers to take jobs again.

    \b
    qctl worker resume db1
    qctl worker resume --all
    """
    order(context, names, every, "resume", "takes jobs again")


@app.command()
def stop(
    context: typer.Context,
    names: Names = None,
    every: All = False,
    now: Annotated[bool, typer.Option("--now", help="give back what runs instead of finishing it")] = False,
) -> None:
    """Tell workers to finish what they have and go.

    \b
    qctl worker stop db1
    qctl worker stop --all --now   give back what runs

    See also: worker drain, down
    """
    order(context, names, every, "stop-now" if now else "stop", "stops" if now else "finishes what it has and goes")
