"""Purging a queue: everything that waits there is cancelled, after a copy of it was written to a file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from qctl import clock
from qctl.client.doubt import doubted
from qctl.client.server import state_directory
from qctl.config.own_files import make_folders
from qctl.errors import UsageError
from qctl.model.state import State
from qctl.model.view import job_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from qctl.client.asking import Client
    from qctl.model.job import Job

_BATCH = 200
_HELD = 1_000_000  #: jobs behind limits that are looked at


def waiting(client: Client, queue: str, older_than_s: float | None, *, leaving: bool = False) -> Iterator[list[Job]]:
    """The jobs that wait in a queue, in batches: those that are ready in their order, then those that limits hold.

    `leaving`: whoever asks takes them out before he asks for the next ones.
    """
    before = None if older_than_s is None else client.reading.now_ms() - older_than_s * 1000
    place = 0
    while ids := client.reading.ready(queue, _BATCH, place):
        jobs = _of_age(client, ids, before)
        place += len(ids) - (len(jobs) if leaving else 0)
        yield jobs
    held = client.reading.parked(_HELD, queue)
    for at in range(0, len(held), _BATCH):
        yield _of_age(client, held[at : at + _BATCH], before)


def _of_age(client: Client, ids: list[str], before: float | None) -> list[Job]:
    found = [job for job in client.reading.jobs(ids) if job.state is State.QUEUED]
    return [job for job in found if before is None or job.enqueued_ms <= before]


class Backup:
    """A file of the jobs that are about to go, one `qctl.job/1` a line, readable by its owner alone."""

    def __init__(self, queue: str, path: str | None) -> None:
        """Open it. Raises UsageError if it exists or cannot be made."""
        moment = datetime.fromtimestamp(clock.now().timestamp(), UTC).strftime("%Y%m%dT%H%M%SZ")
        folder = state_directory() / "purged"
        self.path = Path(path) if path is not None else folder / f"{queue}-{moment}.jsonl"
        try:
            if path is None:
                make_folders(folder)
            opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(
                f"cannot write {self.path}: {error.strerror}", help="--backup FILE names another"
            ) from error
        self._file = open(opened, "wb")  # noqa: SIM115 - open for as long as the purge takes

    def keep(self, jobs: list[Job]) -> None:
        """Write jobs down, on the disk before this returns."""
        self._file.writelines(json.dumps(job_view(job), default=str).encode() + b"\n" for job in jobs)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def purge(client: Client, queue: str, older_than_s: float | None, path: str | None, by: str) -> tuple[int, str]:
    """Withdraw what waits in a queue in batches, each written down before. What a worker has taken is left alone.

    Answers how many went, and the file they stand in. Raises UsageError if that cannot be written, and ActUnknown.
    """
    gone, kept = 0, Backup(queue, path)
    what = f"queue {queue} was being purged into {kept.path}"
    try:
        for jobs in waiting(client, queue, older_than_s, leaving=True):
            if jobs:
                kept.keep(jobs)
                with doubted(what, f"qctl queue show {queue}"):
                    gone += sum(client.queueing.withdraw([job.id for job in jobs], f"purge of queue {queue}", by))
    finally:
        kept.close()
    return gone, str(kept.path)
