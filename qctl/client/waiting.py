"""Waiting for jobs to end: told by the store when it can be, and looking again each second in any case."""

from __future__ import annotations

import math

from qctl.clock import monotonic
from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.store import transport_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final, TypeVar

    from qctl.model.job import Job
    from qctl.store import Keys, Reading
    from qctl.store.transport import Transport

    T = TypeVar("T")

LOOK_AGAIN = 1.0  #: seconds; whatever is published may be missed
_LEAST: Final = 0.05  #: seconds that an exchange may take, however near the deadline is
PATIENCE = 30.0  #: seconds without Redis after which a wait gives up
_FEW: Final = 20  #: so many are named in a message, of more their number


class LostWhileWaiting(QctlError):
    """Redis went away while waiting for {ids}: {reason}"""

    exit_code, code = 125, "Q125"
    help = "qctl wait {ids}"


def lost_while_waiting(ids: Sequence[str], error: QctlError, reason: object) -> LostWhileWaiting:
    """That Redis went away, with what brings it back where the error knows that: room on a full disk, for one."""
    few = len(ids) <= _FEW
    said = " ".join(ids) if few else f"{len(ids):,} jobs"
    way_back, look = error.facts.get("help"), f"qctl wait {said}" if few else "qctl ps"
    lost = LostWhileWaiting(ids=said, reason=reason, help=f"{way_back}\n{look}" if way_back else look)
    lost.accepted = tuple(ids)
    return lost


class Accepted:
    """While there is more to be done about jobs that were accepted. A Redis that goes away raises LostWhileWaiting.

    Said in any other way, they would be submitted once more. Whatever goes wrong tells programs their ids.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, RedisUnreachable | RedisBusy):
            raise lost_while_waiting(self._ids, error, error) from error
        if isinstance(error, QctlError):
            error.accepted = tuple(self._ids)


class _Hurried:
    """A while in which no exchange takes longer than up to a deadline; `contextlib` is not imported for it."""

    def __init__(self, connections: Sequence[Transport], deadline: float) -> None:
        self._connections, self._deadline = connections, deadline
        self._usual = connections[0].timeout

    def __enter__(self) -> None:
        self._allow(min(self._usual, max(_LEAST, self._deadline - monotonic())))

    def __exit__(self, *_: object) -> None:
        self._allow(self._usual)

    def _allow(self, seconds: float) -> None:
        for connection in self._connections:
            connection.timeout = seconds


class Ear:
    """Hears which jobs end."""

    def __init__(self, transport: Transport, keys: Keys) -> None:
        self._channel, self._transport = keys.ended_channel, transport
        self._wire = transport_to(transport.address, transport.timeout)
        self._subscribed = False

    def hurried(self, deadline: float) -> _Hurried:
        """Let no exchange of these connections take longer than up to the deadline."""
        return _Hurried((self._transport, self._wire), deadline)

    def listen(self, seconds: float) -> frozenset[str]:
        """Wait up to so many seconds. Answers the ids that ended meanwhile, as far as was heard."""
        self.open()
        said = self._wire.listen(seconds)
        return frozenset(said.decode().split()) if said else frozenset()

    def open(self) -> None:
        """Begin to listen, so that nothing published from now on is missed."""
        if not self._subscribed:
            self._wire.subscribe(self._channel)
            self._subscribed = True

    def forget(self) -> None:
        """Let a broken connection go; the next `listen` makes another."""
        self._subscribed = False
        self._wire.close()

    close = forget


def watch(
    ids: Sequence[str],
    reading: Reading,
    ear: Ear,
    pause: Callable[[float], None],
    recover: Callable[[], None],
    look: float = LOOK_AGAIN,
    deadline: float = math.inf,
) -> Iterator[list[Job]]:
    """Yield the jobs as they are now, then each time that one of them may have changed, and at the `deadline`.

    What has ended is not read again until all have. It goes on for as long as it is asked. Raises NoSuchJob if a job
    is not there, and as `observe`.
    """
    ended: dict[str, Job] = {}
    return observe(lambda: _all(ids, reading, ended), ids, ear, pause, recover, look, deadline)


def observe(
    look_at: Callable[[], T],
    ids: Sequence[str],
    ear: Ear,
    pause: Callable[[float], None],
    recover: Callable[[], None],
    look: float = LOOK_AGAIN,
    deadline: float = math.inf,
) -> Iterator[T]:
    """Yield what is looked at as it is now, then each time that one of the jobs has ended, and at the `deadline`.

    A Redis that is away or busy is waited for, after `recover` had a chance to bring it back. Raises LostWhileWaiting
    when it stays away.
    """
    lost_at: float | None = None
    while True:
        try:
            with ear.hurried(deadline):
                ear.open()
                seen = look_at()
            yield seen
            lost_at = None
            _until_news(frozenset(ids), ear, min(monotonic() + look, deadline))
        except (RedisUnreachable, RedisBusy) as error:
            ear.forget()
            lost_at = lost_at or monotonic()
            if monotonic() >= min(lost_at + PATIENCE, deadline):
                raise lost_while_waiting(ids, error, error.facts.get("reason", error)) from error
            pause(min(0.2, max(0.0, deadline - monotonic())))
            recover()


def _all(ids: Sequence[str], reading: Reading, ended: dict[str, Job]) -> list[Job]:
    """The jobs; `ended` are those that had at the last look, and then those that have now.

    Once all have, they are read once more: somebody may have retried one. Of one that is gone by then it stays known
    how it ended.
    """
    found = ended | {job.id: job for job in reading.jobs([job for job in ids if job not in ended])}
    if ended and all(job.ended for job in found.values()):
        found |= {job.id: job for job in reading.jobs(list(ended))}
    ended.clear()
    ended.update((job.id, job) for job in found.values() if job.ended)
    return [found.get(job) or reading.job(job) for job in ids]


def _until_news(ids: frozenset[str], ear: Ear, deadline: float) -> None:
    while (left := deadline - monotonic()) > 0:
        if ids & ear.listen(left):
            return
