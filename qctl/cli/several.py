"""One submission that made several jobs: one for each host."""

from __future__ import annotations

from collections.abc import Sequence

from qctl.cli.attending import Attendance
from qctl.cli.emit import emit_list, write
from qctl.cli.failure import INTERRUPTED
from qctl.cli.session import Session
from qctl.cli.submitted import warn_if_nobody_reads
from qctl.client import Client, Receipt
from qctl.errors import QctlError
from qctl.model.exit_codes import exit_code_of_all
from qctl.model.show import count
from qctl.model.view import job_view


def tell_all(client: Client, receipts: Sequence[Receipt], here: Session) -> None:
    """Write what was accepted. What can be read of it no more is no failure: the jobs are there."""
    ids = [receipt.id for receipt in receipts]
    try:
        if here.settings.for_programs:
            emit_list(here.settings, [job_view(client.job(job)) for job in ids], list)
        else:
            for job in ids:
                write(job)
            here.say(f"queued {count(len(ids), 'job')}, one for each host · qctl wait {' '.join(ids)}")
        warn_if_nobody_reads(client, [receipt.queue for receipt in receipts], here)
    except QctlError as error:
        here.warn(f"{' '.join(ids)} were accepted; what has become of them is not known: {error}")


def accompany_all(
    client: Client, receipts: Sequence[Receipt], here: Session, *, follow: bool, timeout: float | None
) -> int:
    """Wait for all of them. Exits 0 if every one succeeded, else 1; Ctrl-C leaves them to themselves."""
    ids = [receipt.id for receipt in receipts]
    warn_if_nobody_reads(client, [receipt.queue for receipt in receipts], here)
    try:
        found = Attendance(here, client, ids, follow=follow).wait(timeout)
    except KeyboardInterrupt:
        here.say(f"\ndetached; they go on: qctl wait {' '.join(ids)}")
        return INTERRUPTED
    if here.settings.for_programs:
        emit_list(
            here.settings, [job_view(job, client.value(job.id) if job.value_kind else None) for job in found], list
        )
    return exit_code_of_all(found)
