"""Going along with a job that was just submitted: until its end, its value, its exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from qctl.cli.attending import Attendance, no_worry, write_value
from qctl.cli.emit import as_json, say, write
from qctl.cli.failure import INTERRUPTED
from qctl.cli.screens.output import line_for_people
from qctl.cli.screens.words import again, ending
from qctl.cli.session import Session
from qctl.cli.strangers import nobody_has
from qctl.client import Client, Receipt
from qctl.client.queueing import pause_words
from qctl.client.server import state_directory
from qctl.client.temporary import start_temporary_worker
from qctl.client.terms import WorkerInfo
from qctl.client.waiting import LostWhileWaiting
from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.model.attempt import ValueKind
from qctl.model.exit_codes import exit_code_of
from qctl.model.job import Job
from qctl.model.lines import LineMaker
from qctl.model.output import GAP, NO_VALUE_KEPT, NOTE, Chunk
from qctl.model.show import count
from qctl.model.state import Outcome, Reason
from qctl.model.view import job_view, upstream_words

_MOST_AT_ONCE: Final = 500  #: jobs that a temporary worker is told to run


class TemporaryWorkerEnded(QctlError):
    """the temporary worker ended before job {id} did: {last}"""

    exit_code, code = 125, "Q125"
    help = "qctl up -d        starts one that stays; its log: {log}"


def accompany(
    client: Client, receipt: Receipt, task: str, here: Session, *, follow: bool, timeout: float | None
) -> int:
    """Wait for a job, with a worker for it alone where none lives that has its task. Ctrl-C leaves it to itself.

    Raises LostWhileWaiting, and never RedisUnreachable: the job was accepted, and is not to be submitted once more.
    """
    attendance = Attendance(here, client, [receipt.id], follow=follow)
    try:
        try:
            (job,) = attendance.wait(timeout, alive=provide_worker(client, [receipt], task, here))
        except KeyboardInterrupt:
            here.say(f"\ndetached; {receipt.id} goes on: qctl wait {receipt.id} · qctl logs -f {receipt.id}")
            return INTERRUPTED
        return conclude(client, job, here, follow=follow)
    except RedisUnreachable as error:
        raise LostWhileWaiting(ids=receipt.id, reason=error) from error


def conclude(client: Client, job: Job, here: Session, *, follow: bool) -> int:
    """Write what a waited-for job came to: its value on stdout, why it failed on stderr. Answers the exit code."""
    value = client.value(job.id) if job.value_kind else None
    if here.settings.output in ("json", "jsonl"):
        write(as_json(job_view(job, value)))
    elif value is not None and job.outcome is Outcome.SUCCEEDED and not follow:
        write_value(value.data, value.kind is ValueKind.JSON, here)
    with suppress(RedisUnreachable):  # how it ended is known; more need not be
        if job.outcome is Outcome.SUCCEEDED and value is None and not follow:
            last = (piece.chunk for piece in client.logs(job.id) if piece.attempt == job.attempt)
            warn_of_lost_value(last, f"qctl logs {job.id}", here)
        if job.outcome is not Outcome.SUCCEEDED and not here.settings.quiet:
            _explain(client, job, here, follow=follow)
    return exit_code_of(job)


def warn_of_lost_value(output: Iterable[Chunk], instead: str, here: Session) -> None:
    """Say that a job had a value and it was too large to keep; `instead` is where what is left of it can be read."""
    for chunk in output:
        note = chunk.data.decode("utf-8", "replace").rstrip("\n")
        if chunk.stream == NOTE and note.endswith(NO_VALUE_KEPT):
            here.warn(f"{note.removeprefix('qctl: ')}: {instead}")


def warn_if_nobody_reads(client: Client, queues: Iterable[str], here: Session) -> list[WorkerInfo]:
    """A job in a queue that no live worker reads waits for ever: that is said, terminal or not.

    Answers the live workers.
    """
    pauses, live = client.reading.pauses(), client.live_workers()
    for queue in dict.fromkeys(queues):
        if stands := pause_words(pauses, queue):
            here.warn(f"{stands}: the job waits until it is resumed")
        if not any(worker.reads(queue) for worker in live):
            here.warn(_nobody_reads(queue))
    return live


def hand_over_id(client: Client, receipt: Receipt, here: Session) -> None:
    """Write the id of a job that was accepted, and say what one can do with it."""
    if here.settings.output in ("json", "jsonl"):
        write(as_json(job_view(client.job(receipt.id))))
        return
    write(receipt.id)
    here.say(f"queued {receipt.id} · qctl wait {receipt.id} · qctl logs -f {receipt.id}")
    warn_if_nobody_reads(client, [receipt.queue], here)


def _nobody_reads(queue: str) -> str:
    if elsewhere := _other_host(queue):
        return f"no live worker of host {elsewhere} reads queue {queue.partition('@')[0]}: the job waits for one"
    return f"no live worker reads queue {queue}: `qctl up -d` starts one"


def _explain(client: Client, job: Job, here: Session, *, follow: bool) -> None:
    if not follow:
        maker = LineMaker()
        pieces = [piece for piece in client.logs(job.id) if piece.attempt == job.attempt and piece.chunk.stream != GAP]
        lines = [line for piece in pieces for line in maker.add(piece.chunk)] + list(maker.rest())
        if (why := _why(job)) and not (lines and why.encode() in lines[-1].data):
            say(here.err.safe(why))
        for line in lines[-10:]:
            say("  " + line_for_people(line, here.err))
    here.say(f"why: qctl show {job.id} · again: {here.err.safe(again(job))}")


def _why(job: Job) -> str:
    """What is to be said of the reason, where how it ended does not say it all."""
    last = job.last
    if job.upstream:
        return upstream_words(job)
    if last is None or last.error_message in (None, ending(last)) or job.outcome is Outcome.CANCELLED:
        return ""
    return f"{last.error_type}: {last.error_message}" if job.reason is Reason.EXCEPTION else str(last.error_message)


def provide_worker(client: Client, receipts: Sequence[Receipt], task: str, here: Session) -> Callable[[], None]:
    """Start a temporary worker if the server is the embedded one and nobody reads the queue, or has the task.

    Answers what is to be asked while waiting: it raises TemporaryWorkerEnded if that worker is gone before the jobs.
    """
    queue, live = receipts[0].queue, client.live_workers()
    read = any(worker.reads(queue) for worker in live)
    if read and not nobody_has(client, task, queue, live, here):
        return no_worry
    if stands := pause_words(client.reading.pauses(), queue):
        here.warn(f"{stands}: the job waits until it is resumed")
    ids = [*_before(client, receipts), *(receipt.id for receipt in receipts)]
    if not read and (_other_host(queue) or not client.instance.embedded or len(ids) > _MOST_AT_ONCE):
        here.warn(_nobody_reads(queue))
    if not client.instance.embedded or _other_host(queue) or len(ids) > _MOST_AT_ONCE:
        return no_worry
    log = state_directory() / "temporary-worker.log"
    pid = start_temporary_worker(ids, client.instance, client.config.file, str(log))
    why = "" if read else "no worker is live: "
    here.say(f"{why}a temporary one runs {_these(ids)} and goes (`qctl up -d` starts one that stays)")
    return lambda: _check(pid, receipts[-1], client, log)


def _these(ids: Sequence[str]) -> str:
    return "this job" if len(ids) == 1 else f"these {count(len(ids), 'job')}"


def _before(client: Client, receipts: Sequence[Receipt]) -> list[str]:
    """The jobs that have to end before these can start, those before them, and so on, as far as they have not ended."""
    found: dict[str, None] = {}
    asked = client.reading.awaited(receipts[0].id)
    while asked and len(found) <= _MOST_AT_ONCE:
        fresh = [job for job in asked if job not in found]
        found |= dict.fromkeys(fresh)
        asked = [other for job in fresh for other in client.reading.awaited(job)]
    return list(found)[::-1]


def _other_host(queue: str) -> str:
    """The host for which a part of a queue is, if it is not this one."""
    host = queue.partition("@")[2]
    return "" if host in ("", os.uname().nodename) else host


def _check(pid: int, receipt: Receipt, client: Client, log: Path) -> None:
    try:
        gone, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # it was seen to end before, and the job's end is on its way
    try:
        orphaned = gone and not client.job(receipt.id).ended and not client.live_workers(receipt.queue)
    except (RedisUnreachable, RedisBusy):
        return  # the wait notices as well, and has patience
    if orphaned:
        raise TemporaryWorkerEnded(id=receipt.id, last=last_lines(log, 3), log=log)


def last_lines(log: Path, most: int) -> str:
    """The last lines of a log file, for an error that names it."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-most:])
    except OSError:
        return ""
