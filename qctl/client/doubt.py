"""What is told of an act whose answer was lost: it may or may not have been carried out."""

from __future__ import annotations

from contextlib import contextmanager

from qctl.errors import OutcomeUnknown, RedisUnreachable
from qctl.store.refusals import ConnectionBroken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

_NAMED: Final = 5  #: ids that stand in a message


class ActUnknown(OutcomeUnknown, RedisUnreachable):  # whoever has patience with a Redis that is away has it here
    """the connection broke while {what}; that may or may not have happened"""


@contextmanager
def doubted(what: str, look: str, job: str | None = None) -> Iterator[None]:
    """Tell of an act, `7kq2f8wz was being retried`, that its outcome is unknown if the connection breaks meanwhile.

    `look` is the command that tells; `job` is the only one that it is about. Raises ActUnknown.
    """
    try:
        yield
    except ConnectionBroken as error:
        raise ActUnknown(what=what, help=look, id=job) from error


def were(names: Sequence[str]) -> str:
    """The beginning of what is said of several: `mails was`, `mails, default were`."""
    return f"{', '.join(names)} {'was' if len(names) == 1 else 'were'}"


@contextmanager
def doubted_jobs(ids: Sequence[str], done: str) -> Iterator[None]:
    """As `doubted`, of jobs that are `retried`, `cancelled` or `removed`."""
    few = " ".join(ids[:_NAMED])
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    only = ids[0] if len(ids) == 1 else None
    with doubted(f"{few}{more} {'were' if only is None else 'was'} being {done}", f"qctl show {few}", only):
        yield
