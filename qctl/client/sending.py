"""Sending submissions, in as few round trips as their size allows, and telling what became of each."""

from __future__ import annotations

from qctl.client.submitting import receipt, refusal
from qctl.errors import OutcomeUnknown, QctlError, RedisUnreachable, Refused, TryAgain
from qctl.later import later
from qctl.store.refusals import ConnectionBroken, in_doubt
from qctl.store.taken import Taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final

    from qctl.client.submitting import Receipt
    from qctl.config.requests import Request
    from qctl.model.spans import span_words, spans
    from qctl.model.submission import Submission
    from qctl.store import Store
    from qctl.store.taken import Submitted
    from qctl.store.workflow_words import uploaded_apart

    Renew = Callable[[Submission], Submission | None]  #: the same with another id; None if the caller has chosen that
else:
    span_words, spans = (later("qctl.model.spans", name) for name in ("span_words", "spans"))
    uploaded_apart = later("qctl.store.workflow_words", "uploaded_apart")

MOST_JOBS: Final = 500  #: jobs of one call of the script, so that none holds Redis up
MOST_BYTES: Final = 1024 * 1024
MOST_TOGETHER: Final = 16 * 1024 * 1024  #: bytes of the calls of one round trip
#: Jobs of one round trip: Redis takes small ones at some 20 us, and all of them within the timeout.
MOST_JOBS_TOGETHER: Final = 20_000
_TRIES: Final = 8  #: of a job that was not taken, and may be taken in another form


class SomeUnknown(OutcomeUnknown):
    """the connection broke: {known}nobody knows of {id} and those after it"""

    def __init__(
        self, first: str, receipts: Sequence[Receipt], count: int, doubt: ConnectionBroken | None = None
    ) -> None:
        known = f"{len(receipts):,} of {count:,} jobs were accepted; " if receipts else f"of {count:,} jobs "
        super().__init__(id=first, accepted=len(receipts), count=count, known=known, help=_advice(first, doubt))
        self.accepted = tuple(receipt.id for receipt in receipts)


class SomeRefused(QctlError):
    """{accepted:,} of {count:,} jobs were accepted, not {which}: {reason}"""

    def __init__(self, cause: QctlError, receipts: Sequence[Receipt], refused: Sequence[int]) -> None:
        accepted, which = len(receipts), f"number{'s' * (len(refused) > 1)} {span_words(spans(refused))}"
        super().__init__(reason=cause, accepted=accepted, count=accepted + len(refused), which=which, help=cause.advice)
        self.exit_code, self.code = cause.exit_code, cause.code  # type: ignore[misc]
        self.receipts = tuple(receipts)  #: of the jobs that were accepted
        self.accepted = tuple(receipt.id for receipt in receipts)
        self.refused = tuple(refused)  #: which jobs were not, counted from 1


def send(
    store: Store,
    wanted: Sequence[tuple[Request | None, Submission]],
    prepared: Callable[[Request | None, Submission], Submission | None],
    doubt: ConnectionBroken | None = None,
    *,
    once_more: bool = False,
) -> list[Receipt]:
    """Submit jobs and workflows, the nodes of large ones in parts before: requests, where they matter, and what is made
    of each.

    A drawn id that another job has is drawn again, also where that job is just the same: `prepared` makes of a request,
    and of what was sent, the same with another id, or None where the caller chose it. `once_more`: the same was sent
    before, so that jobs of it may exist; `doubt`: and the connection broke.

    Raises Refused for a held key, a unique task or an id of another job, QueueFull, OutcomeUnknown if the connection
    broke and nobody knows, and of several jobs SomeRefused if some were accepted nevertheless.
    """
    submissions = [one for _, one in wanted]
    receipts: list[Receipt] = []
    told: list[Submission] = []
    refused: list[int] = []

    def renewed(one: Submission) -> Submission | None:
        return prepared(next(request for request, made in wanted if made is one), one)

    for calls in _round_trips(submissions):
        try:
            _send(store, _answered(store, calls, doubt, once_more), renewed, receipts, told, refused)
        except ConnectionBroken as error:
            first = submissions[len(told)].id
            if len(submissions) == 1:
                raise OutcomeUnknown(id=first, help=_advice(first, error)) from error
            raise SomeUnknown(first, receipts, len(submissions), error) from error
        except QctlError as error:
            if not receipts:
                raise
            unsent = range(len(told) + 1, len(submissions) + 1)
            raise SomeRefused(error, receipts, [*refused, *unsent]) from error
    return receipts


def _advice(job: str, doubt: ConnectionBroken | None) -> str:
    """The command that tells what became of it, behind the one that brings Redis back, where that is known."""
    way_back = doubt.facts.get("help") if doubt is not None else None
    return f"{way_back}\nqctl show {job}" if way_back else f"qctl show {job}"


def _round_trips(submissions: Sequence[Submission]) -> Iterator[list[Sequence[Submission]]]:
    """The calls of each round trip. The nodes of a large workflow are sent before it: it has one of its own."""
    calls: list[Sequence[Submission]] = []
    size = count = 0
    for batch in batches(submissions, MOST_BYTES):
        alone = any(one.plan is not None for one in batch)
        length = sum(len(one.body) + len(one.secrets) for one in batch)
        if calls and (alone or size + length > MOST_TOGETHER or count + len(batch) > MOST_JOBS_TOGETHER):
            yield calls
            calls, size, count = [], 0, 0
        calls.append(batch)
        size, count = size + (MOST_TOGETHER if alone else length), count + len(batch)
    if calls:
        yield calls


def _answered(
    store: Store, calls: Sequence[Sequence[Submission]], doubt: ConnectionBroken | None, once_more: bool
) -> Iterator[tuple[Sequence[Submission], list[Submitted] | QctlError, bool]]:
    """Send jobs in one round trip; if the connection breaks, call by call, to know of as many as can be known of.

    Tells of each call whether it was sent for the first time. Jobs that were taken are not taken twice. Raises
    ConnectionBroken also where nobody is there any more, once something was sent.
    """
    try:
        if len(calls) > 1:
            try:
                answers = _submit(store, calls)
            except ConnectionBroken as error:
                doubt, answers = error, []
            if answers:
                is_first = not (once_more or store.asked_twice)  # now: whoever takes an answer may ask something else
                for call, told in zip(calls, answers, strict=True):
                    yield call, told, is_first
                return
        for call in calls:
            (told,) = _submit(store, [call])
            yield call, told, not (doubt or once_more or store.asked_twice)
    except RedisUnreachable as error:
        raise error if doubt is None else in_doubt(error) from error


def _send(
    store: Store,
    answered: Iterator[tuple[Sequence[Submission], list[Submitted] | QctlError, bool]],
    renewed: Renew,
    receipts: list[Receipt],
    told: list[Submission],
    refused: list[int],
) -> None:
    """Add the receipts of jobs that were sent, and to `told` all of whom it is known what became of them.

    Those after a refused one were accepted as well: all are told of. `refused` gets the places of the others, from 1.
    """
    trouble: QctlError | None = None
    for batch, answers, is_first in answered:
        if isinstance(answers, QctlError):
            trouble = trouble or answers
            refused += range(len(told) + 1, len(told) + len(batch) + 1)
            told += batch
            continue
        for one, answer in zip(batch, answers, strict=True):
            if answer.taken is Taken.NEW:
                receipts.append(receipt(one, answer.taken, answer.id))
            elif why := _settle(store, one, answer, renewed, receipts, is_first=is_first):
                trouble = why
                refused.append(len(told) + 1)
            told.append(one)
    if trouble:
        raise trouble


def _settle(
    store: Store, one: Submission, answer: Submitted, renewed: Renew, receipts: list[Receipt], *, is_first: bool
) -> QctlError | None:
    """What becomes of a job that was not simply taken: its receipt is added, or it is told why it was refused.

    Where it is sent for the first time, and its very job exists, that is another one that drew the same id.
    """
    sent, taken = one, answer
    for _ in range(_TRIES):
        is_of_another = taken.taken is Taken.COLLISION or (taken.taken is Taken.EXISTS and is_first)
        again = sent if taken.taken is Taken.NO_PLAN else renewed(one) if is_of_another else None
        if again is None:
            break
        sent = again
        (answers,) = _submit(store, [[sent]])
        if isinstance(answers, QctlError):
            return answers
        (taken,) = answers
        is_first = not store.asked_twice
    why = _why_refused(sent, taken)
    if why is None:
        receipts.append(receipt(sent, taken.taken, taken.id))
    return why


def _submit(store: Store, calls: Sequence[Sequence[Submission]]) -> list[list[Submitted] | QctlError]:
    for batch in calls:
        if any(one.plan is not None for one in batch):
            upload(store, batch)
    return store.ask_all([store.job_verbs.submit(batch) for batch in calls])


def upload(store: Store, batch: Sequence[Submission]) -> None:
    """Send the nodes of large workflows that do not go with the submit itself."""
    for command in store.verbs.uploads(batch):
        store.do(command)


def _why_refused(submission: Submission, answer: Submitted) -> QctlError | None:
    if answer.taken is Taken.NO_PLAN:
        return TryAgain(f"the nodes of workflow {submission.id} are gone each time before it is submitted")
    if answer.taken is Taken.COLLISION:
        return Refused(f"the id {submission.id} belongs to another job", help=f"qctl show {submission.id}")
    return refusal(submission, answer)


def batches(submissions: Sequence[Submission], most: int) -> Iterator[Sequence[Submission]]:
    """Parts that are sent at once: of at most 500 jobs and `most` bytes, of which a single job may have more."""
    start, size, count = 0, 0, 0
    for place, one in enumerate(submissions):
        length, nodes = _extent(one)
        if place > start and (count + nodes > MOST_JOBS or size + length > most):
            yield submissions[start:place]
            start, size, count = place, 0, 0
        size, count = size + length, count + nodes
    if submissions[start:]:
        yield submissions[start:]


def _extent(one: Submission) -> tuple[int, int]:
    """How many bytes a submission has, and for how many jobs it counts: of a workflow those that go with the submit."""
    length = len(one.body) + len(one.secrets)
    if one.plan is None:
        return length, 1
    nodes = uploaded_apart(one.plan)[1]
    return length + sum(len(node.job.body) for node in nodes if node.job is not None), max(1, len(nodes))
