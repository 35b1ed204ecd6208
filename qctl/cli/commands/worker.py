"""`qctl worker` starts a worker; `qctl worker list|drain|resume|stop` look after those there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from qctl.cli.becoming import become_worker
from qctl.cli.emit import emit_list, emit_one
from qctl.cli.grammar import new_app
from qctl.cli.instance import worker_item
from qctl.cli.requesting import seconds
from qctl.cli.screens import machines
from qctl.cli.session import Session, server_name, session
from qctl.cli.settings import read_name
from qctl.client import Client
from qctl.client.terms import WorkerInfo
from qctl.engine.journal import read_level
from qctl.engine.lease import LEASE
from qctl.engine.selection import read_selection
from qctl.engine.shutdown import DRAIN_TIMEOUT
from qctl.errors import NotFound, UsageError
from qctl.model.show import count
from qctl.model.units import parse_size

app = new_app(invoke_without_command=True)

_COLUMNS = ("label", "state", "host", "pid", "slots", "id")

Names = Annotated[list[str] | None, typer.Argument(help="labels or ids, as `worker list` shows them")]
All = Annotated[bool, typer.Option("--all", help="every worker")]


@app.callback()
def start(
    context: typer.Context,
    queues: Annotated[str | None, typer.Option("--queue", "-Q", help="a,b strict; a=3,b=1 by weight")] = None,
    slots: Annotated[int | None, typer.Option("--concurrency", "-c", min=1, help="jobs at once; the CPUs")] = None,
    autoscale: Annotated[str | None, typer.Option("--autoscale", metavar="MIN,MAX", help="slots as work needs")] = None,
    name: Annotated[str | None, typer.Option("--name", help="a label; the host's name and the pid")] = None,
    level: Annotated[str, typer.Option("--log-level", "-l", help="debug info warning error")] = "info",
    json_logs: Annotated[bool, typer.Option("--json-logs", help="the log as JSON lines")] = False,
    beat: Annotated[bool, typer.Option("--beat", "-B", help="fire the schedules of tasks.toml, too")] = False,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="go when no work is left")] = False,
    drain_timeout: Annotated[str, typer.Option("--drain-timeout", help="what SIGTERM waits; none: for ever")] = "5m",
    max_jobs: Annotated[int | None, typer.Option("--max-jobs-per-child", min=1, help="then a new slot")] = None,
    max_memory: Annotated[str | None, typer.Option("--max-memory-per-child", help="such as 200MB")] = None,
    lease: Annotated[str, typer.Option("--lease", hidden=True)] = "30s",
    only: Annotated[list[str] | None, typer.Option("--only", hidden=True)] = None,
) -> None:
    """Start a worker in the foreground, or look after workers.

    \b
    qctl worker                      every queue, as many jobs at once as CPUs
    qctl worker -Q high,low -c 4     high before low
    qctl worker --autoscale 2,16     more slots when jobs wait, fewer when idle
    qctl worker -B                   fires schedules, too
    qctl worker --until-empty        for CI: go when all is done
    qctl worker list                 who is there
    SIGTERM: finish and go; twice: give back and go
    SIGHUP: read tasks.toml and code again; TTIN, TTOU: a slot more, less
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
    """
    here = session(context)
    with here.client() as client:
        now = client.reading.now_ms()
        items = [worker_item(worker, now) for worker in client.reading.workers()]
        name = server_name(client.instance)
    emit_list(here.settings, items, lambda: machines.workers(items, name, here.out), columns=_COLUMNS, name="label")


@app.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(help="label or id of a worker")]) -> None:
    """Show a worker, and what it runs.

    \b
    qctl worker show db1
    """
    here = session(context)
    with here.client() as client:
        (worker,) = _chosen(client, [name], every=False)[:1]
        item = worker_item(worker, client.reading.now_ms())
        running = client.reading.jobs(sorted(worker.running))
        server = server_name(client.instance)
    emit_one(
        here.settings, item, lambda: machines.worker(item, running, server, here.out), columns=_COLUMNS, name="label"
    )


@app.command()
def ping(
    context: typer.Context,
    names: Names = None,
    every: All = False,
    timeout: Annotated[str, typer.Option("--timeout", help="how long to wait for their answers")] = "5s",
) -> int:
    """Ask workers, all of them if none is named, for a sign of life. Exits 3 if nobody answers, 1 if one does not.

    \b
    qctl worker ping
    qctl worker ping db1 --timeout 1s
    """
    here = session(context)
    limit = seconds("--timeout", timeout)
    with here.client() as client:
        asked = _chosen(client, names, every=every) if names else client.reading.workers()
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
    """
    _order(context, names, every, "drain", "takes no more jobs, finishes what it has and stays")


@app.command()
def resume(context: typer.Context, names: Names = None, every: All = False) -> None:
    """Tell drained workers to take jobs again.

    \b
    qctl worker resume db1
    """
    _order(context, names, every, "resume", "takes jobs again")


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
    qctl worker stop --all --now
    """
    _order(context, names, every, "stop-now" if now else "stop", "stops" if now else "finishes what it has and goes")


def _order(context: typer.Context, names: Sequence[str] | None, every: bool, command: str, meaning: str) -> None:
    here = session(context)
    if bool(names) == every:
        raise UsageError("name workers, or say --all", help="qctl worker list")
    with here.client() as client:
        chosen = _chosen(client, names, every=every)
        for worker in chosen:
            if not here.settings.dry_run:
                client.command_worker(worker.id, command)
        now = client.reading.now_ms()
    items = [worker_item(worker, now) for worker in chosen]
    emit_list(here.settings, items, lambda: _lines(chosen, meaning, here), columns=_COLUMNS, name="label")


def _chosen(client: Client, names: Sequence[str] | None, *, every: bool) -> list[WorkerInfo]:
    """The workers of these labels or ids. Raises NotFound."""
    chosen = [w for w in client.reading.workers() if every or w.label in (names or ()) or w.id in (names or ())]
    missing = [name for name in names or () if not any(name in (w.id, w.label) for w in chosen)]
    if missing or (every and not chosen):
        raise NotFound(f"no worker {' '.join(missing)}".rstrip(), help="qctl worker list")
    return chosen


def _lines(workers: Sequence[WorkerInfo], meaning: str, here: Session) -> list[str]:
    would = "would be told: " if here.settings.dry_run else ""
    return [f"{here.out.safe(worker.label)}: {would}{meaning}" for worker in workers]
