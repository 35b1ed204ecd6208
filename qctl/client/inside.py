"""Submitting from inside a job: through the socket in QCTL_RUN_DIR, so that no job ever holds a Redis URL."""

from __future__ import annotations

from qctl.client.knowing import Known
from qctl.client.placing import by_chance, placed
from qctl.client.sending import SomeRefused, SomeUnknown, batches
from qctl.client.submitting import receipt, refusal
from qctl.config.requests import prepare
from qctl.current import TooMuch, ask_worker
from qctl.errors import OutcomeUnknown, QctlError, UsageError
from qctl.model.submission_json import write_submission
from qctl.store.taken import Submitted, Taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.client.submitting import Receipt
    from qctl.config import Config
    from qctl.config.requests import Request
    from qctl.model.submission import Submission

PATIENCE: Final = 10.0  #: seconds that the worker may take to answer
_BYTES: Final = 400_000  #: of bodies in one question: JSON in JSON has up to four for one, and a line may have 2 MB


class WorkerRefuses(QctlError):
    """the worker of this job refuses: {reason}"""


class InnerClient:
    """What a job may ask: its worker submits in its place, to the instance that runs the job itself."""

    def __init__(self, folder: str, config: Config) -> None:
        self.config = config
        self._folder = folder

    def submit(self, requests: Iterable[Request], *, strict: bool = True) -> list[Receipt]:
        """As `Client.submit`. Raises WorkerRefuses, or OutcomeUnknown if the worker went away meanwhile.

        Where some were accepted nevertheless, SomeRefused.
        """
        known = Known(self.config, dict)
        submissions = [
            prepare(one, config, strict=strict)
            for request in requests
            for config in [known.of(request)]
            for one in placed(request, config, by_chance)
        ]
        receipts: list[Receipt] = []
        refused: list[int] = []
        for batch in batches(submissions, _BYTES):
            try:
                self._submit(batch, receipts, refused)
            except OutcomeUnknown as error:
                if len(submissions) == 1:
                    raise
                raise SomeUnknown(batch[0].id, receipts, len(submissions)) from error
            except QctlError as error:
                if not receipts:
                    raise
                unsent = range(len(receipts) + len(refused) + 1, len(submissions) + 1)
                raise SomeRefused(error, receipts, [*refused, *unsent]) from error
        return receipts

    def _submit(self, batch: Sequence[Submission], receipts: list[Receipt], refused: list[int]) -> None:
        """Add the receipts of what was accepted, and the places, from 1, of what was not."""
        reply = self._ask({"submit": [write_submission(one) for one in batch]}, batch)
        if "error" in reply:
            raise WorkerRefuses(reason=reply["error"], help=reply.get("help"))
        trouble: QctlError | None = None
        for one, (taken, job) in zip(batch, reply["submitted"], strict=True):
            try:
                receipts.append(_receipt(one, Taken(taken), job))
            except QctlError as error:
                trouble = trouble or error
                refused.append(len(receipts) + len(refused) + 1)
        if trouble is not None:
            raise trouble

    def _ask(self, question: Mapping[str, object], batch: Sequence[Submission]) -> dict[str, Any]:
        try:
            return ask_worker(self._folder, question, PATIENCE)
        except TooMuch as error:
            raise UsageError(str(error), help="submit it in parts, or from outside of the job") from error
        except (OSError, ValueError) as error:
            raise OutcomeUnknown(id=batch[0].id) from error


def _receipt(submission: Submission, taken: Taken, job: str) -> Receipt:
    if taken is Taken.COLLISION:
        raise WorkerRefuses(reason=f"the id {job} belongs to another job")
    if (why := refusal(submission, Submitted(taken, job))) is not None:
        raise why
    return receipt(submission, taken, job)
