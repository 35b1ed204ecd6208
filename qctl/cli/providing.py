"""Who will run what was submitted: a warning where nobody does, and on the embedded server a worker for it alone."""

from __future__ import annotations

import os

from qctl.cli.attending import no_worry
from qctl.cli.nobody_reads import is_up_here, nobody_has, nobody_reads, other_host
from qctl.client.server import state_directory
from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Final

    from qctl.cli.session import Session
    from qctl.client import Client, Receipt
    from qctl.client.queueing import pause_words
    from qctl.client.temporary import start_temporary_worker
    from qctl.model.show import count
else:
    start_temporary_worker = later("qctl.client.temporary", "start_temporary_worker")
    pause_words = later("qctl.client.queueing", "pause_words")
    count = later("qctl.model.show", "count")

_MOST_AT_ONCE: Final = 500  #: jobs that a temporary worker is told to run


class TemporaryWorkerEnded(QctlError):
    """the temporary worker ended before job {id} did: {last}"""

    exit_code, code = 125, "Q125"
    help = "qctl up -d        starts one that stays; its log: {log}"


def provide_worker(client: Client, receipts: Sequence[Receipt], task: str, here: Session) -> Callable[[], None]:
    """Start a temporary worker if the server is the embedded one and nobody reads the queue, or has the task.

    Answers what is to be asked while waiting: it raises TemporaryWorkerEnded if that worker is gone before the jobs.
    """
    ids = [receipt.id for receipt in receipts]
    return _provide(client, ids, [(task, receipts[0].queue)], here, "")


def provide_worker_of_workflow(
    client: Client, workflow: str, steps: Sequence[tuple[str, str]], here: Session
) -> Callable[[], None]:
    """The same for all jobs of a workflow: `steps` are their tasks and queues, each pair once."""
    return _provide(client, [workflow], steps, here, "this workflow")


def _provide(
    client: Client, ids: Sequence[str], steps: Sequence[tuple[str, str]], here: Session, what: str
) -> Callable[[], None]:
    found = client.crew()
    live = found.workers
    unread = [queue for _, queue in steps if not any(worker.reads(queue) for worker in live)]
    unknown = [] if unread else [task for task, queue in steps if nobody_has(client, task, queue, live, here)]
    if not unread and not unknown:
        return no_worry
    pauses = found.pauses
    for stands in dict.fromkeys(pause_words(pauses, queue) for _, queue in steps):
        if stands:
            here.warn(f"{stands}: {_of(what)} as long as that stands")
    whole = [*_before(client, ids[0]), *ids]
    elsewhere = any(other_host(queue) for _, queue in steps)
    if not client.instance.embedded or elsewhere or len(whole) > _MOST_AT_ONCE:
        for queue in dict.fromkeys(unread):
            here.warn(nobody_reads(queue, live))
        return no_worry
    log = state_directory() / "temporary-worker.log"
    pid = start_temporary_worker(whole, client.instance, client.config.file, log)
    nobody = f"no live worker reads queue {unread[0]}" if unread and any(map(is_up_here, live)) else "no worker is live"
    why = f"{nobody}: " if unread else ""
    here.say(f"{why}a temporary one runs {what or _these(whole)} and goes (`qctl up -d` starts one that stays)")
    return lambda: _check(pid, ids[-1], {queue for _, queue in steps}, client, log)


def _of(what: str) -> str:
    return f"{what} waits" if what else "the job waits"


def _these(ids: Sequence[str]) -> str:
    return "this job" if len(ids) == 1 else f"these {count(len(ids), 'job')}"


def _before(client: Client, job: str) -> list[str]:
    """The jobs that have to end before it can start, those before them, and so on, as far as they have not ended."""
    found: dict[str, None] = {}
    asked = client.reading.awaited(job)
    while asked and len(found) <= _MOST_AT_ONCE:
        fresh = [one for one in asked if one not in found]
        found |= dict.fromkeys(fresh)
        asked = [other for one in fresh for other in client.reading.awaited(one)]
    return list(found)[::-1]


def _check(pid: int, job: str, queues: set[str], client: Client, log: Path) -> None:
    try:
        gone, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # it was seen to end before, and the job's end is on its way
    try:
        orphaned = gone and not client.job(job).ended and not any(map(client.live_workers, queues))
    except (RedisUnreachable, RedisBusy):
        return  # the wait notices as well, and has patience
    if orphaned:
        raise TemporaryWorkerEnded(id=job, last=last_lines(log, 3), log=log)


def last_lines(log: Path, most: int) -> str:
    """The last lines of a log file, for an error that names it."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-most:])
    except OSError:
        return ""
