"""Jobs that were accepted: what is told of them, also where Redis goes away right after, for they are there."""

from __future__ import annotations

from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from qctl.cli.session import Session
    from qctl.client import Client, Receipt
    from qctl.model.view import job_view

    T = TypeVar("T")
else:
    job_view = later("qctl.model.view", "job_view")


def as_they_stand(client: Client, receipts: Sequence[Receipt], here: Session) -> list[dict[str, Any]]:
    """The jobs for programs, as they stand now; where that cannot be read, what is known of them."""
    ids = [receipt.id for receipt in receipts]
    try:
        found = {job.id: job_view(job) for job in client.reading.jobs(ids)}
    except QctlError as error:
        warn_of_fate(ids, error, here)
        found = {}
    return [found.get(receipt.id) or receipt_view(receipt) for receipt in receipts]


def receipt_view(receipt: Receipt) -> dict[str, Any]:
    """What is known of a job that was accepted, where it cannot be read."""
    return {"schema": "qctl.receipt/1", "id": receipt.id}


def warn_of_fate(ids: Sequence[str], error: QctlError, here: Session) -> None:
    """Say that jobs were accepted, and that nothing more is known of them."""
    were, them = ("was", "it") if len(ids) == 1 else ("were", "them")
    here.warn(f"{' '.join(ids)} {were} accepted; what has become of {them} is not known: {error}")


def warn_of_readers(receipt: Receipt, error: QctlError, here: Session) -> None:
    """Say that a job was accepted, and that nobody could say who reads its queue."""
    here.warn(f"{receipt.id} was accepted; whether a worker reads queue {receipt.queue} is not known: {error}")


def read_after(here: Session, done: str, read: Callable[[], T]) -> T | None:
    """What is read once an act is `done`, as `mails was paused`; None where Redis went away, which is warned of."""
    try:
        return read()
    except (RedisUnreachable, RedisBusy) as error:
        here.warn(f"{done}; how it stands now is not known: {error}")
        return None
