"""One submission that made several jobs: one for each host, or for each line."""

from __future__ import annotations

import math

from qctl import clock
from qctl.cli.accepted import as_they_stand, warn_of_fate
from qctl.cli.emit import emit_list, write_text
from qctl.cli.nobody_reads import warn_if_nobody_reads
from qctl.errors import QctlError
from qctl.later import later
from qctl.model.exit_codes import INTERRUPTED, exit_code_of_all
from qctl.model.show import count, duration
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from qctl.cli.attending import Attendance, no_worry
    from qctl.cli.failure import is_of_output, output_lost
    from qctl.cli.providing import provide_worker
    from qctl.cli.session import Session
    from qctl.client import Client, Receipt
    from qctl.client.untaken import given_up
    from qctl.client.waiting import Accepted
    from qctl.model.job import Job
    from qctl.model.view import job_view
else:
    Attendance, no_worry = (later("qctl.cli.attending", name) for name in ("Attendance", "no_worry"))
    is_of_output, output_lost = (later("qctl.cli.failure", name) for name in ("is_of_output", "output_lost"))
    provide_worker = later("qctl.cli.providing", "provide_worker")
    given_up = later("qctl.client.untaken", "given_up")
    Accepted = later("qctl.client.waiting", "Accepted")
    job_view = later("qctl.model.view", "job_view")

_FEW: Final = 20  #: so many are told of one by one, of more their number
_AT_ONCE: Final = 200  #: jobs that are looked at together: a look costs as much as there are
_LOOK: Final = 0.5
_TELL_EVERY: Final = 5.0  #: seconds


def tell_all(
    client: Client, receipts: Sequence[Receipt], here: Session, why: str = "one for each host", *, waits: bool = False
) -> int:
    """Write what was accepted. What can be read of it no more is no failure: the jobs are there.

    Answers the exit code: not 0 if their ids could not be written.
    """
    ids = [receipt.id for receipt in receipts]
    try:
        if not here.settings.for_programs:
            write_text("".join(f"{job}\n" for job in ids))
        elif not waits:
            emit_list(here.settings, as_they_stand(client, receipts, here), list)
        here.say(f"queued {count(len(ids), 'job')}, {why} · {_what_next(ids)}")
        if not waits:
            warn_if_nobody_reads(client, [receipt.queue for receipt in receipts], here)
    except QctlError as error:
        warn_of_fate(ids, error, here)
    except OSError as error:
        if not is_of_output(error):
            raise
        code = output_lost(error)
        look = f"qctl show {' '.join(ids)}" if len(ids) <= _FEW else "qctl ps -a"
        here.warn(f"{count(len(ids), 'job')} {'was' if len(ids) == 1 else 'were'} accepted all the same: {look}")
        return code
    return 0


def _what_next(ids: Sequence[str]) -> str:
    return f"qctl wait {' '.join(ids)}" if len(ids) <= _FEW else "qctl ps"


def accompany_all(
    client: Client,
    receipts: Sequence[Receipt],
    here: Session,
    *,
    follow: bool,
    timeout: float | None,
    task: str = "",
) -> int:
    """Wait for all of them. Exits 0 if every one succeeded, else 1; Ctrl-C leaves them to themselves.

    With their `task` a worker for them alone is started where none lives that has it. Raises LostWhileWaiting, never
    RedisUnreachable: see `Accepted`.
    """
    ids = [receipt.id for receipt in receipts]
    with Accepted(ids):
        try:
            alive = provide_worker(client, receipts, task, here) if task else no_worry
            if len(ids) <= _FEW or follow:
                found = Attendance(here, client, ids, follow=follow).wait(timeout, alive=alive)
            else:
                found = _count_down(client, ids, here, timeout, alive)
        except KeyboardInterrupt as key:
            here.let_go(f"detached; they go on: {_what_next(ids)}", key)
            return INTERRUPTED
        if here.settings.for_programs:
            values = ((job, client.value(job.id) if job.value_kind else None) for job in found)
            emit_list(here.settings, [job_view(*one) for one in values], list)
    here.say(_sum(found))
    return exit_code_of_all(found)


def _count_down(
    client: Client, ids: Sequence[str], here: Session, timeout: float | None, alive: Callable[[], None]
) -> list[Job]:
    """Wait for one part after the other, and say from time to time how many have ended. Raises WaitTimeout."""
    deadline = math.inf if timeout is None else clock.monotonic() + timeout
    found: list[Job] = []
    told_at = clock.monotonic()
    for start in range(0, len(ids), _AT_ONCE):
        for jobs in client.watch(ids[start : start + _AT_ONCE], _LOOK, deadline):
            ended = [job for job in jobs if job.ended]
            if len(ended) == len(jobs):
                found += jobs
                break
            if clock.monotonic() >= deadline:
                rest = next(job.id for job in jobs if not job.ended)
                more = len(ids) - len(found) - len(ended) - 1
                raise given_up(
                    client,
                    f"{rest}{f' and up to {more:,} more' if more else ''}",
                    duration(timeout or 0.0),
                    jobs,
                    advice=f"qctl wait {rest}",
                )
            if clock.monotonic() - told_at > _TELL_EVERY:
                told_at = clock.monotonic()
                here.say(f"{len(found) + len(ended):,} of {len(ids):,} have ended")
            alive()
    return found


def _sum(jobs: Sequence[Job]) -> str:
    """How many came to which end: `3 jobs: 2 succeeded, 1 failed · why: qctl show 7kq2f8wz`."""
    counts = {outcome: sum(job.outcome is outcome for job in jobs) for outcome in Outcome}
    said = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items() if number)
    bad = next((job.id for job in jobs if job.outcome is not Outcome.SUCCEEDED), None)
    return f"{count(len(jobs), 'job')}: {said}" + (f" · why: qctl show {bad}" if bad else "")
