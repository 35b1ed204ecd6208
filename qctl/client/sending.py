"""Sending submissions, in as few round trips as their size allows, and telling what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from qctl.client.submitting import Receipt, refusal
from qctl.errors import OutcomeUnknown, QctlError, Refused
from qctl.model.names import new_id
from qctl.model.submission import Submission
from qctl.store import Store
from qctl.store.refusals import ConnectionBroken
from qctl.store.values import Submitted, Taken

_COUNT: Final = 500
_BYTES: Final = 4 * 1024 * 1024


class SomeUnknown(OutcomeUnknown):
    """the connection broke: {accepted} of {count} jobs were accepted; nobody knows of {id} and those after it"""


class SomeRefused(QctlError):
    """{accepted} of {count} jobs were accepted; then: {reason}"""

    def __init__(self, cause: QctlError, receipts: Sequence[Receipt], count: int) -> None:
        super().__init__(reason=cause, accepted=len(receipts), count=count, help=cause.advice)
        self.exit_code, self.code = cause.exit_code, cause.code  # type: ignore[misc]
        self.receipts = tuple(receipts)  #: of the jobs that were accepted


def send(
    store: Store, submissions: Sequence[Submission], own_ids: frozenset[str], draw: Callable[[], str] = new_id
) -> list[Receipt]:
    """Submit jobs. A drawn id that another job has is drawn again; one of `own_ids`, which callers chose, never is.

    Raises Refused for a held key, a unique task or an id of another job, QueueFull, OutcomeUnknown if the connection
    broke and nobody knows, and of several jobs SomeRefused if some were accepted nevertheless.
    """
    receipts: list[Receipt] = []
    for batch in batches(submissions, _BYTES):
        try:
            _send_batch(store, batch, own_ids, draw, receipts)
        except ConnectionBroken as error:
            first = submissions[len(receipts)].id
            if len(submissions) == 1:
                raise OutcomeUnknown(id=first) from error
            raise SomeUnknown(id=first, accepted=len(receipts), count=len(submissions)) from error
        except QctlError as error:
            if not receipts:
                raise
            raise SomeRefused(error, receipts, len(submissions)) from error
    return receipts


def _send_batch(
    store: Store, batch: Sequence[Submission], own_ids: frozenset[str], draw: Callable[[], str], receipts: list[Receipt]
) -> None:
    """Send jobs at once and add their receipts. Those after a refused one were accepted as well: all are told of."""
    refused: QctlError | None = None
    for one, answer in zip(batch, store.do(store.verbs.submit(batch)), strict=True):
        sent, taken = one, answer
        while taken.taken is Taken.COLLISION and one.id not in own_ids:
            sent = replace(one, id=draw())
            (taken,) = store.do(store.verbs.submit([sent]))
        why = _why_refused(sent, taken)
        if why is None:
            receipts.append(Receipt(taken.id, taken.taken, sent.queue))
        refused = refused or why
    if refused:
        raise refused


def _why_refused(submission: Submission, answer: Submitted) -> QctlError | None:
    if answer.taken is Taken.COLLISION:
        return Refused(f"the id {submission.id} belongs to another job", help=f"qctl show {submission.id}")
    return refusal(submission, answer)


def batches(submissions: Sequence[Submission], most: int) -> Iterator[Sequence[Submission]]:
    """Parts that are sent at once: of at most 500 jobs and `most` bytes, of which a single job may have more."""
    start, size = 0, 0
    for place, one in enumerate(submissions):
        length = len(one.body) + len(one.secrets)
        if place > start and (place - start >= _COUNT or size + length > most):
            yield submissions[start:place]
            start, size = place, 0
        size += length
    if submissions[start:]:
        yield submissions[start:]
