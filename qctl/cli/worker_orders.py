"""Orders to workers, and which workers are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import typer

from qctl.cli.emit import emit_list
from qctl.cli.instance import worker_item
from qctl.cli.session import Session, session
from qctl.client import Client
from qctl.client.terms import WorkerInfo
from qctl.errors import NotFound, UsageError
from qctl.model.suggest import did_you_mean

COLUMNS: Final = ("label", "state", "host", "pid", "slots", "id")


def order(context: typer.Context, names: Sequence[str] | None, every: bool, command: str, meaning: str) -> None:
    """Give workers an order, and say what it means. Raises UsageError where none is named, and NotFound."""
    here = session(context)
    if bool(names) == every:
        raise UsageError("name workers, or say --all", help="qctl worker list")
    with here.client() as client:
        chosen = chosen_workers(client, names, every=every)
        if not here.settings.dry_run:
            client.command_workers(chosen, command)
        now = client.reading.now_ms()
    items = [worker_item(worker, now) for worker in chosen]
    emit_list(here.settings, items, lambda: _lines(chosen, meaning, here), columns=COLUMNS, name="label")


def chosen_workers(client: Client, names: Sequence[str] | None, *, every: bool) -> list[WorkerInfo]:
    """The workers of these labels or ids. Raises NotFound."""
    workers = client.reading.workers()
    chosen = [w for w in workers if every or w.label in (names or ()) or w.id in (names or ())]
    missing = [name for name in names or () if not any(name in (w.id, w.label) for w in chosen)]
    if missing or (every and not chosen):
        meant = did_you_mean(missing[0], [w.label for w in workers]) if len(missing) == 1 else ""
        raise NotFound(f"no worker {' '.join(missing)}".rstrip() + meant, help="qctl worker list")
    return chosen


def _lines(workers: Sequence[WorkerInfo], meaning: str, here: Session) -> list[str]:
    would = "would be told: " if here.settings.dry_run else ""
    return [f"{here.out.safe(worker.label)}: {would}{meaning}" for worker in workers]
