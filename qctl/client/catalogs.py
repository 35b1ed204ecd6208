"""What live workers can run: for who submits, whether anybody will run what he means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qctl.model.task import Task
from qctl.store import Reading, WorkerInfo


@dataclass(frozen=True, slots=True)
class Stranger:
    """A worker that reads the queue and would not run the task as the caller has it."""

    label: str
    file: str  #: its tasks.toml; empty: it has none
    has_task: bool  #: it has one of this name, with another definition


def secret_parameters(reading: Reading, workers: Sequence[WorkerInfo], task: str) -> frozenset[str]:
    """The parameters of a task that are secret by the word of any worker that has it."""
    catalogs = reading.catalogs(str(worker.about.get("catalog", "")) for worker in workers)
    tasks = [catalog[task] for catalog in catalogs.values() if task in catalog]
    return frozenset(param["name"] for known in tasks for param in known.get("params", ()) if param.get("secret"))


def strangers(reading: Reading, workers: Sequence[WorkerInfo], task: Task, file: str) -> list[Stranger]:
    """The workers of a queue, if none of them has the task as the caller has it: empty if one does.

    A worker of the caller's own file is none, whatever it has: it reads an edit by itself.
    """
    if not workers or any(worker.about.get("file") == file for worker in workers):
        return []
    catalogs = reading.catalogs(str(worker.about.get("catalog", "")) for worker in workers)
    found = []
    for worker in workers:
        known = catalogs.get(str(worker.about.get("catalog", "")))
        if known is None:
            return []
        theirs = known.get(task.name)
        if theirs is not None and theirs.get("hash") == task.hash:
            return []
        found.append(Stranger(worker.label, str(worker.about.get("file") or ""), theirs is not None))
    return found
