"""What one may do with jobs that are there: cancel, retry and remove them, one or many."""

from __future__ import annotations

from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.later import later
from qctl.store.refusals import WrongType, in_doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final, Self, TypeVar

    from qctl.client.doubt import doubted_jobs
    from qctl.store import Command, Store
    from qctl.store.taken import Cancelled

    T = TypeVar("T")
else:
    doubted_jobs = later("qctl.client.doubt", "doubted_jobs")

FULL: Final = "FULL "  #: begins an answer of `retry` that ends with how many jobs may wait in the queue
_BATCH: Final = 500  #: jobs of one script, so that none holds Redis up


class SomeDone(QctlError):
    """{done:,} of {count:,} jobs were seen to, not {id} and those after it: {reason}"""

    def __init__(self, cause: QctlError, done: int, ids: Sequence[str]) -> None:
        super().__init__(reason=cause, done=done, count=len(ids), id=ids[done], help=cause.advice)
        self.exit_code, self.code = cause.exit_code, cause.code  # type: ignore[misc]


def in_batches(store: Store, ids: Sequence[str], verb: Callable[[Sequence[str]], Command[list[T]]]) -> list[T]:
    """Ask about many jobs, and of large ones, of which a call answers for some alone, once more about the others.

    Once it has answered for some, it raises ConnectionBroken where Redis goes away, and SomeDone where it refuses.
    """
    answers: list[T] = []
    while len(answers) < len(ids):
        try:
            answers += store.do(verb(ids[len(answers) : len(answers) + _BATCH]))
        except RedisUnreachable as error:
            if answers:
                raise in_doubt(error) from error
            raise
        except QctlError as error:
            if answers:
                raise SomeDone(error, len(answers), ids) from error
            raise
    return answers


class Acting:
    """The part of a client that changes jobs. Each act raises ActUnknown where the connection breaks meanwhile.

    A job that is named twice is one: it is acted on once, and has one answer, where it was named first.
    """

    def __init__(self, store: Store, lengths: Mapping[str, int]) -> None:
        self._store = store
        self._lengths = lengths  #: by queue, how many jobs may wait in it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    @property
    def store(self) -> Store:
        """The store that is asked, for the other parts of the client."""
        return self._store

    def cancel(
        self,
        ids: Sequence[str],
        reason: str = "",
        by: str = "",
        signal: int | None = None,
        grace: float | None = None,
    ) -> list[Cancelled]:
        """Cancel jobs: those that do not run never will; workers of the others are told to stop them.

        Jobs that wait for one of them are skipped, however many.
        """
        said = {"by": by, "reason": reason, "signal": signal, "grace": grace}
        order = {name: value for name, value in said.items() if value not in (None, "")}
        answers = self._act(ids, "cancelled", lambda batch: self._store.verbs.cancel(batch, order))
        self._let_others_go_on()
        return answers

    def _let_others_go_on(self) -> None:
        """Let all go on that wait for ends. Where one of them cannot, that is the workers' to tell.

        Where Redis goes away the cancel stands all the same, and the workers let them go on.
        """
        try:
            while self._store.do(self._store.verbs.follow())[1]:
                pass
        except (WrongType, RedisUnreachable, RedisBusy):
            return

    def retry(self, ids: Sequence[str], by: str = "", *, behind: bool = False) -> list[str]:
        """Queue ended jobs again under their ids; who asked for it is kept with them.

        Answers OK, ACTIVE, UNNEEDED, UNIQUE, SECRET, SKIPPED (its turn in its workflow never came), GONE (what it
        received was removed), UNKNOWN or `FULL n` for each. With `behind` jobs that were skipped wait again for the one
        because of which they were, those first that others wait for; UPSTREAM: that one has not succeeded.
        """
        verbs, lengths = self._store.verbs, self._lengths
        return self._act(ids, "retried", lambda batch: verbs.revive(batch, lengths, by, behind=behind))

    def prioritise(self, ids: Sequence[str], by: int) -> list[str]:
        """Move jobs that have not begun by so many levels of priority.

        Answers the new level, 0 to 9, SAME (there is none beyond), RUNNING, ENDED or UNKNOWN for each.
        """
        return self._act(ids, "given another priority", lambda batch: self._store.verbs.prioritise(batch, by))

    def remove(self, ids: Sequence[str]) -> list[str]:
        """Remove ended jobs with their values and output. Answers OK, ACTIVE or UNKNOWN for each."""
        return self._act(ids, "removed", self._store.verbs.remove)

    def _act(self, ids: Sequence[str], done: str, verb: Callable[[Sequence[str]], Command[list[T]]]) -> list[T]:
        jobs = list(dict.fromkeys(ids))
        with doubted_jobs(jobs, done):
            return in_batches(self._store, jobs, verb)
