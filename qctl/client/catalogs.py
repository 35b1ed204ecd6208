"""What live workers can run: for who submits, whether anybody will run what he means."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.config.catalog_lines import tasks_of
    from qctl.model.task import Task
    from qctl.store import Reading, WorkerInfo
else:
    tasks_of = later("qctl.config.catalog_lines", "tasks_of")


@dataclass(frozen=True, slots=True)
class Stranger:
    """A worker that reads the queue and would not run the task as the caller has it."""

    label: str
    file: str  #: its tasks.toml; empty: it has none
    has_task: bool  #: it has one of this name, with another definition


def told_tasks(reading: Reading, workers: Sequence[WorkerInfo]) -> dict[str, Task]:
    """All tasks that these workers tell of, but for what delivers notices.

    Of several definitions it is that of the worker that began last.
    """
    catalogs = reading.catalogs(str(worker.about.get("catalog", "")) for worker in workers)
    ordered = sorted(workers, key=lambda worker: worker.since_ms)
    return tasks_of([catalogs.get(str(worker.about.get("catalog", "")), {}) for worker in ordered])


def unimportable(workers: Sequence[WorkerInfo]) -> dict[str, str]:
    """By module what is to be said of a worker that could not import it."""
    return {
        str(module): f"worker {worker.label} cannot import {module}: {str(why).partition(chr(10))[0]}"
        for worker in workers
        for module, why in (worker.about.get("broken") or {}).items()
    }


def strangers(reading: Reading, workers: Sequence[WorkerInfo], task: Task) -> list[Stranger]:
    """The workers of a queue, if none of them has the task as the caller has it: empty if one does."""
    if not workers:
        return []
    catalogs = reading.catalogs(str(worker.about.get("catalog", "")) for worker in workers)
    found = []
    for worker in workers:
        known = catalogs.get(str(worker.about.get("catalog", "")))
        if known is None:
            return []
        theirs = known.get(task.name)
        if isinstance(theirs, dict) and theirs.get("hash") == task.hash:
            return []
        found.append(Stranger(worker.label, str(worker.about.get("file") or ""), theirs is not None))
    return found
