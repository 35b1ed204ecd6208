"""Telling that the workers which read a queue do not know the caller's task, or know another of its name."""

from __future__ import annotations

from qctl.client.catalogs import strangers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.cli.session import Session
    from qctl.client import Client
    from qctl.client.terms import WorkerInfo


def nobody_has(client: Client, task: str, queue: str, live: Sequence[WorkerInfo], here: Session) -> bool:
    """Warn if of the live workers some read the queue and none would run the task as the caller has it.

    True if none has a task of this name at all: until one comes, the job is held.
    """
    known = client.config.known(task)
    if known is None:
        return False
    found = strangers(client.reading, [worker for worker in live if worker.reads(queue)], known, client.config.file)
    if not found:
        return False
    first = found[0]
    theirs = f"the tasks of {first.file}" if first.file else "without a tasks.toml"
    if any(one.has_task for one in found):
        other = next(one for one in found if one.has_task)
        here.warn(f"worker {other.label} runs another `{task}`, that of {other.file}: not {known.file}:{known.line}")
        return False
    here.warn(f"no live worker that reads queue {queue} has task `{task}`: {first.label} runs {theirs}")
    return True
