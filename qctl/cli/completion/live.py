"""What only Redis can tell at a Tab, and a tasks.toml that nobody has read since it was changed.

Redis has 150 ms, connecting included; what has not come by then is not offered. No server is started for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from threading import Thread
from typing import Final, TypeVar
from zoneinfo import available_timezones

from qctl.client import Client, open_client
from qctl.client.opening import NothingRunning
from qctl.client.server import running_server
from qctl.config import BadFile, Config, load, load_settings, offers
from qctl.config.offering import fits, remember, told_rows
from qctl.errors import QctlError
from qctl.model.cells import cut, one_line
from qctl.model.job import Job
from qctl.model.job_words import run_s, title_of
from qctl.model.query_fields import FIELDS, STANDINGS, written
from qctl.model.show import duration
from qctl.model.state import Reason, State

LIMIT: Final = 0.15  #: seconds
_NEWEST: Final = 50  #: jobs
_MOST_TITLE: Final = 40  #: cells

Row = tuple[str, str]
T = TypeVar("T")


def reread(path: str) -> str:
    """The rows of a file that has changed, kept for the next Tab; empty if it cannot be used."""
    try:
        config = load(path)
    except (BadFile, OSError):
        return ""
    remember(config, os.environ)
    return offers.kept(path, os.environ) or ""


def told(path: str | None, flags: Mapping[str, str], folder: str) -> str:
    """The rows of tasks that live workers tell of, kept for the next Tab beside those of a file."""
    tasks = _within(lambda client: client.told_tasks().values(), flags, folder)
    if path and tasks:
        remember(replace(load(path), declared={task.name: task for task in tasks}), os.environ)
    return told_rows(tasks)


def ask(kind: str, prefix: str, flags: Mapping[str, str], folder: str) -> list[Row]:
    """The rows of a kind; none for a kind that nobody knows."""
    if kind == "zones":
        return [(zone, "") for zone in sorted(available_timezones())]
    if kind == "query":
        return _of_query(prefix, flags, folder)
    reader = READERS.get(kind)
    if reader is None:
        return []
    found = _within(lambda client: reader(client, prefix), flags, folder)
    rows = dict([*(_in_file(kind, flags, folder)), *found])
    return [(value, one_line(about)) for value, about in rows.items() if fits(value)]


def _of_query(prefix: str, flags: Mapping[str, str], folder: str) -> list[Row]:
    """Fields, and once one stands there its values."""
    name, sign, rest = prefix.partition(":")
    if not sign:
        return [(written(each), about) for each, about in FIELDS.items()]
    known: Mapping[str, Iterable[str]] = {"state": STANDINGS, "reason": Reason}
    rows: Iterable[Row] = ((str(word), "") for word in known.get(name, ()))
    kind = {"queue": "queues", "worker": "workers", "id": "jobs", "workflow": "jobs"}.get(name)
    if kind is not None:
        rows = ask(kind, rest, flags, folder)
    return [(f"{name}:{value}", about) for value, about in rows if not value.startswith("@")]


def _in_file(kind: str, flags: Mapping[str, str], folder: str) -> Iterator[Row]:
    """What the file knows of the same kind: queues that have held no job yet."""
    path = offers.file_at_hand(flags.get("file"), os.environ, folder)
    if path and kind in ("queues", "hosts"):
        text = offers.kept(path, os.environ)
        yield from offers.rows(text if offers.is_current(text) else reread(path) or text, kind)


def _within(read: Callable[[Client], Iterable[T]], flags: Mapping[str, str], folder: str) -> list[T]:
    """What an instance answers within the limit, by a thread of its own: no look-up of a name can hold it up."""
    found: list[T] = []

    def run() -> None:
        try:
            with _open(flags, folder) as client:
                found.extend(read(client))
        except (QctlError, OSError, ValueError):
            return

    asking = Thread(target=run, daemon=True)
    asking.start()
    asking.join(LIMIT)
    return [] if asking.is_alive() else found


def _open(flags: Mapping[str, str], folder: str) -> Client:
    """The instance that is meant, if it is there. Raises QctlError."""
    if os.environ.get("QCTL_RUN_DIR"):
        raise NothingRunning(url="", reason="")  # a job reaches no Redis
    redis = flags.get("redis") or os.environ.get("QCTL_REDIS")
    namespace = flags.get("namespace") or os.environ.get("QCTL_NAMESPACE")
    try:
        config = load_settings(flags.get("file"), os.environ, folder)
    except BadFile:
        if not redis:
            raise
        config = Config()
    url = redis or config.redis
    if url is None:
        found = running_server()
        if found is None:
            raise NothingRunning(url="", reason="")
        url = found.url
    return open_client(config, url, namespace, LIMIT)


def _queues(client: Client, _prefix: str) -> Iterator[Row]:
    names = client.reading.queue_names()
    pauses = client.reading.pauses()
    for name in names:
        yield name, "paused" if name in pauses else ""


def _workers(client: Client, _prefix: str) -> Iterator[Row]:
    for worker in client.reading.workers():
        yield worker.label, f"{len(worker.running)} running"


def _hosts(client: Client, _prefix: str) -> Iterator[Row]:
    for worker in client.reading.workers():
        yield str(worker.about.get("host", "")), ""


def _jobs(client: Client, prefix: str) -> Iterator[Row]:
    ids = [job for job in client.reading.recent() if job.startswith("" if prefix.startswith("@") else prefix)]
    yield from _rows(client, client.reading.jobs(ids[:_NEWEST]), "@last", "@failed")


def _active_jobs(client: Client, _prefix: str) -> Iterator[Row]:
    jobs = [job for job in client.reading.active(_NEWEST) if not job.ended]
    yield from _rows(client, jobs[:_NEWEST], "@last")


def _ended_jobs(client: Client, _prefix: str) -> Iterator[Row]:
    yield from _rows(client, client.reading.ended(_NEWEST), "@failed")


def _rows(client: Client, jobs: Iterable[Job], *names: str) -> Iterator[Row]:
    now_ms = client.reading.now_ms()
    rows = [(job.id, _about(job, now_ms)) for job in jobs]
    yield from rows
    if rows:
        yield from ((name, "") for name in names)


def _about(job: Job, now_ms: int) -> str:
    """`backup-db running 12m`."""
    title = cut(one_line(title_of(job)), _MOST_TITLE)
    took = run_s(job, now_ms) if job.state is State.RUNNING else (now_ms - (job.ended_ms or job.enqueued_ms)) / 1000
    words = f"{title} {job.outcome or job.state} {duration(max(0.0, took or 0.0))}"
    return f"{words} ago" if job.ended else words


READERS: Final[Mapping[str, Callable[[Client, str], Iterator[Row]]]] = {
    "queues": _queues,
    "workers": _workers,
    "hosts": _hosts,
    "jobs": _jobs,
    "active-jobs": _active_jobs,
    "ended-jobs": _ended_jobs,
}
